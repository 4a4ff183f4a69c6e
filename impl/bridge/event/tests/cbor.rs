//! The CBOR form says what the JSON form says, in one encoding only.

mod common;

use common::recording;
use event::{CborReadError, Kind, from_cbor, kind::ClaimValue, read, to_cbor, to_json_lines};

#[test]
fn there_and_back_gives_the_same_octets() {
    let recording = recording();
    let cbor = to_cbor(&recording).unwrap();
    assert_eq!(from_cbor(&cbor).unwrap(), recording);

    let lines = to_json_lines(&recording).unwrap();
    let through_cbor = from_cbor(&to_cbor(&read(&lines[..]).unwrap()).unwrap()).unwrap();
    assert_eq!(to_json_lines(&through_cbor).unwrap(), lines);
    assert!(
        cbor.len() * 3 < lines.len() * 2,
        "{} {}",
        cbor.len(),
        lines.len()
    );
}

/// The first event: keys by number, octets as octets.
#[test]
fn the_items_are_what_the_format_says() {
    let recording = recording();
    let cbor = to_cbor(&recording).unwrap();
    // {0: h, 1: i, 2: p, 3: s, 4: k, 6: t, 10: b, 11: src}
    let mut wanted = vec![0xa8, 0x00, 0x50];
    let at = cbor.windows(3).position(|window| window == wanted).unwrap();
    wanted.extend(&cbor[at + 3..at + 19]);
    wanted.extend(b"\x01\x00\x02\x01\x03\x01\x04\x64draw\x06\x62ev\x0a\x58\x20");
    wanted.extend([0x55; 32]);
    wanted.extend(b"\x0b\x63tls");
    assert_eq!(cbor[at..at + wanted.len()], wanted);
}

/// Claims may be named like fields of the format, and hold text like hex.
#[test]
fn names_and_text_are_not_confused() {
    let mut recording = recording();
    let Some(Kind::Evidence { claims, .. }) = recording
        .events
        .iter_mut()
        .map(|event| &mut event.kind)
        .find(|kind| kind.name() == "evid")
    else {
        panic!("there is Evidence");
    };
    claims.clear();
    for text in ["", "00", "0G", "AB", "ab"] {
        for name in ["h", "cm", "b", "other", "1"] {
            claims.insert(name.into(), ClaimValue::Text(text.into()));
        }
        claims.insert("n".into(), ClaimValue::Integer(i64::MIN));
    }
    let check = |recording: &event::Recording| {
        let cbor = to_cbor(recording).unwrap();
        assert_eq!(from_cbor(&cbor).unwrap(), *recording);
    };
    check(&recording);
    for text in ["00", "0G", "AB"] {
        let mut alone = recording.clone();
        for event in &mut alone.events {
            if let Kind::Evidence { claims, .. } = &mut event.kind {
                claims.clear();
                claims.insert("h".into(), ClaimValue::Text(text.into()));
            }
        }
        check(&alone);
    }
}

#[test]
fn a_changed_bit_in_any_octet_is_refused() {
    let cbor = to_cbor(&recording()).unwrap();
    for position in (0..cbor.len()).step_by(common::stride()) {
        let mut touched = cbor.clone();
        touched[position] ^= 1 << (position % 8);
        assert!(from_cbor(&touched).is_err(), "octet {position}");
    }
}

#[test]
fn any_cut_is_refused() {
    let cbor = to_cbor(&recording()).unwrap();
    for length in (0..cbor.len()).step_by(common::stride()) {
        assert!(from_cbor(&cbor[..length]).is_err(), "{length}");
    }
}

#[test]
fn other_encodings_are_refused_where_they_are() {
    let cbor = to_cbor(&recording()).unwrap();
    // The head's map with its length in a second octet.
    assert_eq!(cbor[0] & 0xe0, 0xa0);
    let entries = cbor[0] & 0x1f;
    let longer = [&[0xb8, entries][..], &cbor[1..]].concat();
    assert!(matches!(
        from_cbor(&longer),
        Err(CborReadError::NotDeterministic {
            record: 1,
            octet: 0
        })
    ));
    let deep = vec![0x81; 100_000];
    assert!(matches!(
        from_cbor(&deep),
        Err(CborReadError::NotCbor { record: 1, .. })
    ));
    let huge = b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff";
    assert!(from_cbor(huge).is_err());
    let trailing = [&cbor[..], &[0x00]].concat();
    let end = cbor.len() as u64;
    assert!(matches!(
        from_cbor(&trailing),
        Err(CborReadError::Recording(_) | CborReadError::NotDeterministic { .. })
    ));
    let cut = [&cbor[..], &[0x18]].concat();
    assert!(matches!(
        from_cbor(&cut),
        Err(CborReadError::NotCbor { octet, .. }) if octet == end
    ));
}

proptest::proptest! {
    #[test]
    fn arbitrary_octets_are_refused_without_panic(octets: Vec<u8>) {
        proptest::prop_assert!(from_cbor(&octets).is_err());
    }
}
