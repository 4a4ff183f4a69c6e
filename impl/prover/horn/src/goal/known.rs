//! What a conclusion asks for and the premises say already.
//!
//! A query asks for its conclusion whenever its premises hold, so what they say of
//! the attacker, of messages, tables and user predicates is true then, and need not
//! be found once more among what led to them. The attacker composes what it knows,
//! and knows it in later phases, too (Blanchet, 2016 survey, section 2). Events are
//! not looked at here: which execution meets which is another question.

use super::Builder;
use crate::problem::Disjunct;
use logic::{Fact, Predicate, TermId, View, phase_of};
use std::collections::BTreeSet;

impl Builder<'_> {
    /// The disjunct without what holds anyway where these premises do.
    pub(super) fn without_known(&self, disjunct: Disjunct, premises: &[Fact]) -> Disjunct {
        let facts = disjunct.facts.into_iter();
        let kept = facts.filter(|f| !self.is_known(f, premises)).collect();
        Disjunct {
            facts: kept,
            ..disjunct
        }
    }

    fn is_known(&self, fact: &Fact, premises: &[Fact]) -> bool {
        match fact.predicate {
            Predicate::Attacker(number) => {
                let known: BTreeSet<TermId> = premises
                    .iter()
                    .filter(|p| match p.predicate {
                        Predicate::Attacker(before) => phase_of(before) <= phase_of(number),
                        _ => false,
                    })
                    .flat_map(|p| p.arguments.iter().copied())
                    .collect();
                fact.arguments.iter().all(|t| self.composes(&known, *t))
            }
            Predicate::Message(_) | Predicate::Table { .. } | Predicate::User { .. } => {
                premises.contains(fact)
            }
            _ => false,
        }
    }

    /// Whether public functions make the term of known ones, of which there is one
    /// at least; each subterm of the graph is looked at once.
    fn composes(&self, known: &BTreeSet<TermId>, term: TermId) -> bool {
        let mut seen = BTreeSet::new();
        let mut work = vec![term];
        while let Some(term) = work.pop() {
            if known.contains(&term) || !seen.insert(term) {
                continue;
            }
            match self.translation.store.view(term) {
                View::Apply(symbol, arguments)
                    if !arguments.is_empty()
                        && self
                            .translation
                            .signature
                            .info(symbol)
                            .is_some_and(|info| info.public) =>
                {
                    work.extend_from_slice(arguments);
                }
                _ => return false,
            }
        }
        true
    }
}
