//! DER (X.690), as much as platforms' certificates need.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The constructed, context-specific tag of this number, below 31.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// X.690 section 10.1; contents here have less than 65,536 octets.
pub(crate) fn item(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let [.., high, low] = length;
    let head = match content.len() {
        0..128 => vec![tag, low],
        128..256 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}

/// An INTEGER that is not negative.
pub(crate) fn unsigned(number: u8) -> Vec<u8> {
    match number {
        0..128 => item(INTEGER, &[number]),
        _ => item(INTEGER, &[0, number]),
    }
}

pub(crate) fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    item(SEQUENCE, &items.concat())
}
