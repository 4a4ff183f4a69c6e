//! The signature of a program: one symbol per constructor, tuple and name.
//!
//! With types ignored a type converter has no symbol: it is the identity.
//! Predicates of events, tables and user predicates are numbered in this order,
//! so event `e` has number `e`.

use crate::compromise::Kinds;
use crate::options::Options;
use crate::scope::{Scope, scopes};
use crate::shape::{shape, shaped};
use crate::theory::Numbers;
use crate::types;
use logic::{Signature, Symbol, SymbolInfo, SymbolKind};
use pi::{
    EventId, FunId, FunctionKind, KeyCompromise, NameId, PointId, PredicateId, Program, TableId,
    TypeId, VarId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Which symbol stands for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    /// The name an attacker makes up; its argument numbers the names.
    pub attacker_name: Option<Symbol>,
    /// Constructors and tuples; none for destructors and erased converters.
    pub functions: Vec<Option<Symbol>>,
    /// Names bound by `new`.
    pub fresh: BTreeMap<VarId, FreshName>,
    /// The kinds of sessions, if there is more than one. Whatever has the sessions of
    /// replications as arguments then has the kind before them.
    pub kinds: Option<Kinds>,
    /// Free names.
    pub names: Vec<Symbol>,
    /// Natural numbers, if the program computes with them.
    pub numbers: Option<Numbers>,
    /// Occurrences of precise inputs and gets; the arguments are the session
    /// variables, outermost first.
    pub occurrences: BTreeMap<PointId, Symbol>,
    /// Executions of events that are told apart, by point.
    pub executions: BTreeMap<PointId, Execution>,
    /// Rows of precise gets, by number of columns.
    pub rows: BTreeMap<usize, Symbol>,
    /// Tuples by the types of their components, where types are respected.
    pub tuples: BTreeMap<Vec<TypeId>, Symbol>,
    /// The functions that make them. Others have no symbol either, such as the
    /// operations on numbers, and may take arguments of the same types.
    pub tupling: BTreeSet<FunId>,
    /// The name an attacker makes up, by type, where types are respected.
    pub typed_names: BTreeMap<TypeId, Symbol>,
    /// Whether types are respected.
    pub typed: bool,
    /// Numbers of the shapes of events, see [`crate::shape`].
    pub(crate) shapes: BTreeMap<EventId, u32>,
    events: u32,
    tables: u32,
}

/// A name bound by `new`, as a function of where it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshName {
    /// The symbol. Its arguments are the sessions, then the variables; before them
    /// the kind of the session, if there are sessions and more than one kind.
    pub symbol: Symbol,
    /// The replications around it, outermost first.
    pub sessions: Vec<PointId>,
    /// Variables it depends on, in order of binding.
    pub variables: Vec<VarId>,
}

/// How the executions of an event at one point are told apart.
///
/// A copy of a process passes each of its points at most once, so the sessions
/// of the replications around the point tell executions apart, and whatever
/// else there is to say of an execution is a function of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Its arguments are the sessions, outermost first. Executions are equal
    /// exactly when these terms are.
    pub occurrence: Symbol,
    /// Its arguments are the values of the variables: what the copy has taken
    /// from outside by then.
    pub context: Symbol,
    /// Variables that an input or get binds, in order of binding.
    pub variables: Vec<VarId>,
}

impl Symbols {
    /// Symbol of a constructor or tuple.
    #[must_use]
    pub fn function(&self, function: FunId) -> Option<Symbol> {
        self.functions.get(function.0 as usize).copied().flatten()
    }

    /// Symbol of a constructor or tuple on arguments of these types.
    #[must_use]
    pub fn applied(&self, function: FunId, types: &[TypeId]) -> Option<Symbol> {
        self.function(function).or_else(|| {
            let tuple = self.tupling.contains(&function);
            tuple.then(|| self.tuples.get(types).copied()).flatten()
        })
    }

    /// The number of an attacker or message fact about a message of this type
    /// in this phase.
    #[must_use]
    pub fn known(&self, ty: TypeId, phase: u32) -> u32 {
        if self.typed {
            ty.0.saturating_mul(logic::PHASES).saturating_add(phase)
        } else {
            phase
        }
    }

    /// Symbol of a free name.
    #[must_use]
    pub fn name(&self, name: NameId) -> Option<Symbol> {
        self.names.get(name.0 as usize).copied()
    }

    /// Number of an event, as in [`logic::Predicate::End`].
    #[must_use]
    pub fn event(&self, event: EventId) -> u32 {
        event.0
    }

    /// Number of a table, as in [`logic::Predicate::Table`].
    #[must_use]
    pub fn table(&self, table: TableId) -> u32 {
        self.events.saturating_add(table.0)
    }

    /// Number of a user predicate, as in [`logic::Predicate::User`].
    #[must_use]
    pub fn predicate(&self, predicate: PredicateId) -> u32 {
        self.events
            .saturating_add(self.tables)
            .saturating_add(predicate.0)
    }
}

/// Builds the signature.
pub(crate) fn symbols(program: &Program, options: &Options) -> (Signature, Symbols) {
    let mut builder = Builder::default();
    for f in &program.functions {
        let kind = match &f.kind {
            FunctionKind::Constructor {
                type_converter: true,
                ..
            } if program.settings.ignore_types => None,
            FunctionKind::Constructor { data: true, .. }
            | FunctionKind::Constructor {
                type_converter: true,
                ..
            }
            | FunctionKind::Tuple => Some(SymbolKind::Data),
            FunctionKind::Constructor { .. } => Some(SymbolKind::Constructor),
            FunctionKind::Destructor { .. } | FunctionKind::Natural(_) => None,
        };
        let kind = kind.filter(|_| program.settings.ignore_types || f.kind != FunctionKind::Tuple);
        let symbol = kind.map(|k| builder.add(&f.name, f.parameters.len(), k, !f.private));
        builder.symbols.functions.push(symbol);
    }
    for n in &program.names {
        let symbol = builder.add(&n.name, 0, SymbolKind::Name, !n.private);
        builder.symbols.names.push(symbol);
    }
    let natural = |f: &pi::Function| matches!(f.kind, FunctionKind::Natural(_));
    if program.functions.iter().any(natural) {
        let zero = builder.add("0", 0, SymbolKind::Constructor, true);
        let successor = builder.add("+1", 1, SymbolKind::Data, true);
        builder.symbols.numbers = Some(Numbers { zero, successor });
    }
    if program.settings.key_compromise != KeyCompromise::None {
        let mut kind = |name| builder.add(name, 0, SymbolKind::Name, false);
        builder.symbols.kinds = Some(Kinds {
            compromised: kind("compromised"),
            honest: kind("honest"),
        });
    }
    let more = usize::from(builder.symbols.kinds.is_some());
    let kinded = |sessions: usize| sessions + more.min(sessions);
    let scopes = scopes(program, options);
    for (var, scope) in scopes.names {
        let Scope {
            sessions,
            variables,
        } = scope;
        let name = program
            .variables
            .get(var.0 as usize)
            .map_or("?", |v| v.name.as_str());
        let arity = kinded(sessions.len()) + variables.len();
        let symbol = builder.add(name, arity, SymbolKind::Name, false);
        builder.symbols.fresh.insert(
            var,
            FreshName {
                symbol,
                sessions,
                variables,
            },
        );
    }
    for (point, occurrence) in scopes.precise {
        let name = format!("occurrence{}", point.0);
        let symbol = builder.add(&name, kinded(occurrence.sessions), SymbolKind::Name, false);
        builder.symbols.occurrences.insert(point, symbol);
        if let Some(columns) = occurrence.columns.filter(|n| *n != 1)
            && !builder.symbols.rows.contains_key(&columns)
        {
            let symbol = builder.add("row", columns, SymbolKind::Data, false);
            builder.symbols.rows.insert(columns, symbol);
        }
    }
    for (point, executed) in scopes.executed {
        let mut add = |word: &str, arity| {
            let name = format!("{word}{}", point.0);
            builder.add(&name, arity, SymbolKind::Name, false)
        };
        let occurrence = add("execution", kinded(executed.sessions));
        let context = add("context", executed.variables.len());
        builder.symbols.executions.insert(
            point,
            Execution {
                occurrence,
                context,
                variables: executed.variables,
            },
        );
    }
    if program.settings.ignore_types {
        let attacker_name = builder.add("attacker_name", 1, SymbolKind::Name, false);
        builder.symbols.attacker_name = Some(attacker_name);
    } else {
        builder.symbols.typed = true;
        builder.symbols.tupling = (0..)
            .zip(&program.functions)
            .filter(|(_, f)| f.kind == FunctionKind::Tuple)
            .map(|(n, _)| FunId(n))
            .collect();
        for types in types::tuples(program) {
            let name = format!("tuple<{}>", types.len());
            let symbol = builder.add(&name, types.len(), SymbolKind::Data, true);
            builder.symbols.tuples.insert(types, symbol);
        }
        for ty in types::inhabited(program) {
            let symbol = builder.add("attacker_name", 1, SymbolKind::Name, false);
            builder.symbols.typed_names.insert(ty, symbol);
        }
    }
    for e in &program.events {
        builder.signature.add_predicate(&e.name);
        builder.symbols.events += 1;
    }
    for t in &program.tables {
        builder.signature.add_predicate(&t.name);
        builder.symbols.tables += 1;
    }
    for p in &program.predicates {
        builder.signature.add_predicate(&p.name);
    }
    let first = program.events.len() + program.tables.len() + program.predicates.len();
    for (number, event) in (first..).zip(shaped(program)) {
        let name = program.events.get(event.0 as usize);
        let name = name.map_or("shape", |e| &e.name);
        builder.signature.add_predicate(name);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        builder.symbols.shapes.insert(shape(event), number);
    }
    (builder.signature, builder.symbols)
}

#[derive(Default)]
struct Builder {
    signature: Signature,
    symbols: Symbols,
    taken: BTreeSet<String>,
}

impl Builder {
    /// Adds a symbol under a printed name of its own.
    fn add(&mut self, name: &str, arity: usize, kind: SymbolKind, public: bool) -> Symbol {
        let mut unique = name.to_owned();
        let mut count = 1_u32;
        while !self.taken.insert(unique.clone()) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        self.signature.add(SymbolInfo {
            name: unique,
            arity: u32::try_from(arity).unwrap_or(u32::MAX),
            kind,
            public,
        })
    }
}
