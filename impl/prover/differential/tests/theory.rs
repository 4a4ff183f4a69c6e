//! Models over signatures of their own.

mod common;

use common::{answer, load};
use differential::{Bounds, Word, explore, shrink_lines, theory};

/// Some theories are none that we accept, but most lines are of the language, and
/// what is proved withstands walks.
#[test]
fn theories_are_read_and_proofs_withstand_walks() {
    let (mut read, mut answered, mut proved, mut falsified) = (0, 0, 0, 0);
    for seed in 0..12 {
        let text = theory(seed).join("\n");
        let Ok(program) = load(&text) else { continue };
        read += 1;
        let Ok(words) = answer(&text) else { continue };
        answered += 1;
        proved += words.iter().filter(|w| **w == Word::True).count();
        let bounds = Bounds {
            walks: 4,
            ..Bounds::default()
        };
        for found in explore(&program, seed, &bounds) {
            falsified += 1;
            assert_ne!(words[found.query], Word::True, "seed {seed}\n{text}");
        }
    }
    assert!(
        read > 4 && answered > 2 && proved > 2 && falsified > 0,
        "{read} read, {answered} answered, {proved} proved, {falsified} falsified"
    );
}

#[test]
fn lines_that_do_not_matter_are_left_out() {
    let lines: Vec<_> = ["one", "two", "three"].map(str::to_owned).to_vec();
    let left = shrink_lines(&lines, &mut |text| text.contains("two"));
    assert_eq!(left, ["two"]);
}
