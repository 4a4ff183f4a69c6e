//! What protocols do and random processes hardly ever hit upon: a state that is read
//! and put back, a key that is given away, a table that is written once for each key,
//! a few messages about one nonce. Each with a mistake now and then: the state is not
//! put back, the nonce is not compared, the key is everybody's.

use super::term::apply;
use super::{Generator, Scope};
use crate::model::signature::{Part, Type};
use crate::model::{Declared, Fact, Formula, FreeName, Pattern, Prefix, Process, Query, Term};

/// How a message of an exchange travels.
#[derive(Clone, Copy)]
enum Seal {
    Plain,
    Key(&'static str),
    Signature(&'static str),
}

impl Generator<'_> {
    /// Adds some beside the roles.
    pub(super) fn idioms(&mut self) {
        let mut parts = Vec::new();
        if self.random.chance(self.size.cells) {
            self.cell(&mut parts);
        }
        if self.random.chance(self.size.registries) {
            self.registry(&mut parts);
        }
        if self.random.chance(self.size.exchanges) {
            self.exchange(&mut parts);
        }
        if self.random.chance(self.size.leaks) {
            self.leak(&mut parts);
        }
        if !parts.is_empty() {
            beside(&mut self.model.process, parts);
        }
    }

    fn new_event(&mut self, types: Vec<Type>) -> String {
        let name = self.fresh("e");
        let declared = Declared {
            name: name.clone(),
            types,
        };
        self.model.events.push(declared);
        name
    }

    fn repeated(&mut self, percent: usize, process: Process) -> Process {
        if self.random.chance(percent) {
            Process::Replicate(Box::new(process))
        } else {
            process
        }
    }

    /// `out(cell, first) | !in(cell, x); … out(cell, next)`.
    fn cell(&mut self, parts: &mut Vec<Process>) {
        let cell = self.fresh("cell");
        self.model.names.push(FreeName {
            name: cell.clone(),
            ty: Type::Channel,
            private: true,
            constant: false,
        });
        let channel = Term::Variable(cell);
        let ty = if self.has(Part::Numbers) && self.random.chance(70) {
            Type::Natural
        } else {
            Type::Bitstring
        };
        let first = match ty {
            Type::Natural => Term::Number(0),
            _ => Term::variable(["zero", "s1"][self.random.weighted(&[80, 20])]),
        };
        let start = Process::prefix(Prefix::Out(channel.clone(), first), Process::Nil);
        for _ in 0..=usize::from(self.random.chance(15)) {
            parts.push(start.clone());
        }
        for _ in 0..self.random.between(1, 2) {
            let user = self.user(&channel, ty);
            let user = self.repeated(80, user);
            parts.push(user);
        }
    }

    /// One who reads a cell, does something and puts something back.
    fn user(&mut self, channel: &Term, ty: Type) -> Process {
        let mut scope = self.global();
        let state = self.fresh("x");
        let heard = self.fresh("x");
        let read = Prefix::In(channel.clone(), Pattern::Variable(state.clone(), ty));
        let hear = Prefix::In(
            Term::variable("c"),
            Pattern::Variable(heard.clone(), Type::Bitstring),
        );
        let mut prefixes = match self.random.below(4) {
            0 => vec![read],
            1 => vec![hear, read],
            _ => vec![read, hear],
        };
        if prefixes.len() > 1 {
            scope.bind(&heard, Type::Bitstring, false);
        }
        scope.bind(&state, ty, true);
        let current = Term::Variable(state);
        let back = Process::prefix(Prefix::Out(channel.clone(), current.clone()), Process::Nil);
        if self.random.chance(50) {
            let test = self.condition(&scope, 0);
            let otherwise = if self.random.chance(70) {
                back
            } else {
                Process::Nil
            };
            prefixes.push(Prefix::If(test, Box::new(otherwise)));
        }
        let name = self.new_event(vec![ty]);
        let event = Prefix::Event(name, vec![current.clone()]);
        let next = match self.random.weighted(&[35, 30, 25, 10]) {
            0 => match ty {
                Type::Natural => Term::Infix("+", Box::new(current), Box::new(Term::Number(1))),
                _ => apply("h", vec![current]),
            },
            1 => self.term(&scope, ty, 1, true),
            2 => match ty {
                Type::Bitstring => {
                    let name = self.fresh("n");
                    prefixes.push(Prefix::New(name.clone(), ty, None));
                    scope.bind(&name, ty, true);
                    Term::Variable(name)
                }
                _ => current,
            },
            _ => current,
        };
        let put = Prefix::Out(channel.clone(), next);
        if self.random.chance(50) {
            prefixes.extend([event, put]);
        } else {
            prefixes.extend([put, event]);
        }
        let then = self.process(scope, 1);
        Process::chain(prefixes, then)
    }

    /// `!in(c, (h, k)); get r(=h, _) in … else insert r(h, k)`, and one who reads.
    fn registry(&mut self, parts: &mut Vec<Process>) {
        let table = self.fresh("t");
        self.model.tables.push(Declared {
            name: table.clone(),
            types: vec![Type::Host, Type::Key],
        });
        let columns = [Type::Host, Type::Key];
        let registered = self.new_event(columns.to_vec());
        let used = self.new_event(columns.to_vec());
        let (host, key) = (self.fresh("x"), self.fresh("x"));
        let mut writer = vec![Prefix::In(
            Term::variable("c"),
            Pattern::Variable(host.clone(), Type::Host),
        )];
        if self.random.chance(50) {
            writer.push(Prefix::New(key.clone(), Type::Key, None));
        } else {
            let pattern = Pattern::Variable(key.clone(), Type::Key);
            writer.push(Prefix::In(Term::variable("c"), pattern));
        }
        let entry = vec![Term::Variable(host.clone()), Term::Variable(key.clone())];
        let mut keep = vec![
            Prefix::Event(registered, entry.clone()),
            Prefix::Insert(table.clone(), entry),
        ];
        if self.random.chance(30) {
            keep.reverse();
        }
        let keep = Process::chain(keep, Process::Nil);
        let writer = if self.random.chance(70) {
            let old = self.fresh("x");
            let mut scope = self.global();
            scope.bind(&host, Type::Host, false);
            scope.bind(&key, Type::Key, true);
            scope.bind(&old, Type::Key, true);
            let there = self.process(scope, 1);
            let patterns = vec![
                Pattern::Equal(Term::Variable(host)),
                Pattern::Variable(old, Type::Key),
            ];
            let get = Prefix::Get(table.clone(), patterns, None, Box::new(keep));
            writer.push(get);
            Process::chain(writer, there)
        } else {
            Process::chain(writer, keep)
        };
        let writer = self.repeated(80, writer);
        parts.push(writer);
        let (host, key) = (self.fresh("x"), self.fresh("x"));
        let mut scope = self.global();
        scope.bind(&host, Type::Host, false);
        scope.bind(&key, Type::Key, true);
        let patterns = vec![
            Pattern::Equal(Term::Variable(host.clone())),
            Pattern::Variable(key.clone(), Type::Key),
        ];
        let absent = self.otherwise(&scope_of(&scope, &key));
        let reader = vec![
            Prefix::In(
                Term::variable("c"),
                Pattern::Variable(host.clone(), Type::Host),
            ),
            Prefix::Get(table, patterns, None, Box::new(absent)),
            Prefix::Event(used, vec![Term::Variable(host), Term::Variable(key)]),
        ];
        let then = self.process(scope, 2);
        let reader = self.repeated(80, Process::chain(reader, then));
        parts.push(reader);
    }

    /// Messages that go to and fro about a nonce, with an event before each.
    fn exchange(&mut self, parts: &mut Vec<Process>) {
        let (nonce, seen) = (self.fresh("n"), self.fresh("x"));
        self.restricted.push((nonce.clone(), Type::Bitstring));
        let seal = match self.random.weighted(&[10, 45, 25, 20]) {
            0 => Seal::Plain,
            1 => Seal::Key("kab"),
            2 => Seal::Signature("skA"),
            _ => Seal::Key("kpub"),
        };
        let mut first = vec![Prefix::New(nonce.clone(), Type::Bitstring, None)];
        let mut second = Vec::new();
        let messages = self.random.between(2, 3);
        for step in 0..messages {
            let name = self.new_event(vec![Type::Bitstring]);
            self.exchanged.insert(0, name.clone());
            let sender = if step % 2 == 0 { &nonce } else { &seen };
            let event = Prefix::Event(name, vec![Term::variable(sender)]);
            let tag = if self.random.chance(85) {
                tag(step)
            } else {
                tag(0)
            };
            let sent = Term::Tuple(vec![tag.clone(), Term::variable(sender)]);
            let send = Prefix::Out(Term::variable("c"), sealed(seal, sent));
            let pattern = match (step, step % 2) {
                (0, _) => Pattern::Variable(seen.clone(), Type::Bitstring),
                (_, 1) if self.random.chance(85) => Pattern::Equal(Term::variable(&nonce)),
                (_, 0) if self.random.chance(85) => Pattern::Equal(Term::variable(&seen)),
                _ => Pattern::Wildcard(Type::Bitstring),
            };
            let pattern = Pattern::Tuple(vec![Pattern::Equal(tag), pattern]);
            let received = self.opened(seal, pattern);
            let (from, to) = if step % 2 == 0 {
                (&mut first, &mut second)
            } else {
                (&mut second, &mut first)
            };
            from.extend([event, send]);
            to.extend(received);
        }
        let name = self.new_event(vec![Type::Bitstring]);
        self.exchanged.insert(0, name.clone());
        let (last, view) = if messages.is_multiple_of(2) {
            (&mut first, nonce)
        } else {
            (&mut second, seen)
        };
        last.push(Prefix::Event(name, vec![Term::Variable(view)]));
        for prefixes in [first, second] {
            let role = self.repeated(75, Process::chain(prefixes, Process::Nil));
            parts.push(role);
        }
    }

    fn opened(&mut self, seal: Seal, pattern: Pattern) -> Vec<Prefix> {
        let channel = Term::variable("c");
        if matches!(seal, Seal::Plain) {
            return vec![Prefix::In(channel, pattern)];
        }
        let name = self.fresh("y");
        let message = Term::variable(&name);
        let content = match seal {
            Seal::Key(key) => apply("dec", vec![message, Term::variable(key)]),
            Seal::Signature(key) => {
                let public = apply("pk", vec![Term::variable(key)]);
                apply("open", vec![message, public])
            }
            Seal::Plain => message,
        };
        vec![
            Prefix::In(channel, Pattern::Variable(name, Type::Bitstring)),
            Prefix::Let(pattern, content, Box::new(Process::Nil)),
        ]
    }

    /// `event leak(k); out(c, k)`.
    fn leak(&mut self, parts: &mut Vec<Process>) {
        let (key, ty) = [
            ("kab", Type::Key),
            ("skA", Type::Secret),
            ("s1", Type::Bitstring),
            ("kbs", Type::Key),
        ][self.random.weighted(&[45, 30, 15, 10])];
        let key = Term::variable(key);
        let name = self.fresh("e");
        let event = Prefix::Event(name.clone(), Vec::new());
        self.model.events.push(Declared {
            name: name.clone(),
            types: Vec::new(),
        });
        self.leaks.push(name);
        let key = match ty {
            Type::Bitstring => key,
            _ => Term::Tuple(vec![Term::variable("zero"), key]),
        };
        let mut prefixes = vec![event, Prefix::Out(Term::variable("c"), key)];
        match self.random.weighted(&[70, 10, 20]) {
            1 => prefixes.reverse(),
            2 if self.phases > 0 => prefixes.insert(0, Prefix::Phase(1)),
            _ => {}
        }
        parts.push(Process::chain(prefixes, Process::Nil));
    }

    /// The conclusion, or that something was given away.
    pub(super) fn or_leaked(&mut self, query: &mut Query) {
        let Some(leak) = self.random.pick(&self.leaks).cloned() else {
            return;
        };
        if !self.random.chance(60) {
            return;
        }
        let leaked = Formula::Fact(Fact::Event(leak, Vec::new(), false, None));
        query.conclusion = match query.conclusion.take() {
            Some(conclusion) => Some(Formula::Or(vec![conclusion, leaked])),
            None if matches!(query.premises[..], [Fact::Secret(_)]) => None,
            None => Some(leaked),
        };
    }

    /// The last event of an exchange says of those before it, one in the other.
    pub(super) fn exchange_query(&mut self) -> Option<Query> {
        let upto = self.exchanged.len();
        let from = self.random.below(upto.saturating_sub(1));
        let upto = self.random.between(from + 2, upto.min(from + 4));
        let chain = self.exchanged.get(from..upto)?.to_vec();
        let injective = self.random.chance(70);
        let name = self.fresh("q");
        let mut facts: Vec<_> = chain
            .into_iter()
            .map(|event| {
                let injective = injective && !self.random.chance(10);
                Fact::Event(event, vec![Term::variable(&name)], injective, None)
            })
            .collect();
        // The premise of an injective query is injective.
        if let Some(Fact::Event(_, _, premise, _)) = facts.first_mut() {
            *premise = injective;
        }
        let mut facts = facts.into_iter();
        let premise = facts.next()?;
        let nested = self.random.chance(70);
        let conclusion = facts.rev().fold(None, |inner, fact| {
            Some(match inner {
                None => Formula::Fact(fact),
                Some(inner) if nested => Formula::Nested(fact, Box::new(inner)),
                Some(inner) => Formula::And(vec![Formula::Fact(fact), inner]),
            })
        })?;
        Some(Query {
            variables: vec![(name, Type::Bitstring)],
            premises: vec![premise],
            conclusion: Some(conclusion),
        })
    }

    /// Some inputs, entries and solutions of predicates are `[precise]`.
    pub(super) fn precise(&mut self) {
        if !self.random.chance(self.size.precise) {
            return;
        }
        let mut bound = Vec::new();
        self.model.processes_mut(&mut |process| {
            if let Process::Prefix(prefix, _) = process {
                bound.extend(prefix.first_bound().map(str::to_owned));
            }
        });
        for name in bound {
            if self.random.chance(50) {
                self.model.precise.insert(name);
            }
        }
    }
}

/// What tells the messages of an exchange apart.
fn tag(step: usize) -> Term {
    match step {
        0 => Term::variable("zero"),
        1 => Term::variable("one"),
        _ => apply("h", vec![Term::variable("one")]),
    }
}

fn sealed(seal: Seal, content: Term) -> Term {
    match seal {
        Seal::Plain => content,
        Seal::Key(key) => apply("enc", vec![content, Term::variable(key)]),
        Seal::Signature(key) => apply("sign", vec![content, Term::variable(key)]),
    }
}

/// What is in scope but for one.
fn scope_of(scope: &Scope, but: &str) -> Scope {
    let mut scope = scope.clone();
    scope.bindings.retain(|b| b.name != but);
    scope
}

/// Puts processes beside what stands in parallel at the end of another.
fn beside(process: &mut Process, parts: Vec<Process>) {
    match process {
        Process::Prefix(_, then) => beside(then, parts),
        Process::Parallel(beginning) => beginning.extend(parts),
        other => {
            let first = std::mem::replace(other, Process::Nil);
            let all = std::iter::once(first).chain(parts);
            *other = Process::Parallel(all.collect());
        }
    }
}
