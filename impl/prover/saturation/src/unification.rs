//! Most general unifiers of term graphs.
//!
//! Terms of a store are graphs, so unification merges nodes into classes
//! instead of substituting: every node is visited a bounded number of times
//! however large its tree is (Huet's algorithm; Baader and Snyder,
//! "Unification theory", 2001, section 2.3). A class that contains a compound
//! term keeps one as its schema. Acyclicity is checked while the instance of
//! the unified terms is built, which reaches every class that was merged.

use crate::stamped::Stamped;
use logic::{Arguments, Clause, Disequality, Fact, Store, Symbol, TermId, Var, View};

/// Variables from here on are bound by a constraint and never renamed.
pub const UNIVERSALS: u32 = 1 << 24;

/// How far the variables of a clause used as a partner are moved.
pub(crate) const APART: u32 = 1 << 20;

/// A unifier under construction and its application.
///
/// Instances rename the variables that remain to 0, 1, … in the order in which
/// they are met.
#[derive(Clone, Debug, Default)]
pub struct Unifier {
    parents: Stamped,
    schemas: Stamped,
    instances: Stamped,
    named: u32,
    agenda: Vec<(TermId, TermId)>,
    arguments: Vec<TermId>,
}

/// Marks a class whose instance is being built.
const OPEN: u32 = u32::MAX;

impl Unifier {
    /// An empty unifier.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Back to the identity.
    pub fn clear(&mut self) {
        self.parents.clear();
        self.schemas.clear();
        self.rename_from(0);
    }

    /// Forgets instances built so far and numbers variables from here on.
    pub fn rename_from(&mut self, first: u32) {
        self.instances.clear();
        self.named = first;
    }

    /// Merges the pairs; false if symbols clash. Cycles show when instances are
    /// built.
    pub fn unify(
        &mut self,
        store: &Store,
        pairs: impl IntoIterator<Item = (TermId, TermId)>,
    ) -> bool {
        self.agenda.clear();
        self.agenda.extend(pairs);
        while let Some((left, right)) = self.agenda.pop() {
            if !self.merge(store, left, right) {
                return false;
            }
        }
        true
    }

    /// Merges the arguments of two facts of one predicate.
    pub fn unify_facts(&mut self, store: &Store, left: &Fact, right: &Fact) -> bool {
        left.predicate == right.predicate
            && left.arguments.len() == right.arguments.len()
            && self.unify(
                store,
                left.arguments
                    .iter()
                    .copied()
                    .zip(right.arguments.iter().copied()),
            )
    }

    fn merge(&mut self, store: &Store, left: TermId, right: TermId) -> bool {
        let (left, right) = (self.root(left), self.root(right));
        if left == right {
            return true;
        }
        if store.is_ground(left) && store.is_ground(right) {
            return false;
        }
        let schema = match (self.schema(store, left), self.schema(store, right)) {
            (None, schema) | (schema, None) => schema,
            (Some(l), Some(r)) => {
                let (View::Apply(f, fs), View::Apply(g, gs)) = (store.view(l), store.view(r))
                else {
                    return false;
                };
                if f != g || fs.len() != gs.len() {
                    return false;
                }
                if l != r {
                    self.agenda
                        .extend(fs.iter().copied().zip(gs.iter().copied()));
                }
                Some(l)
            }
        };
        self.parents.insert(right.0, left.0);
        if let Some(schema) = schema {
            self.schemas.insert(left.0, schema.0);
        }
        true
    }

    fn root(&mut self, term: TermId) -> TermId {
        let mut root = term.0;
        while let Some(parent) = self.parents.value(root) {
            root = parent;
        }
        let mut walk = term.0;
        while let Some(parent) = self.parents.value(walk) {
            if parent != root {
                self.parents.insert(walk, root);
            }
            walk = parent;
        }
        TermId(root)
    }

    fn schema(&self, store: &Store, root: TermId) -> Option<TermId> {
        if let Some(schema) = self.schemas.value(root.0) {
            return Some(TermId(schema));
        }
        matches!(store.view(root), View::Apply(..)).then_some(root)
    }

    /// The instance of a term; `None` if it would be infinite.
    pub fn instance(&mut self, store: &mut Store, term: TermId) -> Option<TermId> {
        if store.is_ground(term) {
            return Some(term);
        }
        let root = self.root(term);
        match self.instances.value(root.0) {
            Some(OPEN) => return None,
            Some(done) => return Some(TermId(done)),
            None => {}
        }
        let done = match self.schema(store, root) {
            None => self.name(store, root),
            Some(schema) if store.is_ground(schema) => schema,
            Some(schema) => {
                self.instances.insert(root.0, OPEN);
                self.compound(store, schema)?
            }
        };
        self.instances.insert(root.0, done.0);
        Some(done)
    }

    fn name(&mut self, store: &mut Store, root: TermId) -> TermId {
        match store.view(root) {
            View::Var(Var(n)) if n < UNIVERSALS => {
                let fresh = store.var(Var(self.named));
                self.named += 1;
                fresh
            }
            _ => root,
        }
    }

    fn compound(&mut self, store: &mut Store, schema: TermId) -> Option<TermId> {
        let base = self.arguments.len();
        let mut position = 0;
        while let Some((_, argument)) = argument(store, schema, position) {
            let Some(instance) = self.instance(store, argument) else {
                self.arguments.truncate(base);
                return None;
            };
            self.arguments.push(instance);
            position += 1;
        }
        let symbol = symbol(store, schema)?;
        let done = store.apply(symbol, &self.arguments[base..]);
        self.arguments.truncate(base);
        Some(done)
    }

    /// The instance of a fact.
    pub fn fact(&mut self, store: &mut Store, fact: &Fact) -> Option<Fact> {
        let arguments: Option<Arguments> = fact
            .arguments
            .iter()
            .map(|t| self.instance(store, *t))
            .collect();
        Some(Fact::new(fact.predicate, arguments?))
    }

    /// The instance of a constraint, whose universal variables stay.
    pub fn disequality(
        &mut self,
        store: &mut Store,
        constraint: &Disequality,
    ) -> Option<Disequality> {
        let mut pairs = Vec::with_capacity(constraint.pairs.len());
        for (left, right) in &constraint.pairs {
            pairs.push((self.instance(store, *left)?, self.instance(store, *right)?));
        }
        Some(Disequality {
            universals: constraint.universals.clone(),
            pairs,
        })
    }

    /// The instance of a clause, with no more room than it takes: there are many.
    pub(crate) fn clause(&mut self, store: &mut Store, clause: &Clause) -> Option<Clause> {
        let conclusion = self.fact(store, &clause.conclusion)?;
        let mut hypotheses = Vec::with_capacity(clause.hypotheses.len());
        for h in &clause.hypotheses {
            hypotheses.push(self.fact(store, h)?);
        }
        let mut constraints = Vec::with_capacity(clause.constraints.len());
        for c in &clause.constraints {
            constraints.push(self.disequality(store, c)?);
        }
        Some(Clause {
            constraints,
            hypotheses,
            conclusion,
        })
    }
}

fn argument(store: &Store, term: TermId, position: usize) -> Option<(Symbol, TermId)> {
    match store.view(term) {
        View::Apply(symbol, arguments) => arguments.get(position).map(|a| (symbol, *a)),
        View::Var(_) => None,
    }
}

fn symbol(store: &Store, term: TermId) -> Option<Symbol> {
    match store.view(term) {
        View::Apply(symbol, _) => Some(symbol),
        View::Var(_) => None,
    }
}
