//! Octets taken apart, from the specifications and nothing else.
//!
//! A codec reads one message and names every octet of it: a *field* is what a
//! model may speak of, a *part* is what no model term stands for and what a
//! declared gap has to claim. Nothing is skipped and nothing may follow.
//! These readers share no code with the endpoints they judge.

mod attestation_nonce;
mod certificate;
mod certificate_message;
mod certificate_verify;
pub(crate) mod claims_buffer;
mod client_hello;
mod cose;
mod encrypted_extensions;
mod evidence;
mod evidence_chain;
mod finished;
mod flight;
mod reader;
mod request;
mod server_hello;
mod x509;

pub(crate) use reader::{Reader, WireError};

use crate::{crypto::Hash, octets::Octets};

/// A codec: one message or structure, by its name in mapping files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Codec {
    /// The extension of a ClientHello that carries a nonce.
    AttestationNonce,
    /// Certificate || CertificateVerify || Finished, RFC 9261 section 5.2.
    Authenticator,
    /// Certificate, RFC 8446 section 4.4.2.
    Certificate,
    /// Certificate with its list in one piece.
    CertificateMessage,
    /// CertificateRequest, RFC 9261 section 4: a server's authenticator request.
    CertificateRequest,
    /// CertificateVerify, RFC 8446 section 4.4.3.
    CertificateVerify,
    /// ClientCertificateRequest, RFC 9261 section 4.
    ClientCertificateRequest,
    /// ClientHello, RFC 8446 section 4.1.2.
    ClientHello,
    /// EncryptedExtensions, RFC 8446 section 4.3.1.
    EncryptedExtensions,
    /// X.509 that vouches for its key by Evidence inside.
    EvidenceCertificate,
    /// A certificate_list that carries Evidence.
    EvidenceChain,
    /// EAT in COSE_Sign1 in a conceptual message wrapper.
    EvidenceMessage,
    /// Finished, RFC 8446 section 4.4.4.
    Finished,
    /// ServerHello, RFC 8446 section 4.1.3.
    ServerHello,
    /// Certificate of X.509, RFC 5280 section 4.1.
    X509,
}

/// Names of codecs in mapping files, with the fields each one yields.
const CODECS: &[(&str, Codec, &[&str])] = &[
    ("attestation_nonce", Codec::AttestationNonce, &["nonce"]),
    (
        "authenticator",
        Codec::Authenticator,
        &["certificate", "certificate_verify", "finished"],
    ),
    (
        "certificate",
        Codec::Certificate,
        &["certificate_request_context", "leaf", "cmw_data"],
    ),
    (
        "certificate_message",
        Codec::CertificateMessage,
        &["certificate_request_context", "certificate_list"],
    ),
    (
        "certificate_request",
        Codec::CertificateRequest,
        &["certificate_request_context"],
    ),
    (
        "certificate_verify",
        Codec::CertificateVerify,
        &["signature"],
    ),
    (
        "client_certificate_request",
        Codec::ClientCertificateRequest,
        &["certificate_request_context"],
    ),
    (
        "client_hello",
        Codec::ClientHello,
        &["random", "key_share", "attestation_request"],
    ),
    ("encrypted_extensions", Codec::EncryptedExtensions, &[]),
    (
        "evidence",
        Codec::EvidenceMessage,
        &["challenge", "measurement", "signature", "signed", "wrapped"],
    ),
    (
        "evidence_certificate",
        Codec::EvidenceCertificate,
        &["subject", "key", "evidence"],
    ),
    (
        "evidence_chain",
        Codec::EvidenceChain,
        &["leaf", "evidence"],
    ),
    ("finished", Codec::Finished, &["verify_data"]),
    ("server_hello", Codec::ServerHello, &["random", "key_share"]),
    (
        "x509",
        Codec::X509,
        &["subject", "key", "signature", "tbs_certificate"],
    ),
];

impl Codec {
    pub(crate) fn named(name: &str) -> Option<Self> {
        CODECS
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|(_, codec, _)| *codec)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        CODECS.iter().map(|(name, ..)| *name)
    }

    pub(crate) fn name(self) -> &'static str {
        CODECS
            .iter()
            .find(|(_, codec, _)| *codec == self)
            .map_or("?", |(name, ..)| name)
    }

    /// The fields a model may name.
    pub(crate) fn fields(self) -> &'static [&'static str] {
        CODECS
            .iter()
            .find(|(_, codec, _)| *codec == self)
            .map_or(&[], |(.., fields)| fields)
    }

    /// HandshakeType of the message, where it is one (RFC 8446 section 4, RFC
    /// 9261 section 4).
    /// The first octet of what it reads, where that is always the same.
    pub(crate) fn first_octet(self) -> Option<u8> {
        match self {
            Self::Authenticator => Some(11),
            other => other.handshake_type(),
        }
    }

    pub(crate) fn handshake_type(self) -> Option<u8> {
        Some(match self {
            Self::ClientHello => 1,
            Self::ServerHello => 2,
            Self::EncryptedExtensions => 8,
            Self::Certificate | Self::CertificateMessage => 11,
            Self::CertificateRequest => 13,
            Self::CertificateVerify => 15,
            Self::ClientCertificateRequest => 17,
            Self::Finished => 20,
            _ => return None,
        })
    }

    /// Fields that repeat octets of other fields: what is signed, and what is
    /// wrapped.
    pub(crate) fn is_view(name: &str) -> bool {
        matches!(name, "signed" | "tbs_certificate" | "wrapped")
    }

    /// Takes `octets` apart.
    pub(crate) fn decode(self, octets: &Octets, profile: &Profile) -> Result<Decoded, WireError> {
        match self {
            Self::AttestationNonce => attestation_nonce::decode(octets),
            Self::Authenticator => flight::decode(octets),
            Self::Certificate => certificate::decode(octets, profile),
            Self::CertificateMessage => certificate_message::decode(octets),
            Self::CertificateRequest => request::decode(octets, 13),
            Self::CertificateVerify => certificate_verify::decode(octets),
            Self::ClientCertificateRequest => request::decode(octets, 17),
            Self::ClientHello => client_hello::decode(octets),
            Self::EncryptedExtensions => encrypted_extensions::decode(octets),
            Self::EvidenceCertificate => x509::with_evidence(octets),
            Self::EvidenceChain => evidence_chain::decode(octets),
            Self::EvidenceMessage => evidence::decode(octets, profile),
            Self::Finished => finished::decode(octets, profile),
            Self::ServerHello => server_hello::decode(octets),
            Self::X509 => x509::decode(octets),
        }
    }
}

/// What a codec must know besides the octets.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// Of the negotiated cipher suite; absent before ServerHello.
    pub(crate) hash: Option<Hash>,
    /// Code point of the `cmw_attestation` extension, which has no assigned
    /// one yet.
    pub(crate) cmw_attestation: u16,
    /// Key of the claim that holds the measurement.
    pub(crate) measurement_claim: MeasurementClaim,
}

/// How the software Attester's EAT states what was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeasurementClaim {
    /// Claim key.
    pub(crate) key: i64,
}

/// One message, every octet of it named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    whole: Octets,
    fields: Vec<(&'static str, Octets)>,
    /// What no field covers, in the order of the message.
    pub(crate) parts: Vec<Part>,
}

/// Octets of a message outside every field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Name of the structure's member in its specification.
    pub(crate) name: &'static str,
    /// Code point, of an extension.
    pub(crate) code: Option<i64>,
    pub(crate) octets: Octets,
}

impl Part {
    /// Its name, with its code point if it has one.
    pub(crate) fn label(&self) -> String {
        match self.code {
            Some(code) => format!("{} {code}", self.name),
            None => self.name.to_owned(),
        }
    }
}

impl Decoded {
    /// Nothing of it yet.
    fn of(whole: &Octets) -> Self {
        Self {
            whole: whole.clone(),
            fields: Vec::new(),
            parts: Vec::new(),
        }
    }

    fn field(&mut self, name: &'static str, octets: impl AsRef<[u8]>) {
        let octets = self.whole.share(octets.as_ref());
        self.fields.push((name, octets));
    }

    fn part(&mut self, name: &'static str, octets: impl AsRef<[u8]>) {
        self.push(name, None, octets.as_ref());
    }

    fn coded(&mut self, name: &'static str, code: impl Into<i64>, octets: impl AsRef<[u8]>) {
        self.push(name, Some(code.into()), octets.as_ref());
    }

    fn push(&mut self, name: &'static str, code: Option<i64>, octets: &[u8]) {
        let octets = self.whole.share(octets);
        self.parts.push(Part { name, code, octets });
    }

    /// The field of that name, unless the message has none.
    pub(crate) fn get(&self, name: &str) -> Option<&Octets> {
        self.fields
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, octets)| octets)
    }

    /// The same with the name as it is known here.
    pub(crate) fn named(&self, name: &str) -> Option<(&'static str, &Octets)> {
        self.fields().find(|(known, _)| *known == name)
    }

    /// Fields the message has.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &Octets)> {
        self.fields.iter().map(|(name, octets)| (*name, octets))
    }
}

/// The extension block of a message: each type at most once (RFC 8446
/// section 4.2).
fn extensions<'a>(
    reader: &mut Reader<'a>,
    what: &'static str,
) -> Result<Vec<(u16, &'a [u8])>, WireError> {
    let mut block = reader.vector16(what)?;
    let mut all: Vec<(u16, &[u8])> = Vec::new();
    while !block.is_empty() {
        let at = block.position();
        let code = block.u16("extension_type")?;
        let data = block.vector16("extension_data")?.rest();
        if all.iter().any(|(known, _)| *known == code) {
            return Err(WireError::at(
                at,
                format!("extension {code} occurs twice in {what}"),
            ));
        }
        all.push((code, data));
    }
    Ok(all)
}

/// The body of a handshake message of the given type (RFC 8446 section 4).
fn handshake<'a>(octets: &'a [u8], expected: u8) -> Result<Reader<'a>, WireError> {
    let mut reader = Reader::new(octets);
    let found = reader.u8("msg_type")?;
    if found != expected {
        return Err(WireError::at(
            0,
            format!("handshake type is {found}, expected {expected}"),
        ));
    }
    let body = reader.vector24("handshake message")?;
    reader.end("handshake message")?;
    Ok(body)
}
