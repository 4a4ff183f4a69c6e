//! What a translation is for: which events it must speak of, and how it must
//! treat public channels.
//!
//! A query needs an event's `begin` facts only if its conclusion mentions the
//! event, and clauses concluding `end` only if its premises do. Leaving `begin`
//! facts out drops hypotheses, which is sound. Leaving out `end` clauses is
//! sound only for queries that do not ask for them; [`crate::goal`] checks.

use crate::induction::inductive;
use crate::nested::plans;
use crate::time;
use pi::{Correspondence, EventId, Formula, Program, QueryKind};
use std::collections::{BTreeMap, BTreeSet};

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
    /// a query speaks of `mess`, and when a conclusion speaks of `attacker`:
    /// honest processes may talk on a public channel without the attacker, so
    /// a received message need not be known to it.
    pub message_form: bool,
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
    needs.lemma(&statement);
    Some(needs.options())
}

/// Options that serve a part of a query, each also others of the program, most
/// others first; the last serve those only that need the same `begin` facts. All
/// options when there is no such part.
///
/// More `begin` facts than a query asks about are sound: they are dropped from the
/// clauses of its goal. They pay where queries speak of the same events, as of the
/// same leaks. Facts of events that have nothing to do with each other tell apart
/// clauses that are otherwise one, and their combinations multiply. So one query's
/// facts serve those that ask for fewer, and queries with [`COMMON`] events in
/// common are joined; whether that pays is seen when it is tried. Channels are
/// treated alike and the same executions told apart.
///
/// Clauses that conclude `end` are resolved with by goals only, so more of them
/// cost little.
#[must_use]
pub fn shared_options(program: &Program, query: u32, part: u32) -> Vec<Options> {
    let Some(mine) = needs_of(program, query, part) else {
        return vec![Options::default()];
    };
    let queries = (0..program.queries.len()).map_while(|q| u32::try_from(q).ok());
    let like: Vec<Needs> = queries
        .flat_map(|other| (0..).map_while(move |part| needs_of(program, other, part)))
        .filter(|needs| needs.is_like(&mine))
        .collect();
    let sets = Sets::of(&like);
    let choices: [&Choose<'_>; 3] = [
        &|needs| sets.joined(&needs.begins),
        &|needs| sets.largest(&needs.begins),
        &|needs| needs.begins.clone(),
    ];
    let mut found: Vec<Options> = Vec::new();
    for choose in choices {
        let mut needs = mine.clone();
        needs.begins = choose(&mine);
        for other in like.iter().filter(|other| choose(other) == needs.begins) {
            needs.ends.extend(&other.ends);
            needs.ends_at.extend(&other.ends_at);
        }
        let options = needs.options();
        if found.iter().all(|o| o.begins != options.begins) {
            found.push(options);
        }
    }
    found
}

/// The `begin` facts of a translation that serves what needs these.
type Choose<'a> = dyn Fn(&Needs) -> BTreeSet<EventId> + 'a;

/// Events that two queries have in common when they are joined.
const COMMON: usize = 2;

/// Sets of events, also by each event in them.
struct Sets {
    all: BTreeSet<(usize, BTreeSet<EventId>)>,
    with: BTreeMap<EventId, BTreeSet<(usize, BTreeSet<EventId>)>>,
    /// Unions of those with [`COMMON`] events in common, again and again.
    unions: Vec<BTreeSet<EventId>>,
}

impl Sets {
    /// The `begin` facts that are needed, smallest sets first.
    fn of(needs: &[Needs]) -> Self {
        let sized = needs.iter().map(|n| (n.begins.len(), n.begins.clone()));
        let all: BTreeSet<_> = sized.collect();
        let mut with: BTreeMap<EventId, BTreeSet<_>> = BTreeMap::new();
        let mut unions: Vec<BTreeSet<EventId>> = Vec::new();
        for (size, set) in &all {
            for event in set {
                let sets = with.entry(*event).or_default();
                sets.insert((*size, set.clone()));
            }
            if *size < COMMON {
                continue;
            }
            let mut union = set.clone();
            // What is joined may have more in common with the others.
            while let Some(at) = unions
                .iter()
                .position(|u| u.intersection(&union).count() >= COMMON)
            {
                union.extend(unions.swap_remove(at));
            }
            unions.push(union);
        }
        unions.sort_by_key(|union| (union.len(), union.clone()));
        Self { all, with, unions }
    }

    /// The sets that contain this one.
    fn containing(&self, own: &BTreeSet<EventId>) -> impl Iterator<Item = &BTreeSet<EventId>> {
        let among = match own.first() {
            Some(event) => self.with.get(event),
            None => Some(&self.all),
        };
        let among = among.into_iter().flatten().map(|(_, set)| set);
        among.filter(move |set| own.is_subset(set))
    }

    /// The smallest set that contains this one and that no larger one contains.
    fn largest(&self, own: &BTreeSet<EventId>) -> BTreeSet<EventId> {
        let is_largest = |set: &&BTreeSet<EventId>| self.containing(set).nth(1).is_none();
        let found = self.containing(own).find(is_largest);
        found.unwrap_or(own).clone()
    }

    /// The union of which [`Self::largest`] is a part.
    fn joined(&self, own: &BTreeSet<EventId>) -> BTreeSet<EventId> {
        let largest = self.largest(own);
        let of_it = |union: &&BTreeSet<EventId>| largest.is_subset(union);
        if largest.len() < COMMON {
            return largest;
        }
        self.unions.iter().find(of_it).unwrap_or(&largest).clone()
    }
}

/// What a part of a query needs; `None` if there is no such part.
fn needs_of(program: &Program, query: u32, part: u32) -> Option<Needs> {
    let mut needs = Needs::default();
    match &program.queries.get(query as usize)?.kind {
        QueryKind::Correspondence(correspondence) => {
            let span = program.queries.get(query as usize)?.span;
            match plans(program, correspondence, span) {
                Ok(plans) => needs.correspondence(plans.parts.get(part as usize)?),
                // What cannot be taken apart has no goal either.
                Err(_) if part == 0 => needs.correspondence(correspondence),
                Err(_) => return None,
            }
        }
        QueryKind::Secret { .. } if part == 0 => {}
        QueryKind::Secret { .. } => return None,
    }
    for statement in crate::lemma::statements(program, query) {
        needs.lemma(&statement);
    }
    Some(needs)
}

#[derive(Clone, Default)]
struct Needs {
    begins: BTreeSet<EventId>,
    begins_at: BTreeSet<EventId>,
    ends: BTreeSet<EventId>,
    ends_at: BTreeSet<EventId>,
    message_form: bool,
}

impl Needs {
    /// Whether both may be served by one translation, for all but `begin` facts.
    fn is_like(&self, other: &Self) -> bool {
        self.begins_at == other.begins_at && self.message_form == other.message_form
    }

    fn options(self) -> Options {
        Options {
            begins: Kept::Only(self.begins),
            begins_at: Kept::Only(self.begins_at),
            ends: Kept::Only(self.ends),
            ends_at: Kept::Only(self.ends_at),
            full_arguments: false,
            message_form: self.message_form,
        }
    }

    fn correspondence(&mut self, correspondence: &Correspondence) {
        for f in &correspondence.premises {
            self.formula(f, true);
        }
        self.formula(&correspondence.conclusion, false);
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

    /// What a statement that may be used asks for: its events have happened,
    /// and what it says of the attacker and of messages is true of the run.
    fn lemma(&mut self, statement: &Correspondence) {
        for f in statement.premises.iter().chain([&statement.conclusion]) {
            self.formula(f, false);
        }
    }

    fn formula(&mut self, formula: &Formula, premise: bool) {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => {
                for p in parts {
                    self.formula(p, premise);
                }
            }
            Formula::Nested(fact, conclusion) => {
                // The fact of a nested query is found as `begin`, and reached
                // again as `end`.
                self.formula(fact, true);
                self.formula(fact, false);
                self.formula(conclusion, false);
            }
            Formula::Event {
                event, injective, ..
            } => {
                let events = match (premise, injective) {
                    (true, false) => &mut self.ends,
                    (true, true) => &mut self.ends_at,
                    (false, false) => &mut self.begins,
                    (false, true) => &mut self.begins_at,
                };
                events.insert(*event);
            }
            Formula::Attacker { .. } => self.message_form |= !premise,
            Formula::Message { .. } => self.message_form = true,
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
