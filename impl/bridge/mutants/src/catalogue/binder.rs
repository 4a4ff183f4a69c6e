//! What the attestation binder is made of, wrongly, at both ends alike.

use crate::mutant::{Mutant, Scenario, mutant};

const FILE: &str = "authenticator/src/exporter.rs";
const DIGEST: &str = "Ok(Self(exporter.hash().digest(&[spki, exported.as_ref()])))";
const EXPORT: &str = "exporter.export(label, context.as_ref(), Self::EXPORTED)?";
const LENGTH: &str = "exported.as_ref().len() != Self::EXPORTED";

pub(super) fn all() -> Vec<Mutant> {
    let post = [Scenario::honest("post")];
    let digest = |id, what, mutated| {
        mutant(id, what)
            .instead(FILE, DIGEST, mutated)
            .shown_by(&post)
            .at(&["attestation_binder"])
    };
    vec![
        digest(
            "binder-without-exporter",
            "the binder covers key and context, no exported value",
            "Ok(Self(exporter.hash().digest(&[spki, context.as_ref()])))",
        ),
        digest(
            "binder-without-key",
            "the binder covers the exported value alone",
            "Ok(Self(exporter.hash().digest(&[exported.as_ref()])))",
        ),
        digest(
            "binder-operands-swapped",
            "exported value first, key second",
            "Ok(Self(exporter.hash().digest(&[exported.as_ref(), spki])))",
        ),
        digest(
            "binder-of-key-bits",
            "the bits of the key without their algorithm",
            "Ok(Self(exporter.hash().digest(&[spki.get(26..).unwrap_or(spki), exported.as_ref()])))",
        ),
        digest(
            "binder-of-hashed-key",
            "the key's digest in place of the key",
            "Ok(Self(exporter.hash().digest(&[exporter.hash().digest(&[spki]).as_ref(), exported.as_ref()])))",
        ),
        digest(
            "binder-with-context-behind",
            "the request's context once more behind the exported value",
            "Ok(Self(exporter.hash().digest(&[spki, exported.as_ref(), context.as_ref()])))",
        ),
        digest(
            "binder-hashed-twice",
            "the digest of the digest",
            "Ok(Self(exporter.hash().digest(&[exporter.hash().digest(&[spki, exported.as_ref()]).as_ref()])))",
        ),
        mutant(
            "binder-empty-context",
            "the exporter is asked without the request's context",
        )
        .instead(FILE, EXPORT, "exporter.export(label, &[], Self::EXPORTED)?")
        .shown_by(&post)
        .at(&["attestation_binder"]),
        mutant(
            "binder-other-label",
            "another exporter label than the draft's",
        )
        .instead(
            FILE,
            EXPORT,
            "exporter.export(Label(\"Attestation Binding\"), context.as_ref(), Self::EXPORTED)?",
        )
        .shown_by(&post)
        .at(&["attestation_binder"]),
        mutant(
            "binder-longer-export",
            "48 octets are exported where the draft has 32",
        )
        .instead(
            FILE,
            EXPORT,
            "exporter.export(label, context.as_ref(), 48)?",
        )
        .instead(FILE, LENGTH, "exported.as_ref().len() != 48")
        .shown_by(&post)
        .at(&["attestation_binder"]),
    ]
}
