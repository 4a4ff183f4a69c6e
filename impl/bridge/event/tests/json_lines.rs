//! What is written is read back, and what was touched is refused where it was
//! touched.

mod common;

use common::recording;
use event::{
    Bytes, Kind, ReadError, ReadFault, Reader, Recording, SealError, WriteError,
    coherence::Incoherence,
    kind::{ClaimValue, Decision},
    read,
    recording::{DeterminismMode, SecrecyMode, Status},
    seal, to_json_lines,
};

fn lines(recording: &Recording) -> Vec<Vec<u8>> {
    let text = to_json_lines(recording).unwrap();
    text.split_inclusive(|&b| b == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

fn refusal(lines: &[Vec<u8>]) -> ReadError {
    read(&lines.concat()[..]).expect_err("the recording was touched")
}

#[test]
fn every_kind_survives() {
    let recording = recording();
    let kinds: std::collections::BTreeSet<_> =
        recording.events.iter().map(|e| e.kind.name()).collect();
    assert_eq!(kinds.len(), 15, "{kinds:?}");

    let text = to_json_lines(&recording).unwrap();
    assert_eq!(read(&text[..]).unwrap(), recording);
    assert_eq!(
        to_json_lines(&recording).unwrap(),
        text,
        "the same octets again"
    );
}

/// The wire form itself: other programs read it.
#[test]
fn the_lines_are_what_the_format_says() {
    let lines = lines(&recording());
    let text = |n: usize| String::from_utf8(lines[n].clone()).unwrap();
    let without_link = |n: usize| {
        let text = text(n);
        let start = text.find("\"h\":\"").unwrap();
        (
            text[..start].to_owned(),
            text[start + 5 + 32 + 1..].to_owned(),
        )
    };
    let (before, after) = without_link(0);
    assert!(before.starts_with("{\"det\":{\"mode\":\"seeded\",\"seed\":\"2a"));
    assert!(before.ends_with("\"fmt\":\"atls-trace\","));
    assert!(after.ends_with("\"t\":\"head\",\"ver\":[1,0]}\n"));

    // A draw's octets come before its link, so search from the end instead.
    let draw = text(7);
    assert!(draw.starts_with(&format!(
        "{{\"b\":{{\"h\":\"{}\"}},\"h\":\"",
        "55".repeat(32)
    )));
    assert!(
        draw.ends_with("\",\"i\":0,\"k\":\"draw\",\"p\":1,\"s\":1,\"src\":\"tls\",\"t\":\"ev\"}\n")
    );

    let received = text(10);
    assert!(received.starts_with(
        "{\"b\":{\"h\":\"01000001ff\"},\"c\":[2],\"dir\":\"in\",\"enc\":\"none\",\"h\":\""
    ));
    let joined = text(11);
    assert!(joined.contains(&format!(
        "\"shared\":{{\"S\":1,\"h\":\"{}\"}}",
        "66".repeat(32)
    )));
}

/// The chain, computed here a second time from its definition.
#[test]
fn the_chain_is_what_the_format_says() {
    use sha2::{Digest, Sha256};
    let mut last = [0_u8; 16];
    for line in lines(&recording()) {
        let text = String::from_utf8(line).unwrap();
        let text = text.trim_end();
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        let link = value["h"].as_str().unwrap().to_owned();
        value.as_object_mut().unwrap().remove("h");
        let field = format!("\"h\":\"{link}\"");
        let unlinked = text
            .replace(&format!("{field},"), "")
            .replace(&format!(",{field}"), "");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&unlinked).unwrap(),
            value
        );
        let digest = Sha256::digest([&last[..], unlinked.as_bytes()].concat());
        last.copy_from_slice(&digest[..16]);
        assert_eq!(link, hex::encode(last));
    }
}

#[test]
fn any_changed_bit_is_refused_at_its_line() {
    let original = lines(&recording());
    for line in 0..original.len() {
        for octet in (0..original[line].len()).step_by(common::stride()) {
            let mut touched = original.clone();
            touched[line][octet] ^= 1;
            let error = refusal(&touched);
            assert_eq!(error.line, line as u64 + 1, "octet {octet}: {error}");
        }
    }
}

#[test]
fn any_cut_is_refused() {
    let text = to_json_lines(&recording()).unwrap();
    for length in (0..text.len()).step_by(common::stride()) {
        let error = read(&text[..length]).expect_err("it was cut");
        let at_line_end = length == 0 || text[length - 1] == b'\n';
        match error.fault {
            ReadFault::NotARecording { .. } => assert_eq!(length, 0),
            ReadFault::MissingFoot => assert!(at_line_end, "{length}"),
            ReadFault::LineCutShort => assert!(!at_line_end, "{length}"),
            other => panic!("cut to {length}: {other}"),
        }
    }
}

#[test]
fn swapped_events_are_an_index_out_of_place() {
    let original = lines(&recording());
    let first_event = 7;
    for line in first_event..original.len() - 2 {
        let mut touched = original.clone();
        touched.swap(line, line + 1);
        let error = refusal(&touched);
        assert_eq!(error.line, line as u64 + 1);
        assert!(
            matches!(
                error.fault,
                ReadFault::Incoherent(Incoherence::Index { .. })
            ),
            "{error}"
        );
    }
}

#[test]
fn a_missing_line_is_refused_where_it_is_missed() {
    let original = lines(&recording());
    for line in 1..original.len() - 1 {
        let mut touched = original.clone();
        touched.remove(line);
        assert_eq!(refusal(&touched).line, line as u64 + 1);
    }
}

#[test]
fn a_repeated_line_is_refused() {
    let original = lines(&recording());
    for line in 0..original.len() {
        let mut touched = original.clone();
        touched.insert(line, original[line].clone());
        assert_eq!(refusal(&touched).line, line as u64 + 2);
    }
    let mut touched = original.clone();
    touched.push(original.last().unwrap().clone());
    assert!(matches!(refusal(&touched).fault, ReadFault::AfterFoot));
}

#[test]
fn other_files_and_versions_are_named_as_such() {
    for text in [
        "{}\n",
        "hello\n",
        "[1]\n",
        "{\"t\":\"head\",\"fmt\":\"other\"}\n",
        "\0\n",
    ] {
        let error = read(text.as_bytes()).expect_err("not a recording");
        assert!(
            matches!(error.fault, ReadFault::NotARecording { .. }),
            "{error}"
        );
    }
    for version in [[2, 0], [1, 1], [0, 0]] {
        let text = format!(
            "{{\"new\":1,\"fmt\":\"atls-trace\",\"t\":\"head\",\"ver\":[{},{}]}}\n",
            version[0], version[1]
        );
        let error = read(text.as_bytes()).expect_err("another version");
        assert!(
            matches!(
                error.fault,
                ReadFault::Incoherent(Incoherence::UnknownVersion { found }) if found == version
            ),
            "{error}"
        );
    }
}

#[test]
fn white_space_duplicates_and_unknown_fields_are_not_canonical() {
    let original = lines(&recording());
    let foot = original.len() - 1;
    let touch = |from: &str, to: &str| {
        let mut touched = original.clone();
        let text = String::from_utf8(touched[foot].clone()).unwrap();
        assert!(text.contains(from));
        touched[foot] = text.replace(from, to).into_bytes();
        refusal(&touched).fault
    };
    assert!(matches!(
        touch("\"n\":", "\"n\": "),
        ReadFault::NotCanonical
    ));
    assert!(matches!(
        touch("\"n\":", "\"n\":9,\"n\":"),
        ReadFault::NotCanonical
    ));
    assert!(matches!(
        touch("\"n\":17", "\"n\":17.5"),
        ReadFault::NotCanonical
    ));
    assert!(matches!(
        touch("\"n\":", "\"m\":1,\"n\":"),
        ReadFault::Malformed { .. }
    ));
    assert!(matches!(touch("\"h\":", "\"g\":"), ReadFault::NoLink));
}

#[test]
fn limits_hold() {
    let text = to_json_lines(&recording()).unwrap();
    let count = |limits| -> Result<u64, ReadError> {
        let mut reader = Reader::new(&text[..], limits)?;
        while reader.next_record()?.is_some() {}
        Ok(reader.line())
    };
    let generous = event::Limits::default();
    assert!(count(generous).is_ok());
    let error = count(event::Limits {
        lines: 5,
        ..generous
    })
    .unwrap_err();
    assert_eq!(error.line, 6);
    assert!(matches!(error.fault, ReadFault::TooManyLines { limit: 5 }));
    let error = count(event::Limits {
        line_octets: 20,
        ..generous
    })
    .unwrap_err();
    assert!(matches!(error.fault, ReadFault::LineTooLong { limit: 20 }));
}

/// Each incoherence is refused by the writer; the reader runs the same checks.
#[test]
fn incoherent_recordings_are_not_written() {
    fn check(change: impl FnOnce(&mut Recording), expected: fn(&Incoherence) -> bool) {
        let mut recording = recording();
        change(&mut recording);
        match to_json_lines(&recording) {
            Err(WriteError::Incoherent { fault, .. }) => assert!(expected(&fault), "{fault}"),
            other => panic!("{other:?}"),
        }
    }
    check(
        |r| r.foot.count += 1,
        |f| matches!(f, Incoherence::Count { .. }),
    );
    check(
        |r| r.foot.lost = 1,
        |f| matches!(f, Incoherence::Status { lost: 1 }),
    );
    check(
        |r| r.events[3].index = 9,
        |f| matches!(f, Incoherence::Index { found: 9, .. }),
    );
    check(
        |r| r.events[3].causes = vec![3],
        |f| matches!(f, Incoherence::CauseNotEarlier { .. }),
    );
    check(
        |r| r.events[3].causes = vec![1, 1],
        |f| matches!(f, Incoherence::CauseNotEarlier { .. }),
    );
    check(
        |r| r.events[3].session = 2,
        |f| matches!(f, Incoherence::UnknownSession { .. }),
    );
    check(
        |r| r.head.id = "0F".repeat(16),
        |f| matches!(f, Incoherence::NotHex { .. }),
    );
    check(
        |r| r.head.determinism.seed = None,
        |f| matches!(f, Incoherence::Seed),
    );
    check(
        |r| r.head.version[0] = 2,
        |f| matches!(f, Incoherence::UnknownVersion { .. }),
    );
    check(
        |r| r.head.format = "x".into(),
        |f| matches!(f, Incoherence::NotThisFormat { .. }),
    );
    check(
        |r| r.head.parties[1].id = 1,
        |f| matches!(f, Incoherence::Duplicate { .. }),
    );
    check(
        |r| r.setup[1].id = "AK".into(),
        |f| matches!(f, Incoherence::Duplicate { .. }),
    );
    check(
        |r| {
            let Kind::Handshake { handshake_type, .. } = &mut r.events[2].kind else {
                panic!("event 2 is the first message");
            };
            *handshake_type = 2;
        },
        |f| {
            matches!(
                f,
                Incoherence::HandshakeType {
                    declared: 2,
                    found: Some(1)
                }
            )
        },
    );
}

#[test]
fn secrets_stay_where_the_mode_allows_them() {
    let refused = |recording: &Recording| match to_json_lines(recording) {
        Err(WriteError::Incoherent { fault, .. }) => {
            assert!(matches!(fault, Incoherence::Secrecy { .. }), "{fault}");
        }
        other => panic!("{other:?}"),
    };
    let mut live = recording();
    live.head.determinism.mode = DeterminismMode::Live;
    live.head.determinism.seed = None;
    refused(&live);
    live.setup.remove(0);
    assert!(
        to_json_lines(&live).is_ok(),
        "session secrets alone may be in a live recording"
    );
    for mode in [SecrecyMode::Sealed, SecrecyMode::Wire] {
        live.head.secrecy = mode;
        refused(&live);
    }
    live.events.clear();
    live.foot.count = 0;
    assert!(to_json_lines(&live).is_ok());
}

#[test]
fn sealing_leaves_no_secret_and_changes_nothing_else() {
    assert_eq!(seal(&recording(), &[7; 32]), Err(SealError::Seeded));
    let mut live = recording();
    live.head.determinism.mode = DeterminismMode::Live;
    live.head.determinism.seed = None;
    live.setup.remove(0);
    assert_eq!(
        seal(&live, &[7; 32]),
        Err(SealError::ShortSecret { len: 1 }),
        "the model event has one"
    );
    live.events.retain(|event| event.kind.name() != "mev");
    for (index, event) in live.events.iter_mut().enumerate() {
        event.index = index as u64;
        // A claim whose name looks like a mark.
        if let Kind::Evidence { claims, .. } = &mut event.kind {
            claims.clear();
            claims.insert("S".into(), ClaimValue::Integer(1));
            claims.insert("h".into(), ClaimValue::Text("77".repeat(32)));
        }
    }
    live.foot.count = live.events.len() as u64;

    let sealed = seal(&live, &[7; 32]).unwrap();
    assert_eq!(read(&to_json_lines(&sealed).unwrap()[..]).unwrap(), sealed);
    assert_eq!(seal(&sealed, &[7; 32]), Err(SealError::NotFull));
    let mut secrets = 0;
    for (before, after) in live.events.iter().zip(&sealed.events) {
        if before
            .kind
            .octets()
            .iter()
            .all(|octets| octets.secrecy().is_none())
        {
            assert_eq!(before, after);
        }
        for octets in after.kind.octets() {
            if octets.secrecy().is_some() {
                assert!(octets.committed().is_some());
                secrets += 1;
            }
        }
    }
    assert_eq!(secrets, 4, "shared secret, exporter secret, two exports");
}

#[test]
fn a_writer_that_stops_early_says_so() {
    let whole = recording();
    let mut writer = event::Writer::new(Vec::new(), whole.head.clone()).unwrap();
    writer.event(whole.events[0].clone()).unwrap();
    let late = writer.setup(whole.setup[0].clone()).unwrap_err();
    assert!(matches!(late, WriteError::SetupAfterEvent { record: 2 }));
    let text = writer.finish(Status::Truncated, 3).unwrap();
    let foot = read(&text[..]).unwrap().foot;
    assert_eq!(
        (foot.count, foot.status, foot.lost),
        (1, Status::Truncated, 3)
    );
}

#[test]
fn receptions_are_caused_by_the_latest_sending() {
    let recording = recording();
    assert_eq!(recording.events[3].causes, [2]);
    assert!(recording.events[4].causes.is_empty());
    assert_eq!(recording.events[11].causes, [9]);
}

#[test]
fn taps_of_many_threads_share_one_order() {
    let recorder = event::Recorder::new();
    std::thread::scope(|scope| {
        for party in [1, 2] {
            let tap = recorder.tap(party, 1);
            scope.spawn(move || {
                for n in 0..500_u32 {
                    tap.record(Kind::Decision {
                        what: Decision::Close,
                        code: n.to_string(),
                        at: None,
                    });
                }
            });
        }
    });
    let recording = recorder.finish(common::head(), Vec::new());
    assert_eq!(recording.foot.count, 1000);
    assert_eq!(
        read(&to_json_lines(&recording).unwrap()[..]).unwrap(),
        recording
    );
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let shown = format!("{:?}", Bytes::session_secret([0x66; 32]));
    assert!(!shown.contains("66"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn arbitrary_octets_are_refused_without_panic(octets: Vec<u8>) {
        proptest::prop_assert!(read(&octets[..]).is_err());
    }

    /// A line that parses and is then damaged in several places at once.
    #[test]
    fn scattered_damage_is_refused(damage in proptest::collection::vec((0_usize..10_000, 1_u8..), 1..5)) {
        let text = to_json_lines(&recording()).unwrap();
        let mut touched = text.clone();
        for (position, mask) in damage {
            let position = position % touched.len();
            touched[position] ^= mask;
        }
        proptest::prop_assume!(touched != text);
        proptest::prop_assert!(read(&touched[..]).is_err());
    }
}
