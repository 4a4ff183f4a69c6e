//! A state of a run: copies, tables, phase, and what has happened.
//!
//! States are values. Cloning one is cheap (environments are shared until
//! written), so a search keeps as many as it likes; messages live outside, in
//! [`crate::Messages`].

use crate::evaluate::Environment;
use crate::messages::Message;
use pi::{EventId, PointId, Process, ProcessKind, Program, Span, TableId, TypeId};
use proof::attack::Copy;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A moment of the run: things that happen are counted from 1, and 0 is before
/// all of them.
pub type Moment = u32;

/// One copy of a process: where it stands and what its variables are.
#[derive(Clone, Debug)]
pub struct Thread<'p> {
    /// Where it stands.
    pub process: &'p Process,
    /// Its variables.
    pub environment: Arc<Environment>,
    /// The macro it is in: the role.
    pub role: Option<&'p str>,
    /// The copy it came from.
    pub parent: Option<Copy>,
    /// The copies that the replications around it made, outermost first.
    pub sessions: Arc<Vec<Copy>>,
}

/// What a copy knew when it made a name.
#[derive(Clone, Debug)]
pub(crate) struct Birth {
    /// As in [`Thread::sessions`].
    pub(crate) sessions: Arc<Vec<Copy>>,
    /// Its variables.
    pub(crate) environment: Arc<Environment>,
}

/// An executed event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// When.
    pub moment: Moment,
    /// Which.
    pub event: EventId,
    /// Arguments.
    pub arguments: Vec<Message>,
    /// Who.
    pub copy: Copy,
    /// Where.
    pub point: PointId,
    /// Where in the text.
    pub span: Span,
}

/// A table entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRecord {
    /// When.
    pub moment: Moment,
    /// In which phase.
    pub phase: u32,
    /// Which table.
    pub table: TableId,
    /// Columns.
    pub columns: Vec<Message>,
    /// Who.
    pub copy: Copy,
    /// Where.
    pub point: PointId,
}

/// A message sent by a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRecord {
    /// When.
    pub moment: Moment,
    /// In which phase.
    pub phase: u32,
    /// The channel.
    pub channel: Message,
    /// The message.
    pub message: Message,
    /// Who.
    pub copy: Copy,
    /// Where.
    pub point: PointId,
    /// Number of the output, when the attacker got it.
    pub output: Option<u32>,
}

/// A state of a run of one program.
#[derive(Clone, Debug)]
pub struct State<'p> {
    pub(crate) copies: BTreeMap<Copy, Thread<'p>>,
    pub(crate) used: std::collections::BTreeSet<Copy>,
    pub(crate) phase: u32,
    pub(crate) moment: Moment,
    pub(crate) names: u32,
    /// By number of the name; names made inside terms are not told.
    pub(crate) births: BTreeMap<u32, Birth>,
    /// Types of the attacker's names.
    pub(crate) attacker_names: Vec<TypeId>,
    /// Messages the attacker got, with the moment and the phase.
    pub(crate) frame: Vec<(Message, Moment, u32)>,
    pub(crate) events: Vec<EventRecord>,
    pub(crate) entries: Vec<EntryRecord>,
    pub(crate) sent: Vec<SentRecord>,
}

impl<'p> State<'p> {
    /// Copy 0 stands at the main process, phase 0, nothing has happened.
    #[must_use]
    pub fn initial(program: &'p Program) -> Self {
        let main = Thread {
            process: &program.process,
            environment: Arc::default(),
            role: None,
            parent: None,
            sessions: Arc::default(),
        };
        Self {
            copies: BTreeMap::from([(Copy(0), main)]),
            used: [Copy(0)].into(),
            phase: 0,
            moment: 0,
            names: 0,
            births: BTreeMap::new(),
            attacker_names: Vec::new(),
            frame: Vec::new(),
            events: Vec::new(),
            entries: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// A copy that can still act.
    #[must_use]
    pub fn thread(&self, copy: Copy) -> Option<&Thread<'p>> {
        self.copies.get(&copy)
    }

    /// All copies that can still act, in order of number.
    pub fn threads(&self) -> impl Iterator<Item = (Copy, &Thread<'p>)> {
        self.copies.iter().map(|(c, t)| (*c, t))
    }

    /// A number no copy has had.
    #[must_use]
    pub fn unused_copy(&self) -> Copy {
        Copy(self.used.last().map_or(0, |c| c.0.saturating_add(1)))
    }

    /// The phase.
    #[must_use]
    pub fn phase(&self) -> u32 {
        self.phase
    }

    /// How many things have happened.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Events in order.
    #[must_use]
    pub fn events(&self) -> &[EventRecord] {
        &self.events
    }

    /// Table entries in order of insertion.
    #[must_use]
    pub fn entries(&self) -> &[EntryRecord] {
        &self.entries
    }

    /// Messages sent by copies, in order.
    #[must_use]
    pub fn sent(&self) -> &[SentRecord] {
        &self.sent
    }

    /// What the attacker got, in order.
    pub fn outputs(&self) -> impl Iterator<Item = Message> + '_ {
        self.frame.iter().map(|(m, _, _)| *m)
    }

    /// The attacker gets a message out of the blue, as the next output: for
    /// frames that do not come from a run.
    pub fn hear(&mut self, message: Message) {
        let moment = self.tick();
        self.frame.push((message, moment, self.phase));
    }

    /// Types of the names the attacker made, in order.
    #[must_use]
    pub fn attacker_names(&self) -> &[TypeId] {
        &self.attacker_names
    }

    pub(crate) fn tick(&mut self) -> Moment {
        self.moment = self.moment.saturating_add(1);
        self.moment
    }
}

/// What a copy stands at, in a word or two.
#[must_use]
pub fn stands_at(process: &Process) -> &'static str {
    match &process.kind {
        ProcessKind::Call { .. } => "a macro call",
        ProcessKind::Event { .. } => "an event",
        ProcessKind::Get { .. } => "a get",
        ProcessKind::If { .. } => "a condition",
        ProcessKind::Input { .. } => "an input",
        ProcessKind::Insert { .. } => "an insert",
        ProcessKind::Let { .. } => "a let",
        ProcessKind::LetSuchThat { .. } => "a let suchthat",
        ProcessKind::New { .. } => "a new",
        ProcessKind::Nil => "its end",
        ProcessKind::Output { .. } => "an output",
        ProcessKind::Parallel(_) => "a parallel composition",
        ProcessKind::Phase { .. } => "a phase",
        ProcessKind::Replicate(_) => "a replication",
    }
}
