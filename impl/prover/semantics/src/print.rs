//! Printing messages and recipes of a run in the notation of the model.
//!
//! Fresh names are numbered per source name in order of creation (`k#1`),
//! attacker names are `attacker#1`, outputs `~1`.

use crate::messages::{Message, Messages, Node};
use crate::replay::Run;
use crate::step::Happened;
use pi::{FunId, FunctionKind, Program};
use proof::attack::Recipe;
use std::collections::BTreeMap;

/// Longest print of one message or recipe, in bytes; the rest becomes `…`.
pub const LENGTH_LIMIT: usize = 4_000;

/// Names things of one run.
#[derive(Clone, Debug)]
pub struct Printer<'a> {
    program: &'a Program,
    messages: &'a Messages,
    names: BTreeMap<Message, String>,
    /// Messages with a short name of their own, printed by it when nested.
    short: BTreeMap<Message, String>,
}

impl<'a> Printer<'a> {
    /// A printer that knows the names made in a run.
    #[must_use]
    pub fn new(program: &'a Program, messages: &'a Messages, run: &Run<'_>) -> Self {
        let mut names = BTreeMap::new();
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for performed in &run.steps {
            for happened in &performed.happened {
                if let Happened::Created { binder, name, .. } = happened {
                    let source = program
                        .variables
                        .get(binder.0 as usize)
                        .map_or("?", |v| v.name.as_str());
                    let count = counts.entry(source).or_default();
                    *count += 1;
                    names.insert(*name, format!("{source}#{count}"));
                }
            }
        }
        Self {
            program,
            messages,
            names,
            short: BTreeMap::new(),
        }
    }

    /// From now on prints a message by a short name where it is part of
    /// another.
    pub fn abbreviate(&mut self, message: Message, name: impl Into<String>) {
        self.short.insert(message, name.into());
    }

    /// A message, by its short name if it has one.
    #[must_use]
    pub fn message(&self, message: Message) -> String {
        let mut out = String::new();
        self.write(message, true, &mut out);
        out
    }

    /// A message, its parts by their short names.
    #[must_use]
    pub fn definition(&self, message: Message) -> String {
        let mut out = String::new();
        self.write(message, false, &mut out);
        out
    }

    /// A recipe: `f(~1, attacker#1)`, parts as `~1.2` (from 1).
    #[must_use]
    pub fn recipe(&self, recipe: &Recipe) -> String {
        let mut out = String::new();
        self.write_recipe(recipe, &mut out);
        out
    }

    fn write(&self, message: Message, short: bool, out: &mut String) {
        if out.len() > LENGTH_LIMIT {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        if short && let Some(name) = self.short.get(&message) {
            out.push_str(name);
            return;
        }
        match self.messages.node(message) {
            Node::Apply(f, parts) => {
                let parts: Vec<Message> = parts.to_vec();
                self.write_head(*f, parts.len(), out, |out, i| {
                    self.write(parts[i], true, out);
                });
            }
            Node::Attacker(n, _) => out.push_str(&format!("attacker#{}", n.saturating_add(1))),
            Node::Free(n) => out.push_str(
                self.program
                    .names
                    .get(n.0 as usize)
                    .map_or("?", |n| n.name.as_str()),
            ),
            Node::Fresh(v, n) => match self.names.get(&message) {
                Some(name) => out.push_str(name),
                None => {
                    let source = self
                        .program
                        .variables
                        .get(v.0 as usize)
                        .map_or("?", |v| v.name.as_str());
                    out.push_str(&format!("{source}#?{n}"));
                }
            },
            Node::Natural(n) => out.push_str(&n.to_string()),
            Node::Successor(below) => {
                self.write(*below, true, out);
                out.push_str(" + 1");
            }
        }
    }

    fn write_recipe(&self, recipe: &Recipe, out: &mut String) {
        if out.len() > LENGTH_LIMIT {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        match recipe {
            Recipe::Apply(f, arguments) => {
                self.write_head(FunId(*f), arguments.len(), out, |out, i| {
                    self.write_recipe(&arguments[i], out);
                });
            }
            Recipe::Fresh(n) => out.push_str(&format!("attacker#{}", n.saturating_add(1))),
            Recipe::Name(n) => out.push_str(
                self.program
                    .names
                    .get(*n as usize)
                    .map_or("?", |n| n.name.as_str()),
            ),
            Recipe::Output(n) => out.push_str(&format!("~{}", n.saturating_add(1))),
            Recipe::Project(_, component, of) => {
                self.write_recipe(of, out);
                out.push_str(&format!(".{}", component.saturating_add(1)));
            }
        }
    }

    fn write_head(
        &self,
        function: FunId,
        arity: usize,
        out: &mut String,
        mut argument: impl FnMut(&mut String, usize),
    ) {
        let declared = self.program.functions.get(function.0 as usize);
        let tuple = declared.is_some_and(|f| f.kind == FunctionKind::Tuple);
        if !tuple {
            out.push_str(declared.map_or("?", |f| f.name.as_str()));
            if arity == 0 {
                return;
            }
        }
        out.push('(');
        for i in 0..arity {
            if i > 0 {
                out.push_str(", ");
            }
            argument(out, i);
        }
        out.push(')');
    }
}
