//! The protocol between processes: every placement, both carriers, liars, and
//! plain programs behind a pair of proxies.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

const BINARY: &str = env!("CARGO_BIN_EXE_seatproof");

/// A folder both ends share.
struct Laboratory(tempfile::TempDir);

impl Laboratory {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let laboratory = Self(folder);
        let made = Command::new(BINARY)
            .arg("laboratory")
            .arg(laboratory.0.path())
            .output()
            .expect("the binary runs");
        assert!(made.status.success(), "{}", text(&made));
        laboratory
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(words)
            .arg("--laboratory")
            .arg(self.0.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A process that listens, and where.
    fn listening(&self, words: &[&str]) -> (Listening, String) {
        let mut command = self.command(words);
        command.args(["--listen", "127.0.0.1:0"]);
        let mut process = command.spawn().expect("the binary runs");
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("text");
        let address = line
            .trim()
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        assert!(address.contains(':'), "no address in `{line}`");
        (Listening { process, output }, address)
    }

    fn connect(&self, address: &str, words: &[&str]) -> Output {
        let mut command = self.command(&["connect", "--to", address]);
        command.args(words).output().expect("the binary runs")
    }
}

struct Listening {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Listening {
    /// What it says until it has ended by itself.
    fn end(mut self) -> String {
        let mut said = String::new();
        self.output.read_to_string(&mut said).expect("text");
        assert!(self.process.wait().expect("ended").success(), "{said}");
        said
    }
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn every_placement_runs_between_two_processes() {
    let laboratory = Laboratory::new();
    let at_server = "client accepted the Evidence; echoed 5 octets";
    let at_both = "client accepted the Evidence and runs demo-workload; echoed 5 octets";
    let finished = "a client finished the handshake; echoed 5 octets";
    for (terms, repeat, said) in [
        (&["--placement", "pre"][..], "1", finished),
        (&["--placement", "intra"], "1", finished),
        (&["--placement", "post"], "3", at_server),
        (&["--placement", "post", "--mutual"], "3", at_both),
        (
            &["--placement", "post", "--transport", "quic"],
            "3",
            at_server,
        ),
        (&["--transport", "quic", "--mutual"], "3", at_both),
    ] {
        let serve = [&["serve", "--connections", "1"], terms].concat();
        let (server, address) = laboratory.listening(&serve);
        let words = [terms, &["--message", "hello", "--repeat", repeat]].concat();
        let client = laboratory.connect(&address, &words);
        let shown = text(&client);
        assert_eq!(client.status.code(), Some(0), "{terms:?}: {shown}");
        assert!(
            shown.contains("attested: server.example runs demo-workload"),
            "{shown}"
        );
        assert_eq!(shown.contains("attested 3 times"), repeat == "3", "{shown}");
        assert!(shown.contains("answer: hello"), "{shown}");
        let heard = server.end();
        assert!(heard.contains(said), "{terms:?}: {heard}");
    }
}

/// With a monitor at either end a connection carries data as before; steps that
/// are not the models' start nothing.
#[test]
fn monitored_connections_carry_data_where_the_model_accepts() {
    let laboratory = Laboratory::new();
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
    let followed = |tier| ["--monitor", tier, "--models", models];
    for (placement, transport, is_mutual, tier, is_server_followed) in [
        ("pre", "tcp", false, "full", false),
        ("intra", "tcp", false, "keys", true),
        ("post", "tcp", false, "shape", true),
        ("post", "tcp", false, "full", true),
        ("post", "tcp", true, "full", true),
        ("post", "quic", false, "full", true),
        ("post", "quic", true, "keys", true),
    ] {
        let mut terms = vec!["--placement", placement, "--transport", transport];
        terms.extend(is_mutual.then_some("--mutual"));
        let mut serve = [&["serve", "--connections", "1"], &terms[..]].concat();
        if is_server_followed {
            serve.extend(followed(tier));
        }
        let (server, address) = laboratory.listening(&serve);
        let words = [&terms[..], &["--message", "hello"], &followed(tier)].concat();
        let client = laboratory.connect(&address, &words);
        let shown = text(&client);
        assert_eq!(client.status.code(), Some(0), "{placement} {tier}: {shown}");
        assert!(
            shown.contains("answer: hello"),
            "{placement} {tier}: {shown}"
        );
        assert!(
            server.end().contains("echoed 5 octets"),
            "{placement} {tier}"
        );
    }

    let steps = laboratory.0.path().join("steps.json");
    let steps = steps.display().to_string();
    let mapping = format!("{models}/post/mapping.toml");
    let derived = Command::new(BINARY)
        .args(["derive", "--mapping", &mapping, "--steps", &steps])
        .output()
        .expect("the binary runs");
    assert!(derived.status.success(), "{}", text(&derived));
    let connect = |steps: &str, more: &[&str]| {
        let words = [&followed("keys")[..], &["--steps", steps], more].concat();
        let output = laboratory.connect("127.0.0.1:1", &words);
        (output.status.code(), text(&output))
    };
    // Up to date: it gets as far as the address, where nobody listens.
    let (code, shown) = connect(&steps, &[]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("cannot reach"), "{shown}");
    // Of another family: not what the models come to now.
    let (code, shown) = connect(&steps, &["--placement", "intra"]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("out of date"), "{shown}");
    let text_then = std::fs::read_to_string(&steps).expect("derived");
    let edited = format!("{steps}.edited");
    std::fs::write(&edited, text_then.replacen("exp master", "exp mastar", 1)).expect("written");
    let (code, shown) = connect(&edited, &[]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(
        shown.contains("out of date") || shown.contains("was changed"),
        "{shown}"
    );
    let (code, shown) = connect(&steps, &["--mutual"]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("out of date"), "{shown}");
    // What no model of these is about is not followed in part.
    let (code, shown) = connect(&steps, &["--repeat", "2"]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("use --repeat 1"), "{shown}");
}

/// What each end recorded of a connection is a run of its model; what a liar did is
/// none, and its client's refusal is.
#[test]
fn each_end_keeps_a_recording_that_its_model_judges() {
    let laboratory = Laboratory::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let path = |name: &str| laboratory.0.path().join(name).display().to_string();
    let conform = |name: &str| {
        let output = Command::new(BINARY)
            .current_dir(root)
            .args(["conform", &path(name)])
            .output()
            .expect("the binary runs");
        (output.status.code(), text(&output))
    };
    for (placement, transport, is_mutual, attester, kept) in [
        ("pre", "tcp", false, "honest", "pre.ndjson"),
        ("intra", "tcp", false, "honest", "intra.ndjson"),
        ("post", "tcp", false, "honest", "post.cbor"),
        ("post", "tcp", true, "honest", "mutual.ndjson"),
        ("post", "quic", false, "honest", "quic.ndjson"),
        ("post", "quic", true, "honest", "mutual-quic.ndjson"),
        ("post", "quic", false, "tampered", "liar.ndjson"),
    ] {
        let mut terms = vec!["--placement", placement, "--transport", transport];
        terms.extend(is_mutual.then_some("--mutual"));
        let (at_client, at_server) = (format!("client-{kept}"), format!("server-{kept}"));
        let (to_client, to_server) = (path(&at_client), path(&at_server));
        let serve = [
            &["serve", "--connections", "1", "--attester", attester],
            &terms[..],
        ];
        let mut serve = serve.concat();
        if placement != "pre" {
            serve.extend(["--record", &to_server]);
        }
        let (server, address) = laboratory.listening(&serve);
        let words = [&terms[..], &["--record", &to_client]].concat();
        let client = laboratory.connect(&address, &words);
        let is_honest = attester == "honest";
        assert_eq!(client.status.success(), is_honest, "{}", text(&client));
        server.end();
        let (code, said) = conform(&at_client);
        assert_eq!(code, Some(0), "{said}");
        if placement != "pre" {
            let (code, said) = conform(&at_server);
            assert_eq!(code, Some(if is_honest { 0 } else { 1 }), "{said}");
        }
    }
    let words = ["--record", "unused", "--monitor", "keys"];
    let both = laboratory.connect("127.0.0.1:1", &words);
    assert!(
        text(&both).contains("cannot be used with"),
        "{}",
        text(&both)
    );
}

#[test]
fn liars_are_refused_at_three_steps_in_every_placement() {
    let laboratory = Laboratory::new();
    for terms in [
        &["--placement", "pre"][..],
        &["--placement", "intra"],
        &["--placement", "post"],
        &["--placement", "post", "--transport", "quic"],
    ] {
        let mut reasons = Vec::new();
        for liar in ["unsigned", "tampered", "wrongly-bound"] {
            let serve = [&["serve", "--connections", "1", "--attester", liar], terms].concat();
            let (server, address) = laboratory.listening(&serve);
            let client = laboratory.connect(&address, terms);
            let shown = text(&client);
            assert_eq!(client.status.code(), Some(1), "{terms:?} {liar}: {shown}");
            let reason = shown.lines().find(|line| line.starts_with("refused: "));
            reasons.push(reason.expect("a reason").to_owned());
            assert!(!server.end().contains("accepted"), "{terms:?} {liar}");
        }
        assert!(reasons[0].contains("not signed"), "{reasons:?}");
        assert!(reasons[1].contains("signature"), "{reasons:?}");
        assert!(reasons[2].contains("bound"), "{reasons:?}");
    }
}

#[test]
fn a_server_of_another_name_is_refused_in_every_placement() {
    let laboratory = Laboratory::new();
    for terms in [
        &["--placement", "pre"][..],
        &["--placement", "intra"],
        &["--placement", "post"],
        &["--placement", "post", "--transport", "quic"],
    ] {
        let serve = [&["serve", "--connections", "1"], terms].concat();
        let (server, address) = laboratory.listening(&serve);
        let words = [terms, &["--name", "other.example"]].concat();
        let client = laboratory.connect(&address, &words);
        assert_eq!(
            client.status.code(),
            Some(1),
            "{terms:?}: {}",
            text(&client)
        );
        assert!(!server.end().contains("accepted"), "{terms:?}");
    }
}

/// The authority vouches for the client and its program is the right one; the
/// policy means another, or says of none that it is meant.
#[test]
fn a_client_that_the_policy_does_not_name_is_refused() {
    let laboratory = Laboratory::new();
    let policy = laboratory.0.path().join("clients.toml");
    let path = policy.to_str().expect("UTF-8");
    for (names, refusal) in [
        ("names = [\"client.example\"]", None),
        ("names = [\"*\"]", None),
        (
            "names = [\"other.example\"]",
            Some("names client.example, the policy other.example"),
        ),
        ("", Some("does not say which clients it means")),
    ] {
        let text = format!("version = 1\nsoftware = [\"demo-workload\"]\n[channel]\n{names}\n");
        std::fs::write(&policy, text).expect("written");
        let serve = ["serve", "--connections", "1", "--mutual", "--policy", path];
        let (server, address) = laboratory.listening(&serve);
        let client = laboratory.connect(&address, &["--mutual"]);
        let heard = server.end();
        assert_eq!(
            client.status.success(),
            refusal.is_none(),
            "{names}: {heard}"
        );
        assert!(
            heard.contains(refusal.unwrap_or("runs demo-workload")),
            "{names}: {heard}"
        );
    }
}

#[test]
fn terms_that_a_placement_cannot_keep_are_refused() {
    let laboratory = Laboratory::new();
    for words in [
        &["--placement", "pre", "--transport", "quic"][..],
        &["--placement", "intra", "--mutual"],
        &["--placement", "intra", "--repeat", "2"],
    ] {
        let client = laboratory.connect("127.0.0.1:1", words);
        let shown = text(&client);
        assert_eq!(client.status.code(), Some(3), "{shown}");
        assert!(shown.contains("post"), "{shown}");
    }
}

#[test]
fn plain_programs_talk_over_a_pair_of_proxies() {
    let laboratory = Laboratory::new();
    let policy = laboratory.0.path().join("client.toml");
    let clients = "version = 1\nsoftware = [\"demo-workload\"]\n\
                   [channel]\nnames = [\"client.example\"]\n";
    std::fs::write(&policy, clients).expect("written");
    let policy = policy.to_str().expect("UTF-8");
    for terms in [&["--mutual"][..], &["--transport", "quic"]] {
        let program = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let plain = program.local_addr().expect("bound").to_string();
        let answering = thread::spawn(move || {
            let (mut stream, _) = program.accept().expect("the proxy");
            let mut request = [0; 5];
            stream.read_exact(&mut request).expect("sent");
            stream.write_all(b"pong: ").expect("open");
            stream.write_all(&request).expect("open");
        });
        let words = |end, to| [&["proxy", end, "--to", to, "--connections", "1"], terms].concat();
        let mut at_server = words("server", &plain);
        if terms.contains(&"--mutual") {
            at_server.extend(["--policy", policy]);
        }
        let (server, between) = laboratory.listening(&at_server);
        let (client, near) = laboratory.listening(&words("client", &between));
        let mut stream = TcpStream::connect(near).expect("the proxy");
        stream.write_all(b"hello").expect("open");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        assert_eq!(answer, "pong: hello");
        drop(stream);
        answering.join().expect("no panic");
        assert!(
            client
                .end()
                .contains("demo-workload: carried 5 octets there and 11 back")
        );
        assert!(server.end().contains("carried 5 octets there and 11 back"));
    }
}
