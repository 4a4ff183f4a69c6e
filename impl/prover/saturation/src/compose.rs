//! What the attacker can put together by itself.
//!
//! A message is composable from a clause's attacker hypotheses if it is one of
//! them, or an instance of a clause without hypotheses, or a public symbol
//! applied to composable messages. What is known in a phase is known in later
//! ones. The search visits each node of the graph once.

use crate::draft::{Draft, Support};
use crate::knowledge::Knowledge;
use crate::matching::Matcher;
use crate::set::ClauseSet;
use crate::stamped::Stamped;
use logic::{Predicate, Signature, Store, Symbol, Table, TermId, View};

/// Tables of a search, which the next one reuses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Composing {
    /// Of the messages below: 1 if composable.
    marks: Stamped,
    /// Messages that are hypotheses, with places in the list.
    places: Stamped,
    /// Phases and numbers of hypotheses.
    held: Vec<(u32, u32)>,
    matcher: Matcher,
}

/// A search over one clause, for one phase.
pub(crate) struct Composer<'a> {
    store: &'a Store,
    set: &'a ClauseSet,
    /// In this phase.
    knowledge: Option<&'a Knowledge>,
    tables: &'a mut Composing,
    phase: u32,
    /// Present if only public symbols compose.
    public: Option<&'a Signature>,
}

enum Way {
    Compose(u32),
    Held(u32, u32),
    Unit(u32, u32),
}

impl<'a> Composer<'a> {
    /// A search over the attacker hypotheses of a draft.
    pub(crate) fn new(
        store: &'a Store,
        set: &'a ClauseSet,
        tables: &'a mut Composing,
        draft: &Draft,
        phase: u32,
    ) -> Self {
        tables.marks.clear();
        tables.places.clear();
        tables.held.clear();
        for (fact, id) in draft.clause.hypotheses.iter().zip(&draft.numbers) {
            if let (Predicate::Attacker(p), [term]) = (fact.predicate, &fact.arguments[..])
                && p <= phase
                && (p..phase).all(|q| set.next_phase(q).is_some())
            {
                let better = tables
                    .places
                    .value(term.0)
                    .and_then(|i| tables.held.get(i as usize))
                    .is_none_or(|(before, _)| p < *before);
                if better {
                    let place = u32::try_from(tables.held.len()).unwrap_or(u32::MAX);
                    tables.places.insert(term.0, place);
                }
                tables.held.push((p, *id));
            }
        }
        Self::again(store, set, tables, phase)
    }

    /// The search that filled the tables last goes on: the same draft, set and
    /// phase.
    pub(crate) fn again(
        store: &'a Store,
        set: &'a ClauseSet,
        tables: &'a mut Composing,
        phase: u32,
    ) -> Self {
        Self {
            store,
            set,
            knowledge: set.knowledge(phase),
            tables,
            phase,
            public: None,
        }
    }

    /// From now on only public symbols compose, and of the clauses without
    /// hypotheses only theirs count.
    pub(crate) fn only_public(&mut self, signature: &'a Signature) {
        self.public = Some(signature);
    }

    /// Whether a symbol may compose.
    fn admits(&self, symbol: Symbol) -> bool {
        self.public
            .is_none_or(|s| s.info(symbol).is_some_and(|i| i.public))
    }

    /// Whether the message is composable without the hypothesis of this number
    /// (which must be this very message, so that no part of it can be meant).
    pub(crate) fn composable(&mut self, term: TermId, without: Option<u32>) -> bool {
        self.way(term, without).is_some()
    }

    fn inner(&mut self, term: TermId) -> bool {
        if let Some(known) = self.tables.marks.value(term.0) {
            return known == 1;
        }
        let answer = self.way(term, None).is_some();
        self.tables.marks.insert(term.0, u32::from(answer));
        answer
    }

    fn way(&mut self, term: TermId, without: Option<u32>) -> Option<Way> {
        let place = self.tables.places.value(term.0);
        if let Some((phase, id)) = place.and_then(|i| self.tables.held.get(i as usize))
            && Some(*id) != without
        {
            return Some(Way::Held(*phase, *id));
        }
        let store = self.store;
        let head = match store.view(term) {
            View::Var(_) => None,
            View::Apply(symbol, arguments) => {
                if self.admits(symbol)
                    && let Some(entry) = self.knowledge.and_then(|k| k.composition(symbol))
                    && arguments.iter().all(|a| self.inner(*a))
                {
                    return Some(Way::Compose(entry));
                }
                Some(symbol)
            }
        };
        self.unit(term, head)
    }

    fn unit(&mut self, term: TermId, head: Option<Symbol>) -> Option<Way> {
        if self.public.is_some() {
            match self.store.view(term) {
                View::Apply(symbol, []) if self.admits(symbol) => {}
                _ => return None,
            }
        }
        for phase in (0..=self.phase).rev() {
            if phase < self.phase && self.set.next_phase(phase).is_none() {
                return None;
            }
            let Some(knowledge) = self.set.knowledge(phase) else {
                continue;
            };
            for entry in knowledge.units(head) {
                let conclusion = &self.set.entry(entry).clause.conclusion;
                let matcher = &mut self.tables.matcher;
                matcher.clear();
                if let [pattern] = conclusion.arguments[..]
                    && matcher.matches(self.store, pattern, term)
                {
                    return Some(Way::Unit(phase, entry));
                }
            }
        }
        None
    }

    /// Records in the draft how a composable message is composed, and returns
    /// what supports it.
    pub(crate) fn support(
        &mut self,
        draft: &mut Draft,
        term: TermId,
        without: Option<u32>,
    ) -> Support {
        let mut done = Table::default();
        self.build(draft, term, without, &mut done)
    }

    fn build(
        &mut self,
        draft: &mut Draft,
        term: TermId,
        without: Option<u32>,
        done: &mut Table<TermId, u32>,
    ) -> Support {
        match self.way(term, without) {
            Some(Way::Held(phase, id)) => self.lift(draft, phase, Support::Same(id)),
            Some(Way::Unit(phase, entry)) => {
                let support = Support::Clause {
                    entry,
                    premises: Vec::new(),
                };
                self.lift(draft, phase, support)
            }
            Some(Way::Compose(entry)) => {
                let arguments = match self.store.view(term) {
                    View::Apply(_, arguments) => arguments.to_vec(),
                    View::Var(_) => Vec::new(),
                };
                let mut premises = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    let id = match done.get(&argument) {
                        Some(id) => *id,
                        None => {
                            let support = self.build(draft, argument, None, done);
                            let id = draft.allocate(support);
                            done.insert(argument, id);
                            id
                        }
                    };
                    premises.push(id);
                }
                Support::Clause { entry, premises }
            }
            // Only asked of composable messages; open is what an unknown
            // premise would be, and a replay would refuse it.
            None => Support::Open,
        }
    }

    /// From a phase to the phase of the search.
    fn lift(&self, draft: &mut Draft, from: u32, mut support: Support) -> Support {
        for phase in from..self.phase {
            if let Some(entry) = self.set.next_phase(phase) {
                let id = draft.allocate(support);
                support = Support::Clause {
                    entry,
                    premises: vec![id],
                };
            }
        }
        support
    }
}

/// Whether a message is made of public symbols and the messages listed, by
/// phase; no instance of a derived clause counts. For the conclusion of a
/// query: what is composed this way is known in every run.
pub fn composes(
    store: &Store,
    composable: &dyn Fn(Symbol) -> bool,
    known: &dyn Fn(TermId) -> bool,
    term: TermId,
) -> bool {
    fn visit(
        store: &Store,
        composable: &dyn Fn(Symbol) -> bool,
        known: &dyn Fn(TermId) -> bool,
        term: TermId,
        memo: &mut Table<TermId, bool>,
    ) -> bool {
        if let Some(answer) = memo.get(&term) {
            return *answer;
        }
        let answer = known(term)
            || match store.view(term) {
                View::Apply(symbol, arguments) => {
                    composable(symbol)
                        && arguments
                            .iter()
                            .all(|a| visit(store, composable, known, *a, memo))
                }
                View::Var(_) => false,
            };
        memo.insert(term, answer);
        answer
    }
    visit(store, composable, known, term, &mut Table::default())
}
