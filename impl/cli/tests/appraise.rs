//! Evidence in files against policies in files.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_seatproof");
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tls/platform/testdata");

const POLICY: &str = r#"
version = 1
software = ["td"]
reference_values = ["values.toml"]

[evidence]
key_claim = "implied-by-challenge"
"#;

/// Where a quote of version 4 has MRTD and REPORTDATA.
const MR_TD: usize = 184;
const REPORT_DATA: usize = 568;

fn appraise(policy: &str, at: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let quote = fs::read(Path::new(SAMPLES).join("tdx_quote.bin")).expect("a sample");
    let mr_td = hex::encode(&quote[MR_TD..MR_TD + 48]);
    let values = format!(
        "version = 1\n[[value]]\nsoftware = \"td\"\nmeasurements = {{ mrtd = \"{mr_td}\" }}\n"
    );
    fs::write(folder.path().join("values.toml"), values).expect("written");
    fs::write(folder.path().join("policy.toml"), policy).expect("written");
    Command::new(BINARY)
        .arg("appraise")
        .arg(Path::new(SAMPLES).join("tdx_quote.bin"))
        .args(["--form", "tdx-quote", "--at", at, "--policy"])
        .arg(folder.path().join("policy.toml"))
        .arg("--collateral")
        .arg(Path::new(SAMPLES).join("tdx_quote_collateral.json"))
        .args([
            "--challenge",
            &hex::encode(&quote[REPORT_DATA..REPORT_DATA + 64]),
        ])
        .output()
        .expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn a_kept_quote_is_appraised_under_a_policy() {
    let accepted = appraise(POLICY, "1751328000");
    assert_eq!(accepted.status.code(), Some(0), "{}", text(&accepted));
    assert!(
        text(&accepted).starts_with("accepted: td\n"),
        "{}",
        text(&accepted)
    );

    let late = appraise(POLICY, "1900000000");
    assert_eq!(late.status.code(), Some(1), "{}", text(&late));
    assert!(
        text(&late).starts_with("refused at Time: collateral-outside-validity"),
        "{}",
        text(&late)
    );

    let pinned = format!("{POLICY}machines = [\"00\"]\n");
    let pinned = appraise(&pinned, "1751328000");
    assert_eq!(pinned.status.code(), Some(1), "{}", text(&pinned));
    assert!(
        text(&pinned).starts_with("refused at Machine: unknown-machine"),
        "{}",
        text(&pinned)
    );
}

#[test]
fn a_policy_with_a_mistake_is_an_error_with_its_line() {
    let outcome = appraise(&format!("{POLICY}machine = []\n"), "1751328000");
    assert_eq!(outcome.status.code(), Some(3), "{}", text(&outcome));
    assert!(
        text(&outcome).contains("policy.toml: line 8"),
        "{}",
        text(&outcome)
    );
}

#[test]
fn reference_values_must_be_signed_where_the_policy_says_so() {
    let signer = "11".repeat(32);
    let policy = POLICY.replacen(
        "version = 1",
        &format!("version = 1\nreference_signers = [\"{signer}\"]"),
        1,
    );
    let outcome = appraise(&policy, "1751328000");
    assert_eq!(outcome.status.code(), Some(3), "{}", text(&outcome));
    assert!(
        text(&outcome).contains("values.toml: no signer"),
        "{}",
        text(&outcome)
    );
}

#[test]
fn where_there_is_no_hardware_it_says_so() {
    if Path::new("/sys/kernel/config/tsm/report").exists() {
        return; // on such hardware there is nothing to be said
    }
    let outcome = Command::new(BINARY)
        .args([
            "attest",
            "--challenge",
            "0011223344556677",
            "--out",
            "evidence.cmw",
        ])
        .output()
        .expect("the binary runs");
    assert_eq!(outcome.status.code(), Some(3), "{}", text(&outcome));
    assert!(text(&outcome).contains("no TEE here"), "{}", text(&outcome));
}

/// A server and a client in processes of their own, the client under `policy`.
fn connect_under(policy: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let laboratory = folder.path().join("laboratory");
    let made = Command::new(BINARY)
        .arg("laboratory")
        .arg(&laboratory)
        .output();
    assert!(made.expect("the binary runs").status.success());
    let file = folder.path().join("policy.toml");
    fs::write(&file, policy).expect("written");
    let mut server = Command::new(BINARY)
        .args([
            "serve",
            "--connections",
            "1",
            "--listen",
            "127.0.0.1:0",
            "--laboratory",
        ])
        .arg(&laboratory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut line = String::new();
    let mut output = BufReader::new(server.stdout.take().expect("piped"));
    output.read_line(&mut line).expect("text");
    let address = line.trim().rsplit(' ').next().expect("an address");
    let outcome = Command::new(BINARY)
        .args(["connect", "--to", address, "--laboratory"])
        .arg(&laboratory)
        .arg("--policy")
        .arg(&file)
        .output()
        .expect("the binary runs");
    server.kill().expect("it runs or has ended");
    server.wait().expect("it was a process");
    outcome
}

#[test]
fn a_policy_in_a_file_judges_a_connection() {
    let policy = |rest: &str| format!("version = 1\nsoftware = [\"demo-workload\"]\n{rest}");
    let accepted = connect_under(&policy("[channel]\nplacements = [\"post\"]\n"));
    assert_eq!(accepted.status.code(), Some(0), "{}", text(&accepted));
    for (rest, word) in [
        ("[channel]\nplacements = [\"intra\"]\n", "placement"),
        ("[evidence]\nlocations = [\"gr-ath\"]\n", "place"),
    ] {
        let refused = connect_under(&policy(rest));
        assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
        assert!(
            text(&refused).starts_with("refused: "),
            "{}",
            text(&refused)
        );
        assert!(text(&refused).contains(word), "{}", text(&refused));
    }
}

/// A real chip's report, with the certificates AMD publishes.
#[cfg(feature = "sev-snp")]
#[test]
fn a_kept_snp_report_is_appraised_under_a_policy() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = |name: &str| Path::new(SAMPLES).join(name);
    let report = fs::read_to_string(sample("report_milan.hex")).expect("a sample");
    let report = hex::decode(report.trim()).expect("hex");
    let measurement = hex::encode(&report[0x90..0xc0]);
    let put = |name: &str, octets: &[u8]| {
        fs::write(folder.path().join(name), octets).expect("written");
        folder.path().join(name)
    };
    let values = format!(
        "version = 1\n[[value]]\nsoftware = \"guest\"\n\
         measurements = {{ measurement = \"{measurement}\" }}\n"
    );
    put("values.toml", values.as_bytes());
    let policy = "version = 1\nsoftware = [\"guest\"]\nreference_values = [\"values.toml\"]\n\
                  [evidence]\nkey_claim = \"implied-by-challenge\"\ndebug = \"enabled\"\n";
    let policy = put("policy.toml", policy.as_bytes());
    let mut altered = report.clone();
    altered[0x90] ^= 1;
    for (octets, challenge, code, said) in [
        (&report, &report[0x50..0x90], 0, "accepted: guest\n"),
        (&altered, &report[0x50..0x90], 1, "refused at Signature"),
        (&report, &[7; 64][..], 1, "refused at Binding"),
    ] {
        let output = Command::new(BINARY)
            .arg("appraise")
            .arg(put("report.bin", octets))
            .args(["--form", "snp-report", "--at", "1704067200", "--policy"])
            .arg(&policy)
            .arg("--snp-ark")
            .arg(sample("ark_milan.der"))
            .arg("--snp-ask")
            .arg(sample("ask_milan.der"))
            .arg("--snp-vcek")
            .arg(sample("vcek_milan.der"))
            .args(["--challenge", &hex::encode(challenge)])
            .output()
            .expect("the binary runs");
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        assert!(text(&output).starts_with(said), "{}", text(&output));
    }
}
