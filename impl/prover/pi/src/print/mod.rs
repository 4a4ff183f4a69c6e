//! A program as text that loads again.
//!
//! Every variable gets a name of its own, macro calls become `let`s over
//! their parameters, and nothing else changes: what is printed means the same
//! and prints the same once more. With numbers, each step shows its
//! [`PointId`](crate::PointId) as `{n}`; that form is for reading only.

mod declaration;
mod formula;
mod process;
mod term;

use crate::program::{
    EventId, FunId, NameId, PredicateId, Process, Program, TableId, Term, TypeId, VarId,
};
use crate::source::{FileId, Sources};
use crate::syntax::{self, names::Names, parser};
use std::collections::BTreeSet;

/// The whole program; loads again.
#[must_use]
pub fn program(program: &Program) -> String {
    let mut printer = Printer::new(program, false);
    printer.program();
    printer.out
}

/// Each file as it was parsed, before names are resolved: parentheses say what
/// belongs to what. Text that parses gives the same tree again.
#[must_use]
pub fn parsed(sources: &Sources) -> Vec<String> {
    let print = || {
        let mut names = Names::default();
        // Whoever loads the program hears of the errors.
        let mut errors = Vec::new();
        (0..)
            .zip(sources.files())
            .map(|(index, file)| {
                let parsed = parser::parse(FileId(index), file, &mut names, &mut errors);
                syntax::print::declarations(file, &names, &parsed.declarations)
            })
            .collect()
    };
    crate::deep(print).unwrap_or_default()
}

/// A process with its point numbers, one step a line.
#[must_use]
pub fn process(program: &Program, process: &Process) -> String {
    let mut printer = Printer::new(program, true);
    printer.process(process, 0);
    printer.out
}

/// A term, with point numbers where it acts.
#[must_use]
pub fn term(program: &Program, term: &Term) -> String {
    Printer::new(program, true).term(term)
}

struct Printer<'p> {
    program: &'p Program,
    out: String,
    /// Whether points are shown.
    numbered: bool,
    /// A name for each variable, apart from all others and all globals.
    variables: Vec<String>,
}

impl<'p> Printer<'p> {
    fn new(program: &'p Program, numbered: bool) -> Self {
        let mut taken: BTreeSet<String> = reserved(program);
        let variables = program
            .variables
            .iter()
            .map(|variable| {
                if variable.name == "_" {
                    return "_".to_owned();
                }
                let mut name = variable.name.clone();
                let mut n = 1_u64;
                while !taken.insert(name.clone()) {
                    name = format!("{}_{n}", variable.name);
                    n += 1;
                }
                name
            })
            .collect();
        Self {
            program,
            out: String::new(),
            numbered,
            variables,
        }
    }

    fn line(&mut self, indent: usize, text: &str) {
        for _ in 0..indent {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn ty(&self, id: TypeId) -> &'p str {
        let ty = self.program.types.get(id.0 as usize);
        ty.map_or("?", |ty| ty.name.as_str())
    }

    fn types(&self, ids: &[TypeId]) -> String {
        let types: Vec<&str> = ids.iter().map(|id| self.ty(*id)).collect();
        types.join(", ")
    }

    fn event(&self, id: EventId) -> &'p str {
        let event = self.program.events.get(id.0 as usize);
        event.map_or("?", |event| event.name.as_str())
    }

    fn function(&self, id: FunId) -> &'p str {
        let function = self.program.functions.get(id.0 as usize);
        function.map_or("?", |function| function.name.as_str())
    }

    fn name(&self, id: NameId) -> &'p str {
        let name = self.program.names.get(id.0 as usize);
        name.map_or("?", |name| name.name.as_str())
    }

    fn predicate(&self, id: PredicateId) -> &'p str {
        let predicate = self.program.predicates.get(id.0 as usize);
        predicate.map_or("?", |predicate| predicate.name.as_str())
    }

    fn table(&self, id: TableId) -> &'p str {
        let table = self.program.tables.get(id.0 as usize);
        table.map_or("?", |table| table.name.as_str())
    }

    fn variable(&self, id: VarId) -> &str {
        self.variables
            .get(id.0 as usize)
            .map_or("?", String::as_str)
    }
}

/// Names that no variable may take, so that none hides a global.
fn reserved(program: &Program) -> BTreeSet<String> {
    let types = program.types.iter().map(|x| &x.name);
    let functions = program.functions.iter().map(|x| &x.name);
    let names = program.names.iter().map(|x| &x.name);
    let events = program.events.iter().map(|x| &x.name);
    let tables = program.tables.iter().map(|x| &x.name);
    let predicates = program.predicates.iter().map(|x| &x.name);
    types
        .chain(functions)
        .chain(names)
        .chain(events)
        .chain(tables)
        .chain(predicates)
        .cloned()
        .chain(["attacker", "is_nat", "mess", "subterm"].map(str::to_owned))
        .collect()
}

/// `name(arguments)`, or the name alone.
fn call(name: &str, arguments: &[String]) -> String {
    if arguments.is_empty() {
        return name.to_owned();
    }
    format!("{name}({})", arguments.join(", "))
}
