//! Message shapes: what roles agree upon, so that they can talk.

use super::term::apply;
use super::{Generator, Scope};
use crate::model::signature::{Part, Type, named};
use crate::model::{Pattern, Prefix, Process, Term};

/// The form of a message.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// `aenc(_, pk(key))`.
    Asymmetric(Box<Shape>, Key),
    /// Any value of a type.
    Field(Type),
    /// A public constant.
    Fixed(Term),
    /// `h(_)`: the receiver must know the rest.
    Hash(Box<Shape>),
    /// A data constructor around one value.
    Open(&'static str, Box<Shape>),
    /// `sign(_, key)`.
    Sign(Box<Shape>, Key),
    /// `enc(_, key)`.
    Symmetric(Box<Shape>, Key),
    /// A tuple.
    Tuple(Vec<Shape>),
}

/// A key.
#[derive(Clone, Debug)]
pub(super) enum Key {
    /// A long-term one.
    Named(&'static str),
    /// Whatever is in scope.
    Any,
}

/// What is received and still to be taken apart: a variable and its shape.
type Pending = Vec<(String, Shape)>;

impl Generator<'_> {
    /// A shape of type `bitstring`.
    pub(super) fn shape(&mut self, depth: usize) -> Shape {
        if depth == 0 {
            return match self.random.weighted(&[80, 20]) {
                0 => Shape::Field(Type::Bitstring),
                _ => Shape::Fixed(Term::variable(["zero", "one"][self.random.below(2)])),
            };
        }
        let inner = |this: &mut Self| Box::new(this.shape(depth - 1));
        let numbers = if self.has(Part::Numbers) { 10 } else { 0 };
        match self.random.weighted(&[25, 15, 15, 30, 5, 5, 5, numbers]) {
            0 => Shape::Symmetric(inner(self), self.key(&["kab", "kbs", "kpub"])),
            1 => Shape::Asymmetric(inner(self), self.key(&["skA", "skB", "skI"])),
            2 => Shape::Sign(inner(self), self.key(&["skA", "skB", "skI"])),
            3 => Shape::Tuple(
                (0..self.random.between(2, 3))
                    .map(|_| match self.random.weighted(&[50, 15, 35]) {
                        0 => Shape::Field(self.column()),
                        1 => Shape::Fixed(Term::variable(["A", "B", "zero"][self.random.below(3)])),
                        _ => self.shape(depth - 1),
                    })
                    .collect(),
            ),
            4 => Shape::Hash(inner(self)),
            5 => Shape::Open("keymsg", Box::new(Shape::Field(Type::Key))),
            7 => Shape::Open("count", Box::new(Shape::Field(Type::Natural))),
            _ if self.has(Part::Group) => {
                Shape::Open("element", Box::new(Shape::Field(Type::Group)))
            }
            _ => Shape::Field(Type::Bitstring),
        }
    }

    fn key(&mut self, named: &[&'static str]) -> Key {
        if self.random.chance(20) {
            return Key::Any;
        }
        // The first ones are honest; the last one is the attacker's.
        Key::Named(named[self.random.weighted(&[50, 25, 25]).min(named.len() - 1)])
    }

    fn key_term(&mut self, key: &Key, ty: Type, scope: &Scope) -> Term {
        match key {
            Key::Named(name) => Term::variable(name),
            Key::Any => self.term(scope, ty, 1, true),
        }
    }

    /// An instance of a shape. Fields below encryption may be secret.
    pub(super) fn send(&mut self, shape: &Shape, scope: &Scope, hidden: bool) -> Term {
        match shape {
            Shape::Asymmetric(inner, key) => {
                let inner = self.send(inner, scope, true);
                let key = self.key_term(key, Type::Secret, scope);
                apply("aenc", vec![inner, apply("pk", vec![key])])
            }
            Shape::Field(ty) => {
                let secrets: Vec<_> = scope
                    .bindings
                    .iter()
                    .filter(|b| b.ty == *ty && b.secret)
                    .map(|b| b.name.as_str())
                    .collect();
                if hidden
                    && self.random.chance(45)
                    && let Some(name) = self.random.pick(&secrets)
                {
                    return Term::variable(name);
                }
                let hidden = hidden || self.random.chance(10);
                self.term(scope, *ty, 1, hidden)
            }
            Shape::Fixed(value) => value.clone(),
            Shape::Hash(inner) => apply("h", vec![self.send(inner, scope, true)]),
            Shape::Open(name, inner) => apply(name, vec![self.send(inner, scope, hidden)]),
            Shape::Sign(inner, key) => {
                let inner = self.send(inner, scope, hidden);
                let key = self.key_term(key, Type::Secret, scope);
                apply("sign", vec![inner, key])
            }
            Shape::Symmetric(inner, key) => {
                let inner = self.send(inner, scope, true);
                let key = self.key_term(key, Type::Key, scope);
                apply("enc", vec![inner, key])
            }
            Shape::Tuple(parts) => {
                Term::Tuple(parts.iter().map(|p| self.send(p, scope, hidden)).collect())
            }
        }
    }

    /// An input and what takes the message apart.
    pub(super) fn receive(
        &mut self,
        shape: &Shape,
        channel: Term,
        scope: &mut Scope,
    ) -> Vec<Prefix> {
        let mut pending = Pending::new();
        let mut bound = Vec::new();
        let pattern = self.pattern(shape, scope, &mut bound, &mut pending);
        let mut prefixes = vec![Prefix::In(channel, pattern)];
        bind_all(scope, &mut bound);
        while let Some((variable, shape)) = pending.pop() {
            if self.random.chance(8) {
                continue;
            }
            let value = Term::Variable(variable);
            let (inner, opened) = match &shape {
                Shape::Asymmetric(inner, key) => {
                    let key = self.key_term(key, Type::Secret, scope);
                    (inner, apply("adec", vec![value, key]))
                }
                Shape::Sign(inner, key) => {
                    let key = self.key_term(key, Type::Secret, scope);
                    if self.random.chance(10) {
                        (inner, apply("body", vec![value]))
                    } else {
                        (inner, apply("open", vec![value, apply("pk", vec![key])]))
                    }
                }
                Shape::Symmetric(inner, key) => {
                    let key = self.key_term(key, Type::Key, scope);
                    (inner, apply("dec", vec![value, key]))
                }
                Shape::Hash(inner) => {
                    let expected = self.send(inner, scope, true);
                    let equal =
                        Term::Infix("=", Box::new(value), Box::new(apply("h", vec![expected])));
                    let otherwise = self.otherwise(scope);
                    prefixes.push(Prefix::If(equal, Box::new(otherwise)));
                    continue;
                }
                _ => continue,
            };
            let pattern = self.pattern(inner, scope, &mut bound, &mut pending);
            let otherwise = self.otherwise(scope);
            prefixes.push(Prefix::Let(pattern, opened, Box::new(otherwise)));
            bind_all(scope, &mut bound);
        }
        prefixes
    }

    /// Mostly nothing.
    pub(super) fn otherwise(&mut self, scope: &Scope) -> Process {
        if self.random.chance(12) {
            self.process(scope.clone(), 1)
        } else {
            Process::Nil
        }
    }

    fn pattern(
        &mut self,
        shape: &Shape,
        scope: &Scope,
        bound: &mut Vec<(String, Type)>,
        pending: &mut Pending,
    ) -> Pattern {
        match shape {
            Shape::Field(ty) => self.field(*ty, scope, bound),
            Shape::Fixed(value) if self.random.chance(70) => Pattern::Equal(value.clone()),
            Shape::Fixed(Term::Variable(name)) if name == "A" || name == "B" => {
                self.field(Type::Host, scope, bound)
            }
            Shape::Fixed(_) => self.field(Type::Bitstring, scope, bound),
            Shape::Tuple(parts) => Pattern::Tuple(
                parts
                    .iter()
                    .map(|p| self.pattern(p, scope, bound, pending))
                    .collect(),
            ),
            Shape::Open(name, inner) => match named(name) {
                Some(function) => {
                    Pattern::Open(function, vec![self.pattern(inner, scope, bound, pending)])
                }
                None => self.field(Type::Bitstring, scope, bound),
            },
            Shape::Asymmetric(..) | Shape::Hash(_) | Shape::Sign(..) | Shape::Symmetric(..) => {
                let name = self.fresh("y");
                bound.push((name.clone(), Type::Bitstring));
                pending.push((name.clone(), shape.clone()));
                Pattern::Variable(name, Type::Bitstring)
            }
        }
    }

    fn field(&mut self, ty: Type, scope: &Scope, bound: &mut Vec<(String, Type)>) -> Pattern {
        match self.random.weighted(&[82, 11, 7]) {
            0 => {
                let name = self.fresh("x");
                bound.push((name.clone(), ty));
                Pattern::Variable(name, ty)
            }
            1 => Pattern::Equal(self.term(scope, ty, 1, true)),
            _ => Pattern::Wildcard(ty),
        }
    }

    /// Patterns for the columns of a table.
    pub(super) fn columns(&mut self, types: &[Type], scope: &mut Scope) -> Vec<Pattern> {
        let mut bound = Vec::new();
        let patterns = types
            .iter()
            .map(|ty| self.field(*ty, scope, &mut bound))
            .collect();
        bind_all(scope, &mut bound);
        patterns
    }
}

fn bind_all(scope: &mut Scope, bound: &mut Vec<(String, Type)>) {
    for (name, ty) in bound.drain(..) {
        scope.bind(&name, ty, false);
    }
}
