//! Evidence as it is conveyed: typed octets, not yet believed.

use crate::{
    cmw::{CmwError, Encoding, Kinds, MessageType, Wrapped},
    media_type::MediaType,
};

/// Evidence of some format. Says nothing until a Verifier has appraised it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub message_type: MessageType,
    pub octets: Vec<u8>,
}

/// Why a conceptual message is not Evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConveyError {
    #[error(transparent)]
    Cmw(#[from] CmwError),
    /// The wrapper's indicator names other conceptual messages.
    #[error("the wrapped message is not Evidence, or not Evidence alone")]
    NotEvidence,
}

impl Evidence {
    pub fn new(media_type: MediaType, octets: Vec<u8>) -> Self {
        Self {
            message_type: MessageType::MediaType(media_type),
            octets,
        }
    }

    /// Unwraps Evidence from a conceptual message wrapper (RFC 9999). A wrapper
    /// without indicator leaves open what it holds, so its message is taken as
    /// the Evidence the protocol asked for.
    pub fn from_cmw(wrapper: &[u8]) -> Result<Self, ConveyError> {
        let wrapped = Wrapped::decode(wrapper)?;
        match wrapped.kinds {
            None | Some(Kinds::EVIDENCE) => Ok(Self {
                message_type: wrapped.message_type,
                octets: wrapped.value,
            }),
            Some(_) => Err(ConveyError::NotEvidence),
        }
    }

    /// Wraps the Evidence; records carry the indicator for Evidence.
    pub fn to_cmw(&self, encoding: Encoding) -> Result<Vec<u8>, CmwError> {
        let kinds = match encoding {
            Encoding::CborRecord | Encoding::JsonRecord => Some(Kinds::EVIDENCE),
            Encoding::CborTag => None,
        };
        Wrapped {
            message_type: self.message_type.clone(),
            value: self.octets.clone(),
            kinds,
        }
        .encode(encoding)
    }
}
