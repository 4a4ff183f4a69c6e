//! The attack trace: a run of the process, step by step, that falsifies a
//! query.
//!
//! Everything is written in terms of program points, copies, recipes and
//! numbers of things counted over the run (outputs, attacker names, table
//! entries, events), so that a replay needs the program only, and so that the
//! same trace can be enacted on the wire. A trace claims nothing: it is a list
//! of instructions, and whoever replays it checks each of them.

/// Version of the attack trace format.
pub const VERSION: u32 = 1;

/// A run, and which part of it violates the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackTrace {
    /// [`VERSION`].
    pub version: u32,
    /// Index of the query in the program.
    pub query: u32,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// How each fact among the query's premises comes about, in text order.
    /// Comparisons among the premises have no entry. The instance of the
    /// query's variables follows from these.
    pub premises: Vec<Premise>,
}

/// How a premise of the query comes about in the run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Premise {
    /// `table(…)`: the insert with this number, counted over the run from 0.
    Entry(u32),
    /// `event(…)`: the event with this number, counted over the run from 0.
    Event(u32),
    /// `attacker(…)`: how the attacker computes the message.
    Knows(Recipe),
    /// `mess(…)`: the attacker computes both and can send.
    Sends {
        /// The channel.
        channel: Recipe,
        /// The message.
        message: Recipe,
    },
    /// `mess(…)`: the message sent with this number, counted over all
    /// [`Step::Output`] and [`Step::Internal`] from 0.
    Sent(u32),
}

/// A copy of a process: a number given by the first step that mentions it.
///
/// Copy 0 is the main process. [`Step::Replicate`] and [`Step::Fork`] make
/// new ones; every other step advances one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Copy(pub u32);

/// The table entries that `get`s *inside terms* take while a step evaluates
/// its terms, in order of evaluation: the number of the insert, counted over
/// the run from 0, or `None` for `else`. Empty for most steps.
pub type Entries = Vec<Option<u32>>;

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
        /// See [`Entries`].
        entries: Entries,
    },
    /// Two copies communicate, perhaps on a channel the attacker does not
    /// know.
    Internal {
        /// The copy that stands at an output.
        sender: Copy,
        /// The copy that stands at an input.
        receiver: Copy,
        /// When the attacker can compute the channel it may listen: how. The
        /// message then becomes [`Recipe::Output`] with the next number. A
        /// passive attacker learns only so.
        heard: Option<Recipe>,
        /// See [`Entries`]; the sender's first.
        entries: Entries,
    },
    /// The copy stands at an output on a channel the attacker can compute; the
    /// message becomes [`Recipe::Output`] with the next number, from 0.
    Output {
        /// Which copy.
        copy: Copy,
        /// How the attacker computes the channel.
        channel: Recipe,
        /// See [`Entries`].
        entries: Entries,
    },
    /// The whole run enters the next phase, which is this one. Copies that do
    /// not stand at a `phase` prefix are gone.
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
        /// See [`Entries`].
        entries: Entries,
    },
}

impl Step {
    /// The copies it advances; empty for steps of the attacker or of all.
    #[must_use]
    pub fn copies(&self) -> Vec<Copy> {
        match self {
            Self::Fresh { .. } | Self::Phase { .. } => Vec::new(),
            Self::Fork { copy, .. }
            | Self::Get { copy, .. }
            | Self::Input { copy, .. }
            | Self::Output { copy, .. }
            | Self::Replicate { copy, .. }
            | Self::Silent { copy, .. } => vec![*copy],
            Self::Internal {
                sender, receiver, ..
            } => vec![*sender, *receiver],
        }
    }
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

impl Recipe {
    /// Calls back for every sub-recipe, the recipe itself first.
    pub fn visit<'a>(&'a self, each: &mut impl FnMut(&'a Self)) {
        let mut stack = vec![self];
        while let Some(recipe) = stack.pop() {
            each(recipe);
            match recipe {
                Self::Apply(_, arguments) => stack.extend(arguments.iter().rev()),
                Self::Project(_, _, of) => stack.push(of),
                Self::Fresh(_) | Self::Name(_) | Self::Output(_) => {}
            }
        }
    }

    /// Nodes of the recipe.
    #[must_use]
    pub fn size(&self) -> usize {
        let mut size = 0;
        self.visit(&mut |_| size += 1);
        size
    }
}
