//! Random well-typed models from a seed.
//!
//! Grammar-directed over the fixed signature. Purely random processes hardly
//! ever talk to each other, so roles agree on a few message [`shape`]s: one
//! sends an instance, another takes it apart with the same keys. Variables
//! bound last are used first, constants are few, and tests look at what came
//! from the attacker; that is where verdicts change.
//!
//! ```text
//! seed ─▶ names, letfuns ─▶ shapes ─▶ roles ─▶ main process ─▶ idioms ─▶ queries
//! ```

mod assumption;
mod condition;
mod idiom;
mod process;
mod query;
mod shape;
mod size;
mod term;
mod time;

use crate::model::signature::{Part, Type};
use crate::model::{
    AssumptionKind, Declared, FreeName, LetFun, Macro, Model, Pattern, Prefix, Process, Term,
};
use crate::random::Random;
use shape::Shape;
pub use size::Size;
use std::collections::BTreeSet;

/// The model of a seed.
#[must_use]
pub fn generate(seed: u64, size: &Size) -> Model {
    let mut generator = Generator::new(seed, size);
    generator.declare();
    generator.roles();
    generator.main();
    generator.idioms();
    generator.queries();
    generator.assumptions();
    generator.precise();
    generator.model
}

/// Keeps the lemmas that somebody proves: a lemma that is not true leaves the
/// queries without an answer. Each is asked for by itself, as a query.
#[must_use]
pub fn settle(model: &Model, holds: &mut dyn FnMut(&str) -> bool) -> Model {
    let mut next = model.clone();
    next.assumptions.retain(|assumption| {
        if assumption.kind != AssumptionKind::Lemma {
            return true;
        }
        let mut alone = model.clone();
        alone
            .assumptions
            .retain(|a| a.kind == AssumptionKind::Restriction);
        alone.queries = vec![assumption.statement.clone()];
        holds(&crate::print(&alone))
    });
    next
}

/// What can be mentioned at a point of the model.
#[derive(Clone, Debug, Default)]
struct Scope {
    bindings: Vec<Binding>,
    phase: u32,
}

#[derive(Clone, Debug)]
struct Binding {
    name: String,
    ty: Type,
    /// Better not sent in the clear, or every secrecy query is false.
    secret: bool,
}

impl Scope {
    fn bind(&mut self, name: &str, ty: Type, secret: bool) {
        self.bindings.push(Binding {
            name: name.to_owned(),
            ty,
            secret,
        });
    }

    /// Variables that the process bound, the latest last.
    fn of_type(&self, ty: Type, secrets: bool) -> Vec<&str> {
        self.bindings
            .iter()
            .filter(|b| b.ty == ty && (secrets || !b.secret))
            .map(|b| b.name.as_str())
            .collect()
    }
}

struct Generator<'s> {
    random: Random,
    size: &'s Size,
    model: Model,
    shapes: Vec<Shape>,
    /// Names made by `new` in places that are expanded once.
    restricted: Vec<(String, Type)>,
    /// Events of what gives a key away.
    leaks: Vec<String>,
    /// Events of an exchange, the last one first, each of the same nonce.
    exchanged: Vec<String>,
    replications: usize,
    /// Highest phase that may be entered.
    phases: u32,
    parts: Vec<Part>,
    counter: u32,
}

const FREE: &[(&str, Type, bool, bool)] = &[
    ("c", Type::Channel, false, false),
    ("A", Type::Host, false, true),
    ("B", Type::Host, false, true),
    ("zero", Type::Bitstring, false, true),
    ("one", Type::Bitstring, false, true),
    ("kpub", Type::Key, false, false),
    ("skI", Type::Secret, false, false),
    ("epub", Type::Exponent, false, false),
    ("s1", Type::Bitstring, true, false),
    ("s2", Type::Bitstring, true, false),
    ("kab", Type::Key, true, false),
    ("kbs", Type::Key, true, false),
    ("skA", Type::Secret, true, false),
    ("skB", Type::Secret, true, false),
    ("ea", Type::Exponent, true, false),
];

const SETTINGS: &[&str] = &[
    "set attacker = passive.",
    "set preciseActions = true.",
    "set privateCommOnPublicTerms = false.",
];

impl<'s> Generator<'s> {
    fn new(seed: u64, size: &'s Size) -> Self {
        let mut random = Random::new(seed);
        let typed = random.chance(size.typed);
        let phases = u32::from(random.chance(size.phases));
        let phases = phases * (1 + u32::from(random.chance(30)));
        let mut parts = vec![Part::Core];
        for (part, share) in [
            (Part::Group, size.equation),
            (Part::Cancelling, size.cancelling),
            (Part::Numbers, size.numbers),
            (Part::Predicates, size.predicates),
        ] {
            if random.chance(share) {
                parts.push(part);
            }
        }
        let settings = if random.chance(size.settings) {
            random.pick(SETTINGS).copied().into_iter().collect()
        } else {
            Vec::new()
        };
        let joined = random.chance(size.joined);
        Self {
            random,
            size,
            model: Model {
                typed,
                names: Vec::new(),
                letfuns: Vec::new(),
                tables: Vec::new(),
                events: Vec::new(),
                settings,
                idle: Vec::new(),
                assumptions: Vec::new(),
                queries: Vec::new(),
                joined,
                macros: Vec::new(),
                precise: BTreeSet::new(),
                process: Process::Nil,
            },
            shapes: Vec::new(),
            restricted: Vec::new(),
            leaks: Vec::new(),
            exchanged: Vec::new(),
            replications: size.replications,
            phases,
            parts,
            counter: 0,
        }
    }

    fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// A name nobody has: the letter and a number.
    fn fresh(&mut self, letter: &str) -> String {
        self.counter += 1;
        format!("{letter}_{}", self.counter)
    }

    /// The scope of the free names.
    fn global(&self) -> Scope {
        let mut scope = Scope::default();
        for name in &self.model.names {
            scope.bind(&name.name, name.ty, name.private);
        }
        scope
    }

    fn declare(&mut self) {
        for (name, ty, private, constant) in FREE {
            self.model.names.push(FreeName {
                name: (*name).to_owned(),
                ty: *ty,
                private: *private,
                constant: *constant,
            });
        }
        if self.random.chance(self.size.private_channels) {
            self.model.names.push(FreeName {
                name: "d".to_owned(),
                ty: Type::Channel,
                private: true,
                constant: false,
            });
        }
        let events = self.random.between(2, 4);
        self.model.events = self.declared("e", events);
        if self.random.chance(self.size.tables) {
            let tables = self.random.between(1, 2);
            self.model.tables = self.declared("t", tables);
            for table in &mut self.model.tables {
                if table.types.is_empty() {
                    table.types.push(Type::Bitstring);
                }
            }
        }
        for _ in 0..self.random.below(3) {
            let letfun = self.letfun();
            self.model.letfuns.push(letfun);
        }
        for _ in 0..self.random.between(1, 4) {
            let shape = self.shape(3);
            self.shapes.push(shape);
        }
    }

    fn declared(&mut self, letter: &str, count: usize) -> Vec<Declared> {
        (0..count)
            .map(|_| Declared {
                name: self.fresh(letter),
                types: (0..self.random.weighted(&[15, 45, 30, 10]))
                    .map(|_| self.column())
                    .collect(),
            })
            .collect()
    }

    fn column(&mut self) -> Type {
        let numbers = if self.has(Part::Numbers) { 40 } else { 0 };
        match self.random.weighted(&[70, 15, 10, 5, numbers]) {
            0 => Type::Bitstring,
            1 => Type::Host,
            2 => Type::Key,
            3 => Type::Public,
            _ => Type::Natural,
        }
    }

    fn letfun(&mut self) -> LetFun {
        let name = self.fresh("lf");
        let parameters: Vec<_> = [Type::Bitstring, Type::Key]
            .into_iter()
            .take(self.random.between(1, 2))
            .map(|ty| (self.fresh("p"), ty))
            .collect();
        let mut scope = Scope::default();
        for free in ["zero", "one"] {
            scope.bind(free, Type::Bitstring, false);
        }
        for (parameter, ty) in &parameters {
            scope.bind(parameter, *ty, false);
        }
        let body = self.body(&scope);
        LetFun {
            name,
            parameters,
            result: Type::Bitstring,
            body,
        }
    }

    /// A body of a `letfun`: a term, perhaps with a choice or a fresh name.
    fn body(&mut self, scope: &Scope) -> Term {
        match self.random.below(4) {
            0 => {
                let name = self.fresh("n");
                let mut inner = scope.clone();
                inner.bind(&name, Type::Bitstring, false);
                let inner = self.term(&inner, Type::Bitstring, 2, true);
                Term::New(name, Type::Bitstring, Box::new(inner))
            }
            1 => {
                let condition = self.condition(scope, 1);
                let then = self.term(scope, Type::Bitstring, 2, true);
                let otherwise = self.term(scope, Type::Bitstring, 1, true);
                Term::If(Box::new(condition), Box::new(then), Box::new(otherwise))
            }
            2 => {
                let value = self.destructor(scope, Type::Bitstring, 1);
                let bound = self.fresh("x");
                let mut inner = scope.clone();
                inner.bind(&bound, Type::Bitstring, false);
                let then = self.term(&inner, Type::Bitstring, 1, true);
                let otherwise = if self.random.chance(60) {
                    Some(Box::new(self.term(scope, Type::Bitstring, 1, true)))
                } else {
                    None
                };
                Term::Let(
                    Box::new(Pattern::Variable(bound, Type::Bitstring)),
                    Box::new(value),
                    Box::new(then),
                    otherwise,
                )
            }
            _ => self.term(scope, Type::Bitstring, 2, true),
        }
    }

    fn roles(&mut self) {
        for _ in 0..self.random.between(self.size.roles.0, self.size.roles.1) {
            let name = self.fresh("P");
            let mut scope = self.global();
            let parameters: Vec<_> = (0..self.random.weighted(&[50, 30, 20]))
                .map(|_| {
                    let ty = match self.random.below(4) {
                        0 => Type::Key,
                        1 => Type::Secret,
                        2 => Type::Host,
                        _ => Type::Bitstring,
                    };
                    (self.fresh("p"), ty)
                })
                .collect();
            for (parameter, ty) in &parameters {
                scope.bind(parameter, *ty, *ty != Type::Host);
            }
            let depth = self.random.between(self.size.depth.min(2), self.size.depth);
            let body = self.process(scope, depth);
            self.model.macros.push(Macro {
                name,
                parameters,
                body,
            });
        }
    }

    fn main(&mut self) {
        let mut scope = self.global();
        let mut prefixes = Vec::new();
        for _ in 0..self.random.below(3) {
            let ty = [Type::Bitstring, Type::Key, Type::Secret][self.random.below(3)];
            let name = self.fresh("n");
            scope.bind(&name, ty, true);
            self.restricted.push((name.clone(), ty));
            prefixes.push(Prefix::New(name, ty, None));
        }
        for key in scope.of_type(Type::Secret, true) {
            if self.random.chance(70) && key != "skI" {
                let public = term::apply("pk", vec![Term::variable(key)]);
                prefixes.push(Prefix::Out(Term::variable("c"), public));
            }
        }
        let mut parts = Vec::new();
        let roles: Vec<_> = self
            .model
            .macros
            .iter()
            .map(|m| (m.name.clone(), m.parameters.clone()))
            .collect();
        for (name, parameters) in roles {
            for _ in 0..=usize::from(self.random.chance(10)) {
                let arguments = parameters
                    .iter()
                    .map(|(_, ty)| self.term(&scope, *ty, 1, true))
                    .collect();
                let call = Process::Call(name.clone(), arguments);
                parts.push(if self.replications > 0 && self.random.chance(60) {
                    self.replications -= 1;
                    Process::Replicate(Box::new(call))
                } else {
                    call
                });
            }
        }
        if self.random.chance(15) {
            let part = self.process(scope, 2);
            parts.push(part);
        }
        self.model.process = Process::chain(prefixes, Process::Parallel(parts));
    }
}
