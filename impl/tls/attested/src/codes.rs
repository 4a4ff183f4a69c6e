//! The vocabulary of [`Error::code`](crate::Error::code).
//!
//! Mappings of the gate name refusals by it; a name that is not in it is stale.

/// Every code an endpoint may end with, and `ok` for one that accepts.
pub const CODES: &[&str] = &[
    "advisory",
    "api-misuse",
    "application-data-before-attestation",
    "attestation-not-offered",
    "attester-failed",
    "attester-overloaded",
    "authenticator",
    "authenticator-misbehaved",
    "certificate-expired",
    "certificate-invalid",
    "certificate-malformed",
    "certificate-not-yet-valid",
    "certificate-too-old",
    "collateral-altered",
    "collateral-missing",
    "collateral-outside-validity",
    "collateral-too-old",
    "collateral-undated",
    "context-mismatch",
    "context-reused",
    "debuggable",
    "endorsement-altered",
    "endorsement-claims",
    "endorsement-outside-validity",
    "evidence-claims",
    "evidence-in-wrong-entry",
    "evidence-malformed",
    "evidence-tampered",
    "evidence-too-old",
    "evidence-twice",
    "evidence-unsigned",
    "exporter-failed",
    "extension-forbidden",
    "extension-not-offered",
    "foreign-key",
    "frame-too-long",
    "item-form",
    "item-missing",
    "key-not-claimed",
    "key-not-endorsed",
    "malformed-alert",
    "malformed-authenticator-message",
    "malformed-cmw-attestation",
    "malformed-nonce",
    "missing-signature-algorithms",
    "name-unchecked",
    "no-evidence",
    "no-usable-scheme",
    "nonce-twice",
    "not-tls13",
    "offer-not-empty",
    "ok",
    "peer-aborted",
    "peer-unnamed",
    "placement",
    "platform-refused",
    "refused-by-peer",
    "result-altered",
    "result-claims",
    "result-expired",
    "result-from-the-future",
    "result-malformed",
    "result-not-affirming",
    "result-not-taken",
    "result-too-old",
    "result-unbound",
    "result-unknown-verifier",
    "resumed-handshake",
    "scheme-forbidden",
    "scheme-key-mismatch",
    "scheme-not-offered",
    "spontaneous-client",
    "tcb-below",
    "tcb-status",
    "tls",
    "too-many-requests",
    "truncated",
    "unacceptable-software",
    "unexpected-frame",
    "unknown-format",
    "unknown-frame",
    "unknown-location",
    "unknown-machine",
    "unknown-measurements",
    "unknown-name",
    "untrusted-attester",
    "vetoed",
    "wrapper-refused",
    "wrong-certificate-verify",
    "wrong-finished",
    "wrongly-bound",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CODES;

    /// The literals of a function that only matches and names.
    fn named(source: &'static str, function: &str) -> Vec<&'static str> {
        let start = source.find(function).expect("the function");
        let body = &source[start..];
        let end = body.find("\n}\n").expect("its end");
        let arms = body[..end].split("=>").skip(1);
        let names = arms.filter_map(|arm| {
            let arm = arm.trim_start().trim_start_matches('{').trim_start();
            arm.strip_prefix('"')?.split('"').next()
        });
        names.collect()
    }

    #[test]
    fn no_code_is_missing_and_none_is_stale() {
        let errors = include_str!("error.rs");
        let refusals = include_str!("../../rats/src/refusal.rs");
        let mut all = vec!["ok"];
        all.extend(named(errors, "pub fn code("));
        all.extend(named(errors, "fn authenticator_code("));
        all.extend(named(refusals, "pub fn code("));
        let all: BTreeSet<&str> = all.into_iter().collect();
        assert_eq!(all, CODES.iter().copied().collect());
        assert!(CODES.is_sorted());
    }
}
