//! A syntax tree as text: what was read, one step a line.
//!
//! Parses to the same tree again. Comments are gone, apart from labels; what
//! has two ways of writing is written in one (`new` for `<-R`, `!` for
//! `foreach`, `0` for a missing continuation), and branches and parallel parts
//! stand in parentheses, so that no `else` and no `|` can change its owner.

mod declaration;
mod process;
mod term;

use super::names::Names;
use super::tree::{Declaration, Ident, Parameter, Setting};
use crate::source::{SourceFile, Span};

/// The declarations of one file.
pub(crate) fn declarations(file: &SourceFile, names: &Names, all: &[Declaration]) -> String {
    let mut printer = Printer {
        names,
        text: &file.text,
        out: String::new(),
    };
    for declaration in all {
        printer.declaration(declaration, 0);
    }
    printer.out
}

struct Printer<'t> {
    names: &'t Names,
    /// The file.
    text: &'t str,
    out: String,
}

impl<'t> Printer<'t> {
    fn line(&mut self, level: usize, text: &str) {
        self.out.push_str(&"  ".repeat(level));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn name(&self, name: Ident) -> &'t str {
        self.names.text(name.symbol)
    }

    fn source(&self, span: Span) -> &'t str {
        let range = span.start as usize..span.end as usize;
        self.text.get(range).unwrap_or("")
    }

    fn comma_names(&self, all: &[Ident]) -> String {
        let all: Vec<&str> = all.iter().map(|name| self.name(*name)).collect();
        all.join(", ")
    }

    /// ` [private]`, or nothing.
    fn options(&self, options: &[Setting]) -> String {
        if options.is_empty() {
            return String::new();
        }
        let all: Vec<String> = options
            .iter()
            .map(|option| {
                let name = self.name(option.name);
                match option.variables.as_slice() {
                    [] => name.to_owned(),
                    [one] => format!("{name} = {}", self.name(*one)),
                    several => format!("{name} = {{{}}}", self.comma_names(several)),
                }
            })
            .collect();
        format!(" [{}]", all.join(", "))
    }

    /// `x: t, y: u or fail`.
    fn parameters(&self, parameters: &[Parameter]) -> String {
        let all: Vec<String> = parameters
            .iter()
            .map(|p| {
                let fail = if p.may_fail { " or fail" } else { "" };
                format!("{}: {}{fail}", self.name(p.name), self.name(p.ty))
            })
            .collect();
        all.join(", ")
    }

    /// The same with parentheses, or nothing.
    fn formal(&self, parameters: &[Parameter]) -> String {
        if parameters.is_empty() {
            return String::new();
        }
        format!("({})", self.parameters(parameters))
    }

    /// ` x: t;` in front of a statement, or nothing.
    fn variables(&self, parameters: &[Parameter]) -> String {
        if parameters.is_empty() {
            return String::new();
        }
        format!(" {};", self.parameters(parameters))
    }
}
