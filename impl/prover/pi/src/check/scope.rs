//! What identifiers stand for: one global name space, local scopes above it.
//!
//! A local identifier hides every earlier one of that name, with a warning.
//! The variables of a pattern wait in `pending` until the whole pattern is
//! read, because M in `=M` means what it means in front of the pattern.

use super::{Checker, Global};
use crate::program::{Binder, TypeId, VarId, Variable};
use crate::source::Span;
use crate::syntax::names::Symbol;
use crate::syntax::tree::Ident;

/// What a local identifier stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Local {
    Faulty,
    Var(VarId),
}

impl<'t> Checker<'t> {
    /// A global through the renaming in force.
    pub(super) fn global(&mut self, symbol: Symbol) -> Option<Global> {
        let symbol = self.renamed(symbol);
        let found = self.globals.get(&symbol).copied();
        if found.is_some() {
            self.used_globals.insert(symbol);
        }
        found
    }

    /// Reports a global that a local identifier hides where it is used.
    pub(super) fn not_hidden(&mut self, name: Ident, wanted: &str) -> Option<()> {
        let local = self.scope.iter().any(|(symbol, _)| *symbol == name.symbol);
        if !local {
            return Some(());
        }
        let text = self.text(name.symbol);
        let message = format!("`{text}` is a variable here, not {wanted}");
        self.error(
            name.span,
            message,
            Some("rename the variable that hides it"),
        );
        None
    }

    pub(super) fn renamed(&self, symbol: Symbol) -> Symbol {
        let renaming = self.renamings.get(self.renaming);
        renaming
            .and_then(|map| map.get(&symbol).copied())
            .unwrap_or(symbol)
    }

    pub(super) fn local(&mut self, symbol: Symbol) -> Option<Local> {
        let found = self.scope.iter().rev().find(|(name, _)| *name == symbol);
        let local = found.map(|(_, local)| *local);
        if let Some(Local::Var(var)) = local {
            let span = self.variable(var).span;
            self.used.insert(span);
        }
        local
    }

    pub(super) fn variable(&self, var: VarId) -> &Variable {
        // As for `function`; rolled back only together with their users.
        &self.program.variables[var.0 as usize]
    }

    /// Binds an identifier; a faulty type binds it too, quietly.
    pub(super) fn bind(
        &mut self,
        name: Ident,
        ty: Option<TypeId>,
        binder: Binder,
    ) -> Option<VarId> {
        self.warn_rebinding(name, binder);
        let var = ty.map(|ty| self.new_variable(self.text(name.symbol), ty, binder, name.span));
        let local = var.map_or(Local::Faulty, Local::Var);
        self.scope.push((name.symbol, local));
        var
    }

    /// Binds an identifier of a pattern, from the end of the pattern on.
    pub(super) fn bind_later(
        &mut self,
        name: Ident,
        ty: Option<TypeId>,
        binder: Binder,
    ) -> Option<VarId> {
        self.warn_rebinding(name, binder);
        let var = ty.map(|ty| self.new_variable(self.text(name.symbol), ty, binder, name.span));
        let local = var.map_or(Local::Faulty, Local::Var);
        self.pending.push((name.symbol, local));
        var
    }

    pub(super) fn new_variable(
        &mut self,
        name: &str,
        ty: TypeId,
        binder: Binder,
        span: Span,
    ) -> VarId {
        let var = VarId(u32::try_from(self.program.variables.len()).unwrap_or(u32::MAX));
        self.program.variables.push(Variable {
            name: name.to_owned(),
            ty,
            binder,
            span,
        });
        var
    }

    fn warn_rebinding(&mut self, name: Ident, binder: Binder) {
        let text = self.text(name.symbol);
        let mut locals = self.scope.iter().chain(&self.pending);
        if locals.any(|(symbol, _)| *symbol == name.symbol) {
            self.warn(
                name.span,
                format!("`{text}` is bound again and hides the earlier one"),
                None,
            );
            return;
        }
        let symbol = self.renamed(name.symbol);
        let constant = match self.globals.get(&symbol) {
            Some(Global::Name(_)) => true,
            Some(Global::Function(fun)) => self.function(*fun).parameters.is_empty(),
            _ => return,
        };
        let pattern = matches!(binder, Binder::Get | Binder::Input | Binder::Let);
        if constant && pattern {
            let hint = format!("to test for the declared `{text}`, write `={text}`");
            self.warn(
                name.span,
                format!("`{text}` binds a new variable here, although a constant has that name"),
                Some(&hint),
            );
        } else {
            self.warn(
                name.span,
                format!("`{text}` is bound again and hides the declared one"),
                None,
            );
        }
    }

    /// Runs `body` in a scope of its own.
    pub(super) fn scoped<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let scope = self.scope.len();
        let result = body(self);
        self.scope.truncate(scope);
        result
    }
}
