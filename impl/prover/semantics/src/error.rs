//! Why a step is not one the process can take.

use crate::messages::ComputeError;
use pi::PointId;
use proof::attack::Copy;

/// Why a step is impossible. Places are `file:line:column` of the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The channel of a step is not the one at which the copy stands.
    #[error("{at}: {whose} channel is not the one written here")]
    ChannelDiffers {
        /// Where.
        at: String,
        /// `the attacker's` or `the receiver's`.
        whose: &'static str,
    },
    /// A message could not be computed.
    #[error("{at}: {error}")]
    Compute {
        /// Where.
        at: String,
        /// Why.
        error: ComputeError,
    },
    /// `else` of a `get` although an entry matches.
    #[error("{at}: `else` is not open, because entry {entry} matches now")]
    EntryMatches {
        /// Where.
        at: String,
        /// Number of the entry.
        entry: u32,
    },
    /// The entry does not match the patterns or the condition.
    #[error("{at}: entry {entry} does not match here")]
    EntryMismatch {
        /// Where.
        at: String,
        /// Number of the entry.
        entry: u32,
    },
    /// A term fails, and the process stops there.
    #[error("{at}: {what} fails, so the process stops here")]
    Fails {
        /// Where.
        at: String,
        /// `the condition`, `the message`, ….
        what: &'static str,
    },
    /// The received message does not match the pattern.
    #[error("{at}: the received message does not match the pattern")]
    Mismatch {
        /// Where.
        at: String,
    },
    /// A `get` inside a term has a choice, and the step does not make it.
    #[error("{at}: a `get` inside a term needs to be told which entry to take")]
    NeedsEntry {
        /// Where.
        at: String,
        /// Number of the point.
        point: PointId,
        /// Entries that match, by number; empty when only `else` is open.
        matching: Vec<u32>,
    },
    /// There is no such copy (any more).
    #[error("there is no copy {}", .copy.0)]
    NoCopy {
        /// Which.
        copy: Copy,
    },
    /// Only the next phase can be entered.
    #[error("phase {phase} does not follow phase {current}")]
    NotNextPhase {
        /// Asked for.
        phase: u32,
        /// Now.
        current: u32,
    },
    /// `set attacker = passive`.
    #[error("{at}: a passive attacker does not send")]
    Passive {
        /// Where.
        at: String,
    },
    /// A recipe is not one the attacker can carry out.
    #[error("the attacker cannot compute this: {why}")]
    Recipe {
        /// Why.
        why: String,
    },
    /// A copy number is in use already, or the number of new copies is wrong.
    #[error("{at}: the new copies must be {expected} unused numbers")]
    NewCopies {
        /// Where.
        at: String,
        /// How many are needed.
        expected: usize,
    },
    /// `set privateCommOnPublicTerms = false`.
    #[error("{at}: the attacker hears what is said on a channel that everybody knows")]
    Unheard {
        /// Where.
        at: String,
    },
    /// The step makes choices that nobody asked for.
    #[error("{at}: the step chooses more entries than are asked for")]
    UnusedEntries {
        /// Where.
        at: String,
    },
    /// A construct that the run checker does not know.
    #[error("{at}: the run checker does not support {what}")]
    Unsupported {
        /// Where.
        at: String,
        /// What.
        what: &'static str,
    },
    /// The copy stands somewhere else.
    #[error("{at}: copy {} stands at {stands}, not at {expected}", .copy.0)]
    WrongPlace {
        /// Where.
        at: String,
        /// Which copy.
        copy: Copy,
        /// What it stands at.
        stands: String,
        /// What the step is for.
        expected: String,
    },
}
