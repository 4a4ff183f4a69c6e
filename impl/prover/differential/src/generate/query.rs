//! Random queries about what the processes do.

use super::term::apply;
use super::{Generator, Scope};
use crate::model::signature::{Part, Type};
use crate::model::{Declared, Fact, Formula, Prefix, Process, Query, Term};
use std::collections::{BTreeMap, BTreeSet};

/// Variables of a query.
#[derive(Default)]
pub(super) struct Variables {
    pub(super) all: Vec<(String, Type)>,
    /// How many of them the premises bind.
    pub(super) premises: usize,
}

impl Generator<'_> {
    pub(super) fn queries(&mut self) {
        self.keep_unambiguous_names();
        for i in 0..self.size.queries {
            let about = !self.exchanged.is_empty() && self.random.chance(60);
            let exchanged = if about { self.exchange_query() } else { None };
            let mut query = match (i % 3, exchanged) {
                (1 | 2, Some(query)) => query,
                (0, _) => self.secrecy(),
                (1, None) => self.correspondence(),
                _ if self.random.chance(50) => self.correspondence(),
                _ => self.reachability(),
            };
            self.or_leaked(&mut query);
            self.model.queries.push(query);
        }
    }

    /// `new n` in a query is ambiguous when a macro that makes `n` is called
    /// twice, and meaningless when it is never called.
    fn keep_unambiguous_names(&mut self) {
        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        self.model.processes_mut(&mut |process| {
            if let Process::Call(name, _) = process {
                *calls.entry(name.clone()).or_default() += 1;
            }
        });
        let mut bad: Vec<String> = Vec::new();
        for role in &mut self.model.macros {
            if calls.get(&role.name) != Some(&1) {
                role.body.visit_mut(&mut |process| {
                    if let Process::Prefix(Prefix::New(name, ..), _) = process {
                        bad.push(name.clone());
                    }
                });
            }
        }
        self.restricted.retain(|(name, _)| !bad.contains(name));
    }

    /// Names that are in what some process sends: to ask about others is dull.
    fn sent(&mut self) -> BTreeSet<String> {
        let mut sent = BTreeSet::new();
        self.model.processes_mut(&mut |process| {
            if let Process::Prefix(Prefix::Out(_, message), _) = process {
                message.visit_mut(&mut |term| {
                    if let Term::Variable(name) = term {
                        sent.insert(name.clone());
                    }
                });
            }
        });
        sent
    }

    pub(super) fn secret(&mut self) -> Term {
        let sent = if self.random.chance(90) {
            self.sent()
        } else {
            BTreeSet::new()
        };
        let asked = |name: &str| sent.is_empty() || sent.contains(name);
        let restricted: Vec<_> = self
            .restricted
            .iter()
            .map(|(n, _)| n.clone())
            .filter(|n| asked(n))
            .collect();
        if self.random.chance(60)
            && let Some(name) = self.random.pick(&restricted)
        {
            return Term::Restricted(name.clone());
        }
        let private: Vec<_> = self
            .model
            .names
            .iter()
            .filter(|n| n.private && n.ty != Type::Channel && asked(&n.name))
            .map(|n| n.name.clone())
            .collect();
        match self.random.pick(&private) {
            Some(name) => Term::variable(name),
            None => Term::variable("s1"),
        }
    }

    fn phase(&mut self) -> Option<u32> {
        let highest = usize::try_from(self.phases).unwrap_or(0);
        (highest > 0 && self.random.chance(50))
            .then(|| u32::try_from(self.random.between(0, highest)).unwrap_or(0))
    }

    fn secrecy(&mut self) -> Query {
        if self.random.chance(8)
            && let Some((name, _)) = self.random.pick(&self.restricted)
        {
            return Query {
                variables: Vec::new(),
                premises: vec![Fact::Secret(name.clone())],
                conclusion: None,
            };
        }
        let message = self.secret();
        let message = if self.random.chance(10) {
            Term::Tuple(vec![message, self.secret()])
        } else {
            message
        };
        let phase = self.phase();
        let mut premises = vec![Fact::Attacker(message, phase)];
        let mut variables = Variables::default();
        if self.random.chance(15) {
            let event = self.event_fact(&mut variables, false, true);
            premises.push(event);
        }
        let conclusion = if self.random.chance(25) {
            variables.premises = variables.all.len();
            Some(self.disjunction(&mut variables, false))
        } else {
            None
        };
        Query {
            variables: variables.all,
            premises,
            conclusion,
        }
    }

    fn reachability(&mut self) -> Query {
        let mut variables = Variables::default();
        let premises = (0..self.random.weighted(&[0, 80, 20]))
            .map(|_| self.event_fact(&mut variables, false, true))
            .collect();
        Query {
            variables: variables.all,
            premises,
            conclusion: None,
        }
    }

    fn correspondence(&mut self) -> Query {
        let mut variables = Variables::default();
        let injective = self.random.chance(self.size.injective);
        let mut premises = vec![self.event_fact(&mut variables, injective, true)];
        let predicates = if self.has(Part::Predicates) { 10 } else { 0 };
        match self.random.weighted(&[73, 15, 5, 5, predicates, 4]) {
            0 => {}
            5 => premises.push(self.message_fact(&mut variables)),
            4 => premises.extend(self.predicate_fact(&mut variables)),
            1 => {
                let more = self.event_fact(&mut variables, false, true);
                premises.push(more);
            }
            2 => {
                let secret = self.secret();
                premises.push(Fact::Attacker(secret, None));
            }
            _ => premises.extend(self.table_fact(&mut variables)),
        }
        variables.premises = variables.all.len();
        let conclusion = self.disjunction(&mut variables, injective);
        let mut query = Query {
            variables: variables.all,
            premises,
            conclusion: Some(conclusion),
        };
        if self.random.chance(self.size.times) {
            self.time(&mut query);
        }
        query
    }

    fn disjunction(&mut self, variables: &mut Variables, injective: bool) -> Formula {
        let mut parts: Vec<_> = (0..self.random.weighted(&[0, 60, 25, 15]))
            .map(|_| self.conjunction(variables, injective))
            .collect();
        match parts.len() {
            1 => parts.remove(0),
            _ => Formula::Or(parts),
        }
    }

    fn conjunction(&mut self, variables: &mut Variables, injective: bool) -> Formula {
        let mut parts: Vec<_> = (0..self.random.weighted(&[0, 75, 25]))
            .map(|_| self.atom(variables, injective))
            .collect();
        match parts.len() {
            1 => parts.remove(0),
            _ => Formula::And(parts),
        }
    }

    fn atom(&mut self, variables: &mut Variables, injective: bool) -> Formula {
        let predicates = if self.has(Part::Predicates) { 10 } else { 0 };
        match self.random.weighted(&[64, 10, 10, 8, 4, 2, predicates, 2]) {
            7 => Formula::Fact(self.message_fact(variables)),
            6 => match self.predicate_fact(variables) {
                Some(fact) => Formula::Fact(fact),
                None => Formula::Truth(false),
            },
            1 | 2 if variables.premises == 0 => Formula::Truth(false),
            choice @ (1 | 2) => {
                let (left, ty) = variables.all[self.random.below(variables.premises)].clone();
                let known = Variables {
                    all: variables.all[..variables.premises].to_vec(),
                    premises: variables.premises,
                };
                let right = self.known(&known, ty);
                let left = Term::Variable(left);
                if ty == Type::Natural && self.random.chance(70) {
                    if self.random.chance(15) {
                        return Formula::IsNatural(left);
                    }
                    let operator = ["<", "<=", ">", ">="][self.random.below(4)];
                    return Formula::Compare(operator, left, right);
                }
                Formula::Compare(if choice == 1 { "=" } else { "<>" }, left, right)
            }
            3 => {
                let secret = self.secret();
                Formula::Fact(Fact::Attacker(secret, None))
            }
            4 => match self.table_fact(variables) {
                Some(fact) => Formula::Fact(fact),
                None => Formula::Truth(false),
            },
            5 => Formula::Truth(false),
            _ => {
                let injective = injective && self.random.chance(80);
                let fact = self.event_fact(variables, injective, false);
                if self.random.chance(self.size.nested) {
                    let then = match self.random.weighted(&[70, 30]) {
                        0 => Formula::Fact(self.event_fact(variables, injective, false)),
                        _ => self.conjunction(variables, injective),
                    };
                    return Formula::Nested(fact, Box::new(then));
                }
                Formula::Fact(fact)
            }
        }
    }

    pub(super) fn event_fact(
        &mut self,
        variables: &mut Variables,
        injective: bool,
        premise: bool,
    ) -> Fact {
        let event = match self.random.pick(&self.model.events) {
            Some(event) => event.clone(),
            None => Declared {
                name: "e".to_owned(),
                types: Vec::new(),
            },
        };
        let arguments = self.arguments(&event, variables, premise);
        Fact::Event(event.name, arguments, injective, None)
    }

    /// A predicate about variables that the other premises bind, or are new.
    fn predicate_fact(&mut self, variables: &mut Variables) -> Option<Fact> {
        let scope = Scope::default();
        let (predicate, _) = self.predicate(&scope)?;
        let of = Declared {
            name: predicate.name.to_owned(),
            types: predicate.parameters.to_vec(),
        };
        let arguments = self.arguments(&of, variables, false);
        Some(Fact::Holds(predicate, arguments))
    }

    /// What was sent on some channel.
    pub(super) fn message_fact(&mut self, variables: &mut Variables) -> Fact {
        let channels: Vec<String> = self
            .model
            .names
            .iter()
            .filter(|n| n.ty == Type::Channel)
            .map(|n| n.name.clone())
            .collect();
        let channel = self.random.pick(&channels).map_or("c", String::as_str);
        let channel = Term::variable(channel);
        let of = Declared {
            name: String::new(),
            types: vec![Type::Bitstring],
        };
        let mut message = self.arguments(&of, variables, false);
        Fact::Message(channel, message.remove(0))
    }

    pub(super) fn table_fact(&mut self, variables: &mut Variables) -> Option<Fact> {
        let table = self.random.pick(&self.model.tables)?.clone();
        let columns = self.arguments(&table, variables, false);
        Some(Fact::Table(table.name, columns))
    }

    fn arguments(&mut self, of: &Declared, variables: &mut Variables, premise: bool) -> Vec<Term> {
        of.types
            .iter()
            .map(|ty| {
                let reuse = if premise { 10 } else { 65 };
                if self.random.chance(reuse) {
                    return self.known(variables, *ty);
                }
                let name = self.fresh("q");
                variables.all.push((name.clone(), *ty));
                Term::Variable(name)
            })
            .collect()
    }

    /// A variable that is there, or a constant, name or small term.
    pub(super) fn known(&mut self, variables: &Variables, ty: Type) -> Term {
        let fitting: Vec<_> = variables
            .all
            .iter()
            .filter(|(_, t)| *t == ty)
            .map(|(name, _)| name.clone())
            .collect();
        if self.random.chance(75)
            && let Some(name) = self.random.pick(&fitting)
        {
            return Term::variable(name);
        }
        if ty == Type::Natural {
            let small = Term::Number(u32::try_from(self.random.below(4)).unwrap_or(0));
            return match self.random.pick(&fitting) {
                Some(name) if self.random.chance(50) => {
                    Term::Infix("+", Box::new(Term::variable(name)), Box::new(small))
                }
                _ => small,
            };
        }
        let restricted: Vec<_> = self
            .restricted
            .iter()
            .filter(|(_, t)| *t == ty)
            .map(|(name, _)| name.clone())
            .collect();
        if self.random.chance(25)
            && let Some(name) = self.random.pick(&restricted)
        {
            return Term::Restricted(name.clone());
        }
        if ty == Type::Bitstring && self.random.chance(20) {
            let inner = self.known(variables, ty);
            return apply("h", vec![inner]);
        }
        let names: Vec<_> = self
            .model
            .names
            .iter()
            .filter(|n| n.ty == ty)
            .map(|n| n.name.clone())
            .collect();
        match self.random.pick(&names) {
            Some(name) => Term::variable(name),
            None => super::term::plain(ty),
        }
    }
}
