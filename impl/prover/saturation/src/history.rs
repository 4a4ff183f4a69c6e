//! What a derivation needs to know of a clause, written small.
//!
//! A history is written once, when a clause joins the set or begins to wait, and
//! read for the few clauses of which somebody wants the derivation. It is most of
//! what a set would hold otherwise: three hypotheses are removed for each that
//! stays. Numbers are small, so each takes as many bytes as it has groups of
//! seven bits, the lowest first.

use crate::draft::Support;

/// A [`Trace`] in few bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History(Box<[u8]>);

/// Where the hypotheses of a clause come from and what became of those it had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// Numbers of the hypotheses; see [`crate::Draft`].
    pub(crate) numbers: Vec<u32>,
    /// What stands for each number.
    pub(crate) supports: Vec<Support>,
    /// Projections applied to the conclusion.
    pub(crate) projections: Vec<u32>,
}

const KEPT: u32 = 0;
const OPEN: u32 = 1;
const SAME: u32 = 2;
const CLAUSE: u32 = 3;

impl History {
    /// Writes a trace.
    pub(crate) fn of(numbers: &[u32], supports: &[Support], projections: &[u32]) -> Self {
        let mut bytes = Vec::with_capacity(2 + 2 * (numbers.len() + supports.len()));
        list(&mut bytes, numbers);
        list(&mut bytes, projections);
        for support in supports {
            match support {
                Support::Kept => put(&mut bytes, KEPT),
                Support::Open => put(&mut bytes, OPEN),
                Support::Same(other) => {
                    put(&mut bytes, SAME);
                    put(&mut bytes, *other);
                }
                Support::Clause { entry, premises } => {
                    put(&mut bytes, CLAUSE);
                    put(&mut bytes, *entry);
                    list(&mut bytes, premises);
                }
            }
        }
        Self(bytes.into())
    }

    /// Reads it.
    pub(crate) fn trace(&self) -> Trace {
        let mut reader = Reader(&self.0);
        let mut trace = Trace {
            numbers: reader.list(),
            projections: reader.list(),
            supports: Vec::new(),
        };
        while let Some(tag) = reader.number() {
            trace.supports.push(match tag {
                KEPT => Support::Kept,
                OPEN => Support::Open,
                SAME => Support::Same(reader.number().unwrap_or(u32::MAX)),
                _ => Support::Clause {
                    entry: reader.number().unwrap_or(u32::MAX),
                    premises: reader.list(),
                },
            });
        }
        trace
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u32) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn list(bytes: &mut Vec<u8>, numbers: &[u32]) {
    put(bytes, u32::try_from(numbers.len()).unwrap_or(u32::MAX));
    for number in numbers {
        put(bytes, *number);
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for place in (0..32).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u32::from(byte & 0x7f) << place;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(number)
    }

    fn list(&mut self) -> Vec<u32> {
        let count = self.number().unwrap_or(0);
        (0..count).map_while(|_| self.number()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{History, Trace};
    use crate::draft::Support;
    use proptest::prelude::*;

    fn support() -> impl Strategy<Value = Support> {
        prop_oneof![
            Just(Support::Kept),
            Just(Support::Open),
            any::<u32>().prop_map(Support::Same),
            (any::<u32>(), prop::collection::vec(any::<u32>(), 0..5))
                .prop_map(|(entry, premises)| Support::Clause { entry, premises }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            numbers in prop::collection::vec(any::<u32>(), 0..9),
            small in prop::collection::vec(0_u32..300, 0..9),
            supports in prop::collection::vec(support(), 0..20),
        ) {
            let history = History::of(&numbers, &supports, &small);
            let trace = Trace { numbers, supports, projections: small };
            prop_assert_eq!(history.trace(), trace);
        }
    }

    #[test]
    fn a_short_history_is_a_few_bytes() {
        let supports = vec![Support::Kept; 17];
        assert_eq!(History::of(&[0, 3], &supports, &[]).0.len(), 3 + 1 + 17);
    }
}
