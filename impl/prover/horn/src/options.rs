//! What a translation is for: which events it must speak of, and how it must
//! treat public channels.
//!
//! A query needs an event's `begin` facts only if its conclusion mentions the
//! event, and clauses concluding `end` only if its premises do. Leaving `begin`
//! facts out drops hypotheses, which is sound. Leaving out `end` clauses is
//! sound only for queries that do not ask for them; [`crate::goal`] checks.

use crate::induction::inductive;
use crate::nested::plans;
use crate::shape::is_shape;
use crate::time;
use pi::{Correspondence, EventId, Formula, LemmaKind, Program, QueryKind, QueryTerm, TypeId};
use std::collections::BTreeSet;

/// Choices of a translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Events that leave a `begin` hypothesis behind.
    pub begins: Kept,
    /// Events whose executions are told apart: each leaves a `begin` hypothesis
    /// behind that names its occurrence.
    pub begins_at: Kept,
    /// Events that get clauses concluding `end`.
    pub ends: Kept,
    /// Events that get clauses concluding `end` with the occurrence.
    pub ends_at: Kept,
    /// Names depend on all variables in scope that an input or `get` binds, not
    /// only on those used later. More precise, and larger.
    pub full_arguments: bool,
    /// Communication on public channels keeps the form `mess(c,M)`. Needed when
    /// a query speaks of `mess` on a channel that may be one of them, and when a
    /// conclusion speaks of `attacker`: honest processes may talk on a public channel
    /// without the attacker, so a received message need not be known to it.
    pub message_form: bool,
    /// With `message_form`: public channels keep the short form all the same. What
    /// a query asks of events it asks of runs in which the attacker passes on what is
    /// said on public channels, too, and in these a received message is known to it. So
    /// lemmas about the attacker, which are proved of those runs, too, need no more.
    pub heard: bool,
}

impl Default for Options {
    /// Every event, none with its occurrence, arguments by later use, short
    /// form.
    fn default() -> Self {
        Self {
            begins: Kept::All,
            begins_at: Kept::none(),
            ends: Kept::All,
            ends_at: Kept::none(),
            full_arguments: false,
            message_form: false,
            heard: false,
        }
    }
}

impl Options {
    /// Whether a translation with these options serves whatever one with
    /// `other` serves.
    #[must_use]
    pub fn cover(&self, other: &Self) -> bool {
        self.begins.covers(&other.begins)
            && self.begins_at.covers(&other.begins_at)
            && self.ends.covers(&other.ends)
            && self.ends_at.covers(&other.ends_at)
            && (self.message_form || !other.message_form)
            && (!self.heard || other.heard || !other.message_form)
    }
}

/// A set of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of them.
    All,
    /// These.
    Only(BTreeSet<EventId>),
}

impl Kept {
    /// No event.
    #[must_use]
    pub fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether it has the event.
    #[must_use]
    pub fn contains(&self, event: EventId) -> bool {
        match self {
            Self::All => true,
            Self::Only(events) => events.contains(&event),
        }
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Only(_), Self::All) => false,
            (Self::Only(mine), Self::Only(theirs)) => theirs.is_subset(mine),
        }
    }
}

/// The options a query needs, and no more; all options when the program has no
/// such query. For a nested query, those of its first part.
#[must_use]
pub fn options(program: &Program, query: u32) -> Options {
    options_of(program, query, 0)
}

/// The options that a part of a query needs, and no more; all options when there
/// is no such part.
#[must_use]
pub fn options_of(program: &Program, query: u32, part: u32) -> Options {
    needs_of(program, query, part).map_or_else(Options::default, Needs::options)
}

/// The options that a proof by induction needs, see [`crate::induction`]; `None` if
/// the query is not one to be proved so.
#[must_use]
pub fn induction_options(program: &Program, query: u32) -> Option<Options> {
    let statement = crate::lemma::plain(inductive(program, query)?)?;
    let mut needs = needs_of(program, query, 0)?;
    needs.lemma(program, LemmaKind::Lemma, &statement);
    Some(needs.options())
}

/// What a part of a query needs; `None` if there is no such part.
pub(crate) fn needs_of(program: &Program, query: u32, part: u32) -> Option<Needs> {
    let mut needs = Needs::default();
    match &program.queries.get(query as usize)?.kind {
        QueryKind::Correspondence(correspondence) => {
            let span = program.queries.get(query as usize)?.span;
            match plans(program, correspondence, span) {
                Ok(plans) => needs.correspondence(program, plans.parts.get(part as usize)?),
                // What cannot be taken apart has no goal either.
                Err(_) if part == 0 => needs.correspondence(program, correspondence),
                Err(_) => return None,
            }
        }
        QueryKind::Secret { .. } if part == 0 => {}
        QueryKind::Secret { .. } => return None,
    }
    for (kind, statement) in crate::lemma::statements(program, query) {
        needs.lemma(program, kind, &statement);
    }
    Some(needs)
}

/// Whether a premise is about messages that are sent.
fn speaks_of_messages(formula: &Formula) -> bool {
    match formula {
        Formula::And(parts) => parts.iter().any(speaks_of_messages),
        other => matches!(other, Formula::Message { .. }),
    }
}

/// Whether the term is no channel that is known to everybody.
fn is_private(program: &Program, channel: &QueryTerm) -> bool {
    match channel {
        QueryTerm::Name(name) => (program.names.get(name.0 as usize)).is_some_and(|n| n.private),
        QueryTerm::Bound { .. } => true,
        QueryTerm::Apply(..) | QueryTerm::Var(_) => false,
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    pub(crate) begins: BTreeSet<EventId>,
    pub(crate) begins_at: BTreeSet<EventId>,
    pub(crate) ends: BTreeSet<EventId>,
    pub(crate) ends_at: BTreeSet<EventId>,
    pub(crate) message_form: bool,
    /// What the attacker knows matters, be it by passing on all messages.
    pub(crate) knowledge: bool,
    /// It matters when it does.
    timed: bool,
}

impl Needs {
    pub(crate) fn options(self) -> Options {
        Options {
            begins: Kept::Only(self.begins),
            begins_at: Kept::Only(self.begins_at),
            ends: Kept::Only(self.ends),
            ends_at: Kept::Only(self.ends_at),
            full_arguments: false,
            message_form: self.message_form || self.knowledge,
            heard: self.knowledge && !self.message_form,
        }
    }

    fn correspondence(&mut self, program: &Program, correspondence: &Correspondence) {
        let variables = &correspondence.variables;
        self.timed |= variables.iter().any(|v| v.ty == TypeId::TIME);
        for f in &correspondence.premises {
            self.formula(program, f, true);
        }
        self.formula(program, &correspondence.conclusion, false);
        let mut differ = BTreeSet::new();
        time::differing(correspondence, &correspondence.conclusion, &mut differ);
        for f in &correspondence.premises {
            self.compared(f, &differ);
        }
    }

    /// Executions at moments that may differ: those at one moment are one, which
    /// only shows if each says what it executes.
    fn compared(&mut self, premise: &Formula, differ: &BTreeSet<u32>) {
        match premise {
            Formula::And(parts) => {
                for p in parts {
                    self.compared(p, differ);
                }
            }
            Formula::Event {
                event,
                time: Some(time),
                ..
            } if differ.contains(time) => {
                self.begins_at.insert(*event);
            }
            _ => {}
        }
    }

    /// What a statement that may be used asks for: its events have happened, and
    /// what it says of the attacker and of messages is true of the run. Of the run in
    /// which the attacker passes on what is said on public channels, if it is proved of
    /// all runs: one that is taken for granted may fail of that run where it holds of
    /// the other.
    fn lemma(&mut self, program: &Program, kind: LemmaKind, statement: &Correspondence) {
        let strict = self.message_form;
        let mut own = Self::default();
        for f in statement.premises.iter().chain([&statement.conclusion]) {
            own.formula(program, f, false);
        }
        let granted = kind != LemmaKind::Lemma;
        let messages = statement.premises.iter().any(speaks_of_messages);
        self.begins.extend(own.begins);
        self.begins_at.extend(own.begins_at);
        self.message_form = strict || own.message_form && (self.timed || granted || messages);
        self.knowledge |= own.message_form;
    }

    fn formula(&mut self, program: &Program, formula: &Formula, premise: bool) {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => {
                for p in parts {
                    self.formula(program, p, premise);
                }
            }
            Formula::Nested(fact, conclusion) => {
                // The fact of a nested query is found as `begin`, and reached
                // again as `end`.
                self.formula(program, fact, true);
                self.formula(program, fact, false);
                self.formula(program, conclusion, false);
            }
            Formula::Event {
                event, injective, ..
            } => {
                // All of these are there always.
                if is_shape(*event) {
                    return;
                }
                let events = match (premise, injective) {
                    (true, false) => &mut self.ends,
                    (true, true) => &mut self.ends_at,
                    (false, false) => &mut self.begins,
                    (false, true) => &mut self.begins_at,
                };
                events.insert(*event);
            }
            Formula::Attacker { .. } => self.message_form |= !premise,
            // On a private channel a message has this form anyway.
            Formula::Message { channel, .. } => {
                self.message_form |= !is_private(program, channel);
            }
            Formula::Equal(..)
            | Formula::False
            | Formula::Natural(..)
            | Formula::Predicate { .. }
            | Formula::Table { .. }
            | Formula::True
            | Formula::Unequal(..) => {}
        }
    }
}
