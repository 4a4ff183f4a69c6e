//! Syntax tree to program: resolves names, checks types, expands macros.
//!
//! A macro or `letfun` is checked once where it is declared, so that its
//! errors are found even when nobody calls it, and again at each call, where
//! fresh [`VarId`]s and [`PointId`]s are made: expansion is hygienic because a
//! body is never copied, it is read again in the scope of its parameters.
//!
//! A function that returns `None` has reported why. Whatever is bound to a
//! faulty term becomes [`Local::Faulty`] and causes no further report.

mod ahead;
mod barrier;
mod bound_name;
mod builtin;
mod clause;
mod compound;
mod condition;
mod declare;
mod definition;
mod determinacy;
mod equation;
mod expansion;
mod fact;
mod formula;
mod hint;
mod implement;
mod limit;
mod lint;
mod operator;
mod pattern;
mod process;
mod query;
mod query_option;
mod query_term;
mod rule;
mod rule_term;
mod scope;
mod setting;
mod suggest;
mod sum;
mod term;
mod time;

use crate::diagnostic::{Diagnostic, Severity};
use crate::program::{
    EventId, FunId, Function, FunctionKind, NameId, NaturalOperation, PointId, PredicateId,
    Process, ProcessKind, Program, Settings, TableId, TypeId, VarId,
};
use crate::source::{FileId, Sources, Span};
use crate::syntax::names::{Names, Symbol};
use crate::syntax::parser::{self, DEPTH_LIMIT};
use crate::syntax::tree::{self, DeclarationKind, Ident};
pub use limit::{ARITY_LIMIT, PHASE_LIMIT};
use scope::Local;
use std::collections::{BTreeMap, BTreeSet};

/// How many term, pattern and process nodes an expanded program may have.
pub const NODE_LIMIT: u32 = 300_000;

/// How many findings are reported; beyond, errors come first.
const DIAGNOSTIC_LIMIT: usize = 200;

/// Parses and checks the files of one program, the last one being the main
/// file.
pub(crate) fn load(sources: &Sources) -> (Option<Program>, Vec<Diagnostic>) {
    let mut names = Names::default();
    let mut diagnostics = Vec::new();
    let mut files = Vec::new();
    for (index, file) in (0..).zip(sources.files()) {
        files.push(parser::parse(
            FileId(index),
            file,
            &mut names,
            &mut diagnostics,
        ));
    }
    let skipped: BTreeSet<Symbol> = files.iter().flat_map(|f| &f.skipped).copied().collect();
    let placed = definition::flatten(&files, &mut names, &mut diagnostics);
    let end = files.last().map(|file| file.end).unwrap_or_default();
    let mut checker = Checker::new(sources, &names, skipped, diagnostics);
    checker.renamings = placed.renamings;
    checker.run(&placed.declarations, end);
    checker.finish()
}

/// What a global identifier stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Global {
    Event(EventId),
    /// Declared, but faulty; reported.
    Faulty,
    Function(FunId),
    /// Index into [`Checker::letfuns`].
    Letfun(usize),
    /// Index into [`Checker::macros`].
    Macro(usize),
    Name(NameId),
    Predicate(PredicateId),
    /// `attacker`, `mess`, `subterm`.
    Reserved,
    Table(TableId),
    Type(TypeId),
}

/// A declared process macro or `letfun`.
struct Definition<'t, B, R> {
    name: Ident,
    parameters: &'t [tree::Parameter],
    /// Types of the parameters; `None` for a faulty one.
    types: Vec<Option<TypeId>>,
    body: &'t B,
    renaming: usize,
    /// What checking the body gave, the type of a `letfun`; `None` when it
    /// is faulty.
    result: Option<R>,
}

/// Where a `new` stands, for `new n[…]` in queries.
struct Restriction {
    name: VarId,
    /// Variables that a query may fix, innermost first.
    scope: Vec<VarId>,
    /// Enclosing replications.
    replications: u32,
}

struct Checker<'t> {
    names: &'t Names,
    /// Symbols in text that could not be parsed: not worth a second report.
    skipped: BTreeSet<Symbol>,
    /// Undeclared variables of the rule or query being read that have been reported.
    unbound: BTreeSet<Symbol>,
    diagnostics: Vec<Diagnostic>,
    program: Program,
    globals: BTreeMap<Symbol, Global>,
    letfuns: Vec<Definition<'t, tree::Term, TypeId>>,
    macros: Vec<Definition<'t, tree::Process, ()>>,
    tuples: BTreeMap<usize, FunId>,
    naturals: BTreeMap<NaturalOperation, FunId>,
    /// Parameters that stand for a variable of the caller.
    passed: BTreeMap<VarId, VarId>,
    /// Arguments of parameters that may fail, which stand for them in the body.
    arguments: BTreeMap<VarId, expansion::Argument>,
    /// The body of a `letfun` is being expanded.
    in_letfun: bool,
    /// One map per `expand`, from names in the definition to names outside.
    renamings: Vec<BTreeMap<Symbol, Symbol>>,
    /// The map in force.
    renaming: usize,

    /// Local identifiers, innermost last.
    scope: Vec<(Symbol, Local)>,
    /// What the pattern being read binds; in scope behind it, not in it.
    pending: Vec<(Symbol, Local)>,
    /// Sums of the pattern in hand.
    sums: Vec<sum::Sum>,
    /// The innermost macro call being expanded and the phase it is in.
    call: Option<(Span, u32)>,
    replications: u32,
    phase: u32,
    /// The level of the last barrier.
    level: u64,
    barriers: Vec<barrier::Barrier>,
    /// A phase of the main process.
    phased: Option<Span>,
    /// The first barrier, in whichever process.
    synced: Option<Span>,
    restrictions: Vec<Restriction>,
    /// Whether calls are expanded; not while a definition is checked.
    expanding: bool,
    depth: u32,
    nodes: u32,
    exhausted: bool,

    /// Binders that are used, by their place.
    used: BTreeSet<Span>,
    used_globals: BTreeSet<Symbol>,
    /// Events that the main process emits.
    emitted: BTreeSet<EventId>,
    /// Tables into which the process inserts.
    filled: BTreeSet<TableId>,
    /// Tables that the process reads, and where it does first.
    read: BTreeMap<TableId, Span>,
}

impl<'t> Checker<'t> {
    fn new(
        sources: &Sources,
        names: &'t Names,
        skipped: BTreeSet<Symbol>,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        let mut checker = Self {
            names,
            skipped,
            unbound: BTreeSet::new(),
            diagnostics,
            program: empty_program(sources.clone()),
            globals: BTreeMap::new(),
            letfuns: Vec::new(),
            macros: Vec::new(),
            tuples: BTreeMap::new(),
            naturals: BTreeMap::new(),
            passed: BTreeMap::new(),
            arguments: BTreeMap::new(),
            in_letfun: false,
            renamings: vec![BTreeMap::new()],
            renaming: 0,
            scope: Vec::new(),
            pending: Vec::new(),
            sums: Vec::new(),
            call: None,
            replications: 0,
            phase: 0,
            level: 0,
            barriers: Vec::new(),
            phased: None,
            synced: None,
            restrictions: Vec::new(),
            expanding: false,
            depth: 0,
            nodes: 0,
            exhausted: false,
            used: BTreeSet::new(),
            used_globals: BTreeSet::new(),
            emitted: BTreeSet::new(),
            filled: BTreeSet::new(),
            read: BTreeMap::new(),
        };
        checker.declare_builtins();
        checker
    }

    fn run(&mut self, declarations: &[definition::Placed<'t>], end: Span) {
        let mut main = None;
        let mut main_seen = false;
        for placed in declarations {
            self.renaming = placed.renaming;
            let declaration = placed.declaration;
            match &declaration.kind {
                DeclarationKind::Main(_) if declaration.span.file != end.file => self.warn(
                    declaration.span,
                    "the main process of a library is ignored",
                    Some("only the process of the last file runs"),
                ),
                DeclarationKind::Main(process) => {
                    main_seen = true;
                    main = Some(process);
                }
                DeclarationKind::Ignored => {
                    main_seen |= declaration.span.start == declaration.span.end
                        || self.starts_main(declaration.span);
                }
                _ => self.declare(declaration),
            }
        }
        self.renaming = 0;
        self.destructors_determined();
        if let Some(process) = main {
            self.expanding = true;
            if let Some(process) = self.process(process) {
                self.program.process = self.with_barriers(process);
            }
            self.expanding = false;
        } else if !main_seen
            && self
                .diagnostics
                .iter()
                .all(|d| d.severity != Severity::Error)
        {
            // Otherwise it may be what could not be read.
            self.error(
                end,
                "the main process is missing",
                Some("the last file ends with `process P`"),
            );
        }
        self.barriers_uncompromised();
        // Queries may use what is declared behind them.
        for placed in declarations {
            self.renaming = placed.renaming;
            self.declare_late(placed.declaration);
        }
        self.renaming = 0;
        // Where types count, what is received may be a number though none is written.
        let typed = !self.program.settings.ignore_types
            && self.program.variables.iter().any(|v| v.ty == TypeId::NAT);
        if typed || !self.naturals.is_empty() {
            self.count_by_one();
        }
        if !self.program.settings.unimplementable && !self.program.queries.is_empty() {
            self.predicates_implementable();
        }
        self.lint(declarations);
    }

    /// What the attacker counts with, be it written in the program or not.
    fn count_by_one(&mut self) {
        use NaturalOperation as N;
        for operation in [N::Literal(0), N::Literal(1), N::Add, N::Subtract] {
            self.natural(operation);
        }
    }

    /// Whether a declaration left out stood for the main process.
    fn starts_main(&self, span: Span) -> bool {
        let text = self.program.sources.text(span);
        text.starts_with("process") || text.starts_with("equivalence")
    }

    fn finish(mut self) -> (Option<Program>, Vec<Diagnostic>) {
        self.order_queries();
        let mut diagnostics = self.diagnostics;
        let place = |d: &Diagnostic| (d.span.file, d.span.start, d.severity, d.span.end);
        diagnostics.sort_by(|a, b| place(a).cmp(&place(b)).then(a.message.cmp(&b.message)));
        diagnostics.dedup();
        if diagnostics.len() > DIAGNOSTIC_LIMIT {
            let (errors, warnings): (Vec<_>, Vec<_>) = diagnostics
                .into_iter()
                .partition(|d| d.severity == Severity::Error);
            diagnostics = errors.into_iter().chain(warnings).collect();
            diagnostics.truncate(DIAGNOSTIC_LIMIT);
        }
        let faulty = diagnostics.iter().any(|d| d.severity == Severity::Error);
        ((!faulty).then_some(self.program), diagnostics)
    }

    fn error(&mut self, span: Span, message: impl Into<String>, hint: Option<&str>) {
        let mut diagnostic = Diagnostic::error(span, message);
        diagnostic.hint = hint.map(str::to_owned);
        self.diagnostics.push(diagnostic);
    }

    fn warn(&mut self, span: Span, message: impl Into<String>, hint: Option<&str>) {
        let mut diagnostic = Diagnostic::warning(span, message);
        diagnostic.hint = hint.map(str::to_owned);
        self.diagnostics.push(diagnostic);
    }

    fn text(&self, symbol: Symbol) -> &'t str {
        self.names.text(symbol)
    }

    fn type_name(&self, ty: TypeId) -> &str {
        self.program
            .types
            .get(ty.0 as usize)
            .map_or("?", |ty| ty.name.as_str())
    }

    /// `t1, t2`, for messages.
    fn type_names(&self, types: &[TypeId]) -> String {
        let names: Vec<&str> = types.iter().map(|ty| self.type_name(*ty)).collect();
        names.join(", ")
    }

    fn function(&self, id: FunId) -> &Function {
        // Every FunId here was handed out by this checker, which only adds.
        &self.program.functions[id.0 as usize]
    }

    fn point(&mut self) -> PointId {
        let point = PointId(self.program.points);
        self.program.points = self.program.points.saturating_add(1);
        point
    }

    /// Counts one node of the expanded program and one level of nesting
    /// while `body` runs.
    fn node<T>(&mut self, span: Span, body: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.exhausted {
            return None;
        }
        if !self.count(1, self.depth, span) {
            return None;
        }
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }

    /// Counts nodes; false, once reported, when there are too many or they
    /// nest too deep.
    fn count(&mut self, nodes: u32, depth: u32, span: Span) -> bool {
        if self.exhausted {
            return false;
        }
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODE_LIMIT {
            self.exhausted = true;
            self.error(
                span,
                format!("the expanded program has more than {NODE_LIMIT} nodes"),
                Some("macros that call macros twice grow exponentially: bind results with `let`"),
            );
        } else if depth >= DEPTH_LIMIT {
            self.exhausted = true;
            self.diagnostics.push(parser::too_deep(span));
        }
        !self.exhausted
    }

    /// The tuple constructor with this many components.
    fn tuple(&mut self, arity: usize) -> FunId {
        if let Some(id) = self.tuples.get(&arity) {
            return *id;
        }
        let id = self.add_function(Function {
            name: format!("tuple<{arity}>"),
            parameters: vec![TypeId::ANY; arity],
            result: TypeId::BITSTRING,
            kind: FunctionKind::Tuple,
            private: false,
            span: None,
        });
        self.tuples.insert(arity, id);
        id
    }

    /// The function for an operation on natural numbers.
    fn natural(&mut self, operation: NaturalOperation) -> FunId {
        if let Some(id) = self.naturals.get(&operation) {
            return *id;
        }
        use NaturalOperation as N;
        let (name, parameters, result) = match operation {
            N::Add => ("+".to_owned(), vec![TypeId::NAT; 2], TypeId::NAT),
            N::IsNat => ("is_nat".to_owned(), vec![TypeId::NAT], TypeId::BOOL),
            N::Less => ("<".to_owned(), vec![TypeId::NAT; 2], TypeId::BOOL),
            N::LessOrEqual => ("<=".to_owned(), vec![TypeId::NAT; 2], TypeId::BOOL),
            N::Literal(n) => (n.to_string(), Vec::new(), TypeId::NAT),
            N::Subtract => ("-".to_owned(), vec![TypeId::NAT; 2], TypeId::NAT),
        };
        let id = self.add_function(Function {
            name,
            parameters,
            result,
            kind: FunctionKind::Natural(operation),
            private: false,
            span: None,
        });
        self.naturals.insert(operation, id);
        id
    }

    fn add_function(&mut self, function: Function) -> FunId {
        let id = FunId(u32::try_from(self.program.functions.len()).unwrap_or(u32::MAX));
        self.program.functions.push(function);
        id
    }
}

fn empty_program(sources: Sources) -> Program {
    Program {
        sources,
        types: Vec::new(),
        functions: Vec::new(),
        names: Vec::new(),
        equations: Vec::new(),
        events: Vec::new(),
        tables: Vec::new(),
        predicates: Vec::new(),
        clauses: Vec::new(),
        variables: Vec::new(),
        process: Process {
            point: PointId(0),
            kind: ProcessKind::Nil,
            span: Span::default(),
        },
        queries: Vec::new(),
        lemmas: Vec::new(),
        not_facts: Vec::new(),
        hints: Vec::new(),
        settings: Settings::default(),
        points: 0,
    }
}
