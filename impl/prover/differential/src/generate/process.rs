//! Random processes.

use super::{Generator, Scope};
use crate::model::signature::{Part, Type};
use crate::model::{Pattern, Prefix, Process, Term};

impl Generator<'_> {
    /// A process of at most `depth` actions in a row (taking one message apart
    /// counts once).
    pub(super) fn process(&mut self, mut scope: Scope, depth: usize) -> Process {
        if depth == 0 {
            return self.last(&scope);
        }
        let tables = if self.model.tables.is_empty() { 0 } else { 1 };
        let phases = usize::from(scope.phase < self.phases);
        let replicate = usize::from(self.replications > 0);
        let predicates = usize::from(self.has(Part::Predicates));
        let weights = [
            28,
            22,
            6,
            12,
            14,
            6,
            6,
            6 * tables,
            8 * tables,
            8 * phases,
            3,
            2 * replicate,
            10 * predicates,
        ];
        let prefixes = match self.random.weighted(&weights) {
            0 => self.input(&mut scope),
            1 => vec![self.output(&scope)],
            2 => {
                let hidden = self.random.chance(15);
                let message = self.term(&scope, Type::Bitstring, 2, hidden);
                vec![Prefix::Out(self.channel(), message)]
            }
            3 => vec![self.new_name(&mut scope)],
            4 => return self.event_then(scope, depth),
            5 => vec![self.binding(&mut scope)],
            6 => return self.conditional(scope, depth),
            7 => self.insert(&scope).into_iter().collect(),
            8 => return self.get(scope, depth),
            9 => {
                scope.phase += 1;
                vec![Prefix::Phase(scope.phase)]
            }
            10 => {
                let left = self.process(scope.clone(), depth / 2);
                let right = self.process(scope, depth / 2);
                return Process::Parallel(vec![left, right]);
            }
            12 => return self.such_that(scope, depth),
            _ => {
                self.replications -= 1;
                let body = self.process(scope, depth - 1);
                return Process::Replicate(Box::new(body));
            }
        };
        let then = self.process(scope, depth - 1);
        Process::chain(prefixes, then)
    }

    /// What a role ends with: an event, or a use of what it has learnt.
    fn last(&mut self, scope: &Scope) -> Process {
        match self.random.weighted(&[45, 30, 25]) {
            0 => match self.event(scope) {
                Some(event) => Process::prefix(event, Process::Nil),
                None => Process::Nil,
            },
            1 => Process::prefix(self.output(scope), Process::Nil),
            _ => Process::Nil,
        }
    }

    fn channel(&mut self) -> Term {
        let private = self.model.names.iter().any(|n| n.name == "d");
        Term::variable(if private && self.random.chance(25) {
            "d"
        } else {
            "c"
        })
    }

    fn input(&mut self, scope: &mut Scope) -> Vec<Prefix> {
        let channel = self.channel();
        if self.random.chance(15) {
            let name = self.fresh("x");
            let last = if self.has(Part::Numbers) {
                Type::Natural
            } else {
                Type::Group
            };
            let ty = [Type::Bitstring, Type::Key, Type::Public, last][self.random.below(4)];
            scope.bind(&name, ty, false);
            return vec![Prefix::In(channel, Pattern::Variable(name, ty))];
        }
        match self.random.pick(&self.shapes).cloned() {
            Some(shape) => self.receive(&shape, channel, scope),
            None => Vec::new(),
        }
    }

    fn output(&mut self, scope: &Scope) -> Prefix {
        let channel = self.channel();
        let hidden = channel == Term::variable("d");
        let message = match self.random.pick(&self.shapes).cloned() {
            Some(shape) => self.send(&shape, scope, hidden),
            None => self.term(scope, Type::Bitstring, 2, hidden),
        };
        Prefix::Out(channel, message)
    }

    fn new_name(&mut self, scope: &mut Scope) -> Prefix {
        let ty = match self.random.weighted(&[55, 20, 15, 10]) {
            0 => Type::Bitstring,
            1 => Type::Key,
            2 if self.has(Part::Group) => Type::Exponent,
            2 => Type::Bitstring,
            _ => Type::Secret,
        };
        let name = self.fresh("n");
        let secret = ty != Type::Bitstring || self.random.chance(50);
        scope.bind(&name, ty, secret);
        self.restricted.push((name.clone(), ty));
        let depends = self.random.chance(self.size.dependent).then(|| {
            scope
                .bindings
                .iter()
                .filter(|b| {
                    b.name.starts_with(['x', 'y', 'z'])
                        && b.name.contains('_')
                        && self.random.chance(30)
                })
                .map(|b| b.name.clone())
                .collect()
        });
        Prefix::New(name, ty, depends)
    }

    fn event(&mut self, scope: &Scope) -> Option<Prefix> {
        let event = self.random.pick(&self.model.events)?.clone();
        let arguments = event
            .types
            .iter()
            .map(|ty| {
                let depth = usize::from(self.random.chance(20));
                self.term(scope, *ty, depth, true)
            })
            .collect();
        Some(Prefix::Event(event.name, arguments))
    }

    /// An event does not count as an action.
    fn event_then(&mut self, scope: Scope, depth: usize) -> Process {
        let event = self.event(&scope);
        let then = self.process(scope, depth - 1);
        Process::chain(event.into_iter().collect(), then)
    }

    fn binding(&mut self, scope: &mut Scope) -> Prefix {
        let name = self.fresh("z");
        let (ty, value) = match self.random.weighted(&[25, 40, 35]) {
            0 => (Type::Bitstring, self.destructor(scope, Type::Bitstring, 1)),
            1 => match self.call(scope, 1) {
                Some(call) => (Type::Bitstring, call),
                None => (Type::Bitstring, self.term(scope, Type::Bitstring, 2, true)),
            },
            _ => (Type::Key, self.term(scope, Type::Key, 2, true)),
        };
        let otherwise = self.otherwise(scope);
        let pattern = if ty == Type::Bitstring && self.random.chance(15) {
            Pattern::Equal(self.term(scope, ty, 1, true))
        } else {
            scope.bind(&name, ty, true);
            Pattern::Variable(name, ty)
        };
        Prefix::Let(pattern, value, Box::new(otherwise))
    }

    fn conditional(&mut self, scope: Scope, depth: usize) -> Process {
        let condition = self.condition(&scope, 1);
        let otherwise = if self.random.chance(40) {
            self.process(scope.clone(), depth / 2)
        } else {
            Process::Nil
        };
        let then = self.process(scope, depth - 1);
        Process::prefix(Prefix::If(condition, Box::new(otherwise)), then)
    }

    /// A predicate as a condition, or one that yields its first argument.
    fn such_that(&mut self, scope: Scope, depth: usize) -> Process {
        let Some((predicate, mut arguments)) = self.predicate(&scope) else {
            return self.process(scope, depth - 1);
        };
        let otherwise = if self.random.chance(30) {
            self.process(scope.clone(), depth / 2)
        } else {
            Process::Nil
        };
        // The first argument of the last one is not determined by the others.
        if predicate.name == "apart" || self.random.chance(40) {
            let then = self.process(scope, depth - 1);
            let condition = Term::Apply(predicate, arguments);
            return Process::prefix(Prefix::If(condition, Box::new(otherwise)), then);
        }
        let mut scope = scope;
        let name = self.fresh("x");
        let variables = vec![(name.clone(), predicate.parameters[0])];
        arguments[0] = Term::variable(&name);
        scope.bind(&name, predicate.parameters[0], false);
        let then = self.process(scope, depth - 1);
        let condition = Term::Apply(predicate, arguments);
        Process::prefix(
            Prefix::SuchThat(variables, condition, Box::new(otherwise)),
            then,
        )
    }

    fn insert(&mut self, scope: &Scope) -> Option<Prefix> {
        let table = self.random.pick(&self.model.tables)?.clone();
        let columns = table
            .types
            .iter()
            .map(|ty| self.term(scope, *ty, 1, true))
            .collect();
        Some(Prefix::Insert(table.name, columns))
    }

    fn get(&mut self, scope: Scope, depth: usize) -> Process {
        let Some(table) = self.random.pick(&self.model.tables).cloned() else {
            return self.process(scope, depth - 1);
        };
        let mut inner = scope.clone();
        let columns = self.columns(&table.types, &mut inner);
        let condition = if self.random.chance(25) {
            Some(self.condition(&inner, 0))
        } else {
            None
        };
        let otherwise = if self.random.chance(30) {
            self.process(scope, depth / 2)
        } else {
            Process::Nil
        };
        let then = self.process(inner, depth - 1);
        Process::prefix(
            Prefix::Get(table.name, columns, condition, Box::new(otherwise)),
            then,
        )
    }
}
