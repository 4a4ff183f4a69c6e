//! When the events of random queries happen.

use super::Generator;
use crate::model::signature::Type;
use crate::model::{Fact, Formula, Query, Term};

impl Generator<'_> {
    /// Says of the events of a query when they happen, and compares some of these
    /// times. A time may be compared where its event is asked for: in the same
    /// disjunct, or anywhere if it is that of a premise.
    pub(super) fn time(&mut self, query: &mut Query) {
        let mut known = Vec::new();
        for premise in &mut query.premises {
            if let Fact::Event(_, _, _, time) = premise {
                known.push(self.moment(time));
            }
        }
        let mut all = known.clone();
        let conclusion = query.conclusion.take();
        query.conclusion = match conclusion {
            Some(conclusion) => Some(self.timed(conclusion, &known, &mut all)),
            None => self.sequence(&known),
        };
        let times = all.into_iter().map(|name| (name, Type::Time));
        query.variables.extend(times);
    }

    fn moment(&mut self, time: &mut Option<String>) -> String {
        let name = self.fresh("i");
        *time = Some(name.clone());
        name
    }

    fn timed(&mut self, formula: Formula, known: &[String], all: &mut Vec<String>) -> Formula {
        if let Formula::Or(parts) = formula {
            let parts = parts.into_iter().map(|p| self.timed(p, known, all));
            return Formula::Or(parts.collect());
        }
        let mut formula = formula;
        let mut inside = known.to_vec();
        self.moments(&mut formula, &mut inside);
        all.extend_from_slice(&inside[known.len()..]);
        let order = match self.random.weighted(&[20, 70, 10]) {
            0 => None,
            1 => self.sequence(&inside),
            _ => {
                let two = self.sequence(&inside).zip(self.sequence(&inside));
                two.map(|(first, second)| Formula::And(vec![first, second]))
            }
        };
        match order {
            Some(order) if inside.len() > known.len() || self.random.chance(50) => {
                Formula::And(vec![formula, order])
            }
            Some(order) => Formula::Or(vec![formula, order]),
            None => formula,
        }
    }

    /// Names the times of events that are asked for whatever the disjunct.
    fn moments(&mut self, formula: &mut Formula, into: &mut Vec<String>) {
        match formula {
            Formula::And(parts) => parts.iter_mut().for_each(|p| self.moments(p, into)),
            Formula::Fact(Fact::Event(_, _, _, time)) => into.push(self.moment(time)),
            Formula::Nested(Fact::Event(_, _, _, time), inner) => {
                into.push(self.moment(time));
                self.moments(inner, into);
            }
            _ => {}
        }
    }

    /// A comparison of two times, mostly of the last with the first.
    fn sequence(&mut self, known: &[String]) -> Option<Formula> {
        let (mut first, mut last) = (known.first()?, known.last()?);
        if self.random.chance(40) {
            first = self.random.pick(known)?;
            last = self.random.pick(known)?;
        }
        if first == last {
            return None;
        }
        if self.random.chance(20) {
            std::mem::swap(&mut first, &mut last);
        }
        let operator = ["<", "<=", ">", "<>", "="][self.random.weighted(&[55, 15, 5, 15, 10])];
        let (left, right) = (Term::variable(last), Term::variable(first));
        Some(Formula::Compare(operator, left, right))
    }
}
