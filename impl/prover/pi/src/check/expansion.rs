//! Calls of `letfun`s and process macros.

use super::ahead::{Ahead, behind};
use super::declare::index as index_of;
use super::{Checker, Global, Local};
use crate::program::{
    Binder, Pattern, PatternKind, Process, ProcessKind, Term, TermKind, TypeId, VarId,
};
use crate::source::Span;
use crate::syntax::tree::{self, Ident};

/// What stands for a parameter that may fail.
#[derive(Clone, Debug)]
pub(super) enum Argument {
    /// The value that is computed before, and its type.
    Apart(VarId, TypeId),
    /// The argument, which is computed where it stands.
    Plain(Term),
}

impl<'t> Checker<'t> {
    /// Checks a definition without keeping anything but its errors.
    pub(super) fn rehearse<T>(&mut self, body: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let variables = self.program.variables.len();
        let points = self.program.points;
        let nodes = self.nodes;
        let phase = core::mem::replace(&mut self.phase, 0);
        let level = core::mem::replace(&mut self.level, 0);
        let result = self.scoped(body);
        self.program.variables.truncate(variables);
        self.program.points = points;
        self.nodes = nodes;
        self.phase = phase;
        self.level = level;
        result
    }

    /// Binds parameters while a definition is checked.
    pub(super) fn bind_parameters(
        &mut self,
        parameters: &[tree::Parameter],
        types: &[Option<TypeId>],
    ) {
        for (parameter, ty) in parameters.iter().zip(types) {
            self.bind(parameter.name, *ty, Binder::Parameter);
        }
    }

    /// Runs `body` in the scope of a definition's parameters, as fresh
    /// variables.
    fn in_definition<T>(
        &mut self,
        parameters: &[tree::Parameter],
        variables: &[VarId],
        renaming: usize,
        body: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let inner = parameters.iter().zip(variables);
        let inner = inner.map(|(p, var)| (p.name.symbol, Local::Var(*var)));
        let scope = core::mem::replace(&mut self.scope, inner.collect());
        let renaming = core::mem::replace(&mut self.renaming, renaming);
        let result = body(self);
        self.scope = scope;
        self.renaming = renaming;
        result
    }

    /// Fresh variables for the parameters of a call.
    fn fresh_parameters(
        &mut self,
        parameters: &[tree::Parameter],
        arguments: &[Term],
    ) -> Vec<VarId> {
        parameters
            .iter()
            .zip(arguments)
            .map(|(parameter, argument)| {
                let name = self.text(parameter.name.symbol);
                let span = parameter.name.span;
                let given = match argument.kind {
                    TermKind::Var(value) => Some(value),
                    _ => None,
                };
                let binder = match given {
                    Some(value) if self.variable(value).binder != Binder::New => Binder::Alias,
                    _ => Binder::Parameter,
                };
                let var = self.new_variable(name, argument.ty, binder, span);
                if let Some(value) = given {
                    self.passed.insert(var, value);
                }
                var
            })
            .collect()
    }

    /// A parameter that may fail stands for its argument: whether that fails
    /// matters where the body uses it. What is more than functions is computed before.
    fn failing_arguments(
        &mut self,
        parameters: &[tree::Parameter],
        variables: &[VarId],
        arguments: &[Term],
    ) -> Vec<Ahead> {
        let mut ahead = Vec::new();
        for ((parameter, var), argument) in parameters.iter().zip(variables).zip(arguments) {
            if !parameter.may_fail {
                continue;
            }
            let argument = if super::condition::plain(argument) {
                Argument::Plain(argument.clone())
            } else {
                let ty = argument.ty;
                Argument::Apart(self.set_apart(argument.clone(), &mut ahead), ty)
            };
            self.arguments.insert(*var, argument);
        }
        ahead
    }

    /// What a parameter that may fail stands for.
    pub(super) fn argument(&mut self, parameter: VarId, span: Span) -> Option<Term> {
        match self.arguments.get(&parameter)? {
            Argument::Plain(term) => Some(term.clone()),
            Argument::Apart(whole, ty) => {
                let (whole, ty) = (*whole, *ty);
                Some(self.read_back(whole, ty, span))
            }
        }
    }

    /// The arguments of a `letfun`: each is the value of a `let` that stands below
    /// those before it.
    pub(super) fn letfun_arguments(&mut self, arguments: &'t [tree::Term]) -> Option<Vec<Term>> {
        let depth = self.depth;
        let mut terms = Vec::with_capacity(arguments.len());
        for argument in arguments {
            self.depth = self.depth.saturating_add(1);
            terms.push(self.term(argument));
        }
        self.depth = depth;
        terms.into_iter().collect()
    }

    /// `f(M, …)` for a `letfun`: `let` over its parameters, then its body.
    pub(super) fn call_letfun(
        &mut self,
        index: usize,
        name: Ident,
        arguments: Vec<Term>,
        span: Span,
    ) -> Option<Term> {
        let letfun = self.letfuns.get(index)?;
        let types: Vec<TypeId> = letfun.types.iter().copied().collect::<Option<_>>()?;
        let ty = letfun.result;
        let (parameters, body, renaming) = (letfun.parameters, letfun.body, letfun.renaming);
        self.arguments_fit("the function", name, &types, &arguments)?;
        let ty = ty?;
        if !self.expanding {
            let kind = TermKind::Fail;
            return Some(Term { kind, ty, span });
        }
        self.scoped(|checker| {
            let variables = checker.fresh_parameters(parameters, &arguments);
            let ahead = checker.failing_arguments(parameters, &variables, &arguments);
            let outer = core::mem::replace(&mut checker.in_letfun, true);
            // Below the `let`s made here.
            let depth = checker.depth;
            checker.depth = depth.saturating_add(index_of(parameters.len()));
            let result = checker.in_definition(parameters, &variables, renaming, |c| {
                c.node(span, |c| c.term(body))
            });
            checker.depth = depth;
            checker.in_letfun = outer;
            let mut result = behind(ahead, result?);
            for (var, value) in variables.iter().zip(arguments).rev() {
                if checker.arguments.remove(var).is_some() {
                    continue;
                }
                let pattern = Pattern {
                    kind: PatternKind::Var(*var),
                    ty: value.ty,
                    span: value.span,
                };
                let otherwise = Term {
                    kind: TermKind::Fail,
                    ty,
                    span,
                };
                let kind = TermKind::Let {
                    pattern: Box::new(pattern),
                    value: Box::new(value),
                    then: Box::new(result),
                    otherwise: Box::new(otherwise),
                    letfun: Some(checker.text(name.symbol).to_owned()),
                };
                result = Term { kind, ty, span };
            }
            Some(result)
        })
    }

    /// `P(M, …)` for a process macro.
    pub(super) fn call_macro(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
        span: Span,
    ) -> Option<Process> {
        let point = self.point();
        let values = self.terms(arguments);
        self.not_hidden(name, "a process")?;
        let index = match self.global(name.symbol) {
            Some(Global::Macro(index)) => index,
            Some(Global::Faulty) => return None,
            Some(_) => {
                let text = self.text(name.symbol);
                self.error(name.span, format!("`{text}` is not a process"), None);
                return None;
            }
            None => {
                self.undeclared("the process", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Macro(_))
                });
                return None;
            }
        };
        let definition = self.macros.get(index)?;
        let types: Vec<TypeId> = definition.types.iter().copied().collect::<Option<_>>()?;
        let (parameters, body) = (definition.parameters, definition.body);
        let (renaming, defined) = (definition.renaming, definition.name.span);
        let sound = definition.result;
        let values = values?;
        self.arguments_fit("the process", name, &types, &values)?;
        sound?;
        if !self.expanding {
            let kind = ProcessKind::Nil;
            return Some(Process { point, kind, span });
        }
        self.scoped(|checker| {
            let variables = checker.fresh_parameters(parameters, &values);
            let ahead = checker.failing_arguments(parameters, &variables, &values);
            let call = checker.call.replace((span, checker.phase));
            let body = checker.in_definition(parameters, &variables, renaming, |c| c.process(body));
            checker.call = call;
            let bindings = variables.into_iter().zip(values);
            let bindings = bindings
                .filter(|(var, _)| checker.arguments.remove(var).is_none())
                .chain(ahead.into_iter().map(Ahead::into_binding))
                .collect();
            let body = body?;
            let kind = ProcessKind::Call {
                name: checker.text(name.symbol).to_owned(),
                definition: defined,
                bindings,
                body: Box::new(body),
            };
            Some(Process { point, kind, span })
        })
    }

    /// Compares numbers and types of arguments with those of parameters.
    pub(super) fn arguments_fit(
        &mut self,
        what: &str,
        name: Ident,
        parameters: &[TypeId],
        arguments: &[Term],
    ) -> Option<()> {
        let types: Vec<TypeId> = arguments.iter().map(|m| m.ty).collect();
        self.types_fit(what, name, parameters, &types)
    }

    pub(super) fn types_fit(
        &mut self,
        what: &str,
        name: Ident,
        parameters: &[TypeId],
        arguments: &[TypeId],
    ) -> Option<()> {
        let fit = parameters.len() == arguments.len()
            && parameters
                .iter()
                .zip(arguments)
                .all(|(wanted, found)| super::term::compatible(*wanted, *found));
        if fit {
            return Some(());
        }
        let text = self.text(name.symbol);
        let message = format!(
            "{what} `{text}` takes {} but is given {}",
            self.described(parameters),
            self.described(arguments)
        );
        let differs = parameters
            .iter()
            .zip(arguments)
            .position(|(wanted, found)| !super::term::compatible(*wanted, *found))
            .filter(|_| parameters.len() == arguments.len() && parameters.len() > 1);
        let hint = differs.and_then(|at| {
            let (wanted, found) = (*parameters.get(at)?, *arguments.get(at)?);
            let (wanted, found) = (self.type_name(wanted), self.type_name(found));
            let number = at + 1;
            Some(format!(
                "argument {number} has the type `{found}`, and not `{wanted}`"
            ))
        });
        self.error(name.span, message, hint.as_deref());
        None
    }

    /// `2 arguments (t, u)`.
    fn described(&self, types: &[TypeId]) -> String {
        match types.len() {
            0 => "no argument".to_owned(),
            1 => format!("1 argument ({})", self.type_names(types)),
            n => format!("{n} arguments ({})", self.type_names(types)),
        }
    }
}
