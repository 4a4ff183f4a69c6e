//! Taps that keep silent or lie; the endpoint itself does what it should.
//!
//! Only the gate can see these: nobody else looks at what taps say.

use crate::mutant::{Mutant, Scenario, mutant};

const EXPORTER: &str = "attested/src/exporter.rs";
const PARTY: &str = "attested/src/post/party.rs";
const SIGN: &str = "attested/src/observe/sign.rs";
const EXCHANGE: &str = "attested/src/observe/kx.rs";
const POST: [Scenario; 1] = [Scenario::honest("post")];
const BOTH: [Scenario; 2] = [Scenario::honest("post"), Scenario::honest("pre-fixed")];

pub(super) fn all() -> Vec<Mutant> {
    vec![
        mutant("signature-unseen", "what was signed is not recorded")
            .verbatim(
                SIGN,
                "self.shared.record(Kind::Sign {",
                "if mutant::on(\"signature-unseen\") { return Ok(signature); }
                 self.shared.record(Kind::Sign {",
            )
            .shown_by(&BOTH)
            .at(&["sign"]),
        mutant(
            "signature-of-something-else",
            "another message is recorded as signed",
        )
        .instead(SIGN, "Bytes::clear(message)", "Bytes::clear(&message[1..])")
        .shown_by(&BOTH)
        .at(&["sign"]),
        mutant(
            "verification-unseen",
            "signatures that were verified are not recorded",
        )
        .verbatim(
            "attested/src/observe/verify.rs",
            "self.shared.record(Kind::Verify {",
            "if mutant::on(\"verification-unseen\") { return outcome; }
             self.shared.record(Kind::Verify {",
        )
        .shown_by(&BOTH)
        .at(&["verif", "sign"]),
        mutant(
            "verification-misreported",
            "a verification is recorded as failed",
        )
        .instead("attested/src/observe/verify.rs", "outcome.is_ok()", "false")
        .shown_by(&BOTH)
        .at(&["verif", "sign"]),
        mutant("export-misreported", "another exporter value is recorded")
            .instead(
                EXPORTER,
                "Bytes::session_secret(secret.as_ref())",
                "Bytes::session_secret(vec![0; length])",
            )
            .shown_by(&POST)
            .at(&["export"]),
        mutant(
            "exporter-drops-context",
            "the exporter is asked without the context it is recorded with",
        )
        .instead(
            EXPORTER,
            "Some(context)",
            "None",
        )
        .shown_by(&POST)
        .at(&["attestation_binder", "export"]),
        mutant(
            "exchange-misreported",
            "another shared secret is recorded on the server",
        )
        .instead(
            EXCHANGE,
            "Bytes::session_secret(completed.secret.secret_bytes())",
            "Bytes::session_secret(vec![0; completed.secret.secret_bytes().len()])",
        )
        .shown_by(&BOTH)
        .at(&["exp(", "shared", "dh", "SH(", "secret"]),
        mutant(
            "share-misreported",
            "another key share is recorded on the client",
        )
        .instead(
            EXCHANGE,
            "Bytes::clear(inner.pub_key())",
            "Bytes::clear(vec![9; inner.pub_key().len()])",
        )
        .shown_by(&BOTH)
        .at(&["CH(", "exp(", "ch"]),
        mutant("draws-unseen", "random draws are not recorded")
            .verbatim(
                "attested/src/observe/random.rs",
                "self.shared.record(Kind::Draw {",
                "if mutant::on(\"draws-unseen\") { return Ok(()); }
                 self.shared.record(Kind::Draw {",
            )
            .shown_by(&BOTH)
            .at(&["CH(", "SH(", "ch", "sh"]),
        mutant(
            "secrets-misreported",
            "the key log has other secrets than the connection",
        )
        .instead(
            "attested/src/observe/key_log.rs",
            "Bytes::session_secret(secret)",
            "Bytes::session_secret(vec![0; secret.len()])",
        )
        .shown_by(&BOTH)
        .at(&["secret", "derive"]),
        mutant(
            "answer-unseen",
            "the authenticator that was sent is not recorded",
        )
        .without(
            PARTY,
            "observe_authenticator_messages(self.channel.observer(), Direction::Out, &authenticator);",
        )
        .shown_by(&POST)
        .at(&["out(net"]),
        mutant(
            "evidence-unseen",
            "Evidence that was made is not recorded",
        )
        .without(
            PARTY,
            "self.channel.observer().observe(observe::evidence_by(
            attesting.attestation_key,
            &evidence,
            &asked.challenge,
        ));",
        )
        .shown_by(&POST)
        .at(&["never produced the Evidence"]),
    ]
}
