//! Walking over a model: every process, every term, every identifier.

use super::{Fact, Formula, Model, Pattern, Prefix, Process, Query, Term};

impl Model {
    /// The main process and the bodies of the macros.
    pub fn bodies_mut(&mut self) -> impl Iterator<Item = &mut Process> {
        self.macros
            .iter_mut()
            .map(|m| &mut m.body)
            .chain(std::iter::once(&mut self.process))
    }

    /// Calls back for every process, inner ones first.
    pub fn processes_mut(&mut self, each: &mut dyn FnMut(&mut Process)) {
        for body in self.bodies_mut() {
            body.visit_mut(each);
        }
    }

    /// The queries and what is assumed.
    pub fn statements_mut(&mut self) -> impl Iterator<Item = &mut Query> {
        self.queries
            .iter_mut()
            .chain(self.assumptions.iter_mut().map(|a| &mut a.statement))
    }

    /// Calls back for every term of the process, the `letfun`s, the queries and
    /// what is assumed, inner ones first.
    pub fn terms_mut(&mut self, each: &mut dyn FnMut(&mut Term)) {
        for letfun in &mut self.letfuns {
            letfun.body.visit_mut(each);
        }
        for query in self.statements_mut() {
            query.terms_mut(each);
        }
        for body in self.bodies_mut() {
            body.visit_mut(&mut |process| process.own_terms_mut(each));
        }
    }

    /// Replaces every identifier that the model, not the signature, declares.
    pub fn rename(&mut self, new: &dyn Fn(&str) -> String) {
        let apply = |name: &mut String| *name = new(name);
        self.names.iter_mut().for_each(|n| apply(&mut n.name));
        for declared in self.tables.iter_mut().chain(&mut self.events) {
            apply(&mut declared.name);
        }
        for letfun in &mut self.letfuns {
            apply(&mut letfun.name);
            letfun.parameters.iter_mut().for_each(|p| apply(&mut p.0));
        }
        for role in &mut self.macros {
            apply(&mut role.name);
            role.parameters.iter_mut().for_each(|p| apply(&mut p.0));
        }
        for query in self.statements_mut() {
            query.variables.iter_mut().for_each(|v| apply(&mut v.0));
            query.facts_mut(&mut |fact| {
                if let Fact::Event(name, ..) | Fact::Secret(name) | Fact::Table(name, _) = fact {
                    *name = new(name);
                }
                if let Fact::Event(_, _, _, Some(time)) = fact {
                    *time = new(time);
                }
            });
        }
        self.precise = self.precise.iter().map(|name| new(name)).collect();
        self.terms_mut(&mut |term| match term {
            Term::Call(name, _) | Term::New(name, ..) | Term::Restricted(name) => *name = new(name),
            Term::Variable(name) if name != "true" && name != "false" && name != "g" => {
                *name = new(name);
            }
            Term::Let(pattern, ..) => pattern.rename(new),
            _ => {}
        });
        self.processes_mut(&mut |process| match process {
            Process::Call(name, _) => *name = new(name),
            Process::Prefix(prefix, _) => match prefix {
                Prefix::Event(name, _) | Prefix::Insert(name, _) => *name = new(name),
                Prefix::New(name, _, depends) => {
                    *name = new(name);
                    for name in depends.iter_mut().flatten() {
                        *name = new(name);
                    }
                }
                Prefix::SuchThat(variables, ..) => {
                    variables.iter_mut().for_each(|v| v.0 = new(&v.0));
                }
                Prefix::Get(name, patterns, ..) => {
                    *name = new(name);
                    patterns.iter_mut().for_each(|p| p.rename(new));
                }
                Prefix::In(_, pattern) | Prefix::Let(pattern, ..) => pattern.rename(new),
                Prefix::If(..) | Prefix::Out(..) | Prefix::Phase(_) => {}
            },
            _ => {}
        });
    }
}

impl Pattern {
    /// The first variable it binds.
    fn first_bound(&self) -> Option<&str> {
        match self {
            Self::Variable(name, _) => Some(name),
            Self::Open(_, parts) | Self::Tuple(parts) => parts.iter().find_map(Self::first_bound),
            Self::Equal(_) | Self::Wildcard(_) => None,
        }
    }
}

impl Prefix {
    /// The first variable that an input, an entry or a solution binds: its name where
    /// the model says that it is precise.
    #[must_use]
    pub fn first_bound(&self) -> Option<&str> {
        match self {
            Self::Get(_, patterns, ..) => patterns.iter().find_map(Pattern::first_bound),
            Self::In(_, pattern) => pattern.first_bound(),
            Self::SuchThat(variables, ..) => variables.first().map(|v| v.0.as_str()),
            _ => None,
        }
    }

    /// The process for failure, of those that may fail.
    pub fn otherwise_mut(&mut self) -> Option<&mut Process> {
        match self {
            Self::Get(_, _, _, otherwise)
            | Self::If(_, otherwise)
            | Self::Let(_, _, otherwise)
            | Self::SuchThat(_, _, otherwise) => Some(otherwise),
            Self::Event(..)
            | Self::In(..)
            | Self::Insert(..)
            | Self::New(..)
            | Self::Out(..)
            | Self::Phase(_) => None,
        }
    }
}

impl Process {
    /// Calls back for it and every process inside, inner ones first.
    pub fn visit_mut(&mut self, each: &mut dyn FnMut(&mut Process)) {
        match self {
            Self::Call(..) | Self::Nil => {}
            Self::Parallel(parts) => parts.iter_mut().for_each(|p| p.visit_mut(each)),
            Self::Prefix(prefix, then) => {
                if let Some(otherwise) = prefix.otherwise_mut() {
                    otherwise.visit_mut(each);
                }
                then.visit_mut(each);
            }
            Self::Replicate(body) => body.visit_mut(each),
        }
        each(self);
    }

    /// Calls back for every term in it, inner ones first.
    pub fn terms_inside_mut(&mut self, each: &mut dyn FnMut(&mut Term)) {
        self.visit_mut(&mut |process| process.own_terms_mut(each));
    }

    /// Calls back for the terms of its own first action.
    fn own_terms_mut(&mut self, each: &mut dyn FnMut(&mut Term)) {
        match self {
            Self::Call(_, arguments) => arguments.iter_mut().for_each(|t| t.visit_mut(each)),
            Self::Prefix(prefix, _) => match prefix {
                Prefix::Event(_, arguments) | Prefix::Insert(_, arguments) => {
                    arguments.iter_mut().for_each(|t| t.visit_mut(each));
                }
                Prefix::Get(_, patterns, condition, _) => {
                    patterns.iter_mut().for_each(|p| p.terms_mut(each));
                    condition.iter_mut().for_each(|t| t.visit_mut(each));
                }
                Prefix::If(condition, _) | Prefix::SuchThat(_, condition, _) => {
                    condition.visit_mut(each);
                }
                Prefix::In(channel, pattern) => {
                    channel.visit_mut(each);
                    pattern.terms_mut(each);
                }
                Prefix::Let(pattern, value, _) => {
                    pattern.terms_mut(each);
                    value.visit_mut(each);
                }
                Prefix::Out(channel, message) => {
                    channel.visit_mut(each);
                    message.visit_mut(each);
                }
                Prefix::New(..) | Prefix::Phase(_) => {}
            },
            Self::Nil | Self::Parallel(_) | Self::Replicate(_) => {}
        }
    }
}

impl Term {
    /// Calls back for it and every term inside, inner ones first.
    pub fn visit_mut(&mut self, each: &mut dyn FnMut(&mut Term)) {
        match self {
            Self::Apply(_, arguments) | Self::Call(_, arguments) | Self::Tuple(arguments) => {
                arguments.iter_mut().for_each(|t| t.visit_mut(each));
            }
            Self::If(condition, then, otherwise) => {
                condition.visit_mut(each);
                then.visit_mut(each);
                otherwise.visit_mut(each);
            }
            Self::Infix(_, left, right) => {
                left.visit_mut(each);
                right.visit_mut(each);
            }
            Self::Let(pattern, value, then, otherwise) => {
                pattern.terms_mut(each);
                value.visit_mut(each);
                then.visit_mut(each);
                otherwise.iter_mut().for_each(|t| t.visit_mut(each));
            }
            Self::IsNatural(inner) | Self::New(_, _, inner) | Self::Not(inner) => {
                inner.visit_mut(each);
            }
            Self::Number(_) | Self::Restricted(_) | Self::Variable(_) => {}
        }
        each(self);
    }
}

impl Pattern {
    fn terms_mut(&mut self, each: &mut dyn FnMut(&mut Term)) {
        match self {
            Self::Equal(value) => value.visit_mut(each),
            Self::Open(_, parts) | Self::Tuple(parts) => {
                parts.iter_mut().for_each(|p| p.terms_mut(each));
            }
            Self::Variable(..) | Self::Wildcard(_) => {}
        }
    }

    fn rename(&mut self, new: &dyn Fn(&str) -> String) {
        match self {
            Self::Open(_, parts) | Self::Tuple(parts) => {
                parts.iter_mut().for_each(|p| p.rename(new));
            }
            Self::Variable(name, _) => *name = new(name),
            Self::Equal(_) | Self::Wildcard(_) => {}
        }
    }
}

impl Query {
    /// Calls back for every fact.
    pub fn facts_mut(&mut self, each: &mut dyn FnMut(&mut Fact)) {
        self.premises.iter_mut().for_each(&mut *each);
        if let Some(conclusion) = &mut self.conclusion {
            conclusion.facts_mut(each);
        }
    }

    fn terms_mut(&mut self, each: &mut dyn FnMut(&mut Term)) {
        self.facts_mut(&mut |fact| match fact {
            Fact::Attacker(message, _) => message.visit_mut(each),
            Fact::Event(_, arguments, ..)
            | Fact::Holds(_, arguments)
            | Fact::Table(_, arguments) => {
                arguments.iter_mut().for_each(|t| t.visit_mut(each));
            }
            Fact::Secret(_) => {}
            Fact::Message(channel, message) => {
                channel.visit_mut(each);
                message.visit_mut(each);
            }
        });
        if let Some(conclusion) = &mut self.conclusion {
            conclusion.comparisons_mut(each);
        }
    }
}

impl Formula {
    fn facts_mut(&mut self, each: &mut dyn FnMut(&mut Fact)) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter_mut().for_each(|p| p.facts_mut(each));
            }
            Self::Fact(fact) => each(fact),
            Self::Nested(fact, then) => {
                each(fact);
                then.facts_mut(each);
            }
            Self::Compare(..) | Self::IsNatural(_) | Self::Truth(_) => {}
        }
    }

    fn comparisons_mut(&mut self, each: &mut dyn FnMut(&mut Term)) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter_mut().for_each(|p| p.comparisons_mut(each));
            }
            Self::Compare(_, left, right) => {
                left.visit_mut(each);
                right.visit_mut(each);
            }
            Self::IsNatural(term) => term.visit_mut(each),
            Self::Nested(_, then) => then.comparisons_mut(each),
            Self::Fact(_) | Self::Truth(_) => {}
        }
    }
}
