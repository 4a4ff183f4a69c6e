//! `def` and `expand`: macros over declarations.
//!
//! Expansion is a renaming, not a copy: the declarations of a `def` are
//! checked once per `expand`, with a map from the names inside to the names
//! outside. Parameters map to the arguments, what the body declares itself
//! maps to fresh names, everything else stands for itself. Local variables
//! are looked up before the map, so none can be captured.

use crate::diagnostic::Diagnostic;
use crate::syntax::names::{Names, Symbol};
use crate::syntax::parser::Parsed;
use crate::syntax::tree::{Declaration, DeclarationKind, Ident};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// How many declarations `expand` may produce.
const DECLARATION_LIMIT: usize = 20_000;
/// How deep `expand` may nest; recursion is impossible, chains are not.
const EXPAND_DEPTH: u32 = 100;

/// A declaration and the renaming in force in it.
#[derive(Clone, Copy)]
pub(super) struct Placed<'t> {
    pub(super) declaration: &'t Declaration,
    /// Index into [`Flat::renamings`].
    pub(super) renaming: usize,
}

/// All declarations of a program in order, without `def` and `expand`.
pub(super) struct Flat<'t> {
    pub(super) declarations: Vec<Placed<'t>>,
    /// The first one is empty.
    pub(super) renamings: Vec<BTreeMap<Symbol, Symbol>>,
}

struct Def<'t> {
    parameters: &'t [Ident],
    body: &'t [Declaration],
}

struct Flattener<'t, 'n> {
    names: &'n mut Names,
    diagnostics: &'n mut Vec<Diagnostic>,
    defs: BTreeMap<Symbol, Def<'t>>,
    flat: Flat<'t>,
    /// Whether the limit was met and reported.
    exhausted: bool,
}

/// Expands every `expand`.
pub(super) fn flatten<'t>(
    files: &'t [Parsed],
    names: &mut Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> Flat<'t> {
    let mut flattener = Flattener {
        names,
        diagnostics,
        defs: BTreeMap::new(),
        flat: Flat {
            declarations: Vec::new(),
            renamings: vec![BTreeMap::new()],
        },
        exhausted: false,
    };
    for file in files {
        flattener.walk(&file.declarations, 0, 0);
    }
    flattener.flat
}

impl<'t> Flattener<'t, '_> {
    fn walk(&mut self, declarations: &'t [Declaration], renaming: usize, depth: u32) {
        for declaration in declarations {
            // An `expand` counts as well: its body may be empty.
            let made = self.flat.declarations.len() + self.flat.renamings.len();
            if renaming > 0 && made > DECLARATION_LIMIT {
                if !self.exhausted {
                    self.exhausted = true;
                    self.diagnostics.push(Diagnostic::error(
                        declaration.span,
                        format!("`expand` makes more than {DECLARATION_LIMIT} declarations"),
                    ));
                }
                return;
            }
            match &declaration.kind {
                DeclarationKind::Def {
                    name,
                    parameters,
                    body,
                } => self.define(*name, parameters, body, depth),
                DeclarationKind::Expand { name, arguments } => {
                    self.expand(*name, arguments, renaming, depth);
                }
                _ => self.flat.declarations.push(Placed {
                    declaration,
                    renaming,
                }),
            }
        }
    }

    fn define(
        &mut self,
        name: Ident,
        parameters: &'t [Ident],
        body: &'t [Declaration],
        depth: u32,
    ) {
        if depth > 0 {
            self.diagnostics.push(Diagnostic::error(
                name.span,
                "a `def` cannot stand inside another",
            ));
            return;
        }
        for (index, parameter) in parameters.iter().enumerate() {
            if parameters[..index]
                .iter()
                .any(|p| p.symbol == parameter.symbol)
            {
                let text = self.names.text(parameter.symbol);
                self.diagnostics.push(Diagnostic::error(
                    parameter.span,
                    format!("the parameter `{text}` occurs twice"),
                ));
            }
        }
        if self
            .defs
            .insert(name.symbol, Def { parameters, body })
            .is_some()
        {
            let text = self.names.text(name.symbol);
            self.diagnostics.push(Diagnostic::error(
                name.span,
                format!("the macro `{text}` is already defined"),
            ));
        }
    }

    fn expand(&mut self, name: Ident, arguments: &[Ident], renaming: usize, depth: u32) {
        let text = self.names.text(name.symbol);
        let Some(def) = self.defs.get(&name.symbol) else {
            self.diagnostics.push(Diagnostic::error(
                name.span,
                format!("the macro `{text}` is not defined"),
            ));
            return;
        };
        if def.parameters.len() != arguments.len() {
            self.diagnostics.push(Diagnostic::error(
                name.span,
                format!(
                    "the macro `{text}` takes {} arguments, here are {}",
                    def.parameters.len(),
                    arguments.len()
                ),
            ));
            return;
        }
        if depth >= EXPAND_DEPTH {
            self.diagnostics.push(Diagnostic::error(
                name.span,
                format!("`expand` nests more than {EXPAND_DEPTH} levels deep"),
            ));
            return;
        }
        let outer = self
            .flat
            .renamings
            .get(renaming)
            .cloned()
            .unwrap_or_default();
        let body = def.body;
        let mut map = BTreeMap::new();
        for (parameter, argument) in def.parameters.iter().zip(arguments) {
            let symbol = argument.symbol;
            map.insert(
                parameter.symbol,
                outer.get(&symbol).copied().unwrap_or(symbol),
            );
        }
        for ident in body.iter().flat_map(declared) {
            if let Entry::Vacant(entry) = map.entry(ident) {
                let text = self.names.text(ident).to_owned();
                entry.insert(self.names.fresh(&text));
            }
        }
        let inner = self.flat.renamings.len();
        self.flat.renamings.push(map);
        self.walk(body, inner, depth + 1);
    }
}

/// Names that a declaration introduces.
fn declared(declaration: &Declaration) -> Vec<Symbol> {
    use DeclarationKind as K;
    let one = |ident: &Ident| vec![ident.symbol];
    match &declaration.kind {
        K::Channel(names) | K::Const { names, .. } | K::Free { names, .. } => {
            names.iter().map(|name| name.symbol).collect()
        }
        K::Destructor(destructor) => match (&destructor.signature, destructor.rules.first()) {
            (Some((name, ..)), _) => one(name),
            (None, Some(rule)) => super::rule::head(rule)
                .map(|name| name.symbol)
                .into_iter()
                .collect(),
            (None, None) => Vec::new(),
        },
        K::Event { name, .. }
        | K::Function { name, .. }
        | K::Letfun { name, .. }
        | K::Predicate { name, .. }
        | K::Process { name, .. }
        | K::Table { name, .. }
        | K::Type { name, .. } => one(name),
        // Arguments of an inner `expand` that nothing outside fixes are
        // declared by it.
        K::Expand { arguments, .. } => arguments.iter().map(|a| a.symbol).collect(),
        _ => Vec::new(),
    }
}
