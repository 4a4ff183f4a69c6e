//! The growing protocols have the answers they were written to have.

mod common;

use differential::{Growth, Word, family};

#[test]
fn all_true_but_the_end_is_reached() {
    for growth in Growth::ALL {
        for size in [1, 2, 3] {
            let text = family(growth, size);
            let mut words = common::answer(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
            let last = words.pop();
            assert_eq!(last, Some(Word::False), "{} {size}\n{text}", growth.name());
            assert!(
                words.iter().all(|w| *w == Word::True),
                "{} {size}: {words:?}\n{text}",
                growth.name()
            );
        }
    }
}
