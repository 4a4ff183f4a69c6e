//! Two answers to the same queries.

/// One verdict, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// The query is false.
    False,
    /// The query is true.
    True,
    /// Neither was found, for whatever reason.
    Undecided,
}

/// Where two answers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disagreement {
    /// They answer different numbers of queries.
    Count {
        /// How many we answer.
        ours: usize,
        /// How many they answer.
        theirs: usize,
    },
    /// One says true, the other false: one of them is wrong.
    Opposite {
        /// Index of the query.
        query: usize,
        /// What we say.
        ours: Word,
    },
    /// They decide, we do not: we are weaker.
    Weaker {
        /// Index of the query.
        query: usize,
        /// What they say.
        theirs: Word,
    },
    /// We decide, they do not.
    Stronger {
        /// Index of the query.
        query: usize,
        /// What we say.
        ours: Word,
    },
}

impl Disagreement {
    /// Whether somebody is wrong, not just weaker.
    #[must_use]
    pub fn is_hard(self) -> bool {
        matches!(self, Self::Count { .. } | Self::Opposite { .. })
    }
}

/// Compares by position.
///
/// ```
/// use differential::{Disagreement, Word, compare};
/// let found = compare(&[Word::True, Word::Undecided], &[Word::False, Word::False]);
/// assert_eq!(found[0], Disagreement::Opposite { query: 0, ours: Word::True });
/// assert!(found[0].is_hard() && !found[1].is_hard());
/// ```
#[must_use]
pub fn compare(ours: &[Word], theirs: &[Word]) -> Vec<Disagreement> {
    let mut found = Vec::new();
    if ours.len() != theirs.len() {
        found.push(Disagreement::Count {
            ours: ours.len(),
            theirs: theirs.len(),
        });
    }
    for (query, (ours, theirs)) in ours.iter().copied().zip(theirs.iter().copied()).enumerate() {
        match (ours, theirs) {
            (Word::True, Word::False) | (Word::False, Word::True) => {
                found.push(Disagreement::Opposite { query, ours });
            }
            (Word::Undecided, Word::True | Word::False) => {
                found.push(Disagreement::Weaker { query, theirs });
            }
            (Word::True | Word::False, Word::Undecided) => {
                found.push(Disagreement::Stronger { query, ours });
            }
            (Word::True, Word::True)
            | (Word::False, Word::False)
            | (Word::Undecided, Word::Undecided) => {}
        }
    }
    found
}

/// The verdicts of ProVerif's output, one per query, in order.
///
/// Lines that begin `RESULT (` add to the line before and are skipped.
#[must_use]
pub fn words(output: &str) -> Vec<Word> {
    output
        .lines()
        .filter_map(|line| line.strip_prefix("RESULT "))
        .filter(|line| {
            !line.starts_with('(') || !line.contains("(but ") && !line.contains("(even ")
        })
        .filter_map(|line| {
            let line = line.trim_end();
            if line.ends_with("is true.") {
                Some(Word::True)
            } else if line.ends_with("is false.") {
                Some(Word::False)
            } else if line.ends_with("cannot be proved.") {
                Some(Word::Undecided)
            } else {
                None
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Word, words};

    #[test]
    fn additions_are_no_verdicts() {
        let output = "RESULT inj-event(a) ==> inj-event(b) is false.\n\
                      RESULT (even event(a) ==> event(b) is false.)\n\
                      RESULT not (event(a) && event(b)) cannot be proved.\n\
                      RESULT not attacker(s[]) is true.\n";
        assert_eq!(words(output), [Word::False, Word::Undecided, Word::True]);
    }
}
