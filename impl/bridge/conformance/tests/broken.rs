//! Recordings that were damaged: the line, and what the model allows there.

mod common;

use common::laboratory::World;
use conformance::{Divergence, Severity, Verdict, conform_lines};
use rustls::crypto::ring;

fn lines() -> Vec<String> {
    let world = World::new(ring::default_provider());
    let (recording, _) = world.record(world.workload());
    let octets = event::to_json_lines(&recording).expect("it can be written");
    let text = String::from_utf8(octets).expect("JSON is text");
    text.lines().map(|line| format!("{line}\n")).collect()
}

fn diverges(lines: &[String]) -> Divergence {
    let report = conform_lines(
        &common::post(),
        &common::mapping(),
        lines.concat().as_bytes(),
    );
    match report.verdict {
        Verdict::Diverges(divergence) => *divergence,
        other => panic!("{other}"),
    }
}

/// The first line that holds all of these, from 1.
fn line_with(lines: &[String], parts: &[&str]) -> usize {
    let found = lines
        .iter()
        .position(|line| parts.iter().all(|part| line.contains(part)));
    1 + found.expect("there is such a line")
}

#[test]
fn the_undamaged_text_conforms() {
    let report = conform_lines(
        &common::post(),
        &common::mapping(),
        lines().concat().as_bytes(),
    );
    assert!(
        matches!(report.verdict, Verdict::Conforms(_)),
        "{}",
        report.verdict
    );
}

#[test]
fn one_changed_octet_is_named_with_what_should_stand_there() {
    let mut lines = lines();
    // The server's Finished as the client has it.
    let number = line_with(&lines, &["\"ht\":20", "\"dir\":\"in\"", "\"p\":1"]);
    let line = &mut lines[number - 1];
    let at = line.find("\"b\":{\"h\":\"14").expect("the message") + 20;
    let old = line.as_bytes()[at];
    let new = if old == b'0' { "1" } else { "0" };
    line.replace_range(at..=at, new);

    let found = diverges(&lines);
    assert_eq!(found.severity, Severity::BrokenRecording);
    assert_eq!(found.line, Some(number as u64));
    assert!(found.what.contains("hash chain is broken"), "{found}");
    assert!(
        found
            .allows
            .contains("client session 1 to receive fin_record"),
        "{found}"
    );
    let place = found.place.as_ref().expect("a place in the model");
    assert_eq!(place.text.trim(), "in(net, fin_record: bitstring);");
    assert!(
        found.provenance[0].contains("UNSOUND ACCEPTANCE"),
        "{:?}",
        found.provenance
    );
}

#[test]
fn a_text_cut_short_says_what_the_model_goes_on_to() {
    let lines = lines();
    let number = line_with(&lines, &["\"ht\":15", "\"dir\":\"in\"", "\"enc\":\"hs\""]);
    let found = diverges(&lines[..number]);
    assert_eq!(found.line, Some(number as u64 + 1));
    assert!(found.what.contains("cut short"), "{found}");
    assert!(found.allows.contains("to receive fin_record"), "{found}");
}

#[test]
fn two_lines_in_the_other_order_are_named() {
    let mut lines = lines();
    let number = line_with(&lines, &["\"ht\":11", "\"dir\":\"out\"", "\"enc\":\"hs\""]);
    lines.swap(number - 1, number);
    let found = diverges(&lines);
    assert_eq!(found.line, Some(number as u64));
    assert!(found.what.contains("reordered"), "{found}");
}

#[test]
fn what_is_no_recording_is_said_to_be_none() {
    for text in ["", "{}\n", "hello\n", "{\"t\":\"head\"}\n"] {
        let found = diverges(&[text.to_owned()]);
        assert_eq!(found.line, Some(1));
        assert!(found.what.contains("not a recording"), "{found}");
    }
}
