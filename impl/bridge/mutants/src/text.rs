//! Models and mappings with one place changed.
//!
//! The gate must not go on as if nothing had happened: either the two no longer
//! belong together, or a recording of the unchanged implementation is refused.

/// An edit of a model's library, or of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// A folder below `models/`.
    pub family: &'static str,
    pub what: &'static str,
    /// End of the file's name.
    pub file: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    /// The stimulus that shows it; honest sessions show most.
    pub stimulus: &'static str,
}

const fn edit(
    family: &'static str,
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
) -> TextEdit {
    TextEdit {
        family,
        what,
        file,
        from,
        to,
        stimulus: "honest",
    }
}

const fn shown(edit: TextEdit, stimulus: &'static str) -> TextEdit {
    TextEdit { stimulus, ..edit }
}

const POST: &str = "post/attestation.pvl";
const HANDSHAKE: &str = "lib/attested/handshake.pvl";
const SCHEDULE: &str = "lib/key_schedule.pvl";

/// Edits of models.
pub const MODELS: [TextEdit; 13] = [
    edit(
        "post",
        "the binder's operands are swapped",
        "lib/binding/exporter.pvl",
        "concat(spki(aik), tls_exporter(ems, l_attestation, context, length_32))",
        "concat(tls_exporter(ems, l_attestation, context, length_32), spki(aik))",
    ),
    edit(
        "post",
        "the exporter's context is not the request's",
        "lib/binding/exporter.pvl",
        "tls_exporter(ems, l_attestation, context, length_32)",
        "tls_exporter(ems, l_attestation, empty, length_32)",
    ),
    edit(
        "post",
        "the MAC is over the transcript itself",
        SCHEDULE,
        "hmac(finished_key(base), hash(transcript))",
        "hmac(finished_key(base), transcript)",
    ),
    edit(
        "post",
        "the answer's context is empty",
        POST,
        "let ECRT(=context, leaf, evid) = ecrt in",
        "let ECRT(=empty, leaf, evid) = ecrt in",
    ),
    shown(
        edit(
            "post",
            "the answer's context is not compared",
            POST,
            "let ECRT(=context, leaf, evid) = ecrt in",
            "let ECRT(other, leaf, evid) = ecrt in",
        ),
        "authenticator-context",
    ),
    shown(
        edit(
            "post",
            "the binder is not compared",
            POST,
            "  if challenge = attestation_binder(aik, ems, context) then\n",
            "",
        ),
        "evidence-wrongly-bound",
    ),
    shown(
        edit(
            "post",
            "the measurement is not compared",
            POST,
            "  if workload = reference then\n",
            "",
        ),
        "evidence-other-code",
    ),
    edit(
        "post",
        "the server receives a request it never gets",
        POST,
        "  out(net, seal(kc, creq));\n",
        "",
    ),
    edit(
        "pre-fixed",
        "the certificate is another authority's",
        "lib/attested/credential/certified_key.pvl",
        "verify(ca, tbs_certificate(name, key), issued)",
        "verify(key, tbs_certificate(name, key), issued)",
    ),
    edit(
        "intra",
        "the binder leaves out the nonce",
        "intra/binding/nonce_key_sha256.pvl",
        "sha256(concat(concat(l_nonce_and_key, nonce), spki(ek)))",
        "sha256(concat(l_nonce_and_key, spki(ek)))",
    ),
    shown(
        edit(
            "intra",
            "the binder is not compared",
            HANDSHAKE,
            "  if challenge = attestation_binder(ek, nonce, ch, hs, to_sh) then\n",
            "",
        ),
        "evidence-wrongly-bound",
    ),
    shown(
        edit(
            "pre",
            "the measurement is not compared",
            HANDSHAKE,
            "  if workload = reference then\n",
            "",
        ),
        "evidence-other-code",
    ),
    edit(
        "intra-fixed",
        "the labels of the traffic secrets are swapped",
        SCHEDULE,
        "derive_secret(hs, l_c_hs_traffic, transcript)",
        "derive_secret(hs, l_s_hs_traffic, transcript)",
    ),
];

const MAPPING: &str = "mapping.toml";

/// Edits of mappings.
pub const MAPPINGS: [TextEdit; 13] = [
    edit(
        "post",
        "another exporter label",
        MAPPING,
        "ascii = \"Attestation\"",
        "ascii = \"Attestation Binding\"",
    ),
    edit(
        "post",
        "another context string",
        MAPPING,
        "context = \"Exported Authenticator\"",
        "context = \"Exported authenticator\"",
    ),
    edit(
        "post",
        "another length",
        MAPPING,
        "length = 32",
        "length = 64",
    ),
    edit(
        "post",
        "two labels with the same octets",
        MAPPING,
        "ascii = \"c ap traffic\"",
        "ascii = \"s ap traffic\"",
    ),
    edit(
        "post",
        "fields of a message in another order",
        MAPPING,
        "fields = [\"random\", \"key_share\"]",
        "fields = [\"key_share\", \"random\"]",
    ),
    edit(
        "post",
        "a MAC that is a hash",
        MAPPING,
        "computes = \"hmac\"",
        "computes = \"suite_hash\"",
    ),
    edit(
        "post",
        "a gap without a bound",
        MAPPING,
        "cipher_suites = { most = 64 }",
        "cipher_suites = {}",
    ),
    edit(
        "post",
        "a meaning without a citation",
        MAPPING,
        "cite = \"RFC 8446 section 4.3.1\"",
        "cite = \"\"",
    ),
    edit(
        "post",
        "the wrong traffic secret",
        MAPPING,
        "CLIENT_TRAFFIC_SECRET_0 = \"kc\"",
        "CLIENT_TRAFFIC_SECRET_0 = \"ks\"",
    ),
    shown(
        edit(
            "post",
            "a refusal for a check that is another's",
            MAPPING,
            "wrongly-bound = [\"challenge\"]",
            "wrongly-bound = [\"workload\"]",
        ),
        "evidence-wrongly-bound",
    ),
    shown(
        edit(
            "post",
            "a refusal the model has no reason for",
            MAPPING,
            "wrong-finished = [\"mac\"]\n",
            "",
        ),
        "authenticator-finished",
    ),
    edit(
        "post",
        "an event without an entry",
        MAPPING,
        "[event.RequestSent]",
        "[event.RequestMade]",
    ),
    edit(
        "post",
        "another number of the extension",
        MAPPING,
        "cmw_attestation = 0xff00",
        "cmw_attestation = 0xff01",
    ),
];
