//! Published vectors, refusals of every kind of malformed input, and arbitrary
//! octets.

use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let text: String = text.split_whitespace().collect();
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn wrapped(message_type: MessageType, kinds: Option<Kinds>) -> Wrapped {
    Wrapped {
        message_type,
        value: hex("2347da55"),
        kinds,
    }
}

fn media_type(text: &str) -> MessageType {
    MessageType::MediaType(text.parse().unwrap())
}

#[test]
fn published_examples_decode_and_encode() {
    let evidence = Some(Kinds::EVIDENCE);
    for (octets, encoding, message) in [
        (
            hex("82 19fde7 44 2347da55"),
            Encoding::CborRecord,
            wrapped(MessageType::ContentFormat(64999), None),
        ),
        (
            hex("83 19fde7 44 2347da55 04"),
            Encoding::CborRecord,
            wrapped(MessageType::ContentFormat(64999), evidence),
        ),
        (
            hex("da 6374ffe6 44 2347da55"),
            Encoding::CborTag,
            wrapped(MessageType::ContentFormat(64999), None),
        ),
        (
            hex("da 63740209 44 2347da55"),
            Encoding::CborTag,
            wrapped(MessageType::ContentFormat(263), None),
        ),
        (
            b"[\"application/vnd.example.rats-conceptual-msg\",\"I0faVQ\"]".to_vec(),
            Encoding::JsonRecord,
            wrapped(
                media_type("application/vnd.example.rats-conceptual-msg"),
                None,
            ),
        ),
    ] {
        assert_eq!(Wrapped::decode(&octets), Ok(message.clone()));
        assert_eq!(message.encode(encoding), Ok(octets));
    }
}

#[test]
fn a_profile_parameter_survives_every_record_form() {
    let text = "application/eat+cwt; eat_profile=\"tag:example.com,2026:x\"";
    let message = wrapped(media_type(text), Some(Kinds::EVIDENCE));
    for encoding in [Encoding::CborRecord, Encoding::JsonRecord] {
        let octets = message.encode(encoding).unwrap();
        assert_eq!(Wrapped::decode(&octets), Ok(message.clone()));
    }
}

#[test]
fn impossible_wrappers_are_refused_when_made() {
    let number = wrapped(MessageType::ContentFormat(263), None);
    let named = wrapped(media_type("a/b"), None);
    let marked = wrapped(MessageType::ContentFormat(263), Some(Kinds::EVIDENCE));
    assert!(matches!(
        number.encode(Encoding::JsonRecord),
        Err(CmwError::ContentFormat(263))
    ));
    assert_eq!(named.encode(Encoding::CborTag), Err(CmwError::Tag));
    assert_eq!(marked.encode(Encoding::CborTag), Err(CmwError::Tag));
    let unnamed = wrapped(MessageType::ContentFormat(836), None);
    for encoding in [Encoding::CborRecord, Encoding::CborTag] {
        assert_eq!(unnamed.encode(encoding), Err(CmwError::ContentFormat(836)));
    }
    let empty = Wrapped {
        value: Vec::new(),
        ..named.clone()
    };
    assert!(empty.encode(Encoding::CborRecord).is_err());
    let large = Wrapped {
        value: vec![0; MAX_SIZE],
        ..named
    };
    assert!(matches!(
        large.encode(Encoding::CborRecord),
        Err(CmwError::TooLarge { .. })
    ));
}

/// One or more inputs for every way to be wrong.
#[test]
fn hostile_input_is_refused_with_a_reason() {
    use crate::cbor::CborFault::{self, *};
    fn cbor(octet: usize, fault: CborFault) -> CmwError {
        CmwError::Cbor(CborError { octet, fault })
    }
    for (octets, expected) in [
        // The tag number between content formats 254 and 255.
        (hex("da 63740200 41 00"), CmwError::TagNumber(0x6374_0200)),
        // A registered content format whose name is no media type.
        (hex("da 63740448 41 00"), CmwError::ContentFormat(836)),
        (hex("82 190344 41 00"), CmwError::ContentFormat(836)),
        // Collections cut short.
        (hex("a1 00"), cbor(2, CutShort)),
        (hex("a1 61 61"), cbor(3, CutShort)),
        (hex("bf"), cbor(0, IndefiniteLength)),
        // Collections that are complete.
        (hex("a0"), CmwError::Collection),
        (hex("a1 00 82 19fde7 41 00"), CmwError::Collection),
        (b"{}".to_vec(), CmwError::Collection),
        // A label twice.
        (hex("a2 00 8200 4100 00 8200 4100"), cbor(6, KeyOrder)),
        // More after the wrapper.
        (hex("82 19fde7 44 2347da55 00"), cbor(9, Trailing)),
        (hex("da 6374ffe6 44 2347da55 00"), cbor(10, Trailing)),
        // Indicators.
        (hex("83 19fde7 41 00 00"), CmwError::Indicator(0)),
        (hex("83 19fde7 41 00 1820"), CmwError::Indicator(32)),
        (
            hex("83 19fde7 41 00 1affffffff"),
            CmwError::Indicator(0xffff_ffff),
        ),
        (b"[\"a/b\",\"AA\",0]".to_vec(), CmwError::Indicator(0)),
        (b"[\"a/b\",\"AA\",36]".to_vec(), CmwError::Indicator(36)),
        // Other first octets.
        (hex("9f 19fde7 41 00 ff"), cbor(0, IndefiniteLength)),
        (
            hex("db 000000006374ffe6 41 00"),
            CmwError::NotAWrapper(0xdb),
        ),
        (hex("ff"), CmwError::NotAWrapper(0xff)),
        (hex("81 00"), CmwError::NotAWrapper(0x81)),
        (b" [\"a/b\",\"AA\"]".to_vec(), CmwError::NotAWrapper(b' ')),
        (Vec::new(), CmwError::Empty),
        // Empty values, unknown tags, numbers out of range.
        (hex("82 19fde7 40"), CmwError::EmptyValue),
        (hex("da 6374ffe6 40"), CmwError::EmptyValue),
        (hex("da 00000001 41 00"), cbor(0, NotShortest)),
        (hex("da 63740100 41 00"), CmwError::TagNumber(0x6374_0100)),
        (
            hex("82 1a00010000 41 00"),
            CmwError::ContentFormat(0x1_0000),
        ),
    ] {
        assert_eq!(Wrapped::decode(&octets), Err(expected), "{octets:02x?}");
    }
    for octets in [
        &b"[\"a/b\",\"AA=\"]"[..],
        b"[\"a/b\",\"\"]",
        b"[\"a/b\",\"A+\"]",
        b"[\"ab\",\"AA\"]",
        b"[263,\"AA\"]",
        b"[\"a/b\"]",
        b"[\"a/b\",\"AA\",4,4]",
        b"[\"a/b\",\"AA\"]x",
        b"[\"a/b\",\"AA\"",
        b"[\"a/b\",0]",
        &hex("82 00 6161"),
        &hex("82 4161 4100"),
        &hex("82 626162 4100"),
        &hex("83 00 4100 4100"),
    ] {
        assert!(Wrapped::decode(octets).is_err(), "{octets:02x?}");
    }
}

#[test]
fn nesting_cannot_exhaust_the_stack() {
    let mut collections: Vec<u8> = b"\xa1\x00".repeat(30_000);
    collections.extend(hex("82 19fde7 41 00"));
    let mut records = vec![0x82; 60_000];
    records.push(0);
    let arrays = b"[".repeat(60_000);
    let objects = b"{\"a\":".repeat(10_000);
    let tags = hex("da 6374ffe6").repeat(12_000);
    for octets in [collections, records, arrays, objects, tags] {
        assert!(Wrapped::decode(&octets).is_err());
    }
    let size = MAX_SIZE + 1;
    assert_eq!(
        Wrapped::decode(&vec![0x82; size]),
        Err(CmwError::TooLarge { size })
    );
}

#[test]
fn every_prefix_of_a_wrapper_is_refused() {
    let named = wrapped(media_type("a/b"), Some(Kinds::EVIDENCE));
    let number = wrapped(MessageType::ContentFormat(263), None);
    for octets in [
        named.encode(Encoding::CborRecord).unwrap(),
        named.encode(Encoding::JsonRecord).unwrap(),
        number.encode(Encoding::CborTag).unwrap(),
    ] {
        for length in 0..octets.len() {
            assert!(Wrapped::decode(&octets[..length]).is_err(), "{length}");
        }
    }
}

/// Whatever the crate might make of octets we understood otherwise.
#[test]
fn a_disagreement_about_any_part_is_an_error() {
    let shape = Shape::of(&hex("83 19fde7 44 2347da55 04")).unwrap();
    let other = |number, value: &str, kinds| {
        let message = Monad::new_cf(number, hex(value), kinds).unwrap();
        shape.agree(&message)
    };
    let evidence = Some(Indicator::EVIDENCE);
    assert_eq!(other(64999, "2347da55", evidence), Ok(()));
    for (what, result) in [
        ("the type", other(263, "2347da55", evidence)),
        ("the value", other(64999, "2347da", evidence)),
        ("the indicator", other(64999, "2347da55", None)),
    ] {
        assert_eq!(result, Err(CmwError::Disagreement { what }));
    }
}

/// Every content format, registered or not, is taken or refused, in record and
/// tag alike.
#[test]
fn every_content_format_and_tag_is_decided() {
    let mut refused = Vec::new();
    for number in 0..=65_024_u16 {
        let record = [&hex("82")[..], &cbor_number(number), &hex("41 00")].concat();
        let tag = 1_668_546_817 + u32::from(number) / 255 * 256 + u32::from(number) % 255;
        let tagged = [&hex("da")[..], &tag.to_be_bytes(), &hex("41 00")].concat();
        let results = [Wrapped::decode(&record), Wrapped::decode(&tagged)];
        assert_eq!(results[0], results[1], "{number}");
        if results[0].is_err() {
            refused.push(number);
        }
    }
    assert_eq!(refused, [836]);
}

fn cbor_number(number: u16) -> Vec<u8> {
    match number {
        0..24 => vec![number as u8],
        24..256 => vec![0x18, number as u8],
        _ => [&[0x19][..], &number.to_be_bytes()].concat(),
    }
}

/// What is taken at all is a whole message that can be sent on.
fn unharmed(octets: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(message) = Wrapped::decode(octets) {
        prop_assert!(!message.value.is_empty());
        let again = message.encode(Encoding::CborRecord).unwrap();
        prop_assert_eq!(Wrapped::decode(&again), Ok(message));
    }
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_octets_do_no_harm(octets: Vec<u8>) {
        unharmed(&octets)?;
    }

    /// Octets behind each first octet that leads deeper.
    #[test]
    fn arbitrary_octets_behind_each_door(
        first in proptest::sample::select(vec![0x82_u8, 0x83, 0x9f, 0xda, 0xa1, 0xa2, 0xbf, b'[', b'{']),
        rest: Vec<u8>,
    ) {
        let octets = [&[first][..], &rest].concat();
        unharmed(&octets)?;
    }

    #[test]
    fn damage_to_a_wrapper_does_no_harm(
        encoding in proptest::sample::select(vec![Encoding::CborRecord, Encoding::JsonRecord]),
        position: prop::sample::Index,
        octet: u8,
    ) {
        let message = wrapped(media_type("application/eat+cwt"), Some(Kinds::EVIDENCE));
        let mut octets = message.encode(encoding).unwrap();
        let position = position.index(octets.len());
        octets[position] = octet;
        unharmed(&octets)?;
    }

    #[test]
    fn messages_survive(value in prop::collection::vec(any::<u8>(), 1..300), number in 0_u16..65_024) {
        prop_assume!(number != 836);
        let message = Wrapped {
            message_type: MessageType::ContentFormat(number),
            value,
            kinds: None,
        };
        for encoding in [Encoding::CborRecord, Encoding::CborTag] {
            prop_assert_eq!(Wrapped::decode(&message.encode(encoding).unwrap()), Ok(message.clone()));
        }
    }
}
