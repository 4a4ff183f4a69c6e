//! Terms in which no variable is left: what a `let` or a pattern bound is
//! written out, and names, inputs and columns are numbered as they come.

use std::fmt;

/// A term, written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A function, an operator or a construct of this printer's.
    Apply(String, Vec<Self>),
    /// A component, from 1, of a term with this function at its head.
    Project(usize, String, Box<Self>),
    /// What a process made or received: `new` is `n`, an input or column is `v`.
    Numbered(char, usize),
    /// Neither of two processes says more: a failed `let`.
    Fail,
}

/// A pattern over [`Term`]s.
#[derive(Clone, Debug)]
pub(super) enum Pattern<V> {
    Bind(V),
    Data(String, Vec<Self>),
    Equal(Term),
}

impl Term {
    /// A component; of a term that is written out, that part of it.
    pub(super) fn component(&self, function: &str, place: usize) -> Self {
        match self {
            Self::Apply(f, parts) if f == function => {
                let part = place.checked_sub(1).and_then(|at| parts.get(at));
                part.cloned().unwrap_or(Self::Fail)
            }
            whole => Self::Project(place, function.to_owned(), Box::new(whole.clone())),
        }
    }

    /// `if condition then yes else no`. That a pattern matches goes without
    /// saying where nothing comes of it otherwise.
    pub(super) fn cases(condition: Self, yes: Self, no: Self) -> Self {
        match condition.without_success() {
            None if no == Self::Fail => yes,
            None => Self::Apply("if".to_owned(), vec![condition, yes, no]),
            Some(left) => Self::Apply("if".to_owned(), vec![left, yes, no]),
        }
    }

    /// A condition without the parts that say that something does not fail.
    fn without_success(&self) -> Option<Self> {
        match self {
            Self::Apply(f, _) if f == "success?" => None,
            Self::Apply(f, parts) if f == "&&" => {
                let mut left = parts.iter().filter_map(Self::without_success);
                let first = left.next()?;
                Some(left.fold(first, |all, next| {
                    Self::Apply("&&".to_owned(), vec![all, next])
                }))
            }
            other => Some(other.clone()),
        }
    }
}

impl<V: Clone> Pattern<V> {
    /// Binds what it binds to parts of a term; how the pattern reads, and what
    /// it compares on the way.
    pub(super) fn bind(
        &self,
        subject: &Term,
        bound: &mut impl FnMut(&V, Term),
        tests: &mut Vec<Term>,
    ) -> String {
        match self {
            Self::Bind(variable) => {
                bound(variable, subject.clone());
                "_".to_owned()
            }
            Self::Equal(term) => {
                tests.push(Term::Apply(
                    "=".to_owned(),
                    vec![subject.clone(), term.clone()],
                ));
                format!("={term}")
            }
            Self::Data(f, parts) => {
                let parts: Vec<_> = (1..)
                    .zip(parts)
                    .map(|(place, part)| part.bind(&subject.component(f, place), bound, tests))
                    .collect();
                format!("{f}({})", parts.join(", "))
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apply(name, parts) if parts.is_empty() => f.write_str(name),
            Self::Apply(name, parts) => {
                write!(f, "{name}(")?;
                for (place, part) in parts.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    write!(f, "{comma}{part}")?;
                }
                f.write_str(")")
            }
            Self::Project(place, name, of) => write!(f, "{of}.{name}.{place}"),
            Self::Numbered(kind, number) => write!(f, "{kind}{number}"),
            Self::Fail => f.write_str("fail"),
        }
    }
}
