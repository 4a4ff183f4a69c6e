//! Random terms of a type.

use super::{Generator, Scope};
use crate::model::Term;
use crate::model::signature::{FUNCTIONS, Function, Kind, Type, named};

/// A function of the signature, applied.
pub(super) fn apply(name: &str, arguments: Vec<Term>) -> Term {
    match named(name) {
        Some(function) => Term::Apply(function, arguments),
        None => Term::Call(name.to_owned(), arguments),
    }
}

impl Generator<'_> {
    /// A term without destructors but, in the `letfun`s it calls, perhaps
    /// some. Without `secrets`, none that stands for itself.
    pub(super) fn term(&mut self, scope: &Scope, ty: Type, depth: usize, secrets: bool) -> Term {
        let variables = scope.of_type(ty, secrets);
        let deeper = if depth == 0 { 0 } else { 30 };
        if !variables.is_empty()
            && !self.random.chance(deeper)
            && let Some(name) = self.random.pick_recent(&variables)
        {
            return Term::variable(name);
        }
        if ty == Type::Natural {
            return self.number(&variables);
        }
        if depth == 0 && ty != Type::Public {
            return plain(ty);
        }
        let depth = depth.saturating_sub(1);
        if ty == Type::Bitstring && self.random.chance(25) {
            return self.tuple(scope, depth, secrets);
        }
        if ty == Type::Bitstring
            && self.random.chance(15)
            && let Some(call) = self.call(scope, depth)
        {
            return call;
        }
        let candidates = self.functions(ty, |k| matches!(k, Kind::Constructor | Kind::Data));
        match self.random.pick(&candidates) {
            Some(function) => self.applied(function, scope, depth, secrets),
            None => plain(ty),
        }
    }

    /// A numeral, or a variable and a little more or less.
    fn number(&mut self, variables: &[&str]) -> Term {
        let small = Term::Number(u32::try_from(self.random.below(4)).unwrap_or(0));
        let Some(name) = self.random.pick_recent(variables) else {
            return small;
        };
        match self.random.weighted(&[40, 40, 10, 10]) {
            0 => Term::variable(name),
            1 => Term::Infix("+", Box::new(Term::variable(name)), Box::new(small)),
            2 => Term::Infix("-", Box::new(Term::variable(name)), Box::new(small)),
            _ => small,
        }
    }

    /// A predicate applied to something in scope.
    pub(super) fn predicate(&mut self, scope: &Scope) -> Option<(&'static Function, Vec<Term>)> {
        let candidates = self.functions(Type::Bool, |kind| kind == Kind::Predicate);
        let predicate = *self.random.pick(&candidates)?;
        let arguments = predicate
            .parameters
            .iter()
            .map(|ty| self.term(scope, *ty, 1, true))
            .collect();
        Some((predicate, arguments))
    }

    /// A destructor applied to something in scope.
    pub(super) fn destructor(&mut self, scope: &Scope, ty: Type, depth: usize) -> Term {
        let candidates = self.functions(ty, |kind| kind == Kind::Destructor);
        match self.random.pick(&candidates) {
            Some(function) => self.applied(function, scope, depth, true),
            None => self.term(scope, ty, depth, true),
        }
    }

    fn functions(&self, ty: Type, kind: impl Fn(Kind) -> bool) -> Vec<&'static Function> {
        FUNCTIONS
            .iter()
            .filter(|f| f.result == ty && kind(f.kind))
            .filter(|f| self.has(f.part))
            .collect()
    }

    /// Secrets may be below functions that hide them.
    fn applied(
        &mut self,
        function: &'static Function,
        scope: &Scope,
        depth: usize,
        secrets: bool,
    ) -> Term {
        let inner = secrets || (function.kind == Kind::Constructor && function.name != "tokey");
        let arguments = function
            .parameters
            .iter()
            .map(|ty| self.term(scope, *ty, depth, inner))
            .collect();
        Term::Apply(function, arguments)
    }

    fn tuple(&mut self, scope: &Scope, depth: usize, secrets: bool) -> Term {
        let parts = (0..self.random.between(2, 3))
            .map(|_| {
                let ty = self.column();
                self.term(scope, ty, depth, secrets)
            })
            .collect();
        Term::Tuple(parts)
    }

    pub(super) fn call(&mut self, scope: &Scope, depth: usize) -> Option<Term> {
        let letfuns: Vec<_> = self
            .model
            .letfuns
            .iter()
            .map(|l| (l.name.clone(), l.parameters.clone()))
            .collect();
        let (name, parameters) = self.random.pick(&letfuns)?.clone();
        let arguments = parameters
            .iter()
            .map(|(_, ty)| self.term(scope, *ty, depth, true))
            .collect();
        Some(Term::Call(name, arguments))
    }
}

/// A public term of each type.
pub(super) fn plain(ty: Type) -> Term {
    match ty {
        Type::Bitstring => Term::variable("zero"),
        Type::Bool => Term::variable("true"),
        Type::Channel => Term::variable("c"),
        Type::Exponent => Term::variable("epub"),
        Type::Group => Term::variable("g"),
        Type::Host => Term::variable("A"),
        Type::Key => Term::variable("kpub"),
        Type::Natural | Type::Time => Term::Number(0),
        Type::Public => apply("pk", vec![Term::variable("skI")]),
        Type::Secret => Term::variable("skI"),
    }
}
