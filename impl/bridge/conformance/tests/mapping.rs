//! Mapping files that are wrong, stale, incomplete or for another model.

mod common;

use common::toy::session;
use conformance::{Mapping, Verdict, conform, lint};

/// The mapping with one place changed.
fn edited(from: &str, to: &str) -> String {
    let text = common::mapping_text();
    assert!(text.contains(from), "the text to edit is gone: {from}");
    text.replacen(from, to, 1)
}

/// What the file is refused with, and the line it names.
fn refused(from: &str, to: &str) -> (usize, String) {
    let text = edited(from, to);
    let error = Mapping::parse("post/mapping.toml", &text).expect_err("it is wrong");
    let line = text.lines().nth(error.line - 1).unwrap_or_default();
    (error.line, format!("{line} | {}", error.what))
}

#[test]
fn mistakes_are_named_with_their_line() {
    for (from, to, at, what) in [
        (
            "ascii = \"derived\"",
            "acsii = \"derived\"",
            "acsii",
            "unknown field",
        ),
        (
            "hex = \"\"",
            "hex = \"0\"",
            "[constant.empty]",
            "is not hex",
        ),
        (
            "zeros = \"hash\"",
            "zeros = \"suite\"",
            "[constant.zeros]",
            "a number or \"hash\"",
        ),
        (
            "computes = \"suite_hash\"",
            "computes = \"md5\"",
            "[function.hash]",
            "no computation `md5`",
        ),
        (
            "reads = \"client_hello\"",
            "reads = \"clienthello\"",
            "[function.CH]",
            "no message `clienthello`; there are attestation_nonce",
        ),
        (
            "fields = [\"random\", \"key_share\"]",
            "fields = [\"random\", \"share\"]",
            "[function.CH]",
            "has no field `share`; random, key_share",
        ),
        (
            "relates = \"signature\"",
            "relates = \"sign\"",
            "[function.sign]",
            "no relation `sign`",
        ),
        (
            "cite = \"RFC 8446 section 4.3.1\"",
            "cite = \"\"",
            "[constant.EE]",
            "name the section this meaning comes from",
        ),
        (
            "cipher_suites = { most = 64 }",
            "cipher_suites = {}",
            "[gap.client-hello]",
            "no bound",
        ),
        ("most = 8\n", "", "[gap.draws]", "`most` is missing"),
        (
            "owner = \"models/lib\"",
            "owner = \"\"",
            "[gap.x509]",
            "a reason and an owner",
        ),
        (
            "side = \"client\"",
            "side = \"peer\"",
            "side = \"peer\"",
            "unknown variant `peer`",
        ),
    ] {
        let (number, said) = refused(from, to);
        assert!(
            said.contains(at) && said.contains(what),
            "line {number}: {said}"
        );
    }
}

#[test]
fn the_lint_finds_what_no_longer_fits() {
    for (from, to, what) in [
        (
            "[constant.l_derived]",
            "[constant.l_derivd]",
            "`l_derived` has no meaning in octets",
        ),
        (
            "[constant.l_derived]",
            "[constant.l_other]\nascii = \"other\"\ncite = \"RFC\"\n\n[constant.l_derived]",
            "no role of the model uses the constant `l_other`",
        ),
        (
            "ascii = \"c ap traffic\"",
            "ascii = \"s ap traffic\"",
            "the same octets",
        ),
        (
            "computes = \"hmac\"",
            "computes = \"suite_hash\"",
            "2 arguments, this meaning 1",
        ),
        (
            "reads = \"finished\"\nfields = [\"verify_data\"]",
            "computes = \"identity\"",
            "this meaning reads no fields",
        ),
        (
            "relates = \"diffie_hellman\"",
            "computes = \"hmac\"",
            "no counterpart in octets",
        ),
        (
            "relates = \"record_opening\"",
            "computes = \"concatenation\"",
            "one is a destructor and the other is not",
        ),
        (
            "[event.RequestSent]",
            "[event.RequestMade]",
            "event `RequestSent` has no entry",
        ),
        (
            "reference = \"reference\"",
            "refer = \"reference\"",
            "`reference` of",
        ),
        (
            "exporter = \"ems\"",
            "exporter = \"exm\"",
            "the role binds no variable `exm`",
        ),
        (
            "[role.Client]",
            "[role.Relay]",
            "calls no process macro `Relay`",
        ),
    ] {
        let mapping = common::parse_mapping(&edited(from, to).replace(
            "role.Client.",
            if from == "[role.Client]" {
                "role.Relay."
            } else {
                "role.Client."
            },
        ));
        let findings = lint(&common::post(), &mapping);
        assert!(
            findings.iter().any(|finding| finding.contains(what)),
            "{from} -> {to}: {findings:#?}"
        );
    }
}

/// A rule that verifies under any key is another algebra.
#[test]
fn a_rewrite_rule_that_says_something_else_is_found() {
    let mut sources = common::sources("post/sanity.pv");
    for (_, text) in &mut sources {
        *text = text.replace(
            "reduc forall k: skey, m: bitstring; verify(pk(k), m, sign(k, m)) = true.",
            "reduc forall k: skey, l: skey, m: bitstring; verify(pk(l), m, sign(k, m)) = true.",
        );
    }
    let findings = lint(&common::load(&sources), &common::mapping());
    assert!(
        findings.iter().any(|f| f.contains("the rule of `verify`")),
        "{findings:#?}"
    );
}

/// Octets changed in the mapping are no longer what honest endpoints send.
#[test]
fn changed_octets_are_noticed() {
    let recording = session(None);
    for (from, to) in [
        ("ascii = \"Attestation\"", "ascii = \"Attestation Binding\""),
        (
            "context = \"Exported Authenticator\"",
            "context = \"Exported authenticator\"",
        ),
        ("length = 32", "length = 48"),
        ("values = [\"020304\"]", "values = [\"020303\"]"),
        (
            "fields = [\"subject\", \"key\", \"signature\"]",
            "fields = [\"key\", \"subject\", \"signature\"]",
        ),
        (
            "CLIENT_TRAFFIC_SECRET_0 = \"kc\"",
            "CLIENT_TRAFFIC_SECRET_0 = \"ks\"",
        ),
    ] {
        let mapping = common::parse_mapping(&edited(from, to));
        let report = conform(&common::post(), &mapping, &recording);
        assert!(
            !matches!(report.verdict, Verdict::Conforms(_)),
            "{to}: {}",
            report.verdict
        );
    }
}

#[test]
fn a_mapping_of_another_profile_judges_nothing() {
    let mapping = common::parse_mapping(&edited("profile = \"post\"", "profile = \"intra\""));
    let report = conform(&common::post(), &mapping, &session(None));
    assert!(matches!(report.verdict, Verdict::OutOfDate { .. }));
    assert!(report.sessions.is_empty());
}
