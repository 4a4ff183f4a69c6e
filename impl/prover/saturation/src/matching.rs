//! Matching a pattern onto a term, with undo.
//!
//! A substitution maps each node of the pattern's graph to exactly one term,
//! so compound nodes are remembered like variables and matching is linear in
//! the graph of the pattern, whatever the size of its tree.

use crate::stamped::Stamped;
use logic::{Arguments, Disequality, Fact, Store, TermId, View};

/// A substitution under construction.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    images: Stamped,
    trail: Vec<TermId>,
    agenda: Vec<(TermId, TermId)>,
}

/// A moment to return to with [`Matcher::undo`].
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Matcher {
    /// An empty substitution.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.images.clear();
        self.trail.clear();
    }

    /// This moment.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.trail.len())
    }

    /// Forgets what was bound since.
    pub fn undo(&mut self, mark: Mark) {
        while self.trail.len() > mark.0 {
            if let Some(term) = self.trail.pop() {
                self.images.remove(term.0);
            }
        }
    }

    /// Pattern nodes bound since a moment, with their images.
    pub fn bound_since(&self, mark: Mark) -> impl Iterator<Item = (TermId, TermId)> + '_ {
        self.trail[mark.0..]
            .iter()
            .filter_map(|p| self.images.value(p.0).map(|t| (*p, TermId(t))))
    }

    /// What a pattern node is bound to.
    #[must_use]
    pub fn image(&self, pattern: TermId) -> Option<TermId> {
        self.images.value(pattern.0).map(TermId)
    }

    /// Extends the substitution so that the pattern becomes the target. On
    /// failure bindings may remain: undo to a mark taken before.
    pub fn matches(&mut self, store: &Store, pattern: TermId, target: TermId) -> bool {
        self.agenda.clear();
        self.agenda.push((pattern, target));
        while let Some((pattern, target)) = self.agenda.pop() {
            if !store.may_match(pattern, target) {
                return false;
            }
            if store.is_ground(pattern) {
                if pattern != target {
                    return false;
                }
                continue;
            }
            if let Some(image) = self.images.value(pattern.0) {
                if image != target.0 {
                    return false;
                }
                continue;
            }
            if let View::Apply(f, fs) = store.view(pattern) {
                match store.view(target) {
                    View::Apply(g, gs) if f == g && fs.len() == gs.len() => {
                        self.agenda
                            .extend(fs.iter().copied().zip(gs.iter().copied()));
                    }
                    _ => return false,
                }
            }
            self.images.insert(pattern.0, target.0);
            self.trail.push(pattern);
        }
        true
    }

    /// As [`Self::matches`], for all arguments of a fact.
    pub fn matches_fact(&mut self, store: &Store, pattern: &Fact, target: &Fact) -> bool {
        pattern.predicate == target.predicate
            && pattern.arguments.len() == target.arguments.len()
            && pattern
                .arguments
                .iter()
                .zip(&target.arguments)
                .all(|(p, t)| self.matches(store, *p, *t))
    }

    /// Whether every variable of a fact is bound.
    pub fn binds(&self, store: &Store, fact: &Fact) -> bool {
        let mut work = fact.arguments.to_vec();
        while let Some(term) = work.pop() {
            if store.is_ground(term) || self.images.value(term.0).is_some() {
                continue;
            }
            match store.view(term) {
                View::Var(_) => return false,
                View::Apply(_, arguments) => work.extend_from_slice(arguments),
            }
        }
        true
    }

    /// The instance of a term; unbound variables stay.
    pub fn instance(&mut self, store: &mut Store, term: TermId) -> TermId {
        if store.is_ground(term) {
            return term;
        }
        if let Some(image) = self.images.value(term.0) {
            return TermId(image);
        }
        let View::Apply(symbol, arguments) = store.view(term) else {
            return term;
        };
        let arguments = Arguments::from(arguments);
        let images: Arguments = arguments.iter().map(|a| self.instance(store, *a)).collect();
        let image = if images == arguments {
            term
        } else {
            store.apply(symbol, &images)
        };
        // A compound node whose variables are all bound has one image; one
        // with a free variable may get another later, so only marks undo it.
        self.images.insert(term.0, image.0);
        self.trail.push(term);
        image
    }

    /// The instance of a constraint; its universal variables must be unbound.
    pub fn disequality(&mut self, store: &mut Store, constraint: &Disequality) -> Disequality {
        Disequality {
            universals: constraint.universals.clone(),
            pairs: constraint
                .pairs
                .iter()
                .map(|(l, r)| (self.instance(store, *l), self.instance(store, *r)))
                .collect(),
        }
    }
}
