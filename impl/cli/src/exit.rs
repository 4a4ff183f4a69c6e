//! Exit statuses.

/// What the process exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Everything is as labelled.
    AsLabelled = 0,
    /// A label is contradicted, or a recording diverges.
    Contradicted = 1,
    /// Something was not decided.
    Undecided = 2,
    /// An input cannot be read or has no meaning.
    Input = 3,
}

impl Exit {
    /// The worse of two: a contradiction outweighs an open question, and an
    /// unreadable input outweighs both.
    pub(crate) fn worse(self, other: Self) -> Self {
        self.max(other)
    }

    /// For the operating system.
    pub(crate) fn code(self) -> std::process::ExitCode {
        std::process::ExitCode::from(self as u8)
    }
}
