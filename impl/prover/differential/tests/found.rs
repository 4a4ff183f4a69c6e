//! Models on which some prover was once wrong, weak or endless.

mod common;

use differential::Word;
use pi::Expected;
use std::fs;
use std::path::Path;

/// What we do not decide, with the reason.
const OPEN: &[(&str, &str)] = &[];

#[test]
fn found_models_are_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/found");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "pv"))
        .collect();
    paths.sort();
    assert!(paths.len() > 10);
    let mut wrong = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("readable");
        let program = common::load(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let words = common::answer(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for (query, word) in program.queries.iter().zip(words) {
            let label = query.label.as_ref().expect("every query has a label");
            let expected = match &label.expected {
                Expected::Holds { .. } => Word::True,
                Expected::Broken { .. } | Expected::Reachable => Word::False,
                Expected::Undecided { .. } => Word::Undecided,
            };
            let open = OPEN.iter().any(|(id, _)| *id == label.id);
            if word != expected && !(open && word == Word::Undecided) {
                wrong.push(format!("{}: {word:?}, expected {expected:?}", label.id));
            }
            if word == expected && open {
                wrong.push(format!("{} is not open any more", label.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
