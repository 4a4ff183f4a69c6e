//! The engine's view of the program's equational theory.

use horn::Theory;
use logic::{Disequality, Fact, Store};
use saturation::{Constraints, Simplified};

/// A theory as saturation needs it.
pub(crate) struct Equality<'a>(pub(crate) &'a Theory);

impl Constraints for Equality<'_> {
    fn simplify(&self, store: &mut Store, constraint: &Disequality) -> Simplified {
        match self.0.simplify(store, constraint) {
            horn::Simplified::False => Simplified::False,
            horn::Simplified::Rest(rest) => Simplified::Rest(rest),
            horn::Simplified::True => Simplified::True,
        }
    }

    fn contradictory(
        &self,
        store: &mut Store,
        facts: &[Fact],
        constraints: &[Disequality],
    ) -> bool {
        self.0.contradictory(store, facts, constraints)
    }

    fn follows(&self, store: &mut Store, fact: &Fact, given: &[Fact]) -> bool {
        self.0.follows(store, fact, given)
    }
}
