//! The terms that a fact is about.
//!
//! Most facts have one argument or two, and a clause has a dozen facts. So up to
//! [`FEW`] lie in the fact itself, in the room that the address of a list would
//! take; only longer ones are lists of their own. Which it is follows from the
//! length, hence equal arguments are equal however they were made.

use crate::term::TermId;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// As many as fit beside their number.
const FEW: usize = 5;

/// Terms in order; a slice to those who read them.
#[derive(Clone)]
pub struct Arguments(Room);

#[derive(Clone)]
enum Room {
    Few(u8, [TermId; FEW]),
    Many(Box<[TermId]>),
}

impl Arguments {
    /// The terms.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> &[TermId] {
        match &self.0 {
            Room::Few(count, terms) => &terms[..usize::from(*count)],
            Room::Many(terms) => terms,
        }
    }
}

impl Deref for Arguments {
    type Target = [TermId];

    #[inline]
    fn deref(&self) -> &[TermId] {
        self.as_slice()
    }
}

impl From<&[TermId]> for Arguments {
    fn from(given: &[TermId]) -> Self {
        let mut terms = [TermId(0); FEW];
        match (u8::try_from(given.len()), terms.get_mut(..given.len())) {
            (Ok(count), Some(room)) => {
                room.copy_from_slice(given);
                Self(Room::Few(count, terms))
            }
            _ => Self(Room::Many(given.into())),
        }
    }
}

impl<const N: usize> From<[TermId; N]> for Arguments {
    fn from(given: [TermId; N]) -> Self {
        Self::from(given.as_slice())
    }
}

impl From<Vec<TermId>> for Arguments {
    fn from(given: Vec<TermId>) -> Self {
        if given.len() <= FEW {
            Self::from(given.as_slice())
        } else {
            Self(Room::Many(given.into_boxed_slice()))
        }
    }
}

impl FromIterator<TermId> for Arguments {
    fn from_iter<I: IntoIterator<Item = TermId>>(given: I) -> Self {
        let mut given = given.into_iter();
        let mut terms = [TermId(0); FEW];
        let mut count = 0;
        for term in given.by_ref() {
            match terms.get_mut(usize::from(count)) {
                Some(room) => *room = term,
                None => {
                    let all = terms.into_iter().chain([term]).chain(given);
                    return Self(Room::Many(all.collect()));
                }
            }
            count += 1;
        }
        Self(Room::Few(count, terms))
    }
}

impl<'a> IntoIterator for &'a Arguments {
    type Item = &'a TermId;
    type IntoIter = std::slice::Iter<'a, TermId>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

impl std::fmt::Debug for Arguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl PartialEq for Arguments {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Arguments {}

impl<const N: usize> PartialEq<[TermId; N]> for Arguments {
    fn eq(&self, other: &[TermId; N]) -> bool {
        self.as_slice() == other
    }
}

impl PartialOrd for Arguments {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Arguments {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Hash for Arguments {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, FEW};
    use crate::{Fact, Predicate, TermId};

    #[test]
    fn however_they_are_made_they_are_the_same() {
        for count in 0..2 * FEW {
            let terms: Vec<_> = (0..count as u32).map(|i| TermId(i * 7)).collect();
            let (slice, list) = (
                Arguments::from(terms.as_slice()),
                Arguments::from(terms.clone()),
            );
            let collected: Arguments = terms.iter().copied().collect();
            assert_eq!(slice, list);
            assert_eq!(slice, collected);
            assert_eq!(&*collected, terms.as_slice());
            assert!(slice <= list && slice.cmp(&collected).is_eq());
            let longer: Arguments = terms.iter().copied().chain([TermId(0)]).collect();
            assert_ne!(slice, longer);
            assert!(slice < longer);
        }
    }

    #[test]
    fn a_fact_is_no_larger_than_with_a_list() {
        let with_list = size_of::<(Predicate, Vec<TermId>)>();
        assert!(size_of::<Fact>() <= with_list);
    }
}
