//! A strict look at CBOR before anything else reads it.
//!
//! [`check`] accepts one data item in core deterministic encoding (RFC 8949
//! section 4.2.1) of bounded depth, with nothing after it: definite lengths,
//! shortest heads, text in UTF-8, map keys in strictly ascending order of their
//! encoding (hence unique), no bignums, no floating-point numbers and no simple
//! values but false, true and null. It allocates nothing, and its recursion ends at the
//! depth it was given. What passes cannot take a decoder behind it out of its
//! depth, and has one encoding only, so that equal messages are equal octets.

use ciborium::Value;

/// How deep items may nest: an item that contains none has depth 1.
pub(crate) const MAX_DEPTH: usize = 8;

/// Why octets are refused as CBOR.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("CBOR at octet {octet}: {fault}")]
pub struct CborError {
    pub octet: usize,
    pub fault: CborFault,
}

/// What is wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborFault {
    #[error("the item ends before it is complete")]
    CutShort,
    #[error("items nest deeper than {MAX_DEPTH}")]
    Depth,
    #[error("an indefinite length")]
    IndefiniteLength,
    #[error("map keys are repeated or not in ascending order")]
    KeyOrder,
    #[error("not the shortest encoding of a number or length")]
    NotShortest,
    #[error("text that is not UTF-8")]
    NotText,
    #[error("octets after the item")]
    Trailing,
    #[error("a kind of item that is not allowed here")]
    Unsupported,
}

/// The first octet of an item and the number that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) major: Major,
    pub(crate) argument: u64,
    /// Length of the head in octets.
    pub(crate) length: usize,
}

/// The major types of RFC 8949 section 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Major {
    Unsigned,
    Negative,
    Bytes,
    Text,
    Array,
    Map,
    Tag,
    Simple,
}

/// Checks that `octets` are exactly one acceptable item.
pub(crate) fn check(octets: &[u8]) -> Result<(), CborError> {
    let end = item(octets, 0, MAX_DEPTH)?;
    if end == octets.len() {
        Ok(())
    } else {
        Err(fault(end, CborFault::Trailing))
    }
}

/// Reads the head of the item at `octet`.
pub(crate) fn head(octets: &[u8], octet: usize) -> Result<Head, CborError> {
    let cut_short = fault(octets.len(), CborFault::CutShort);
    let &initial = octets.get(octet).ok_or_else(|| cut_short.clone())?;
    let major = match initial >> 5 {
        0 => Major::Unsigned,
        1 => Major::Negative,
        2 => Major::Bytes,
        3 => Major::Text,
        4 => Major::Array,
        5 => Major::Map,
        6 => Major::Tag,
        _ => Major::Simple,
    };
    let following = match initial & 0x1f {
        small @ 0..24 => {
            return Ok(Head {
                major,
                argument: u64::from(small),
                length: 1,
            });
        }
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        31 => return Err(fault(octet, CborFault::IndefiniteLength)),
        _ => return Err(fault(octet, CborFault::Unsupported)),
    };
    let number = octets
        .get(octet + 1..octet + 1 + following)
        .ok_or(cut_short)?;
    let argument = number.iter().fold(0, |n, &b| n << 8 | u64::from(b));
    let shortest = match following {
        1 => argument >= 24,
        2 => argument > 0xff,
        4 => argument > 0xffff,
        _ => argument > 0xffff_ffff,
    };
    if !shortest {
        return Err(fault(octet, CborFault::NotShortest));
    }
    Ok(Head {
        major,
        argument,
        length: 1 + following,
    })
}

/// Where the item at `octet` ends; checks it on the way.
pub(crate) fn end(octets: &[u8], octet: usize) -> Result<usize, CborError> {
    item(octets, octet, MAX_DEPTH)
}

/// Checks the item at `octet` and returns where it ends.
fn item(octets: &[u8], octet: usize, depth: usize) -> Result<usize, CborError> {
    if depth == 0 {
        return Err(fault(octet, CborFault::Depth));
    }
    let head = head(octets, octet)?;
    let content = octet + head.length;
    match head.major {
        Major::Unsigned | Major::Negative => Ok(content),
        Major::Bytes => string(octets, content, head.argument).map(|(_, end)| end),
        Major::Text => {
            let (text, end) = string(octets, content, head.argument)?;
            match std::str::from_utf8(text) {
                Ok(_) => Ok(end),
                Err(e) => Err(fault(content + e.valid_up_to(), CborFault::NotText)),
            }
        }
        Major::Array => {
            let mut next = content;
            for _ in 0..head.argument {
                next = item(octets, next, depth - 1)?;
            }
            Ok(next)
        }
        Major::Map => map(octets, content, head.argument, depth),
        // Bignums have a second encoding where they are small.
        Major::Tag if matches!(head.argument, 2 | 3) => Err(fault(octet, CborFault::Unsupported)),
        Major::Tag => item(octets, content, depth - 1),
        // false, true, null; all others, and floating point, are refused.
        Major::Simple if head.length == 1 && (20..=22).contains(&head.argument) => Ok(content),
        Major::Simple => Err(fault(octet, CborFault::Unsupported)),
    }
}

fn map(octets: &[u8], content: usize, entries: u64, depth: usize) -> Result<usize, CborError> {
    let mut next = content;
    let mut last_key: &[u8] = &[];
    for _ in 0..entries {
        let value = item(octets, next, depth - 1)?;
        let key = &octets[next..value];
        if key <= last_key {
            return Err(fault(next, CborFault::KeyOrder));
        }
        last_key = key;
        next = item(octets, value, depth - 1)?;
    }
    Ok(next)
}

fn string(octets: &[u8], start: usize, length: u64) -> Result<(&[u8], usize), CborError> {
    let cut_short = || fault(octets.len(), CborFault::CutShort);
    let length = usize::try_from(length).map_err(|_| cut_short())?;
    let end = start.checked_add(length).ok_or_else(cut_short)?;
    let content = octets.get(start..end).ok_or_else(cut_short)?;
    Ok((content, end))
}

fn fault(octet: usize, fault: CborFault) -> CborError {
    CborError { octet, fault }
}

/// Decodes octets after [`check`] has accepted them.
pub(crate) fn decode(octets: &[u8]) -> Result<Value, CborError> {
    check(octets)?;
    ciborium::from_reader(octets).map_err(|_| fault(0, CborFault::Unsupported))
}

/// Encodes a value; its maps must have been made by [`sorted_map`].
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut octets = Vec::new();
    // Writing to a `Vec` does not fail, and every `Value` has an encoding.
    let written = ciborium::into_writer(value, &mut octets);
    debug_assert!(written.is_ok() && check(&octets).is_ok());
    octets
}

/// A map whose keys are in the order deterministic encoding asks for.
pub(crate) fn sorted_map(mut entries: Vec<(Value, Value)>) -> Value {
    entries.sort_by_cached_key(|(key, _)| encode(key));
    Value::Map(entries)
}

#[cfg(test)]
#[path = "cbor_tests.rs"]
mod tests;
