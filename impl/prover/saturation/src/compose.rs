//! What the attacker can put together by itself.
//!
//! A message is composable from a clause's attacker hypotheses if it is one of
//! them, or an instance of a clause without hypotheses, or a public symbol
//! applied to composable messages. What is known in a phase is known in later
//! ones. The search visits each node of the graph once.
//!
//! Where types are respected, the facts about a message and about its parts have
//! different numbers; the composition clause says which. A message has one type,
//! so that a node has one number in a phase.

use crate::cover::Way as Written;
use crate::draft::{Draft, Support};
use crate::knowledge::Knowledge;
use crate::matching::Matcher;
use crate::set::ClauseSet;
use crate::stamped::Stamped;
use logic::{Predicate, Signature, Store, Symbol, Table, TermId, View, phase_of, type_of};
use std::collections::BTreeSet;
use std::ops::Range;

/// Tables of a search, which the next one reuses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Composing {
    /// Of the messages below: 1 if composable.
    marks: Stamped,
    /// Messages that are hypotheses, with places in the list.
    places: Stamped,
    /// Numbers of their facts, and of the hypotheses in the draft.
    held: Vec<(u32, u32)>,
    matcher: Matcher,
}

/// A search over one clause, for one phase.
pub(crate) struct Composer<'a> {
    store: &'a Store,
    set: &'a ClauseSet,
    /// What was asked for last, and the number of its facts.
    knowledge: (u32, Option<&'a Knowledge>),
    tables: &'a mut Composing,
    /// Present if only public symbols compose.
    public: Option<&'a Signature>,
}

enum Way {
    Compose(u32),
    Held(u32, u32),
    Unit(u32, u32),
}

impl<'a> Composer<'a> {
    /// A search over the attacker hypotheses of a draft, in the phase of facts of
    /// this number.
    pub(crate) fn new(
        store: &'a Store,
        set: &'a ClauseSet,
        tables: &'a mut Composing,
        draft: &Draft,
        number: u32,
    ) -> Self {
        let phase = phase_of(number);
        tables.marks.clear();
        tables.places.clear();
        tables.held.clear();
        for (fact, id) in draft.clause.hypotheses.iter().zip(&draft.numbers) {
            if let (Predicate::Attacker(p), [term]) = (fact.predicate, &fact.arguments[..])
                && let Some(later) = phase.checked_sub(phase_of(p))
                && (p..p.saturating_add(later)).all(|q| set.next_phase(q).is_some())
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
        Self::again(store, set, tables, number)
    }

    /// The search that filled the tables last goes on: the same draft, set and
    /// phase.
    pub(crate) fn again(
        store: &'a Store,
        set: &'a ClauseSet,
        tables: &'a mut Composing,
        number: u32,
    ) -> Self {
        Self {
            store,
            set,
            knowledge: (number, set.knowledge(number)),
            tables,
            public: None,
        }
    }

    fn knowledge(&mut self, number: u32) -> Option<&'a Knowledge> {
        if self.knowledge.0 != number {
            self.knowledge = (number, self.set.knowledge(number));
        }
        self.knowledge.1
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

    /// Whether the message is composable without this hypothesis (which must be
    /// this very message, so that no part of it can be meant). The number is that
    /// of attacker facts about it.
    pub(crate) fn composable(&mut self, number: u32, term: TermId, without: Option<u32>) -> bool {
        self.way(number, term, without).is_some()
    }

    fn inner(&mut self, number: u32, term: TermId) -> bool {
        if let Some(known) = self.tables.marks.value(term.0) {
            return known == 1;
        }
        let answer = self.way(number, term, None).is_some();
        self.tables.marks.insert(term.0, u32::from(answer));
        answer
    }

    fn way(&mut self, number: u32, term: TermId, without: Option<u32>) -> Option<Way> {
        let place = self.tables.places.value(term.0);
        if let Some((held, id)) = place.and_then(|i| self.tables.held.get(i as usize))
            && Some(*id) != without
            && type_of(*held) == type_of(number)
        {
            return Some(Way::Held(*held, *id));
        }
        let store = self.store;
        let head = match store.view(term) {
            View::Var(_) => None,
            View::Apply(symbol, arguments) => {
                if self.admits(symbol)
                    && let Some(knowledge) = self.knowledge(number)
                    && let Some(entry) = knowledge.composition(symbol)
                    && let parts = knowledge.parts(symbol).iter().zip(arguments)
                    && parts.into_iter().all(|(n, a)| self.inner(*n, *a))
                {
                    return Some(Way::Compose(entry));
                }
                Some(symbol)
            }
        };
        self.unit(number, term, head)
    }

    fn unit(&mut self, number: u32, term: TermId, head: Option<Symbol>) -> Option<Way> {
        if self.public.is_some() {
            match self.store.view(term) {
                View::Apply(symbol, []) if self.admits(symbol) => {}
                _ => return None,
            }
        }
        let first = number - phase_of(number);
        for earlier in (first..=number).rev() {
            if earlier < number && self.set.next_phase(earlier).is_none() {
                return None;
            }
            let Some(knowledge) = self.knowledge(earlier) else {
                continue;
            };
            for entry in knowledge.units(head) {
                let conclusion = &self.set.entry(entry).clause.conclusion;
                let matcher = &mut self.tables.matcher;
                matcher.clear();
                if let [pattern] = conclusion.arguments[..]
                    && matcher.matches(self.store, pattern, term)
                {
                    return Some(Way::Unit(earlier, entry));
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
        number: u32,
        term: TermId,
        without: Option<u32>,
    ) -> Support {
        let mut done = Table::default();
        self.build(draft, (number, term), without, &mut done)
    }

    fn build(
        &mut self,
        draft: &mut Draft,
        (number, term): (u32, TermId),
        without: Option<u32>,
        done: &mut Table<TermId, u32>,
    ) -> Support {
        match self.way(number, term, without) {
            Some(Way::Held(held, id)) => self.lift(draft, held..number, Support::Same(id)),
            Some(Way::Unit(earlier, entry)) => {
                let support = Support::Clause {
                    entry,
                    premises: Vec::new(),
                };
                self.lift(draft, earlier..number, support)
            }
            Some(Way::Compose(entry)) => {
                let (arguments, numbers) = match self.store.view(term) {
                    View::Apply(symbol, arguments) => {
                        let numbers = self.knowledge(number).map(|k| k.parts(symbol).to_vec());
                        (arguments.to_vec(), numbers.unwrap_or_default())
                    }
                    View::Var(_) => (Vec::new(), Vec::new()),
                };
                let mut premises = Vec::with_capacity(arguments.len());
                for (argument, number) in arguments.into_iter().zip(numbers) {
                    let id = match done.get(&argument) {
                        Some(id) => *id,
                        None => {
                            let support = self.build(draft, (number, argument), None, done);
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

    /// How a composable message follows from the hypotheses of the draft, whose
    /// searches were before, for a certificate; what was found already is not found
    /// again.
    pub(crate) fn ways(
        &mut self,
        draft: &Draft,
        (number, term): (u32, TermId),
        found: &mut BTreeSet<(u32, TermId)>,
        out: &mut Vec<Written>,
    ) {
        if found.contains(&(number, term)) {
            out.push(Written::Again);
            return;
        }
        let (earlier, last) = match self.way(number, term, None) {
            Some(Way::Held(held, id)) => {
                let at = draft.numbers.iter().position(|n| *n == id);
                let at = at.and_then(|at| u32::try_from(at).ok());
                (held, Written::Hypothesis(at.unwrap_or(u32::MAX)))
            }
            Some(Way::Unit(earlier, entry)) => (earlier, Written::Clause(entry, Vec::new())),
            Some(Way::Compose(entry)) => {
                let parts = self.set.entry(entry).clause.hypotheses.len();
                (number, Written::Clause(entry, vec![None; parts]))
            }
            None => (number, Written::Hypothesis(u32::MAX)),
        };
        for phase in (earlier..number).rev() {
            let entry = self.set.next_phase(phase).unwrap_or(u32::MAX);
            out.push(Written::Clause(entry, vec![None]));
            if found.contains(&(phase, term)) {
                out.push(Written::Again);
                found.extend((phase..=number).map(|phase| (phase, term)));
                return;
            }
        }
        let composed = matches!(&last, Written::Clause(_, open) if !open.is_empty());
        out.push(last);
        if composed && let View::Apply(symbol, arguments) = self.store.view(term) {
            let parts = self.knowledge(number).map_or(&[][..], |k| k.parts(symbol));
            for (number, argument) in parts.iter().zip(arguments) {
                self.ways(draft, (*number, *argument), found, out);
            }
        }
        found.extend((earlier..=number).map(|phase| (phase, term)));
    }

    /// Through these phases, up to that of the search.
    fn lift(&self, draft: &mut Draft, phases: Range<u32>, mut support: Support) -> Support {
        for phase in phases {
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
