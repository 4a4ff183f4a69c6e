//! Evidence as it is conveyed: typed octets, not yet believed.
//!
//! In the passport model an Attester hands over an Attestation Result where
//! Evidence would be; its media type says so, and its wrapper's indicator.

use crate::{
    cmw::{CmwError, Encoding, Kinds, MessageType, Wrapped},
    media_type::MediaType,
    passport,
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

/// What a peer conveyed, by what its wrapper says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conveyed {
    Evidence(Evidence),
    /// An Attestation Result of [`passport::PROFILE`].
    Result(Vec<u8>),
}

impl Conveyed {
    /// Unwraps Evidence, or an Attestation Result that its wrapper marks as one.
    pub fn from_cmw(wrapper: &[u8]) -> Result<Self, ConveyError> {
        Self::of(Wrapped::decode(wrapper)?)
    }

    pub(crate) fn of(wrapped: Wrapped) -> Result<Self, ConveyError> {
        let is_result = wrapped.message_type == MessageType::MediaType(passport::media_type());
        match wrapped.kinds {
            Some(Kinds::ATTESTATION_RESULTS) if is_result => Ok(Self::Result(wrapped.value)),
            _ => Evidence::of(wrapped).map(Self::Evidence),
        }
    }
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
        Self::of(Wrapped::decode(wrapper)?)
    }

    fn of(wrapped: Wrapped) -> Result<Self, ConveyError> {
        match wrapped.kinds {
            None | Some(Kinds::EVIDENCE) => Ok(Self {
                message_type: wrapped.message_type,
                octets: wrapped.value,
            }),
            Some(_) => Err(ConveyError::NotEvidence),
        }
    }

    /// Wraps the Evidence; records carry the indicator for Evidence, or, for an
    /// Attestation Result, that for results.
    pub fn to_cmw(&self, encoding: Encoding) -> Result<Vec<u8>, CmwError> {
        let kinds = match encoding {
            Encoding::CborRecord | Encoding::JsonRecord => Some(self.kinds()),
            Encoding::CborTag => None,
        };
        Wrapped {
            message_type: self.message_type.clone(),
            value: self.octets.clone(),
            kinds,
        }
        .encode(encoding)
    }

    fn kinds(&self) -> Kinds {
        if self.message_type == MessageType::MediaType(passport::media_type()) {
            Kinds::ATTESTATION_RESULTS
        } else {
            Kinds::EVIDENCE
        }
    }
}
