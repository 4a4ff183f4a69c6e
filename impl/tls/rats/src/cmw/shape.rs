//! Our own look at a wrapper, before the `cmw` crate has one.
//!
//! Invariant: octets a [`Shape`] was made of are within the size limit, are one
//! well-formed item of bounded depth, and are a record or tag whose type, value
//! and indicator the crate has a representation and a name for.

use ::cmw::{Mime, Monad, cfmap::CF_TO_MT};

use super::{CmwError, MAX_SIZE, MessageType};
use crate::{
    cbor::{self, Major},
    media_type::MediaType,
};

/// What our own look at a wrapper finds.
pub(super) struct Shape {
    pub(super) message_type: MessageType,
    value_length: Option<usize>,
    indicator: Option<u8>,
}

impl Shape {
    pub(super) fn of(octets: &[u8]) -> Result<Self, CmwError> {
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
    pub(super) fn agree(&self, message: &Monad) -> Result<(), CmwError> {
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

/// A content format whose registered name, if it has one, is a media type;
/// temporary registrations have names that are not.
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
