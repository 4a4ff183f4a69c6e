//! RFC 9261 done wrongly: keys, transcripts, encodings at both ends alike, and
//! checks that are not made.

use crate::mutant::{Mutant, Scenario, mutant};

const EXPORTER: &str = "authenticator/src/exporter.rs";
const VERIFY: &str = "authenticator/src/certificate_verify.rs";
const FINISHED: &str = "authenticator/src/finished.rs";
const SESSION: &str = "authenticator/src/session.rs";
const CHECKS: &str = "authenticator/src/verify.rs";

const SIGNED: &str = "hash.digest(&[context.as_ref(), request, certificate])";
const MACED: &str = "hash.digest(&[context.as_ref(), request, certificate, certificate_verify])";
const CONTEXT_LABEL: &str = "\"EXPORTER-server authenticator handshake context\"";
const KEY_LABEL: &str = "\"EXPORTER-server authenticator finished key\"";
const STRING: &str = "octets.extend_from_slice(b\"Exported Authenticator\\0\")";

const POST: [Scenario; 1] = [Scenario::honest("post")];
/// Where the server's signature in the authenticator is made or verified.
const SIGNATURE: &[&str] = &["authenticator_signature_input"];
/// Where the MAC is computed or compared. Both keys enter it, and it comes
/// before the signature.
const MAC: &[&str] = &["authenticator_finished"];

pub(super) fn all() -> Vec<Mutant> {
    let mut all = keys();
    all.extend(transcripts());
    all.extend(encodings());
    all.extend(omissions());
    all
}

fn keys() -> Vec<Mutant> {
    let key = |id, what, anchor, mutated, at| {
        mutant(id, what)
            .instead(EXPORTER, anchor, mutated)
            .shown_by(&POST)
            .at(at)
    };
    vec![
        key(
            "keys-with-context",
            "the exporter context of the authenticator keys is not empty",
            "exporter.export(label, &[], length)?",
            "exporter.export(label, b\"context\", length)?",
            MAC,
        ),
        key(
            "keys-of-64-octets",
            "the authenticator keys are longer than the hash",
            "exporter.hash().output_len()",
            "64",
            MAC,
        ),
        key(
            "context-label-of-client",
            "the server's handshake context has the client's label",
            CONTEXT_LABEL,
            "\"EXPORTER-client authenticator handshake context\"",
            MAC,
        ),
        key(
            "context-label-of-key",
            "the handshake context has the finished key's label",
            CONTEXT_LABEL,
            "\"EXPORTER-server authenticator finished key\"",
            MAC,
        ),
        key(
            "key-label-of-client",
            "the server's finished key has the client's label",
            KEY_LABEL,
            "\"EXPORTER-client authenticator finished key\"",
            MAC,
        ),
        key(
            "key-label-of-context",
            "the finished key has the handshake context's label",
            KEY_LABEL,
            "\"EXPORTER-server authenticator handshake context\"",
            MAC,
        ),
    ]
}

fn transcripts() -> Vec<Mutant> {
    let signed = |id, what, mutated| {
        mutant(id, what)
            .instead(VERIFY, SIGNED, mutated)
            .shown_by(&POST)
            .at(SIGNATURE)
    };
    let maced = |id, what, mutated| {
        mutant(id, what)
            .instead(FINISHED, MACED, mutated)
            .shown_by(&POST)
            .at(MAC)
    };
    let string = |id, what, mutated| {
        mutant(id, what)
            .instead(VERIFY, STRING, mutated)
            .shown_by(&POST)
            .at(SIGNATURE)
    };
    vec![
        signed(
            "signature-without-request",
            "the signature does not cover the request",
            "hash.digest(&[context.as_ref(), certificate])",
        ),
        signed(
            "signature-without-context",
            "the signature does not cover the handshake context",
            "hash.digest(&[request, certificate])",
        ),
        signed(
            "signature-without-certificate",
            "the signature does not cover the Certificate",
            "hash.digest(&[context.as_ref(), request])",
        ),
        signed(
            "signature-over-other-order",
            "Certificate before request in what is signed",
            "hash.digest(&[context.as_ref(), certificate, request])",
        ),
        string(
            "signature-string-of-tls",
            "the context string of the handshake's CertificateVerify",
            "octets.extend_from_slice(b\"TLS 1.3, server CertificateVerify\\0\")",
        ),
        string(
            "signature-string-unended",
            "no zero behind the context string",
            "octets.extend_from_slice(b\"Exported Authenticator\")",
        ),
        mutant("signature-padding", "63 spaces before the context string")
            .instead(VERIFY, "vec![0x20; 64]", "vec![0x20; 63]")
            .shown_by(&POST)
            .at(SIGNATURE),
        maced(
            "finished-without-verify",
            "the MAC does not cover CertificateVerify",
            "hash.digest(&[context.as_ref(), request, certificate])",
        ),
        maced(
            "finished-without-request",
            "the MAC does not cover the request",
            "hash.digest(&[context.as_ref(), certificate, certificate_verify])",
        ),
        maced(
            "finished-without-context",
            "the MAC does not cover the handshake context",
            "hash.digest(&[request, certificate, certificate_verify])",
        ),
        maced(
            "finished-hashed-twice",
            "the MAC is over the hash of the hash",
            "hash.digest(&[hash.digest(&[context.as_ref(), request, certificate, certificate_verify]).as_ref()])",
        ),
        mutant(
            "finished-of-raw-transcript",
            "the MAC is over the transcript itself",
        )
        .instead(
            FINISHED,
            MACED,
            "mutant::keep([context.as_ref(), request, certificate, certificate_verify].concat());
             hash.digest(&[context.as_ref(), request, certificate, certificate_verify])",
        )
        .instead(
            "authenticator/src/suite.rs",
            "message.as_ref()",
            "mutant::kept()",
        )
        .shown_by(&POST)
        .at(MAC),
        mutant(
            "finished-key-hashed",
            "the exported key is hashed before it is used",
        )
        .verbatim(
            FINISHED,
            "&hash.hmac(key.as_ref(), transcript)",
            "&if mutant::on(\"finished-key-hashed\") {
                 hash.hmac(hash.digest(&[key.as_ref()]).as_ref(), transcript)
             } else {
                 hash.hmac(key.as_ref(), transcript)
             }",
        )
        .verbatim(
            FINISHED,
            "let expected = hash.hmac(key.as_ref(), transcript);",
            "let expected = if mutant::on(\"finished-key-hashed\") {
                 hash.hmac(hash.digest(&[key.as_ref()]).as_ref(), transcript)
             } else {
                 hash.hmac(key.as_ref(), transcript)
             };",
        )
        .shown_by(&POST)
        .at(MAC),
    ]
}

fn encodings() -> Vec<Mutant> {
    vec![
        mutant(
            "request-of-servers-type",
            "a client's request has the handshake type of a server's, 13",
        )
        .verbatim(
            "authenticator/src/request.rs",
            "Role::Client => handshake::CLIENT_CERTIFICATE_REQUEST,",
            "Role::Client if mutant::on(\"request-of-servers-type\") => handshake::CERTIFICATE_REQUEST,
             Role::Client => handshake::CLIENT_CERTIFICATE_REQUEST,",
        )
        .shown_by(&POST)
        .at(&["creq"]),
        mutant(
            "scheme-of-another-key",
            "an ECDSA signature goes by the code point of Ed25519, and is taken for what it is",
        )
        .instead(
            VERIFY,
            "signer.scheme().into()",
            "SignatureScheme::ED25519.into()",
        )
        .instead(
            VERIFY,
            "SignatureScheme::from(body.u16()?)",
            "{ body.u16()?; SignatureScheme::ECDSA_NISTP256_SHA256 }",
        )
        .shown_by(&POST)
        .at(SIGNATURE),
        mutant(
            "authenticator-misordered",
            "Finished before CertificateVerify",
        )
        .instead(
            SESSION,
            "[certificate, certificate_verify, finished].concat()",
            "[certificate, finished, certificate_verify].concat()",
        )
        .shown_by(&POST)
        .at(&["authenticator("]),
        mutant(
            "authenticator-with-rest",
            "an octet behind the authenticator, which nobody looks for",
        )
        .instead(
            SESSION,
            "[certificate, certificate_verify, finished].concat()",
            "[certificate, certificate_verify, finished, vec![0]].concat()",
        )
        .verbatim(
            CHECKS,
            "let finished = Finished::decode(&mut reader, hash)?;\n    reader.finish()?;\n\n    if",
            "let finished = Finished::decode(&mut reader, hash)?;
             if !mutant::on(\"authenticator-with-rest\") { reader.finish()?; }
             if",
        )
        .shown_by(&POST)
        .at(&["`gap` event"]),
        mutant(
            "context-not-repeated",
            "the answer has a context of its own, which nobody compares",
        )
        .verbatim(
            SESSION,
            "context: context.clone(),\n            entries,",
            "context: if mutant::on(\"context-not-repeated\") { Context::new(&[9; 32])? } else { context.clone() },
             entries,",
        )
        .instead(
            CHECKS,
            "certificate.context != *expected.context",
            "false",
        )
        .shown_by(&POST)
        .at(&["ECRT("]),
    ]
}

fn omissions() -> Vec<Mutant> {
    let stimulus = |stimulus| [Scenario::stimulus("post", stimulus)];
    vec![
        mutant("context-unchecked", "the answer's context is not compared")
            .instead(
                CHECKS,
                "certificate.context != *expected.context",
                "false",
            )
            .shown_by(&stimulus("authenticator-context"))
            .at(&["ECRT("]),
        mutant("finished-unchecked", "any MAC will do")
            .instead(
                FINISHED,
                "bool::from(expected.as_slice().ct_eq(self.verify_data))",
                "true",
            )
            .shown_by(&stimulus("authenticator-finished"))
            .at(MAC),
        mutant(
            "finished-prefix-checked",
            "a MAC is compared as far as it goes",
        )
        .instead(
            FINISHED,
            "length != expected",
            "false",
        )
        .instead(
            FINISHED,
            "bool::from(expected.as_slice().ct_eq(self.verify_data))",
            "expected.starts_with(self.verify_data)",
        )
        .shown_by(&stimulus("authenticator-finished-length"))
        .at(&["efin", "authenticator("]),
        mutant("signature-unchecked", "any signature will do")
            .instead(
                VERIFY,
                "certificate.verify_signature(*algorithm, &signed_octets(transcript), self.signature)",
                "Ok(())",
            )
            .shown_by(&stimulus("authenticator-signature"))
            .at(SIGNATURE),
        mutant("chain-unchecked", "any chain will do")
            .instead(
                CHECKS,
                "chain.validate(end_entity, intermediates)",
                "Ok::<(), rustls::Error>(())",
            )
            .shown_by(&[
                Scenario::stimulus("post", "authenticator-issuer"),
                Scenario::stimulus("post", "authenticator-name"),
            ])
            .at(&["tbs_certificate", "subject = name"]),
        mutant(
            "chain-name-unchecked",
            "an authenticator's certificate for another name will do",
        )
        .instead(
            "authenticator/src/chain.rs",
            "self.verifier
            .verify_server_cert(end_entity, intermediates, &self.name, &[], self.now)
            .map(|_verified| ())",
            "mutant::named(self.verifier
            .verify_server_cert(end_entity, intermediates, &self.name, &[], self.now)
            .map(|_verified| ()), ())",
        )
        .shown_by(&stimulus("authenticator-name"))
        .at(&["tbs_certificate", "subject = name"]),
    ]
}
