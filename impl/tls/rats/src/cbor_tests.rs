//! Vectors from RFC 8949 appendix A and refusals at their octet.

use super::*;

fn refused(text: &str) -> (usize, CborFault) {
    let error = check(&hex(text)).expect_err(text);
    (error.octet, error.fault)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

#[test]
fn well_formed_items_pass() {
    for text in [
        "00",
        "17",
        "1818",
        "1903e8",
        "1bffffffffffffffff",
        "20",
        "3903e7",
        "40",
        "4401020304",
        "60",
        "62c3bc",
        "80",
        "83010203",
        "8301820203820405",
        "a0",
        "a201020304",
        "a26161016162820203",
        "c074323031332d30332d32315432303a30343a30305a",
        "f4",
        "f5",
        "f6",
    ] {
        assert_eq!(check(&hex(text)), Ok(()), "{text}");
    }
}

#[test]
fn everything_else_is_refused_where_it_goes_wrong() {
    use CborFault::*;
    for (text, octet, fault) in [
        ("", 0, CutShort),
        ("18", 1, CutShort),
        ("19ff", 2, CutShort),
        ("41", 1, CutShort),
        ("5bffffffffffffffff", 9, CutShort),
        ("9bffffffffffffffff", 9, CutShort),
        ("bbffffffffffffffff", 9, CutShort),
        ("8201", 2, CutShort),
        ("a100", 2, CutShort),
        ("a16161", 3, CutShort),
        ("c0", 1, CutShort),
        ("0000", 1, Trailing),
        ("1817", 0, NotShortest),
        ("1900ff", 0, NotShortest),
        ("1a0000ffff", 0, NotShortest),
        ("1b00000000ffffffff", 0, NotShortest),
        ("5f", 0, IndefiniteLength),
        ("9f01ff", 0, IndefiniteLength),
        ("bf", 0, IndefiniteLength),
        ("ff", 0, IndefiniteLength),
        ("1c", 0, Unsupported),
        ("f7", 0, Unsupported),
        ("f818", 0, Unsupported),
        ("f93c00", 0, Unsupported),
        ("c24105", 0, Unsupported),
        ("fb3ff199999999999a", 0, Unsupported),
        ("62c328", 1, NotText),
        ("a201000100", 3, KeyOrder),
        ("a202000100", 3, KeyOrder),
    ] {
        assert_eq!(refused(text), (octet, fault), "{text}");
    }
}

#[test]
fn depth_is_bounded_however_deep_the_input() {
    let nested = |head: u8, depth: usize| {
        let mut octets = vec![head; depth - 1];
        octets.push(0x00);
        octets
    };
    for head in [0x81, 0xc0] {
        assert_eq!(check(&nested(head, MAX_DEPTH)), Ok(()));
        for depth in [MAX_DEPTH + 1, 1_000_000] {
            let error = check(&nested(head, depth)).unwrap_err();
            assert_eq!((error.octet, error.fault), (MAX_DEPTH, CborFault::Depth));
        }
    }
}

#[test]
fn maps_are_encoded_in_key_order() {
    let int = |n: i64| Value::Integer(n.into());
    let map = sorted_map(vec![
        (int(-70001), int(1)),
        (Value::Text("a".into()), int(2)),
        (int(265), int(3)),
        (int(10), int(4)),
    ]);
    let octets = encode(&map);
    assert_eq!(check(&octets), Ok(()));
    assert_eq!(&octets[..3], [0xa4, 0x0a, 0x04]);
    assert_eq!(encode(&decode(&octets).unwrap()), octets);
}

proptest::proptest! {
    #[test]
    fn what_passes_decodes_and_encodes_to_the_same_octets(octets: Vec<u8>) {
        if check(&octets).is_ok() {
            let value = decode(&octets).unwrap();
            let mut again = Vec::new();
            ciborium::into_writer(&value, &mut again).unwrap();
            proptest::prop_assert_eq!(again, octets);
        }
    }
}
