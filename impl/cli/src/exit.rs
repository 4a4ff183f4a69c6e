//! Exit statuses.

/// What the process exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything is as labelled.
    AsLabelled = 0,
    /// A label is contradicted, or a recording diverges.
    Contradicted = 1,
    /// Something was not decided.
    Undecided = 2,
    /// An input cannot be read or has no meaning.
    Input = 3,
    /// Mapping and model do not belong together, or the recording was made for
    /// another model: nothing was judged.
    OutOfDate = 4,
}

impl Exit {
    /// The worse of two: a contradiction outweighs an open question, an
    /// unreadable input both, and a model by which nothing can be judged all.
    pub(crate) fn worse(self, other: Self) -> Self {
        if self.weight() < other.weight() {
            other
        } else {
            self
        }
    }

    fn weight(self) -> u8 {
        match self {
            Self::AsLabelled => 0,
            Self::Undecided => 1,
            Self::Contradicted => 2,
            Self::Input => 3,
            Self::OutOfDate => 4,
        }
    }

    /// For the operating system.
    pub(crate) fn code(self) -> std::process::ExitCode {
        std::process::ExitCode::from(self as u8)
    }
}
