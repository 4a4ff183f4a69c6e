//! What is asked of formulas in more than one place.

use crate::program::{Formula, QueryTerm};
use std::collections::{BTreeMap, BTreeSet};

impl Formula {
    /// The terms of its facts and comparisons, from left to right.
    #[must_use]
    pub fn terms(&self) -> Vec<&QueryTerm> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::terms).collect(),
            Self::Nested(fact, inner) => [fact.terms(), inner.terms()].concat(),
            Self::Attacker { term, .. } => vec![term],
            Self::Message { channel, term, .. } => vec![channel, term],
            Self::Equal(l, r, _) | Self::Unequal(l, r, _) => vec![l, r],
            Self::Event { arguments, .. }
            | Self::Natural(_, arguments, _)
            | Self::Predicate { arguments, .. }
            | Self::Table { arguments, .. } => arguments.iter().collect(),
            Self::False | Self::True => Vec::new(),
        }
    }

    /// Adds the variables of its terms, by number; moments are not among them.
    pub fn variables(&self, into: &mut BTreeSet<u32>) {
        self.terms().into_iter().for_each(|t| t.variables(into));
    }

    /// Puts terms in place of variables, all at once.
    pub fn replace(&mut self, values: &BTreeMap<u32, QueryTerm>) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter_mut().for_each(|p| p.replace(values));
            }
            Self::Nested(fact, inner) => {
                fact.replace(values);
                inner.replace(values);
            }
            Self::Attacker { term, .. } => term.replace(values),
            Self::Message { channel, term, .. } => {
                channel.replace(values);
                term.replace(values);
            }
            Self::Equal(l, r, _) | Self::Unequal(l, r, _) => {
                l.replace(values);
                r.replace(values);
            }
            Self::Event { arguments, .. }
            | Self::Natural(_, arguments, _)
            | Self::Predicate { arguments, .. }
            | Self::Table { arguments, .. } => {
                arguments.iter_mut().for_each(|a| a.replace(values));
            }
            Self::False | Self::True => {}
        }
    }

    /// Whether an `==>` stands in it.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::is_nested),
            Self::Nested(..) => true,
            _ => false,
        }
    }

    /// Whether an `inj-event` stands in it.
    #[must_use]
    pub fn is_injective(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::is_injective),
            Self::Event { injective, .. } => *injective,
            Self::Nested(fact, inner) => fact.is_injective() || inner.is_injective(),
            _ => false,
        }
    }
}

impl QueryTerm {
    /// Adds its variables, by number.
    pub fn variables(&self, into: &mut BTreeSet<u32>) {
        match self {
            Self::Apply(_, arguments) => arguments.iter().for_each(|a| a.variables(into)),
            Self::Bound { arguments, .. } => {
                arguments.iter().for_each(|(_, a)| a.variables(into));
            }
            Self::Name(_) => {}
            Self::Var(v) => {
                into.insert(*v);
            }
        }
    }

    /// Puts terms in place of variables, all at once.
    pub fn replace(&mut self, values: &BTreeMap<u32, Self>) {
        match self {
            Self::Apply(_, arguments) => arguments.iter_mut().for_each(|a| a.replace(values)),
            Self::Bound { arguments, .. } => {
                arguments.iter_mut().for_each(|(_, a)| a.replace(values));
            }
            Self::Name(_) => {}
            Self::Var(v) => {
                if let Some(value) = values.get(v) {
                    *self = value.clone();
                }
            }
        }
    }
}
