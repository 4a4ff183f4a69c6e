//! Octets as a recording holds them: in the clear, marked as secret, or
//! replaced by a commitment.
//!
//! Invariant: a value that was secret in the run carries its mark for as long
//! as it lives. There is no function that turns a secret into clear octets
//! with the mark removed; [`Bytes::as_slice`] lends the octets and leaves the
//! mark where it is.
//!
//! JSON form: `{"h":hex}` in the clear, `{"S":1,"h":hex}` for a secret,
//! `{"S":1,"cm":hex,"len":n}` for a commitment; hex is lower-case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How secret a value was in the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Secrecy {
    /// `S:1`: lives as long as the session, such as an exporter value.
    Session,
    /// `S:2`: lives longer than any session, such as a private key.
    LongTerm,
}

/// A string of octets with its secrecy mark.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Bytes(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Clear(Vec<u8>),
    Commitment {
        digest: [u8; 32],
        len: u64,
        secrecy: Secrecy,
    },
    Secret {
        octets: Vec<u8>,
        secrecy: Secrecy,
    },
}

impl Bytes {
    /// Octets an observer of the wire may know.
    pub fn clear(octets: impl Into<Vec<u8>>) -> Self {
        Self(Repr::Clear(octets.into()))
    }

    /// A secret of one session (`S:1`).
    pub fn session_secret(octets: impl Into<Vec<u8>>) -> Self {
        Self(Repr::Secret {
            octets: octets.into(),
            secrecy: Secrecy::Session,
        })
    }

    /// A secret that outlives sessions (`S:2`).
    pub fn long_term_secret(octets: impl Into<Vec<u8>>) -> Self {
        Self(Repr::Secret {
            octets: octets.into(),
            secrecy: Secrecy::LongTerm,
        })
    }

    /// The commitment to a secret of `len` octets that stays outside the
    /// recording.
    pub fn commitment(digest: [u8; 32], len: u64, secrecy: Secrecy) -> Self {
        Self(Repr::Commitment {
            digest,
            len,
            secrecy,
        })
    }

    /// The octets, unless only a commitment is recorded.
    pub fn as_slice(&self) -> Option<&[u8]> {
        match &self.0 {
            Repr::Clear(octets) | Repr::Secret { octets, .. } => Some(octets),
            Repr::Commitment { .. } => None,
        }
    }

    /// The digest, where only a commitment is recorded.
    pub fn committed(&self) -> Option<&[u8; 32]> {
        match &self.0 {
            Repr::Commitment { digest, .. } => Some(digest),
            Repr::Clear(_) | Repr::Secret { .. } => None,
        }
    }

    /// The length of the value in octets, known even of a commitment.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Repr::Clear(octets) | Repr::Secret { octets, .. } => octets.len() as u64,
            Repr::Commitment { len, .. } => *len,
        }
    }

    /// Whether the value has no octets.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The secrecy mark; `None` for octets in the clear.
    pub fn secrecy(&self) -> Option<Secrecy> {
        match &self.0 {
            Repr::Clear(_) => None,
            Repr::Commitment { secrecy, .. } | Repr::Secret { secrecy, .. } => Some(*secrecy),
        }
    }
}

/// Shows clear octets and hides secret ones: a panic message or a test's diff
/// is not a place for keys.
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Clear(octets) => write!(f, "{}", hex::encode(octets)),
            Repr::Commitment { digest, len, .. } => {
                write!(f, "<{len} octets committed as {}>", hex::encode(digest))
            }
            Repr::Secret { octets, secrecy } => {
                write!(f, "<{} secret octets, {secrecy:?}>", octets.len())
            }
        }
    }
}

/// The JSON object, before its fields are known to make sense together.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "S", skip_serializing_if = "Option::is_none")]
    secrecy: Option<u8>,
    #[serde(rename = "cm", skip_serializing_if = "Option::is_none")]
    commitment: Option<String>,
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    octets: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    len: Option<u64>,
}

impl From<Bytes> for Wire {
    fn from(bytes: Bytes) -> Self {
        let secrecy = bytes.secrecy().map(|secrecy| match secrecy {
            Secrecy::Session => 1,
            Secrecy::LongTerm => 2,
        });
        match bytes.0 {
            Repr::Clear(octets) | Repr::Secret { octets, .. } => Self {
                secrecy,
                commitment: None,
                octets: Some(hex::encode(octets)),
                len: None,
            },
            Repr::Commitment { digest, len, .. } => Self {
                secrecy,
                commitment: Some(hex::encode(digest)),
                octets: None,
                len: Some(len),
            },
        }
    }
}

impl TryFrom<Wire> for Bytes {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let secrecy = match wire.secrecy {
            None => None,
            Some(1) => Some(Secrecy::Session),
            Some(2) => Some(Secrecy::LongTerm),
            Some(other) => return Err(format!("secrecy mark `S` is {other}, must be 1 or 2")),
        };
        match (wire.octets, wire.commitment, wire.len, secrecy) {
            (Some(text), None, None, secrecy) => {
                let octets = hex::decode(&text).map_err(|e| format!("`h` is not hex: {e}"))?;
                Ok(Self(match secrecy {
                    None => Repr::Clear(octets),
                    Some(secrecy) => Repr::Secret { octets, secrecy },
                }))
            }
            (None, Some(text), Some(len), Some(secrecy)) => {
                let mut digest = [0; 32];
                hex::decode_to_slice(&text, &mut digest)
                    .map_err(|e| format!("`cm` is not 32 octets of hex: {e}"))?;
                Ok(Self::commitment(digest, len, secrecy))
            }
            _ => Err("octets need `h` (and `S` if secret), or `cm`, `len` and `S`".into()),
        }
    }
}
