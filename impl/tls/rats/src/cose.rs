//! COSE_Sign1 (RFC 9052 section 4.2) with Ed25519, as this crate's EAT uses it.
//!
//! Tag 18; protected header exactly `{1: -8, 4: kid}`; unprotected header empty
//! or exactly `{"endorsement": bstr}`; payload and signature inside. Nothing in
//! the unprotected header is believed: an Endorsement there has a signature of
//! its own. Encoding is deterministic, so a signed message has one form.

use ciborium::Value;

use crate::{
    cbor::{self, CborError, sorted_map},
    key::{BadSignature, PublicKey},
};

const TAG: u64 = 18;
/// EdDSA (RFC 9053 section 2.2).
const ALGORITHM: i64 = -8;
const HEADER_ALGORITHM: i64 = 1;
const HEADER_KID: i64 = 4;
const HEADER_ENDORSEMENT: &str = "endorsement";

/// What a COSE_Sign1 signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Names the signing key; here its [`PublicKey::id`].
    pub kid: Vec<u8>,
    pub payload: Vec<u8>,
}

/// A decoded COSE_Sign1, not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign1 {
    pub content: Content,
    pub endorsement: Option<Vec<u8>>,
    /// Empty in a message that was never signed.
    pub signature: Vec<u8>,
}

/// Why octets are not such a COSE_Sign1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoseError {
    #[error(transparent)]
    Cbor(#[from] CborError),
    #[error("a COSE_Sign1 is {0}")]
    Form(&'static str),
}

impl Content {
    /// The Sig_structure (RFC 9052 section 4.4), with empty external data.
    pub fn to_be_signed(&self) -> Vec<u8> {
        cbor::encode(&Value::Array(vec![
            Value::Text("Signature1".into()),
            Value::Bytes(self.protected()),
            Value::Bytes(Vec::new()),
            Value::Bytes(self.payload.clone()),
        ]))
    }

    /// The message with its signature over [`Self::to_be_signed`].
    pub fn signed(self, signature: Vec<u8>) -> Sign1 {
        Sign1 {
            content: self,
            endorsement: None,
            signature,
        }
    }

    fn protected(&self) -> Vec<u8> {
        cbor::encode(&sorted_map(vec![
            (integer(HEADER_ALGORITHM), integer(ALGORITHM)),
            (integer(HEADER_KID), Value::Bytes(self.kid.clone())),
        ]))
    }
}

impl Sign1 {
    /// The same message with an Endorsement of its signing key attached.
    #[must_use]
    pub fn endorsed(self, endorsement: Vec<u8>) -> Self {
        Self {
            endorsement: Some(endorsement),
            ..self
        }
    }

    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        key.verify(&self.content.to_be_signed(), &self.signature)
    }

    pub fn encode(&self) -> Vec<u8> {
        let unprotected = self.endorsement.iter().map(|endorsement| {
            let key = Value::Text(HEADER_ENDORSEMENT.into());
            (key, Value::Bytes(endorsement.clone()))
        });
        cbor::encode(&Value::Tag(
            TAG,
            Box::new(Value::Array(vec![
                Value::Bytes(self.content.protected()),
                sorted_map(unprotected.collect()),
                Value::Bytes(self.content.payload.clone()),
                Value::Bytes(self.signature.clone()),
            ])),
        ))
    }

    pub fn decode(octets: &[u8]) -> Result<Self, CoseError> {
        let Value::Tag(TAG, item) = cbor::decode(octets)? else {
            return Err(CoseError::Form("tag 18"));
        };
        let fields = item.into_array().unwrap_or_default();
        let [
            Value::Bytes(protected),
            Value::Map(unprotected),
            Value::Bytes(payload),
            Value::Bytes(signature),
        ] = <[Value; 4]>::try_from(fields).map_err(|_| CoseError::Form("an array of four"))?
        else {
            return Err(CoseError::Form("[bstr, map, bstr, bstr]"));
        };
        let endorsement = match <[(Value, Value); 1]>::try_from(unprotected) {
            Ok([(Value::Text(name), Value::Bytes(endorsement))]) if name == HEADER_ENDORSEMENT => {
                Some(endorsement)
            }
            Err(unprotected) if unprotected.is_empty() => None,
            _ => {
                return Err(CoseError::Form(
                    "without unprotected headers other than `endorsement`",
                ));
            }
        };
        let message = Self {
            content: Content {
                kid: kid(&protected)?,
                payload,
            },
            endorsement,
            signature,
        };
        // The signature is over what we would encode, so what we read must be
        // what we would encode.
        if message.content.protected() == protected {
            Ok(message)
        } else {
            Err(CoseError::Form("protected by {1: -8, 4: kid}"))
        }
    }
}

fn kid(protected: &[u8]) -> Result<Vec<u8>, CoseError> {
    let form = CoseError::Form("protected by {1: -8, 4: kid}");
    let Value::Map(headers) = cbor::decode(protected)? else {
        return Err(form);
    };
    headers
        .into_iter()
        .find_map(|(label, value)| match value {
            Value::Bytes(kid) if label == integer(HEADER_KID) => Some(kid),
            _ => None,
        })
        .ok_or(form)
}

pub(crate) fn integer(number: i64) -> Value {
    Value::Integer(number.into())
}
