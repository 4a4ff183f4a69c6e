//! The clause set: entries that never disappear (derivations refer to them),
//! of which some are alive, with indexes over the alive ones.

use crate::fingerprint::{self, Fingerprint};
use crate::heads::{Heads, Merged, head as first_head};
use crate::history::History;
use crate::knowledge::Knowledge;
use crate::matching::Matcher;
use crate::outline::{Outline, Shapes, searched};
use crate::rules::subsumption::Features;
use crate::selection::Pattern;
use crate::special::{Special, special};
use crate::unification::{APART, Unifier};
use logic::{Clause, Fact, Predicate, Signature, Store, Symbol, SymbolKind, View};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a clause selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The conclusion: the clause is used as it is.
    Conclusion,
    /// A hypothesis, by index; never a blocked one.
    Hypothesis(usize),
}

/// Where an entry comes from, before simplification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The initial clause with this index.
    Initial(u32),
    /// An instance of this entry, its hypotheses composed from others.
    Instance(u32),
    /// A clause that a caller added because nothing below it matters.
    Lid,
    /// Resolution of one entry, on its selected hypothesis, with the conclusion
    /// of another.
    Resolvent {
        /// The entry whose hypothesis is resolved upon.
        left: u32,
        /// The entry whose conclusion is used.
        right: u32,
    },
}

/// One clause of the set.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The clause, its variables numbered from 0. Of one that was subsumed only
    /// the predicate that it concludes is left.
    pub clause: Clause,
    /// How many hypotheses it has, or had.
    pub(crate) width: usize,
    /// What it selects.
    pub selection: Selection,
    /// Where it comes from.
    pub origin: Origin,
    /// How its derivation goes on from there.
    pub(crate) history: History,
    /// Whether it is in the set, or only in the history.
    pub alive: bool,
    /// Whether it is a composition, projection or next-phase clause, which
    /// stands in the set untouched.
    pub protected: bool,
    /// With other variables, if it selects its conclusion.
    pub(crate) apart: Option<Box<Clause>>,
    pub(crate) shapes: Shapes,
    /// See [`searched`].
    pub(crate) searched: Box<[u32]>,
}

/// What is asked of an entry before all else; apart from the entries, because
/// every search goes over many, and small for the same reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) features: Features,
    /// Mask of the hypotheses that [`crate::rules::instance`] has to find.
    pub(crate) needed: u128,
    pub(crate) protected: bool,
    /// Whether the conclusion is more than variables.
    pub(crate) structured: bool,
}

/// What is asked next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprints {
    pub(crate) concluded: Fingerprint,
    pub(crate) selected: Fingerprint,
}

/// The clause set.
#[derive(Clone, Debug, Default)]
pub struct ClauseSet {
    /// Shared with copies of the set: a goal adds few to many.
    entries: Vec<Arc<Entry>>,
    summaries: Vec<Summary>,
    fingerprints: Vec<Fingerprints>,
    /// Symbols of the conclusions, which tell most pairs apart; see
    /// [`Store::symbols`].
    symbols: Vec<u64>,
    /// Alive entries that select a hypothesis, by its predicate.
    consumers: BTreeMap<Predicate, Heads>,
    /// Alive entries that select their conclusion, by its predicate.
    providers: BTreeMap<Predicate, Heads>,
    /// Alive entries by predicate of the conclusion.
    concluding: BTreeMap<Predicate, Heads>,
    /// Alive entries without hypotheses and constraints, by predicate and head
    /// of the first argument; attacker facts stand below.
    units: BTreeMap<(Predicate, Option<Symbol>), Vec<u32>>,
    /// By number of the fact.
    attacker: BTreeMap<u32, Knowledge>,
    /// By number of the fact about the whole.
    projections: BTreeMap<(u32, Symbol), Vec<Option<u32>>>,
    next_phase: BTreeMap<u32, u32>,
    /// Hypotheses that are not selected.
    avoided: BTreeMap<Predicate, Vec<Pattern>>,
    alive: u64,
    /// How many entries there were after the last one that selects its conclusion.
    learnt: u32,
    /// And after the last of these without hypotheses and constraints.
    heard: u32,
}

impl ClauseSet {
    /// All entries, dead ones included, in order of insertion.
    #[must_use]
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// One entry.
    #[must_use]
    pub fn entry(&self, id: u32) -> &Entry {
        &self.entries[id as usize]
    }

    /// Alive entries in order of insertion.
    pub fn alive(&self) -> impl Iterator<Item = (u32, &Entry)> {
        self.entries
            .iter()
            .enumerate()
            .filter(|(_, e)| e.alive)
            .map(|(i, e)| (index(i), &**e))
    }

    /// What is asked of an entry first.
    pub(crate) fn summary(&self, id: u32) -> &Summary {
        &self.summaries[id as usize]
    }

    /// What is asked of it next.
    pub(crate) fn heads(&self, id: u32) -> &Fingerprints {
        &self.fingerprints[id as usize]
    }

    /// How many entries are alive.
    #[must_use]
    pub fn alive_count(&self) -> u64 {
        self.alive
    }

    /// Whether an entry selects its conclusion that came after so many.
    pub(crate) fn has_learnt(&self, first: u32) -> bool {
        self.learnt > first
    }

    /// Whether one of those has no hypotheses and constraints.
    pub(crate) fn has_heard(&self, first: u32) -> bool {
        self.heard > first
    }

    /// What the attacker composes and knows, for attacker facts of this number.
    pub(crate) fn knowledge(&self, number: u32) -> Option<&Knowledge> {
        self.attacker.get(&number)
    }

    /// Numbers of attacker facts that clauses conclude, in order.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.attacker.keys().copied()
    }

    /// The clause from this phase to the next.
    #[must_use]
    pub fn next_phase(&self, phase: u32) -> Option<u32> {
        self.next_phase.get(&phase).copied()
    }

    /// How the attacker takes a data constructor apart and puts it together, if
    /// it has its composition clause and all its projections there.
    pub(crate) fn decomposition(
        &self,
        signature: &Signature,
        number: u32,
        symbol: Symbol,
    ) -> Option<Decomposition<'_>> {
        if signature.kind(symbol) != SymbolKind::Data {
            return None;
        }
        let knowledge = self.attacker.get(&number)?;
        let composition = knowledge.composition(symbol)?;
        let parts = knowledge.parts(symbol);
        let projections: Option<Vec<_>> = match self.projections.get(&(number, symbol)) {
            Some(slots) => slots.iter().copied().collect(),
            None => Some(Vec::new()),
        };
        let projections = projections.filter(|p| p.len() == parts.len())?;
        Some(Decomposition {
            composition,
            projections,
            parts,
        })
    }

    /// Whether a hypothesis is avoided.
    pub(crate) fn avoids(&self, store: &mut Store, matcher: &mut Matcher, fact: &Fact) -> bool {
        let patterns = self.avoided.get(&fact.predicate);
        patterns.is_some_and(|all| all.iter().any(|p| p.matches(store, matcher, fact)))
    }

    pub(crate) fn avoid(&mut self, patterns: impl IntoIterator<Item = Pattern>) {
        for pattern in patterns {
            let all = self.avoided.entry(pattern.fact.predicate).or_default();
            if !all.contains(&pattern) {
                all.push(pattern);
            }
        }
    }

    /// Entries that may be resolved with one that concludes the fact.
    pub(crate) fn consumers(&self, store: &Store, fact: &Fact) -> Merged<'_> {
        self.consumers
            .get(&fact.predicate)
            .map_or_else(Merged::default, |h| h.unifying(first_head(store, fact)))
    }

    /// Entries that may be resolved with one that selects the fact.
    pub(crate) fn providers(&self, store: &Store, fact: &Fact) -> Merged<'_> {
        self.providers
            .get(&fact.predicate)
            .map_or_else(Merged::default, |h| h.unifying(first_head(store, fact)))
    }

    /// Entries with this predicate in their conclusion.
    pub(crate) fn concluding(&self, predicate: Predicate) -> &[u32] {
        self.concluding.get(&predicate).map_or(&[], Heads::all)
    }

    /// Entries of whose conclusion the fact may be an instance.
    pub(crate) fn generalising(&self, store: &Store, fact: &Fact) -> Generalising<'_> {
        let heads = self.concluding.get(&fact.predicate);
        Generalising {
            entries: heads
                .map_or_else(Merged::default, |h| h.generalising(first_head(store, fact))),
            symbols: &self.symbols,
            given: fingerprint::symbols(store, [fact]),
        }
    }

    /// Entries whose conclusion may be an instance of the fact.
    pub(crate) fn specialising(
        &self,
        store: &Store,
        fact: &Fact,
    ) -> impl Iterator<Item = u32> + '_ {
        let heads = self.concluding.get(&fact.predicate);
        let entries =
            heads.map_or_else(Merged::default, |h| h.specialising(first_head(store, fact)));
        let needed = fingerprint::symbols(store, [fact]);
        entries.filter(move |id| needed & !self.symbols[*id as usize] == 0)
    }

    /// Alive entries without hypotheses and constraints of which the fact may be
    /// an instance.
    pub(crate) fn units(&self, store: &Store, fact: &Fact) -> impl Iterator<Item = u32> + '_ {
        debug_assert!(
            !matches!(fact.predicate, Predicate::Attacker(_)),
            "what the attacker knows is asked of its knowledge"
        );
        let head = first_head(store, fact);
        let any = self.units.get(&(fact.predicate, None));
        let same = self
            .units
            .get(&(fact.predicate, head))
            .filter(|_| head.is_some());
        any.into_iter().chain(same).flatten().copied()
    }

    /// Whether an entry with this conclusion may be resolved with this
    /// selected hypothesis, by their fingerprints.
    pub(crate) fn may_resolve(&self, left: u32, right: u32) -> bool {
        let (left, right) = (self.heads(left), self.heads(right));
        left.selected.may_unify(&right.concluded)
    }

    /// The selected hypothesis of an entry.
    pub(crate) fn selected(&self, id: u32) -> Option<&Fact> {
        let entry = self.entry(id);
        match entry.selection {
            Selection::Conclusion => None,
            Selection::Hypothesis(h) => entry.clause.hypotheses.get(h),
        }
    }

    /// Adds an alive entry, canonically numbered by the caller.
    pub(crate) fn insert(
        &mut self,
        store: &mut Store,
        signature: &Signature,
        unifier: &mut Unifier,
        new: NewEntry,
    ) -> u32 {
        let id = index(self.entries.len());
        let clause = new.clause;
        let outline = Outline::of(store, &clause);
        let (selected, apart) = match new.selection {
            Selection::Conclusion => (outline.head, apart(store, unifier, &clause)),
            Selection::Hypothesis(h) => (Fingerprint::of(store, &clause.hypotheses[h]), None),
        };
        let predicate = clause.conclusion.predicate;
        let concluded = first_head(store, &clause.conclusion);
        match new.selection {
            Selection::Conclusion => {
                let providers = self.providers.entry(predicate).or_default();
                providers.insert(concluded, id);
                self.learnt = id.saturating_add(1);
                if clause.hypotheses.is_empty() && clause.constraints.is_empty() {
                    self.heard = id.saturating_add(1);
                    match predicate {
                        Predicate::Attacker(phase) => {
                            let knowledge = self.attacker.entry(phase).or_default();
                            knowledge.learn(concluded, id);
                        }
                        _ => {
                            let key = (predicate, concluded);
                            self.units.entry(key).or_default().push(id);
                        }
                    }
                }
            }
            Selection::Hypothesis(h) => {
                let fact = &clause.hypotheses[h];
                let consumers = self.consumers.entry(fact.predicate).or_default();
                consumers.insert(first_head(store, fact), id);
            }
        }
        self.concluding
            .entry(predicate)
            .or_default()
            .insert(concluded, id);
        if new.protected {
            self.register(id, &special(store, signature, &clause));
        }
        self.alive += 1;
        let searched = searched(store, &clause);
        let sought = searched.iter().map(|h| &clause.hypotheses[*h as usize]);
        self.symbols
            .push(fingerprint::symbols(store, [&clause.conclusion]));
        self.fingerprints.push(Fingerprints {
            concluded: outline.head,
            selected,
        });
        self.summaries.push(Summary {
            features: outline.features,
            needed: fingerprint::mask(store, sought),
            protected: new.protected,
            structured: has_structure(store, &clause.conclusion),
        });
        self.entries.push(Arc::new(Entry {
            width: clause.hypotheses.len(),
            clause,
            selection: new.selection,
            origin: new.origin,
            history: new.history,
            alive: true,
            protected: new.protected,
            apart: apart.map(Box::new),
            shapes: outline.shapes,
            searched,
        }));
        id
    }

    fn register(&mut self, id: u32, special: &Special) {
        match *special {
            Special::Composition {
                number,
                symbol,
                ref parts,
            } => {
                let knowledge = self.attacker.entry(number).or_default();
                knowledge.compose(symbol, id, parts);
            }
            Special::NextPhase(phase) => {
                self.next_phase.entry(phase).or_insert(id);
            }
            Special::None => {}
            Special::Projection {
                number,
                symbol,
                component,
                arity,
            } => {
                let slots = self
                    .projections
                    .entry((number, symbol))
                    .or_insert_with(|| vec![None; arity]);
                if let Some(slot) = slots.get_mut(component) {
                    slot.get_or_insert(id);
                }
            }
        }
    }

    /// Takes an entry out of the set for good: derivations may still pass it, but
    /// nobody looks at the clause itself again.
    pub(crate) fn kill(&mut self, store: &Store, id: u32) {
        if !self.entry(id).alive {
            return;
        }
        self.retire(store, id);
        let entry = Arc::make_mut(&mut self.entries[id as usize]);
        entry.clause = Clause {
            constraints: Vec::new(),
            hypotheses: Vec::new(),
            conclusion: Fact::new(entry.clause.conclusion.predicate, []),
        };
    }

    /// Takes an entry out of the set; it stays in the history.
    pub(crate) fn retire(&mut self, store: &Store, id: u32) {
        if !self.entry(id).alive {
            return;
        }
        let entry = Arc::make_mut(&mut self.entries[id as usize]);
        entry.alive = false;
        // Nothing is searched among those in the history.
        entry.apart = None;
        entry.shapes = Shapes::default();
        entry.searched = Box::default();
        self.alive -= 1;
        let conclusion = entry.clause.conclusion.predicate;
        let concluded = first_head(store, &entry.clause.conclusion);
        match entry.selection {
            Selection::Conclusion => {
                if let Some(heads) = self.providers.get_mut(&conclusion) {
                    heads.remove(concluded, id);
                }
                if let Predicate::Attacker(phase) = conclusion {
                    if let Some(knowledge) = self.attacker.get_mut(&phase) {
                        knowledge.forget(concluded, id);
                    }
                } else if let Some(list) = self.units.get_mut(&(conclusion, concluded)) {
                    list.retain(|e| *e != id);
                }
            }
            Selection::Hypothesis(h) => {
                let fact = &entry.clause.hypotheses[h];
                if let Some(heads) = self.consumers.get_mut(&fact.predicate) {
                    heads.remove(first_head(store, fact), id);
                }
            }
        }
        if let Some(heads) = self.concluding.get_mut(&conclusion) {
            heads.remove(concluded, id);
        }
    }
}

/// Entries of whose conclusion a fact may be an instance: it has all its symbols.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generalising<'a> {
    entries: Merged<'a>,
    symbols: &'a [u64],
    given: u64,
}

impl Generalising<'_> {
    /// Only the entries from this one on.
    pub(crate) fn since(self, first: u32) -> Self {
        Self {
            entries: self.entries.since(first),
            ..self
        }
    }
}

impl Iterator for Generalising<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let Self { symbols, given, .. } = *self;
        self.entries.find(|id| symbols[*id as usize] & !given == 0)
    }
}

/// See [`ClauseSet::decomposition`].
#[derive(Clone, Debug)]
pub(crate) struct Decomposition<'a> {
    /// The composition clause.
    pub(crate) composition: u32,
    /// The projection clauses, one for each part.
    pub(crate) projections: Vec<u32>,
    /// Numbers of the attacker facts about the parts.
    pub(crate) parts: &'a [u32],
}

/// What [`ClauseSet::insert`] needs.
pub(crate) struct NewEntry {
    pub(crate) clause: Clause,
    pub(crate) selection: Selection,
    pub(crate) origin: Origin,
    pub(crate) history: History,
    pub(crate) protected: bool,
}

fn has_structure(store: &Store, fact: &Fact) -> bool {
    fact.arguments
        .iter()
        .any(|t| matches!(store.view(*t), View::Apply(..)))
}

fn apart(store: &mut Store, unifier: &mut Unifier, clause: &Clause) -> Option<Clause> {
    unifier.clear();
    unifier.rename_from(APART);
    unifier.clause(store, clause)
}

/// Nodes of all hypotheses and the conclusion, as trees; what is said of numbers
/// does not count.
pub(crate) fn size(store: &Store, clause: &Clause) -> u64 {
    clause
        .hypotheses
        .iter()
        .filter(|f| !f.predicate.is_number())
        .chain([&clause.conclusion])
        .flat_map(|f| &f.arguments)
        .fold(0u64, |sum, t| sum.saturating_add(u64::from(store.size(*t))))
}

fn index(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}
