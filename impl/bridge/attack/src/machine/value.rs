//! What terms are when they are enacted.

use std::fmt;
use std::sync::Arc;

use mock_tee::Machine;
use rcgen::{KeyPair, PublicKeyData as _};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::sign::SigningKey;

/// An Ed25519 key pair. Its signatures are a function of key and message, as a
/// model's are, so that a run in which the attacker predicts one is enacted as
/// it stands.
#[derive(Clone)]
pub struct Key {
    pub pair: Arc<KeyPair>,
    pub signer: Arc<dyn SigningKey>,
}

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// What the crypto library says.
    pub fn generate() -> Result<Self, Unfit> {
        let unfit = |error: String| Unfit::new("a key", error);
        let pair = KeyPair::generate_for(&rcgen::PKCS_ED25519).map_err(|e| unfit(e.to_string()))?;
        let pkcs8 = PrivatePkcs8KeyDer::from(pair.serialize_der());
        let signer = rustls::crypto::ring::sign::any_supported_type(&pkcs8.into())
            .map_err(|e| unfit(e.to_string()))?;
        Ok(Self {
            pair: Arc::new(pair),
            signer,
        })
    }

    /// Its public half, SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> Vec<u8> {
        self.pair.subject_public_key_info()
    }

    /// A signature over octets.
    ///
    /// # Errors
    /// What the crypto library says.
    pub fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, Unfit> {
        self.signer
            .choose_scheme(&[rustls::SignatureScheme::ED25519])
            .ok_or_else(|| Unfit::new("a signature", "the key does not sign with Ed25519"))?
            .sign(octets)
            .map_err(|e| Unfit::new("a signature", e.to_string()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// What the attacker makes when it makes a name. A run does not say what kind
/// of thing a name is but by its use: octets, a private value, a DNS name, a
/// key.
#[derive(Clone, Debug)]
pub struct Own {
    pub octets: [u8; 32],
    pub key: Key,
    pub name: String,
}

impl Own {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no randomness, or what the crypto library says.
    pub fn generate() -> Result<Self, Unfit> {
        let octets: [u8; 32] = crate::laboratory::draw()?;
        let [a, b, c, ..] = octets;
        Ok(Self {
            octets,
            key: Key::generate()?,
            name: format!("a{a:02x}{b:02x}{c:02x}.example"),
        })
    }
}

/// What protects a message that has no protection of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carriage {
    /// A record of the handshake.
    Handshake,
    /// A frame with a request, in application data.
    Request,
    /// A frame with an authenticator, in application data.
    Authenticator,
}

impl Carriage {
    /// The first octet of the frame, see `attested`'s framing.
    pub fn frame(self) -> Option<u8> {
        match self {
            Self::Handshake => None,
            Self::Request => Some(1),
            Self::Authenticator => Some(2),
        }
    }
}

/// A term's value.
#[derive(Clone, Debug)]
pub enum Value {
    /// The key of a machine that signs Evidence.
    AttestationKey(Machine),
    /// A signature of an authority, within the certificate it is in.
    CertificateSignature(Vec<u8>),
    /// What an attestation key signs: the challenge, and the key it is about.
    Claims {
        challenge: Vec<u8>,
        spki: Vec<u8>,
    },
    /// Certificates, and Evidence beside them.
    Credential {
        chain: Vec<Vec<u8>>,
        evidence: Option<Vec<u8>>,
    },
    /// Evidence as the Attester made it.
    Evidence(Vec<u8>),
    /// The attestation extension of a ClientHello: a nonce, or nothing.
    Extension(Vec<u8>),
    Key(Key),
    Length(usize),
    /// A whole message.
    Message(Carriage, Vec<u8>),
    /// A DNS name.
    Name(String),
    Octets(Vec<u8>),
    /// A name the attacker made: whatever it is used as.
    Own(Own),
    /// SubjectPublicKeyInfo.
    Public(Vec<u8>),
    /// A signature over Evidence, within the Evidence it is in.
    Quote(Vec<u8>),
    Scalar([u8; 32]),
    /// A message to be protected under a traffic secret, when it is sent.
    Sealed(Vec<u8>, Box<Value>),
    /// What a party sends protected: whose, and the how-manyth such message.
    Stream {
        who: String,
        place: usize,
    },
    /// To be certified: a name and a key.
    Subject {
        name: String,
        spki: Vec<u8>,
    },
}

/// A value that is not what it is used as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Unfit {
    pub what: String,
    pub why: String,
}

impl Unfit {
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
        }
    }
}

impl Value {
    /// What sort of thing it is, in a word or two.
    pub fn sort(&self) -> &'static str {
        match self {
            Self::AttestationKey(_) => "an attestation key",
            Self::CertificateSignature(_) => "a certificate's signature",
            Self::Claims { .. } => "claims",
            Self::Credential { .. } => "certificates",
            Self::Evidence(_) => "Evidence",
            Self::Extension(_) => "an extension",
            Self::Key(_) => "a signing key",
            Self::Length(_) => "a length",
            Self::Message(..) => "a message",
            Self::Name(_) => "a name",
            Self::Octets(_) => "octets",
            Self::Own(_) => "a name of the attacker's",
            Self::Public(_) => "a public key",
            Self::Quote(_) => "a signature over Evidence",
            Self::Scalar(_) => "a private value",
            Self::Sealed(..) => "a record",
            Self::Stream { .. } => "a record of a party's",
            Self::Subject { .. } => "a subject",
        }
    }

    /// The octets it is, where it is octets.
    ///
    /// # Errors
    /// [`Unfit`] where it is not.
    pub fn octets(&self) -> Result<&[u8], Unfit> {
        match self {
            Self::Message(_, octets) | Self::Octets(octets) | Self::Public(octets) => Ok(octets),
            Self::Own(own) => Ok(&own.octets),
            Self::Extension(nonce) if nonce.is_empty() => Ok(nonce), // no extension
            other => Err(Unfit::new("octets are needed", other.sort())),
        }
    }

    /// # Errors
    /// [`Unfit`]
    pub fn length(&self) -> Result<usize, Unfit> {
        match self {
            Self::Length(length) => Ok(*length),
            other => Err(Unfit::new("a length is needed", other.sort())),
        }
    }

    /// # Errors
    /// [`Unfit`]
    pub fn name(&self) -> Result<&str, Unfit> {
        match self {
            Self::Name(name) => Ok(name),
            Self::Own(own) => Ok(&own.name),
            other => Err(Unfit::new("a name is needed", other.sort())),
        }
    }

    /// # Errors
    /// [`Unfit`]
    pub fn public(&self) -> Result<&[u8], Unfit> {
        match self {
            Self::Public(spki) => Ok(spki),
            other => Err(Unfit::new("a public key is needed", other.sort())),
        }
    }

    /// A point of the curve, or a private value.
    ///
    /// # Errors
    /// [`Unfit`]
    pub fn point(&self) -> Result<[u8; 32], Unfit> {
        let octets = match self {
            Self::Scalar(scalar) => return Ok(*scalar),
            other => other.octets()?,
        };
        <[u8; 32]>::try_from(octets)
            .map_err(|_| Unfit::new("32 octets are needed", format!("{} octets", octets.len())))
    }
}
