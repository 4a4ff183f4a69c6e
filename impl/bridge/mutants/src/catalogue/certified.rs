//! Evidence in certificates: what it is bound to, and checks that are not made.

use crate::mutant::{Mutant, Scenario, mutant};

const VERIFIER: &str = "attested/src/certified/verifier.rs";
const PRE: &str = "attested/src/pre/bind.rs";
const INTRA: &str = "attested/src/intra/bind.rs";
const NONCE: &str = "attested/src/intra/nonce.rs";

const CLAIMS_DIGEST: &str = "HASH.digest(&self.claims_buffer(spki, validity)?)";
const KEY_HASH: &str = "vec![SHA_256.into(), Value::Bytes(HASH.digest(spki))]";
const NONCE_DIGEST: &str = "HASH.digest(&[LABEL, nonce.as_slice(), spki].concat())";
const DRAWN: &str =
    "random.fill(&mut octets).map_err(|_| ApiMisuse::Random)?;\n        Ok(Self(octets))";
const CHAIN: &str = "pki.verify_server_cert(end_entity, intermediates, name, &[], now)?";

const IN_PRE: [Scenario; 2] = [Scenario::honest("pre"), Scenario::honest("pre-fixed")];
const IN_INTRA: [Scenario; 2] = [Scenario::honest("intra"), Scenario::honest("intra-fixed")];
const BINDER: &[&str] = &["binder"];

pub(super) fn all() -> Vec<Mutant> {
    let mut all = claims();
    all.extend(nonces());
    all.extend(omissions());
    all
}

fn claims() -> Vec<Mutant> {
    let pre = |id, what, anchor, mutated| {
        mutant(id, what)
            .instead(PRE, anchor, mutated)
            .shown_by(&IN_PRE)
            .at(BINDER)
    };
    vec![
        pre(
            "claims-key-alone",
            "the challenge is the key's digest, without a claims buffer",
            CLAIMS_DIGEST,
            "HASH.digest(spki)",
        ),
        pre(
            "claims-sha384",
            "the claims buffer is hashed with SHA-384",
            CLAIMS_DIGEST,
            "Hash::Sha384.digest(&self.claims_buffer(spki, validity)?)",
        ),
        pre(
            "claims-hashed-twice",
            "the digest of the digest",
            CLAIMS_DIGEST,
            "HASH.digest(&HASH.digest(&self.claims_buffer(spki, validity)?))",
        ),
        pre(
            "claims-other-hash-number",
            "the key's digest is said to be of SHA-512",
            KEY_HASH,
            "vec![8_u64.into(), Value::Bytes(HASH.digest(spki))]",
        ),
        pre(
            "claims-key-unhashed",
            "the key itself in the place of its digest",
            KEY_HASH,
            "vec![SHA_256.into(), Value::Bytes(spki.to_vec())]",
        ),
        pre(
            "claims-other-name",
            "the claim has another name",
            "Value::Text(\"pubkey-hash\".to_owned())",
            "Value::Text(\"pubkey_hash\".to_owned())",
        ),
        pre(
            "claims-unwrapped",
            "the key's digest is not wrapped in a byte string",
            "Value::Bytes(encode(&key_hash)?)",
            "key_hash",
        ),
        mutant(
            "claims-with-validity",
            "the validity is in the claims buffer of the statement without it",
        )
        .verbatim(
            PRE,
            "Self::Key => vec![key_hash],",
            "Self::Key if mutant::on(\"claims-with-validity\") => vec![validity, key_hash],
             Self::Key => vec![key_hash],",
        )
        .shown_by(&IN_PRE)
        .at(BINDER),
    ]
}

fn nonces() -> Vec<Mutant> {
    let intra = |id, what, mutated| {
        mutant(id, what)
            .instead(INTRA, NONCE_DIGEST, mutated)
            .shown_by(&IN_INTRA)
            .at(BINDER)
    };
    let drawn = |id, what, mutated| {
        mutant(id, what)
            .instead(NONCE, DRAWN, mutated)
            .shown_by(&IN_INTRA)
            .at(&["CH(", "ch", "nonce"])
    };
    vec![
        intra(
            "nonce-not-bound",
            "the challenge covers the key alone",
            "HASH.digest(&[LABEL, spki].concat())",
        ),
        intra(
            "key-not-bound",
            "the challenge covers the nonce alone",
            "HASH.digest(&[LABEL, nonce.as_slice()].concat())",
        ),
        intra(
            "nonce-and-key-swapped",
            "the key before the nonce",
            "HASH.digest(&[LABEL, spki, nonce.as_slice()].concat())",
        ),
        intra(
            "nonce-without-label",
            "no label before nonce and key",
            "HASH.digest(&[nonce.as_slice(), spki].concat())",
        ),
        intra(
            "nonce-label-unended",
            "no zero behind the label",
            "HASH.digest(&[&LABEL[..LABEL.len() - 1], nonce.as_slice(), spki].concat())",
        ),
        intra(
            "nonce-sha384",
            "nonce and key are hashed with SHA-384",
            "Hash::Sha384.digest(&[LABEL, nonce.as_slice(), spki].concat())",
        ),
        intra(
            "nonce-halved",
            "half of the nonce is in the challenge",
            "HASH.digest(&[LABEL, &nonce.as_slice()[..16], spki].concat())",
        ),
        drawn(
            "nonce-constant",
            "the nonce is the same on every connection",
            "random.fill(&mut octets).map_err(|_| ApiMisuse::Random)?; Ok(Self([7; LENGTH]))",
        ),
        drawn(
            "nonce-of-few-octets",
            "all but 8 octets of the nonce are zero",
            "random.fill(&mut octets[..8]).map_err(|_| ApiMisuse::Random)?; Ok(Self(octets))",
        ),
        mutant("nonce-kept", "the nonce of the first connection serves the next")
            .instead(
                NONCE,
                DRAWN,
                "random.fill(&mut octets).map_err(|_| ApiMisuse::Random)?;
                 Ok(Self(mutant::once(|| Ok::<_, ApiMisuse>(octets))?))",
            )
            .shown_by(&[
                Scenario::honest("intra").times(2),
                Scenario::honest("intra-fixed").times(2),
            ])
            .at(&["CH(", "ch", "nonce"]),
        mutant(
            "nonce-not-asked-for",
            "the server attests to a client that sent no nonce",
        )
        .instead(
            "attested/src/intra/offer.rs",
            "Nonce::find(hello)?",
            "Nonce::find(hello).or_else(|_| Ok::<_, Error>(Nonce::draw(self.settings.provider.secure_random)?))?",
        )
        .shown_by(&[
            Scenario::stimulus("intra", "no-request"),
            Scenario::stimulus("intra-fixed", "no-request"),
        ])
        .at(&["attestation_nonce", "nonce", "request"]),
        mutant(
            "nonce-ignored",
            "the server answers a nonce of its own, and the client does not compare",
        )
        .instead(
            "attested/src/intra/offer.rs",
            "Nonce::find(hello)?",
            "{ Nonce::find(hello)?; Nonce::draw(self.settings.provider.secure_random)? }",
        )
        .without("rats/src/verifier.rs", "check_binding(&claims, &format.field(&expected.challenge), expected)?;")
        .shown_by(&IN_INTRA)
        .at(BINDER),
    ]
}

fn omissions() -> Vec<Mutant> {
    let certified = |stimulus| {
        [
            Scenario::stimulus("pre-fixed", stimulus),
            Scenario::stimulus("intra-fixed", stimulus),
        ]
    };
    vec![
        mutant("certificate-unchecked", "any chain will do beside Evidence")
            .instead(
                VERIFIER,
                CHAIN,
                "rustls::client::danger::ServerCertVerified::assertion()",
            )
            .shown_by(&[
                certified("certificate-issuer"),
                certified("certificate-name"),
            ]
            .concat())
            .at(&["tbs_certificate", "issued", "name"]),
        mutant(
            "certificate-name-unchecked",
            "any name will do beside Evidence",
        )
        .instead(
            VERIFIER,
            CHAIN,
            "mutant::named(
                pki.verify_server_cert(end_entity, intermediates, name, &[], now),
                rustls::client::danger::ServerCertVerified::assertion(),
            )?",
        )
        .shown_by(&certified("certificate-name"))
        .at(&["tbs_certificate", "name"]),
        mutant(
            "possession-unchecked",
            "whoever shows a certificate is taken for its owner",
        )
        .instead(
            VERIFIER,
            "verify_tls13_signature(message, cert, dss, &self.algorithms)
            .map_err(|error| self.refuse(error.into()))?",
            "HandshakeSignatureValid::assertion()",
        )
        .shown_by(&[
            Scenario::stimulus("pre", "certificate-verify-signature"),
            Scenario::stimulus("pre-fixed", "certificate-verify-signature"),
            Scenario::stimulus("intra", "certificate-verify-signature"),
            Scenario::stimulus("intra-fixed", "certificate-verify-signature"),
        ])
        .at(&["possessed("]),
        mutant(
            "extension-of-another-form",
            "Evidence for a nonce is in the extension of another specification",
        )
        .instead(
            "attested/src/intra/offer.rs",
            "extension::encode(Form::Cmw, &to_cmw(&evidence)?)?",
            "extension::encode(Form::TaggedEvidence, &to_cmw(&evidence)?)?",
        )
        .shown_by(&IN_INTRA)
        .at(&["evidence form"]),
        mutant(
            "issued-in-another-form",
            "Evidence for a key is in the extension of another specification",
        )
        .instead(
            "attested/src/pre/offer.rs",
            "Form::default()",
            "Form::TaggedEvidence",
        )
        .shown_by(&IN_PRE)
        .at(&["evidence form"]),
        mutant(
            "certified-acceptance-not-reported",
            "a client accepts in the handshake and does not say so",
        )
        .verbatim(
            "attested/src/certified/client.rs",
            "self.tls.observer().observe(Kind::Decision {",
            "if !mutant::on(\"certified-acceptance-not-reported\") { self.tls.observer().observe(Kind::Decision {",
        )
        .verbatim(
            "attested/src/certified/client.rs",
            "at: None,\n                });",
            "at: None,\n                }); }",
        )
        .shown_by(&[IN_PRE, IN_INTRA].concat())
        .at(&["the recording ends", "accept"]),
    ]
}
