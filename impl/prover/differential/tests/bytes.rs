//! Damaged input: whatever the octets of a model or a certificate are, they are read or
//! refused, and reading ends.
//!
//! Damage is done by octets: flipped, cut out, doubled, cut off, taken from another
//! input, or replaced by what the language is made of. `DAMAGED` asks for more of it.

use differential::Random;
use pi::{Severity, Sources};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use verdict::{Limits, Session, Verdict};

/// How many damaged inputs of each kind.
fn count() -> usize {
    let asked = std::env::var("DAMAGED").ok().and_then(|n| n.parse().ok());
    asked.unwrap_or(400)
}

/// What a text may be damaged with.
const WORDS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "(*",
    "*)",
    "\"",
    "'",
    "&&",
    "||",
    "==>",
    "<>",
    "<=",
    ";",
    ",",
    ":",
    ".",
    "=",
    "!",
    "!n<=m ",
    "|",
    "@",
    "-",
    "+",
    "0",
    "1",
    "4294967296",
    "99999999999999999999999",
    "\u{0}",
    "\u{e9}",
    "\u{ffff}",
    " in ",
    " out ",
    " let ",
    " new ",
    " if ",
    " then ",
    " else ",
    " phase 1;",
    " sync 1;",
    " event ",
    " inj-event",
    " query ",
    " lemma ",
    " axiom ",
    " restriction ",
    " table ",
    " insert ",
    " get ",
    " suchthat ",
    " choice[",
    " fail",
    " or fail",
    " otherwise ",
    " reduc ",
    " equation ",
    " forall ",
    " fun ",
    " const ",
    " free ",
    " type ",
    " process ",
    " letfun ",
    " def ",
    " expand ",
    " set ",
    " nat ",
    " bitstring ",
    " attacker(",
    " mess(",
    " true ",
    " false ",
    "_",
    " <-R ",
    " <- ",
    " foreach ",
    " do ",
    " clauses ",
    " pred ",
    " elimtrue ",
    " not ",
    " nounif ",
    " select ",
    " public_vars ",
    " secret ",
    " [private]",
    " [data]",
    " is_nat(",
    " yield ",
    " among ",
    " weaksecret ",
    " noninterf ",
    " equivalence ",
];

fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random, words: &[&str]) {
    for _ in 0..random.between(1, 4) {
        let at = random.below(bytes.len() + 1);
        let until = (at + random.between(1, 12)).min(bytes.len());
        match random.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.drain(at..until)),
            2 => {
                let again = bytes[at..until].to_vec();
                bytes.splice(at..at, again);
            }
            3 if random.chance(20) => bytes.truncate(at),
            4 => {
                let from = random.below(other.len() + 1);
                let part = &other[from..(from + random.between(1, 40)).min(other.len())];
                bytes.splice(at..until, part.iter().copied());
            }
            5 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap_or(0),
            _ => {
                if let Some(word) = random.pick(words) {
                    bytes.splice(at..at, word.bytes());
                }
            }
        }
    }
}

/// Models of the test data, by folder and name.
fn models() -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let mut paths: Vec<_> = ["found", "language", "traps"]
        .iter()
        .filter_map(|folder| fs::read_dir(data.join(folder)).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "pv"))
        .collect();
    paths.sort();
    let texts = paths.iter().filter_map(|path| fs::read(path).ok());
    texts.filter(|text| text.len() < 4_000).collect()
}

#[test]
fn damaged_models_are_read_or_refused() {
    let models = models();
    assert!(models.len() > 100);
    let mut random = Random::new(0xdead);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..count() {
        let mut bytes = random.pick(&models).expect("not empty").clone();
        let other = random.pick(&models).expect("not empty");
        damage(&mut bytes, other, &mut random, WORDS);
        let text = String::from_utf8_lossy(&bytes);
        let mut sources = Sources::default();
        sources.add("damaged.pv", text.as_ref());
        let loaded = pi::load(sources);
        for diagnostic in &loaded.diagnostics {
            let shown = diagnostic.render(&loaded.sources);
            assert!(shown.contains("damaged.pv:"), "{shown}\n{text}");
        }
        let errors = loaded.diagnostics.iter();
        let errors = errors.filter(|d| d.severity == Severity::Error).count();
        match &loaded.program {
            Some(program) => {
                read += 1;
                assert_eq!(errors, 0, "{text}");
                assert!(!pi::print::program(program).is_empty());
            }
            None => {
                refused += 1;
                assert!(errors > 0, "refused without a word:\n{text}");
            }
        }
    }
    assert!(read > 10 && refused > 100, "{read} read, {refused} refused");
}

/// Certificates of some models, with their programs.
fn certificates() -> Vec<(pi::Program, Vec<u8>)> {
    let mut found = Vec::new();
    for text in [
        "free c: channel. free s: bitstring [private]. free k: bitstring [private].
         fun enc(bitstring, bitstring): bitstring.
         reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
         query attacker(s).
         process !out(c, enc(s, k)) | !(in(c, x: bitstring); out(c, dec(x, s)))",
        "free c: channel. event a(bitstring). event b(bitstring).
         query x: bitstring; inj-event(a(x)) ==> inj-event(b(x)).
         process !(new n: bitstring; event b(n); event a(n))",
        "free c: channel. event a(nat). table t(nat).
         lemma i: nat; table(t(i)) ==> i > 1.
         query i: nat; event(a(i)) ==> i > 0.
         process (!(in(c, i: nat); if i > 1 then insert t(i))) | !(get t(i) in event a(i))",
    ] {
        let mut sources = Sources::default();
        sources.add("proved.pv", text);
        let program = pi::load(sources).program.expect("a program");
        let mut session = Session::new();
        for query in (0_u32..).take(program.queries.len()) {
            let limits = Limits::default();
            let answer = verdict::prove(&program, query, &mut session, limits, &mut |_| {});
            if let Ok(Verdict::Proved(certificate)) = answer.map(|a| a.verdict) {
                let bytes = proof::to_bytes(&certificate).expect("every certificate has bytes");
                found.push((program.clone(), bytes));
            }
        }
    }
    found
}

#[test]
fn damaged_certificates_are_read_or_refused() {
    let certificates = certificates();
    assert_eq!(certificates.len(), 4);
    // Heads of items that say that much follows (RFC 8949, section 3).
    let heads = [
        "\u{1b}\u{7f}\u{7f}\u{7f}\u{7f}",
        "\u{7f}",
        "\u{0}",
        "claus",
        "query",
    ];
    let mut random = Random::new(0xbeef);
    let (mut read, mut refused, mut said) = (0, 0, String::new());
    for _ in 0..count() {
        let (program, whole) = random.pick(&certificates).expect("not empty");
        let (_, other) = random.pick(&certificates).expect("not empty");
        let mut bytes = whole.clone();
        let at = random.below(bytes.len());
        match random.below(10) {
            // Numbers by one, lengths and kinds too.
            0..7 => bytes[at] = bytes[at].wrapping_add(if random.chance(50) { 1 } else { u8::MAX }),
            // Where something begins, something else that is longer begins.
            7 => {
                let heads = [0x5b, 0x7b, 0x9b, 0xbb, 0x9f, 0xbf, 0xfb];
                bytes[at] = random.pick(&heads).copied().unwrap_or(0);
            }
            _ => damage(&mut bytes, other, &mut random, &heads),
        }
        match proof::from_bytes(&bytes) {
            Ok(certificate) => {
                read += 1;
                let again = proof::to_bytes(&certificate).expect("what was read is written");
                let same = proof::from_bytes(&again).expect("what was written is read");
                assert_eq!(same, certificate);
                if let Err(refusal) = checker::check(program, &certificate) {
                    let _ = write!(said, "{refusal}");
                }
            }
            Err(error) => {
                refused += 1;
                let _ = write!(said, "{error}");
            }
        }
    }
    assert!(read > 10 && refused > 50, "{read} read, {refused} refused");
    assert!(said.len() > 1_000);
}
