//! Conceptual Message Wrappers (RFC 9999): of one message as CBOR record, CBOR
//! tag or JSON record, and of several as [`collection`].
//!
//! The `cmw` crate encodes and decodes. Peers choose the octets, so nothing
//! reaches it that `Shape::of` has not accepted first: the whole input is
//! one item of bounded size and depth, in one of three shapes, with a type, a
//! non-empty value and an indicator the crate can represent. What it then says
//! is compared with what the shape says; a difference is an error and never
//! decides which of the two is believed.
//!
//! Where one message is wanted, a collection is checked to be well-formed like
//! anything else and then refused: which of several messages a binding covers is
//! for the collection's type to say.
//!
//! CBOR must be in deterministic encoding, which RFC 9999 does not ask for.

pub mod collection;
mod shape;

use ::cmw::{CMW, Indicator, Mime, Monad};

use crate::{
    cbor::CborError,
    cmw::shape::Shape,
    media_type::{MediaType, MediaTypeError},
};

/// The largest wrapper taken or made, in octets: `cmw_data<1..2^16-1>` of
/// draft-fossati-seat-expat.
pub const MAX_SIZE: usize = 65_535;

/// How a message is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    CborRecord,
    /// Only for types that are CoAP content formats, and without indicator.
    CborTag,
    JsonRecord,
}

/// What a wrapper says the message is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageType {
    /// A CoAP content format.
    ContentFormat(u16),
    MediaType(MediaType),
}

/// Which conceptual messages a value may be. At least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(Indicator);

impl Kinds {
    pub const ATTESTATION_RESULTS: Self = Self(Indicator::ATTESTATION_RESULTS);
    pub const ENDORSEMENTS: Self = Self(Indicator::ENDORSEMENTS);
    pub const EVIDENCE: Self = Self(Indicator::EVIDENCE);
    pub const REFERENCE_VALUES: Self = Self(Indicator::REFERENCE_VALUES);
}

/// A wrapped message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    pub message_type: MessageType,
    /// Never empty.
    pub value: Vec<u8>,
    pub kinds: Option<Kinds>,
}

/// Why octets are refused as a wrapper, or a message cannot be wrapped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CmwError {
    #[error("the wrapper is malformed: {0}")]
    Cbor(#[from] CborError),
    #[error("the wrapper is a collection; send one record or tag")]
    Collection,
    #[error("the collection is refused: {what}")]
    CollectionForm { what: &'static str },
    #[error("content format {0} is registered under no usable media type")]
    ContentFormat(u64),
    #[error("the wrapper is empty")]
    Empty,
    #[error("the wrapped value is empty")]
    EmptyValue,
    #[error("indicator {0} is not a set of known kinds; it must be 1 to 31")]
    Indicator(u64),
    #[error("the wrapper is malformed as JSON at column {column}: {reason}")]
    Json { column: usize, reason: String },
    #[error("the wrapper's type is {0}")]
    MediaType(#[from] MediaTypeError),
    #[error("the wrapper starts with octet {0:#04x}, which starts no wrapper")]
    NotAWrapper(u8),
    #[error("the wrapper crate and our check disagree about {what}")]
    Disagreement { what: &'static str },
    #[error("a record is a type, a value and at most an indicator; {what}")]
    Record { what: &'static str },
    #[error("a CBOR tag needs a content format and has no room for an indicator")]
    Tag,
    #[error("tag {0} is not of a content format (RFC 9277)")]
    TagNumber(u64),
    #[error("the wrapper has {size} octets, at most {MAX_SIZE} are taken")]
    TooLarge { size: usize },
    #[error("the wrapper crate refuses: {0}")]
    Crate(String),
}

impl Wrapped {
    /// Unwraps what a peer sent.
    pub fn decode(octets: &[u8]) -> Result<Self, CmwError> {
        let shape = Shape::of(octets)?;
        let decoded = CMW::deserialize(octets).map_err(refused)?;
        let CMW::Monad(message) = decoded else {
            return Err(CmwError::Collection);
        };
        shape.agree(&message)?;
        Ok(Self {
            message_type: shape.message_type,
            value: message.value(),
            kinds: message.indicator().map(Kinds),
        })
    }

    /// Wraps a message.
    pub fn encode(&self, encoding: Encoding) -> Result<Vec<u8>, CmwError> {
        let value = self.value.clone();
        let kinds = self.kinds.map(|Kinds(indicator)| indicator);
        let mut message = match &self.message_type {
            &MessageType::ContentFormat(number) => Monad::new_cf(number, value, kinds),
            MessageType::MediaType(media_type) => {
                let mime = media_type
                    .to_string()
                    .parse::<Mime>()
                    .map_err(|error| CmwError::Crate(error.to_string()))?;
                Monad::new_media_type(mime, value, kinds)
            }
        }
        .map_err(refused)?;
        let octets = match encoding {
            Encoding::CborRecord => CMW::Monad(message).marshal_cbor(),
            Encoding::CborTag => {
                let is_number = matches!(self.message_type, MessageType::ContentFormat(_));
                if !is_number || self.kinds.is_some() {
                    return Err(CmwError::Tag);
                }
                message.use_cbor_tag_format();
                CMW::Monad(message).marshal_cbor()
            }
            // The RFC knows no numbers in JSON.
            Encoding::JsonRecord => match self.message_type {
                MessageType::MediaType(_) => CMW::Monad(message).marshal_json(),
                MessageType::ContentFormat(number) => {
                    return Err(CmwError::ContentFormat(u64::from(number)));
                }
            },
        }
        .map_err(refused)?;
        // What a peer would refuse is refused here, where the fault is.
        if Self::decode(&octets)? == *self {
            Ok(octets)
        } else {
            Err(CmwError::Disagreement {
                what: "the encoded message",
            })
        }
    }
}

fn refused(error: ::cmw::Error) -> CmwError {
    CmwError::Crate(error.to_string())
}

#[cfg(test)]
#[path = "cmw_tests.rs"]
mod tests;
