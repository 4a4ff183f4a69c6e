use super::*;
use crate::cmw::{Kinds, MessageType};

fn message(value: &[u8]) -> Wrapped {
    Wrapped {
        message_type: MessageType::MediaType("application/vnd.example".parse().unwrap()),
        value: value.to_vec(),
        kinds: Some(Kinds::EVIDENCE),
    }
}

fn tagged() -> Wrapped {
    Wrapped {
        message_type: MessageType::ContentFormat(64_999),
        value: vec![1],
        kinds: None,
    }
}

fn text(label: &str) -> Label {
    Label::Text(label.to_owned())
}

fn collection<const N: usize>(items: [(Label, Item); N]) -> Collection {
    Collection {
        kind: Some("tag:example.com,2026:layers".to_owned()),
        items: items.into(),
    }
}

fn record(encoding: Encoding) -> Item {
    Item::Message(message(b"evidence"), encoding)
}

#[test]
fn both_forms_hold_what_they_are_given() {
    let inner = collection([(text("platform"), record(Encoding::CborRecord))]);
    let cbor = collection([
        (text("workload"), record(Encoding::CborRecord)),
        (
            Label::Number(-3),
            Item::Message(tagged(), Encoding::CborTag),
        ),
        (Label::Number(7), Item::Collection(inner)),
    ]);
    let octets = cbor.encode(Form::Cbor).unwrap();
    assert_eq!(Collection::decode(&octets), Ok(cbor.clone()));
    assert!(
        cbor.encode(Form::Json).is_err(),
        "JSON has no numbers and tags"
    );

    let inner = collection([(text("platform"), record(Encoding::JsonRecord))]);
    let json = collection([
        (text("workload"), record(Encoding::JsonRecord)),
        (text("below"), Item::Collection(inner)),
    ]);
    let octets = json.encode(Form::Json).unwrap();
    assert_eq!(Collection::decode(&octets), Ok(json.clone()));
    assert!(json.encode(Form::Cbor).is_err());
    assert!(matches!(
        Wrapped::decode(&octets),
        Err(CmwError::Collection)
    ));
}

/// Octets put together by hand from RFC 8949 and RFC 9999.
#[test]
fn a_collection_is_these_octets() {
    let octets = [
        &[0xa2, 0x01, 0x82, 0x63][..], // { 1: ["a/b", h'ff'],
        b"a/b",
        &[0x41, 0xff, 0x68],
        b"__cmwc_t", // "__cmwc_t": "1.2" }
        &[0x63],
        b"1.2",
    ]
    .concat();
    let decoded = Collection::decode(&octets).unwrap();
    assert_eq!(decoded.kind.as_deref(), Some("1.2"));
    let Some(Item::Message(message, Encoding::CborRecord)) = decoded.items.get(&Label::Number(1))
    else {
        panic!("{decoded:?}");
    };
    assert_eq!(message.value, [0xff]);
    assert_eq!(decoded.encode(Form::Cbor).unwrap(), octets);

    let json = br#"{"__cmwc_t":"1.2","x":["a/b","_w"]}"#;
    let decoded = Collection::decode(json).unwrap();
    assert_eq!(decoded.encode(Form::Json).unwrap(), json);
}

#[test]
fn what_is_no_collection_is_refused() {
    for json in [
        "{}",
        r#"{"__cmwc_t":"1.2"}"#,
        r#"{"__cmwc_t":"","x":["a/b","_w"]}"#,
        r#"{"__cmwc_t":["a/b","_w"]}"#,
        r#"{"x":["a/b","_w"],"x":["a/b","_w"]}"#,
        r#"{"x":{"y":["a/b","_w"],"y":["a/b","_w"]}}"#,
        r#"{"x":{}}"#,
        r#"{"x":"y"}"#,
        r#"{"x":1}"#,
        r#"{"x":["a/b"]}"#,
        r#"{"x":["a/b","!"]}"#,
        r##"{"x":["#cmw-c2j-tunnel","_w"]}"##,
        r#"["a/b","_w"]"#,
        r#"{"a":{"a":{"a":{"a":{"a":["a/b","_w"]}}}}}"#,
        r#"{"x":["a/b","_w"]} "x""#,
    ] {
        assert!(Collection::decode(json.as_bytes()).is_err(), "{json}");
    }
    assert!(Collection::decode(r#"{"a":{"a":{"a":{"a":["a/b","_w"]}}}}"#.as_bytes()).is_ok());
    for cbor in [
        &[0xa0][..],
        &[0xa1, 0x01, 0x01],
        &[0xa1, 0x01, 0xa0],
        &[0xa1, 0x41, 0x00, 0x82, 0x63, b'a', b'/', b'b', 0x41, 0xff],
        &[0xa1, 0x01, 0x82, 0x63, b'a', b'/', b'b', 0x41],
        &[0xbf, 0x01, 0x82, 0x63, b'a', b'/', b'b', 0x41, 0xff, 0xff],
        &[],
    ] {
        assert!(Collection::decode(cbor).is_err(), "{cbor:02x?}");
    }
    let large = vec![b' '; MAX_SIZE + 1];
    assert!(matches!(
        Collection::decode(&large),
        Err(CmwError::TooLarge { .. })
    ));
}

proptest::proptest! {
    #[test]
    fn any_octets_are_refused_or_come_back(octets: Vec<u8>, first in proptest::sample::select(vec![b'{', 0xa1, 0xa2])) {
        let octets = [&[first], octets.as_slice()].concat();
        if let Ok(decoded) = Collection::decode(&octets) {
            let form = if first == b'{' { Form::Json } else { Form::Cbor };
            proptest::prop_assert_eq!(Collection::decode(&decoded.encode(form).unwrap()), Ok(decoded));
        }
    }

    #[test]
    fn damage_is_refused_or_seen(position in 0_usize..200, mask in 1_u8..) {
        let honest = collection([
            (text("workload"), record(Encoding::CborRecord)),
            (Label::Number(-3), Item::Message(tagged(), Encoding::CborTag)),
        ]);
        let mut octets = honest.encode(Form::Cbor).unwrap();
        let position = position % octets.len();
        octets[position] ^= mask;
        if let Ok(damaged) = Collection::decode(&octets) {
            // Spelling of media types apart, other octets are another collection.
            let same_spelling = damaged.encode(Form::Cbor).unwrap() == octets;
            proptest::prop_assert!(damaged != honest || !same_spelling);
        }
    }
}
