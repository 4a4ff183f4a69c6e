//! Restrictions, and candidates for lemmas.

use super::Generator;
use super::query::Variables;
use crate::model::signature::Type;
use crate::model::{Assumption, AssumptionKind, Fact, Formula, Query, Term};

impl Generator<'_> {
    /// A restriction, and candidates for lemmas.
    pub(super) fn assumptions(&mut self) {
        if self.random.chance(self.size.restrictions) {
            self.assume(AssumptionKind::Restriction);
        }
        if self.random.chance(self.size.lemmas) {
            for _ in 0..2 {
                self.assume(AssumptionKind::Lemma);
            }
        }
    }

    /// Facts imply events, or comparisons of what they say.
    fn assume(&mut self, kind: AssumptionKind) {
        let mut variables = Variables::default();
        let mut premises = vec![self.premise(&mut variables)];
        if self.random.chance(40) {
            let more = self.premise(&mut variables);
            premises.push(more);
        }
        variables.premises = variables.all.len();
        let conclusion = match self.random.weighted(&[50, 50]) {
            0 => {
                let fact = self.event_fact(&mut variables, false, false);
                Formula::Fact(fact)
            }
            _ => match variables.all.first().cloned() {
                Some((name, ty)) => {
                    let other = self.known(&variables, ty);
                    let operator = if self.random.chance(60) { "=" } else { "<>" };
                    Formula::Compare(operator, Term::Variable(name), other)
                }
                None => Formula::Truth(false),
            },
        };
        self.model.assumptions.push(Assumption {
            kind,
            statement: Query {
                variables: variables.all,
                premises,
                conclusion: Some(conclusion),
            },
        });
    }

    /// Mostly an event; else what the attacker knows, what was said, or an entry.
    fn premise(&mut self, variables: &mut Variables) -> Fact {
        match self.random.weighted(&[70, 12, 10, 8]) {
            1 => {
                let message = if self.random.chance(50) {
                    self.secret()
                } else {
                    self.known(variables, Type::Bitstring)
                };
                Fact::Attacker(message, None)
            }
            2 => self.message_fact(variables),
            3 => match self.table_fact(variables) {
                Some(fact) => fact,
                None => self.event_fact(variables, false, true),
            },
            _ => self.event_fact(variables, false, true),
        }
    }
}
