//! Our reading of a process beside ProVerif's.
//!
//! The tool prints the process it understood before it proves anything. That
//! print and our typed program are brought to one form and compared line by
//! line:
//!
//! ```text
//!  typed program ──ours──▶ lines ◀──theirs── "Process 0 (that is, the initial process):"
//! ```
//!
//! A line is something that can be observed or can fail: a name made, a message
//! sent or received, a table read or written, an event, a test, a destructor. In
//! it no variable is left, since what `let` and patterns bind is written out;
//! names, inputs and columns are numbered in the order of the text. So two
//! prints with the same lines differ in names of variables, in where a `let`
//! stands and in what patterns inside `letfun`s are expanded to, and in nothing
//! else.

mod ours;
mod term;
mod theirs;

pub(crate) use ours::lines as ours;
pub(crate) use theirs::{initial, lines as theirs};

/// One line, and how deep it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) depth: usize,
    pub(crate) text: String,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:width$}{}", "", self.text, width = 2 * self.depth)
    }
}

/// The first line in which two prints differ, from 0.
pub(crate) fn first_difference(one: &[Line], other: &[Line]) -> Option<usize> {
    let common = one.iter().zip(other).position(|(a, b)| a != b);
    common.or((one.len() != other.len()).then(|| one.len().min(other.len())))
}

/// Lines, and the numbers of what is made on the way.
#[derive(Debug, Default)]
struct Writer {
    lines: Vec<Line>,
    names: usize,
    values: usize,
}

impl Writer {
    fn put(&mut self, depth: usize, text: String) {
        self.lines.push(Line { depth, text });
    }

    fn name(&mut self) -> term::Term {
        self.names += 1;
        term::Term::Numbered('n', self.names)
    }

    fn value(&mut self) -> term::Term {
        self.values += 1;
        term::Term::Numbered('v', self.values)
    }
}

#[cfg(test)]
mod tests;
