//! Conceptual Message Wrappers (RFC 9999) of one message: CBOR record, CBOR
//! tag, JSON record.
//!
//! The `cmw` crate encodes and decodes. Peers choose the octets, so nothing
//! reaches it that [`Shape::of`] has not accepted first: the whole input is
//! one item of bounded size and depth, in one of three shapes, with a type, a
//! non-empty value and an indicator the crate can represent. What it then says
//! is compared with what the shape says; a difference is an error and never
//! decides which of the two is believed.
//!
//! Collections are well-formedness-checked like anything else and then refused:
//! which of several messages a binding covers is not defined here yet.
//!
//! CBOR must be in deterministic encoding, which RFC 9999 does not ask for.

use ::cmw::{CMW, Indicator, Mime, Monad, cfmap::CF_TO_MT};

use crate::{
    cbor::{self, CborError, Major},
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

/// What our own look at a wrapper finds.
struct Shape {
    message_type: MessageType,
    value_length: Option<usize>,
    indicator: Option<u8>,
}

impl Shape {
    fn of(octets: &[u8]) -> Result<Self, CmwError> {
        if octets.len() > MAX_SIZE {
            let size = octets.len();
            return Err(CmwError::TooLarge { size });
        }
        // RFC 9999's table of first octets.
        match octets.first() {
            None => Err(CmwError::Empty),
            Some(b'[') => Self::of_json(octets),
            Some(b'{') => json(octets).and(Err(CmwError::Collection)),
            Some(0x82 | 0x83 | 0x9f) => Self::of_record(octets),
            Some(0xda) => Self::of_tag(octets),
            Some(0xa0..=0xbb | 0xbf) => {
                cbor::check(octets)?;
                Err(CmwError::Collection)
            }
            Some(&other) => Err(CmwError::NotAWrapper(other)),
        }
    }

    fn of_record(octets: &[u8]) -> Result<Self, CmwError> {
        cbor::check(octets)?;
        let array = cbor::head(octets, 0)?;
        let kind = cbor::head(octets, array.length)?;
        let after_kind = array.length + kind.length;
        let (message_type, at_value) = match kind.major {
            Major::Unsigned => (content_format(kind.argument)?, after_kind),
            Major::Text => {
                // The argument is within the input, which `check` has seen.
                let end = after_kind + kind.argument as usize;
                let text = octets
                    .get(after_kind..end)
                    .and_then(|text| std::str::from_utf8(text).ok())
                    .unwrap_or_default();
                (MessageType::MediaType(text.parse()?), end)
            }
            _ => {
                let what = "the type is neither a number nor text";
                return Err(CmwError::Record { what });
            }
        };
        let value = byte_string(octets, at_value)?;
        let indicator = if array.argument == 3 {
            let number = cbor::head(octets, value.end)?;
            if number.major != Major::Unsigned {
                let what = "the indicator is not a number";
                return Err(CmwError::Record { what });
            }
            Some(indicator(number.argument)?)
        } else {
            None
        };
        Ok(Self {
            message_type,
            value_length: Some(value.length),
            indicator,
        })
    }

    fn of_tag(octets: &[u8]) -> Result<Self, CmwError> {
        cbor::check(octets)?;
        let tag = cbor::head(octets, 0)?;
        let number =
            content_format_of_tag(tag.argument).ok_or(CmwError::TagNumber(tag.argument))?;
        let value = byte_string(octets, tag.length)?;
        Ok(Self {
            message_type: content_format(number)?,
            value_length: Some(value.length),
            indicator: None,
        })
    }

    fn of_json(octets: &[u8]) -> Result<Self, CmwError> {
        let not_a_record = |what| CmwError::Record { what };
        let value = json(octets)?;
        let fields = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let (kind, indicator_field) = match fields {
            [kind, _] => (kind, None),
            [kind, _, indicator] => (kind, Some(indicator)),
            _ => return Err(not_a_record("this array has another length")),
        };
        let kind = kind
            .as_str()
            .ok_or(not_a_record("the type is not a string"))?;
        let indicator = match indicator_field {
            None => None,
            Some(field) => {
                let number = field
                    .as_u64()
                    .ok_or(not_a_record("the indicator is not a number"))?;
                Some(indicator(number)?)
            }
        };
        Ok(Self {
            message_type: MessageType::MediaType(kind.parse()?),
            // Base64 is the crate's to decode.
            value_length: None,
            indicator,
        })
    }

    /// Compares with what the crate made of the same octets.
    fn agree(&self, message: &Monad) -> Result<(), CmwError> {
        let disagreement = |what| Err(CmwError::Disagreement { what });
        let named = message.type_();
        let same_type = match &self.message_type {
            // The crate prints a number by its registered name, if any.
            MessageType::ContentFormat(number) => match CF_TO_MT.get(number) {
                // A tag's name has been through the crate's media type parser.
                Some(&name) => named == name || named.parse() == name.parse::<MediaType>(),
                None => named == number.to_string(),
            },
            MessageType::MediaType(media_type) => named.parse().as_ref() == Ok(media_type),
        };
        if !same_type {
            return disagreement("the type");
        }
        let value = message.value();
        if value.is_empty()
            || self
                .value_length
                .is_some_and(|length| length != value.len())
        {
            return disagreement("the value");
        }
        if message.indicator().map(|kinds| kinds.bits()) != self.indicator {
            return disagreement("the indicator");
        }
        Ok(())
    }
}

/// A non-empty byte string inside a checked item.
struct ByteString {
    length: usize,
    end: usize,
}

fn byte_string(octets: &[u8], octet: usize) -> Result<ByteString, CmwError> {
    let head = cbor::head(octets, octet)?;
    if head.major != Major::Bytes {
        let what = "the value is not a byte string";
        return Err(CmwError::Record { what });
    }
    if head.argument == 0 {
        return Err(CmwError::EmptyValue);
    }
    // Within the input, which `check` has seen.
    let length = head.argument as usize;
    Ok(ByteString {
        length,
        end: octet + head.length + length,
    })
}

/// A number the crate can name without panicking: some of its registered names
/// are not media types.
fn content_format(number: u64) -> Result<MessageType, CmwError> {
    let unusable = CmwError::ContentFormat(number);
    let number = u16::try_from(number).map_err(|_| unusable.clone())?;
    match CF_TO_MT.get(&number) {
        Some(name) if name.parse::<Mime>().is_err() => Err(unusable),
        _ => Ok(MessageType::ContentFormat(number)),
    }
}

/// The inverse of RFC 9277 appendix B; one tag number in 256 is skipped.
fn content_format_of_tag(tag: u64) -> Option<u64> {
    let offset = tag.checked_sub(1_668_546_817)?;
    let number = offset / 256 * 255 + offset % 256;
    (offset % 256 != 255 && number <= 65_024).then_some(number)
}

fn indicator(number: u64) -> Result<u8, CmwError> {
    match u8::try_from(number) {
        Ok(bits) if (1..=31).contains(&bits) => Ok(bits),
        _ => Err(CmwError::Indicator(number)),
    }
}

/// serde_json bounds its own depth, and refuses trailing text.
fn json(octets: &[u8]) -> Result<serde_json::Value, CmwError> {
    serde_json::from_slice(octets).map_err(|error| CmwError::Json {
        column: error.column(),
        reason: error.to_string(),
    })
}

fn refused(error: ::cmw::Error) -> CmwError {
    CmwError::Crate(error.to_string())
}

#[cfg(test)]
#[path = "cmw_tests.rs"]
mod tests;
