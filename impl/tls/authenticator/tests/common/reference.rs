//! A second, independent implementation of RFC 9261's bytes: another crypto
//! library, no shared encoder, nothing parametrised that the text fixes.

use authenticator::Role;
use ed25519_dalek::Signer as _;
use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256, Sha384};

use super::rsa::PrivateKey;
use super::{KeyKind, Suite};

/// What connection `number` exports. Any function will do that separates its
/// arguments and gives lengths their own values.
pub fn exported(number: u8, label: &str, context: &[u8], length: usize) -> Vec<u8> {
    let hk = hkdf::Hkdf::<Sha256>::from_prk(&[number; 32]).expect("32 bytes are enough");
    let mut info = vec![length as u8, label.len() as u8];
    info.extend_from_slice(label.as_bytes());
    info.extend_from_slice(context);
    let mut out = vec![0; length];
    hk.expand(&info, &mut out).expect("short output");
    out
}

pub fn hash(suite: Suite, parts: &[&[u8]]) -> Vec<u8> {
    let input = parts.concat();
    match suite {
        Suite::Sha256 => Sha256::digest(input).to_vec(),
        Suite::Sha384 => Sha384::digest(input).to_vec(),
    }
}

pub fn hmac(suite: Suite, key: &[u8], message: &[u8]) -> Vec<u8> {
    match suite {
        Suite::Sha256 => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        }
        Suite::Sha384 => {
            let mut mac = Hmac::<Sha384>::new_from_slice(key).expect("any length");
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        }
    }
}

/// Ed25519, ECDSA with the nonce of RFC 6979, or RSA-PSS with a fixed salt.
pub fn sign(kind: KeyKind, message: &[u8]) -> Vec<u8> {
    match kind {
        KeyKind::Ed25519 => ed25519_dalek::SigningKey::from_bytes(&kind.seed())
            .sign(message)
            .to_bytes()
            .to_vec(),
        KeyKind::P384 => {
            let scalar = super::p384_scalar(kind);
            let key = p384::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar");
            let signature: p384::ecdsa::Signature = key.sign(message);
            signature.to_der().as_bytes().to_vec()
        }
        KeyKind::Rsa => {
            PrivateKey::from_pkcs8(super::RSA_KEY).sign_pss_sha256(message, kind.seed())
        }
        KeyKind::P256 => {
            let key = p256::ecdsa::SigningKey::from_slice(&kind.seed()).expect("a scalar");
            let signature: p256::ecdsa::Signature = key.sign(message);
            signature.to_der().as_bytes().to_vec()
        }
    }
}

/// Number `value` in `width` bytes, big-endian.
pub fn number(value: usize, width: usize) -> Vec<u8> {
    value.to_be_bytes()[8 - width..].to_vec()
}

pub fn message(typ: u8, body: &[u8]) -> Vec<u8> {
    [&[typ], number(body.len(), 3).as_slice(), body].concat()
}

/// A list of `(type, body)` with its 16-bit length.
pub fn extensions(list: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut inner = Vec::new();
    for (typ, body) in list {
        inner.extend(number(usize::from(*typ), 2));
        inner.extend(number(body.len(), 2));
        inner.extend(body);
    }
    [number(inner.len(), 2), inner].concat()
}

/// A request of type 13 or 17.
pub fn request(typ: u8, context: &[u8], list: &[(u16, Vec<u8>)]) -> Vec<u8> {
    message(
        typ,
        &[number(context.len(), 1), context.to_vec(), extensions(list)].concat(),
    )
}

pub fn certificate(context: &[u8], leaf: &[u8], list: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let entry = [number(leaf.len(), 3), leaf.to_vec(), extensions(list)].concat();
    message(
        11,
        &[
            number(context.len(), 1),
            context.to_vec(),
            number(entry.len(), 3),
            entry,
        ]
        .concat(),
    )
}

/// Everything that fixes an authenticator of one certificate.
pub struct Inputs {
    pub suite: Suite,
    pub handshake_context: Vec<u8>,
    pub finished_key: Vec<u8>,
    pub request: Vec<u8>,
    pub context: Vec<u8>,
    pub leaf: Vec<u8>,
    pub extensions: Vec<(u16, Vec<u8>)>,
    pub scheme: u16,
    pub kind: KeyKind,
}

impl Inputs {
    /// An exchange over connection 1 with the server as sender, answering a
    /// client's request for context 7.
    pub fn standard(suite: Suite, kind: KeyKind) -> Self {
        Self::by(Role::Server, suite, kind)
    }

    /// The same with the sender in either role.
    pub fn by(sender: Role, suite: Suite, kind: KeyKind) -> Self {
        let context = vec![7; 32];
        let scheme = |kind: KeyKind| match kind {
            KeyKind::Ed25519 => 0x0807,
            KeyKind::P256 => 0x0403,
            KeyKind::P384 => 0x0503,
            KeyKind::Rsa => 0x0804,
        };
        let schemes: Vec<u8> = match kind {
            KeyKind::Ed25519 | KeyKind::P256 => vec![0, 4, 0x04, 0x03, 0x08, 0x07],
            _ => [vec![0, 2], number(scheme(kind), 2)].concat(),
        };
        let offer = [(13, schemes), (0xff00, Vec::new())];
        let (handshake_context, finished_key, request_type) = match sender {
            Role::Client => (
                "EXPORTER-client authenticator handshake context",
                "EXPORTER-client authenticator finished key",
                13,
            ),
            Role::Server => (
                "EXPORTER-server authenticator handshake context",
                "EXPORTER-server authenticator finished key",
                17,
            ),
        };
        let length = suite.output_len();
        Self {
            suite,
            handshake_context: exported(1, handshake_context, b"", length),
            finished_key: exported(1, finished_key, b"", length),
            request: request(request_type, &context, &offer),
            context,
            leaf: kind.leaf_of(sender).to_vec(),
            extensions: vec![(0xff00, b"opaque".to_vec())],
            scheme: scheme(kind) as u16,
            kind,
        }
    }

    pub fn certificate(&self) -> Vec<u8> {
        certificate(&self.context, &self.leaf, &self.extensions)
    }

    pub fn signed_octets(&self, certificate: &[u8]) -> Vec<u8> {
        let transcript = hash(
            self.suite,
            &[&self.handshake_context, &self.request, certificate],
        );
        let mut octets = b" ".repeat(64);
        octets.extend_from_slice(b"Exported Authenticator");
        octets.push(0);
        octets.extend(transcript);
        octets
    }

    pub fn certificate_verify(&self, certificate: &[u8]) -> Vec<u8> {
        let signature = sign(self.kind, &self.signed_octets(certificate));
        message(
            15,
            &[
                number(usize::from(self.scheme), 2),
                number(signature.len(), 2),
                signature,
            ]
            .concat(),
        )
    }

    pub fn finished(&self, certificate: &[u8], certificate_verify: &[u8]) -> Vec<u8> {
        let transcript = hash(
            self.suite,
            &[
                &self.handshake_context,
                &self.request,
                certificate,
                certificate_verify,
            ],
        );
        message(20, &hmac(self.suite, &self.finished_key, &transcript))
    }

    /// Closes an arbitrary CertificateVerify with a right Finished, so that a
    /// test reaches the check behind the MAC.
    pub fn closing(&self, certificate: Vec<u8>, certificate_verify: Vec<u8>) -> Vec<u8> {
        let finished = self.finished(&certificate, &certificate_verify);
        [certificate, certificate_verify, finished].concat()
    }

    pub fn authenticator(&self) -> Vec<u8> {
        let certificate = self.certificate();
        let certificate_verify = self.certificate_verify(&certificate);
        self.closing(certificate, certificate_verify)
    }

    pub fn empty_authenticator(&self) -> Vec<u8> {
        let absent = message(
            11,
            &[
                number(self.context.len(), 1),
                self.context.clone(),
                number(0, 3),
            ]
            .concat(),
        );
        self.finished(&absent, b"")
    }
}
