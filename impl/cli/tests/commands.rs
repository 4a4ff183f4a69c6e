//! The binary as a person meets it: what it prints and how it exits.

mod common;

use common::root;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn seatproof(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seatproof"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the binary runs")
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn model(folder: &tempfile::TempDir, content: &str) -> String {
    let path = folder.path().join("model.pv");
    fs::write(&path, content).expect("written");
    path.display().to_string()
}

/// Libraries stand above the model, wherever the tool was started.
#[test]
fn libraries_are_found_from_inside_a_folder_of_models() {
    for (folder, file) in [
        ("models/attacks/relay", "sanity.pv"),
        ("models/attacks/relay", "../replay/sanity.pv"),
        ("models", "attacks/relay/sanity.pv"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_seatproof"))
            .args(["prove", file])
            .current_dir(root().join(folder))
            .output()
            .expect("the binary runs");
        let said = text(&output);
        assert!(said.contains("RESULT"), "{folder} {file}: {said}");
        assert_eq!(output.status.code(), Some(0), "{folder} {file}: {said}");
    }
}

/// `seatproof prove FILE.pv | head -1` ends without a panic, and not as if all was said.
#[test]
fn a_reader_that_went_away_ends_the_output_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_seatproof"))
        .args(["show", "--stage", "clauses", "models/post/correlation.pv"])
        .current_dir(root())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_proved_and_an_attacked_query_read_as_proverif_prints_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = model(
        &folder,
        "free c: channel. free s, t: bitstring [private].\n\
         query attacker(s). query attacker(t).\n\
         process out(c, s)",
    );
    let output = seatproof(&["prove", &file]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("RESULT not attacker(s[]) is false."),
        "{text}"
    );
    assert!(text.contains("RESULT not attacker(t[]) is true."), "{text}");
    assert!(text.contains("certificate checked"), "{text}");
    assert!(text.contains("sequenceDiagram"), "{text}");
}

#[test]
fn a_contradicted_label_exits_with_1() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = model(
        &folder,
        "free c: channel. free s: bitstring [private].\n\
         (* @holds secrecy\n s stays secret. *)\n\
         query attacker(s).\n\
         process out(c, s)",
    );
    let output = seatproof(&["prove", &file]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
}

#[test]
fn wrong_syntax_and_wrong_types_name_file_line_and_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = model(
        &folder,
        "free c: channel.\nfree s: bitstring [private]\nquery attacker(s).\nprocess out(c, s)",
    );
    let output = seatproof(&["prove", &file]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(3), "{shown}");
    assert!(shown.contains("model.pv:3:1"), "{shown}");
    assert!(shown.contains('^'), "{shown}");

    let file = model(
        &folder,
        "free c: channel.\ntype key.\nfun f(key): bitstring.\nfree s: bitstring.\n\
         process out(c, f(s))",
    );
    let output = seatproof(&["prove", &file]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(3), "{shown}");
    assert!(shown.contains("model.pv:5:"), "{shown}");
}

#[test]
fn an_unsupported_construct_is_an_error_and_no_verdict() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = model(
        &folder,
        "free c: channel. free s: bitstring [private].\nweaksecret s.\nprocess out(c, s)",
    );
    let output = seatproof(&["prove", &file]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(3), "{shown}");
    assert!(!shown.contains("RESULT"), "{shown}");
    assert!(shown.contains("not supported"), "{shown}");
}

#[test]
fn recordings_conform_and_damaged_ones_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let output = seatproof(&["record", "--output", &out]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let honest = folder.path().join("post").join("memory-sha256.ndjson");
    let conform = |path: &Path| {
        let output = seatproof(&["conform", &path.display().to_string()]);
        (output.status.code(), text(&output))
    };
    let (code, shown) = conform(&honest);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("conforms"), "{shown}");

    let lines: Vec<String> = fs::read_to_string(&honest)
        .expect("recorded")
        .lines()
        .map(str::to_owned)
        .collect();
    let damaged = folder.path().join("damaged.ndjson");
    let refuse = |name: &str, lines: &[String]| {
        fs::write(&damaged, lines.join("\n") + "\n").expect("written");
        let (code, shown) = conform(&damaged);
        // Not what was recorded: nothing that could diverge.
        assert_eq!(code, Some(3), "{name}: {shown}");
        assert!(
            shown.contains("broken recording at line"),
            "{name}: {shown}"
        );
    };
    refuse("cut short", &lines[..lines.len() / 2]);
    let mut swapped = lines.clone();
    swapped.swap(lines.len() - 5, lines.len() - 6);
    refuse("reordered", &swapped);
    let mut changed = lines;
    let line = changed
        .iter_mut()
        .rev()
        .find(|l| l.contains("\"k\":\"hs\""))
        .expect("a message");
    let at = line.find("\"h\":\"14").map_or(line.len() / 2, |n| n + 20);
    let old = line.as_bytes()[at];
    let new = if old == b'0' { "1" } else { "0" };
    line.replace_range(at..=at, new);
    refuse("one byte changed", &changed);
}

/// Each thing that is no recording for the gate, with its status and its reason.
#[test]
fn bad_input_is_refused_by_its_own_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = root().join("traces/honest/post/memory-sha256.ndjson");
    let text_of = |path: &Path| fs::read_to_string(path).expect("kept");
    let honest = text_of(&kept);
    let judge = |name: &str, octets: &str, more: &[&str]| {
        let path = folder.path().join(name);
        fs::write(&path, octets).expect("written");
        let path = path.display().to_string();
        let output = seatproof(&[&["conform", path.as_str()], more].concat());
        (output.status.code(), text(&output))
    };
    let refused = |name: &str, octets: &str, why: &str| {
        let (code, shown) = judge(name, octets, &[]);
        assert_eq!(code, Some(3), "{name}: {shown}");
        assert!(shown.contains(why), "{name}: {shown}");
    };
    refused("not-ours", "{\"hello\":\"world\"}\n", "not a recording");
    let later = honest.replacen("\"ver\":[1,", "\"ver\":[9,", 1);
    assert_ne!(later, honest, "the head says its version");
    refused("other-version", &later, "version");
    let lines = "\n".repeat((64 << 20) + 1);
    refused("too-many-lines", &lines, "it has more than 67108864 octets");

    // A model that nobody mapped, and a mapping of another model.
    let elsewhere = folder
        .path()
        .join("mapped-by-nobody.pv")
        .display()
        .to_string();
    let (code, shown) = judge("unmapped", &honest, &["--model", &elsewhere]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("no model to judge it by"), "{shown}");
    let client = root().join("models/post/mapping-client.toml");
    let client = client.display().to_string();
    let (code, shown) = judge("of-another-model", &honest, &["--mapping", &client]);
    assert_eq!(code, Some(4), "{shown}");
    assert!(shown.contains("made for other steps"), "{shown}");
    let sanity = root().join("models/post/sanity.pv").display().to_string();
    let both = ["--mapping", client.as_str(), "--model", sanity.as_str()];
    let (code, shown) = judge("mapped-by-another", &honest, &both);
    assert_eq!(code, Some(4), "{shown}");
    assert!(shown.contains("mapping-client.toml"), "{shown}");
}

#[test]
fn mapping_and_model_belong_together() {
    let output = seatproof(&["lint"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn steps_are_derived_for_both_roles() {
    let output = seatproof(&["derive"]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    for word in ["Client", "Server", "EvidenceAccepted", "l_attestation"] {
        assert!(shown.contains(word), "{word} is missing in\n{shown}");
    }
}

#[test]
fn verify_fails_on_a_missing_label() {
    let folder = tempfile::tempdir().expect("a folder");
    model(
        &folder,
        "free c: channel. free s: bitstring [private].\nquery attacker(s).\nprocess out(c, s)",
    );
    let folder = folder.path().display().to_string();
    let runs = format!("{folder}/runs");
    let output = seatproof(&[
        "verify",
        "--models",
        &folder,
        "--only",
        "models",
        "--no-cache",
        "--no-oracle",
        "--runs",
        &runs,
    ]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("no label"), "{shown}");
}
