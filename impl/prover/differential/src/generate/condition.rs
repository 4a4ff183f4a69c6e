//! Random conditions, mostly about what was received last.

use super::{Generator, Scope};
use crate::model::Term;
use crate::model::signature::{Part, Type};

impl Generator<'_> {
    /// A term of type `bool`.
    pub(super) fn condition(&mut self, scope: &Scope, depth: usize) -> Term {
        let numbers = if self.has(Part::Numbers) { 40 } else { 0 };
        match self.random.weighted(&[50, 25, 10, 10, 5, numbers]) {
            0 | 1 if depth == 0 => self.comparison(scope),
            5 => self.order(scope),
            0 => self.comparison(scope),
            1 => self.destructor(scope, Type::Bool, 0),
            2 => {
                let inner = self.condition(scope, 0);
                Term::Not(Box::new(inner))
            }
            3 if depth > 0 => {
                let operator = if self.random.chance(50) { "&&" } else { "||" };
                let left = self.condition(scope, depth - 1);
                let right = self.condition(scope, depth - 1);
                Term::Infix(operator, Box::new(left), Box::new(right))
            }
            _ => self.comparison(scope),
        }
    }

    /// A condition about numbers.
    fn order(&mut self, scope: &Scope) -> Term {
        if self.random.chance(20) {
            let value = self.term(scope, Type::Natural, 1, false);
            return Term::IsNatural(Box::new(value));
        }
        let left = self.term(scope, Type::Natural, 1, true);
        let right = if self.random.chance(15) {
            self.destructor(scope, Type::Natural, 0)
        } else {
            self.term(scope, Type::Natural, 1, true)
        };
        let operator = ["<", "<=", ">", ">=", "=", "<>"][self.random.below(6)];
        Term::Infix(operator, Box::new(left), Box::new(right))
    }

    fn comparison(&mut self, scope: &Scope) -> Term {
        let ty = match self.random.weighted(&[70, 15, 10, 5]) {
            0 => Type::Bitstring,
            1 => Type::Host,
            2 => Type::Key,
            _ if self.has(Part::Group) => Type::Group,
            _ => Type::Public,
        };
        let left = self.term(scope, ty, 0, false);
        let right = if ty == Type::Bitstring && self.random.chance(25) {
            self.destructor(scope, ty, 0)
        } else {
            self.term(scope, ty, 1, false)
        };
        let operator = if self.random.chance(65) { "=" } else { "<>" };
        Term::Infix(operator, Box::new(left), Box::new(right))
    }
}
