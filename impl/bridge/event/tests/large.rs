//! Recordings that no session makes: refused in bounded memory and time, with
//! the line and the octet.

mod common;

use event::{Event, Limits, ReadError, ReadFault, Reader, Recording, to_json_lines};

/// The small recording with its events again and again, up to `count`.
fn repeated(count: usize) -> Recording {
    let mut recording = common::recording();
    let events = std::mem::take(&mut recording.events);
    for index in 0..count {
        let event = &events[index % events.len()];
        recording.events.push(Event {
            index: index as u64,
            causes: Vec::new(),
            ..event.clone()
        });
    }
    // What is appraised is said by number, which is another's now.
    recording.events.retain(|event| {
        !matches!(
            event.kind,
            event::Kind::Appraise { .. } | event::Kind::Decision { .. }
        )
    });
    for (index, event) in recording.events.iter_mut().enumerate() {
        event.index = index as u64;
    }
    recording.foot.count = recording.events.len() as u64;
    recording
}

/// Reads to the end or the first fault, and keeps nothing.
fn read(text: &[u8], limits: Limits) -> Result<u64, ReadError> {
    let mut reader = Reader::new(text, limits)?;
    while reader.next_record()?.is_some() {}
    Ok(reader.line())
}

#[test]
fn too_many_lines_and_octets_are_refused_where_they_begin() {
    let text = to_json_lines(&repeated(3_000)).expect("written");
    assert!(read(&text, Limits::default()).is_ok());

    let lines = Limits {
        lines: 1_000,
        ..Limits::default()
    };
    let error = read(&text, lines).expect_err("too many lines");
    assert_eq!(error.line, 1_001);
    assert!(matches!(
        error.fault,
        ReadFault::TooManyLines { limit: 1_000 }
    ));

    let octets = Limits {
        octets: 100_000,
        ..Limits::default()
    };
    let error = read(&text, octets).expect_err("too many octets");
    assert!(error.octet < 100_000 && error.line > 100, "{error}");
    assert!(matches!(
        error.fault,
        ReadFault::TooManyOctets { limit: 100_000 }
    ));
}

/// A line without an end is not read to its end.
#[test]
fn a_line_that_never_ends_is_refused() {
    let error = Reader::new(
        std::io::BufReader::new(std::io::repeat(b'{')),
        Limits::default(),
    )
    .expect_err("it does not end");
    assert!(
        matches!(error.fault, ReadFault::LineTooLong { .. }),
        "{error}"
    );
}

/// Takes minutes without optimisation.
#[test]
#[ignore = "a million lines"]
fn a_million_lines_are_refused_at_the_limit() {
    let text = to_json_lines(&repeated(1_100_000)).expect("written");
    let start = std::time::Instant::now();
    let error = event::read(&text[..]).expect_err("too many");
    assert_eq!(error.line, 100_001);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
