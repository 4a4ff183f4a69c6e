//! The appraisal: checks that are not made, and Evidence that is no Evidence.

use crate::mutant::{Mutant, Scenario, mutant};

const VERIFIER: &str = "rats/src/verifier.rs";
const EAT: &str = "rats/src/eat/mod.rs";
const COSE: &str = "rats/src/cose.rs";
const BINDING: &str = "check_binding(&claims, &format.field(&expected.challenge), expected)?;";
const SIGNATURE: &str = "message
            .verify(&endorsement.attestation_key)
            .map_err(|_| FormatFault::Tampered)?;";

const HONEST: [Scenario; 5] = everywhere("honest");
const QUOTED: &[&str] = &["verify", "quote", "EVID(", "evid"];

const fn everywhere(stimulus: &'static str) -> [Scenario; 5] {
    [
        Scenario::stimulus("pre", stimulus),
        Scenario::stimulus("pre-fixed", stimulus),
        Scenario::stimulus("intra", stimulus),
        Scenario::stimulus("intra-fixed", stimulus),
        Scenario::stimulus("post", stimulus),
    ]
}

pub(super) fn all() -> Vec<Mutant> {
    vec![
        mutant(
            "binding-unchecked",
            "Evidence about another channel is accepted",
        )
        .without(VERIFIER, BINDING)
        .shown_by(&everywhere("evidence-wrongly-bound"))
        .at(&["binder"]),
        mutant("measurements-unchecked", "any software will do")
            .instead(
                VERIFIER,
                "self.check_reference_values(&claims, policy)?",
                "String::new()",
            )
            .shown_by(&everywhere("evidence-other-code"))
            .at(&["reference"]),
        mutant(
            "evidence-signature-unchecked",
            "the machine signs something else, and nobody verifies",
        )
        .instead(
            "mock-tee/src/machine.rs",
            "self.machine.sign(&content.to_be_signed())",
            "self.machine.sign(b\"something else\")",
        )
        .without(EAT, SIGNATURE)
        .shown_by(&HONEST)
        .at(QUOTED),
        mutant("unsigned-accepted", "Evidence counts without a signature")
            .without(EAT, SIGNATURE)
            .instead(EAT, "message.signature.is_empty()", "false")
            .shown_by(&everywhere("evidence-unsigned"))
            .at(QUOTED),
        mutant(
            "evidence-cached",
            "the first Evidence is shown on every connection, and nobody compares",
        )
        .instead(
            "attested/src/question.rs",
            "self.attester.attest(&self.challenge, self.hash)?",
            "mutant::once(|| self.attester.attest(&self.challenge, self.hash))?",
        )
        .without(VERIFIER, BINDING)
        .shown_by(&[
            Scenario::honest("post").times(2),
            Scenario::honest("intra").times(2),
            Scenario::honest("intra-fixed").times(2),
        ])
        .at(&["binder"]),
        mutant(
            "evidence-for-a-constant",
            "Evidence is made for nobody's challenge, and nobody compares",
        )
        .instead(
            "attested/src/question.rs",
            "self.attester.attest(&self.challenge, self.hash)?",
            "self.attester.attest(
                &Challenge::new(vec![0; 32]).unwrap_or_else(|_| self.challenge.clone()),
                self.hash,
            )?",
        )
        .without(VERIFIER, BINDING)
        .shown_by(&[
            Scenario::honest("post"),
            Scenario::honest("intra"),
            Scenario::honest("intra-fixed"),
        ])
        .at(&["binder"]),
        mutant(
            "key-claim-unchecked",
            "Evidence claims another key, and nobody compares",
        )
        .instead(
            "mock-tee/src/machine.rs",
            "KeyHash::of(hash, &self.subject_public_key_info)",
            "KeyHash::of(hash, b\"another key\")",
        )
        .without(VERIFIER, "check_key(claims, expected, policy)?;")
        .shown_by(&HONEST)
        .at(QUOTED),
        mutant(
            "debug-unchecked",
            "the workload can be debugged, and nobody minds",
        )
        .instead(
            "mock-tee/src/machine.rs",
            "DebugStatus::DisabledPermanently",
            "DebugStatus::Enabled",
        )
        .without(VERIFIER, "check_debug(claims, policy)?;")
        .shown_by(&HONEST)
        .at(QUOTED),
        mutant(
            "signed-structure-misnamed",
            "what is signed begins with another word than RFC 9052's",
        )
        .instead(
            COSE,
            "Value::Text(\"Signature1\".into())",
            "Value::Text(\"Signature\".into())",
        )
        .shown_by(&HONEST)
        .at(QUOTED),
        mutant(
            "signed-structure-with-data",
            "what is signed has external data",
        )
        .instead(COSE, "Value::Bytes(Vec::new())", "Value::Bytes(vec![1])")
        .shown_by(&HONEST)
        .at(QUOTED),
        mutant(
            "signed-structure-without-header",
            "what is signed leaves out the protected header",
        )
        .instead(
            COSE,
            "Value::Bytes(self.protected())",
            "Value::Bytes(Vec::new())",
        )
        .shown_by(&HONEST)
        .at(QUOTED),
        mutant(
            "appraisal-misreported",
            "an appraisal that refuses is recorded as affirming",
        )
        .verbatim(
            "attested/src/relying_party.rs",
            "Err(_) => Appraisal::Contraindicated,",
            "Err(_) if mutant::on(\"appraisal-misreported\") => Appraisal::Affirming,
             Err(_) => Appraisal::Contraindicated,",
        )
        .shown_by(&everywhere("evidence-other-code"))
        .at(&["reference", "apprais"]),
        mutant(
            "appraisal-of-another-challenge",
            "the appraisal is recorded with another challenge",
        )
        .instead(
            "attested/src/relying_party.rs",
            "Bytes::clear(expected.challenge.as_slice())",
            "Bytes::clear(vec![0; 32])",
        )
        .shown_by(&HONEST)
        .at(&["the challenge it expects"]),
    ]
}
