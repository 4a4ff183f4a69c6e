//! No walk through the semantics may contradict a proof.

mod common;

use common::{answer, load};
use differential::{Bounds, Size, Word, explore, generate, print};
use std::collections::BTreeSet;

#[test]
fn a_leak_is_walked_into() {
    let program = load(
        "free c: channel. free s: bitstring [private]. free k: bitstring [private].
         fun enc(bitstring, bitstring): bitstring.
         reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
         event e(bitstring).
         query attacker(s).
         query x: bitstring; event(e(x)) ==> x <> s.
         query attacker(k).
         process out(c, enc(s, k)) | (!in(c, x: bitstring); let y: bitstring = dec(x, k) in event e(y); out(c, y))",
    )
    .expect("a program");
    let found = explore(&program, 1, &Bounds::default());
    let queries: Vec<_> = found.iter().map(|f| f.query).collect();
    assert!(queries.contains(&0) && queries.contains(&1), "{queries:?}");
    assert!(!queries.contains(&2));
}

/// How many models are walked through; `WALKED_MODELS` asks for more.
const MODELS: u64 = 12;

#[test]
fn proofs_withstand_walks() {
    let models = std::env::var("WALKED_MODELS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(MODELS)
        .max(MODELS);
    let (mut proved, mut falsified) = (0, 0);
    for seed in 1000..1000 + models {
        let text = print(&generate(seed, &Size::default()));
        let program = load(&text).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let bounds = Bounds {
            walks: 6,
            ..Bounds::default()
        };
        let found = explore(&program, seed, &bounds);
        falsified += found.len();
        let words = answer(&text).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        proved += words.iter().filter(|w| **w == Word::True).count();
        for falsified in found {
            assert_ne!(
                words[falsified.query],
                Word::True,
                "seed {seed}, query {}: {:?} {:?}\n{text}",
                falsified.query,
                falsified.steps,
                falsified.premises,
            );
        }
    }
    assert!(
        proved > 7 && falsified > 1,
        "{proved} proved, {falsified} falsified"
    );
}

/// The models of a folder, walked through like generated ones: `WALKED_FOLDER` names
/// another folder than that of the models that were found.
#[test]
fn proofs_of_kept_models_withstand_walks() {
    let found = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/found");
    let folder = std::env::var("WALKED_FOLDER").unwrap_or_else(|_| found.to_owned());
    let walks = if folder == found { 4 } else { 40 };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "pv"))
        .collect();
    paths.sort();
    let mut wrong = Vec::new();
    let mut falsified = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("readable");
        let Ok(program) = load(&text) else { continue };
        let bounds = Bounds {
            walks,
            ..Bounds::default()
        };
        let found = explore(&program, 1, &bounds);
        if found.is_empty() {
            continue;
        }
        falsified += found.len();
        let words = answer(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for one in found {
            if words[one.query] == Word::True {
                wrong.push(format!("{}: query {}", path.display(), one.query));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(falsified > 0);
}

/// Queries of kept models that are false, and that a mistake in what prover and checker
/// share once made true: walks know nothing of clauses.
const CAUGHT: &[(&str, usize)] = &[
    ("constant_that_rewrites", 0),
    ("constants_made_equal", 0),
    ("number_of_any_kind", 0),
    ("numbers_in_a_tuple", 0),
    ("numbers_in_a_tuple", 2),
];

#[test]
fn walks_falsify_what_clauses_once_said() {
    for (model, query) in CAUGHT {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/found");
        let text = std::fs::read_to_string(format!("{folder}/{model}.pv")).expect("it is kept");
        let program = load(&text).expect("a program");
        let found = (1..20).any(|seed| {
            let found = explore(&program, seed, &Bounds::default());
            found.iter().any(|f| f.query == *query)
        });
        assert!(found, "{model}: query {query}");
    }
}

/// Walks reach premises of every kind.
#[test]
fn premises_of_every_kind_are_met() {
    let program = load(
        "free c: channel. free d: channel [private]. free s: bitstring [private].
         table t(nat). event e(nat). fun pair(bitstring, bitstring): bitstring [data].
         query attacker(s).
         query x: bitstring; mess(d, x) phase 0.
         query x: bitstring; mess(c, x) && x <> s.
         query i: nat; table(t(i)).
         query i: nat; event(e(i)) && i > 0.
         query x: bitstring; attacker(pair(x, s)).
         query attacker(s) phase 0.
         query x: bitstring; mess(d, x) phase 1.
         process out(c, pair(s, s))
           | (out(d, s) | in(d, x: bitstring))
           | (!(in(c, i: nat); insert t(i)))
           | (!(get t(i) in event e(i)))
           | phase 1",
    )
    .expect("a program");
    let all = BTreeSet::from([0, 1, 2, 3, 4, 5, 6]);
    let mut met = BTreeSet::new();
    for seed in 1..30 {
        let bounds = Bounds {
            walks: 8,
            pool: 30,
            ..Bounds::default()
        };
        met.extend(explore(&program, seed, &bounds).iter().map(|f| f.query));
        if met == all {
            break;
        }
    }
    assert_eq!(met, all);
}
