//! The attack trace: a run of the process, step by step, that falsifies a
//! query.
//!
//! Everything is written in terms of program points, copies and recipes, so
//! that a replay needs the program only, and so that the same trace can be
//! enacted on the wire.

/// Version of the attack trace format.
pub const VERSION: u32 = 1;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackTrace {
    /// [`VERSION`].
    pub version: u32,
    /// Index of the query in the program.
    pub query: u32,
    /// The steps in order.
    pub steps: Vec<Step>,
}

/// A copy of a process: a number given by the first step that mentions it.
///
/// Copy 0 is the main process. [`Step::Replicate`] and [`Step::Fork`] make
/// new ones; every other step advances one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Copy(pub u32);

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The attacker makes a fresh name of this type (index into the program's
    /// types), which recipes call [`Recipe::Fresh`] by its number, in order of
    /// creation from 0.
    Fresh {
        /// Type of the name.
        ty: u32,
    },
    /// The copy stands at a parallel composition and becomes these copies,
    /// one per component.
    Fork {
        /// Which copy.
        copy: Copy,
        /// The new ones, in the order of the components.
        into: Vec<Copy>,
    },
    /// The copy stands at `get` and takes an entry: the number of the insert
    /// that made it, counted over the run from 0; `None` takes `else`, which
    /// is possible only if no entry matches.
    Get {
        /// Which copy.
        copy: Copy,
        /// Which entry.
        entry: Option<u32>,
    },
    /// The copy stands at an input and receives what the attacker computes.
    Input {
        /// Which copy.
        copy: Copy,
        /// How the attacker computes the channel.
        channel: Recipe,
        /// How the attacker computes the message.
        message: Recipe,
    },
    /// Two copies communicate on a channel the attacker may not know.
    Internal {
        /// The copy that stands at an output.
        sender: Copy,
        /// The copy that stands at an input.
        receiver: Copy,
    },
    /// The copy stands at an output on a channel the attacker can compute; the
    /// message becomes [`Recipe::Output`] with the next number, from 0.
    Output {
        /// Which copy.
        copy: Copy,
        /// How the attacker computes the channel.
        channel: Recipe,
    },
    /// The whole run enters this phase.
    Phase {
        /// The phase.
        phase: u32,
    },
    /// The copy stands at a replication and yields a new copy of its body.
    Replicate {
        /// Which copy.
        copy: Copy,
        /// The new one.
        into: Copy,
    },
    /// The copy takes one silent step, without choice: `new`, `let`, `if`,
    /// `event`, `insert`, a macro call. The point is where it stands, so that
    /// a reader need not replay to know.
    Silent {
        /// Which copy.
        copy: Copy,
        /// Number of the program point.
        point: u32,
    },
}

/// How the attacker computes a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipe {
    /// A public function of the program (index into its functions), applied.
    /// Destructors evaluate; a failing one makes the step invalid.
    Apply(u32, Vec<Recipe>),
    /// An attacker name.
    Fresh(u32),
    /// A public free name of the program (index into its names).
    Name(u32),
    /// What a numbered output sent.
    Output(u32),
    /// The n-th component (from 0) of a tuple or data constructor term. The
    /// function is an index into the program's functions.
    Project(u32, u32, Box<Recipe>),
}
