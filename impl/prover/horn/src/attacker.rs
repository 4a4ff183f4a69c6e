//! What the attacker can do by itself.
//!
//! It knows the public free names, makes fresh names, applies every function
//! that is not private, takes data constructors and tuples apart, listens and
//! sends on channels it knows, and forgets nothing from phase to phase. Types
//! are ignored. Function applications are what symbolic evaluation says about
//! variables: one clause per way to get a message.

use crate::branch::{Branch, Value, new_variable};
use crate::problem::Origin;
use crate::translate::{Translator, WORK_LIMIT};
use logic::{Fact, Predicate, Symbol, SymbolKind, TermId};
use pi::{Diagnostic, Formula, FunId, FunctionKind, NameId, Program, QueryKind, TypeId};

/// Adds the attacker's clauses, for phases `0..phases`.
pub(crate) fn clauses(translator: &mut Translator<'_>, phases: u32) -> Result<(), Diagnostic> {
    affordable(translator, phases)?;
    names(translator);
    let of_channels = translator.speaks_of_messages
        || translator.options.message_form
        || asks_for_messages(translator.program);
    for phase in 0..phases {
        for number in 0..translator.program.functions.len() {
            let function = FunId(u32::try_from(number).unwrap_or(u32::MAX));
            let declared = &translator.program.functions[number];
            let natural = matches!(declared.kind, FunctionKind::Natural(_));
            if declared.private || natural {
                continue;
            }
            for types in instances(translator, function) {
                let number = &|translator: &Translator<'_>, ty| translator.symbols.known(ty, phase);
                application(translator, function, &types, number)?;
                projections(translator, function, &types, phase);
            }
        }
        let natural = translator.symbols.known(TypeId::NAT, phase);
        translator.attacker_numbers(natural);
        if of_channels {
            channels(translator, phase);
        }
        if phase + 1 < phases {
            memory(translator, phase);
        }
    }
    Ok(())
}

/// An error when the clauses would be too large together. In each phase a function
/// has one as long as its arguments, and what can be taken apart as many as that.
fn affordable(translator: &Translator<'_>, phases: u32) -> Result<(), Diagnostic> {
    let program = translator.program;
    let mut size = 0_usize;
    for (number, declared) in (0_u32..).zip(&program.functions) {
        let arity = declared.parameters.len();
        let data = matches!(
            declared.kind,
            FunctionKind::Tuple | FunctionKind::Constructor { data: true, .. }
        );
        let once = if data { arity * arity } else { arity };
        let times = instances(translator, FunId(number)).len();
        size = size.saturating_add(once.saturating_mul(times));
    }
    for table in &program.tables {
        size = size.saturating_add(table.columns.len());
    }
    if size.saturating_mul(phases as usize) <= WORK_LIMIT {
        return Ok(());
    }
    Err(Diagnostic::error(
        program.process.span,
        "the attacker has too many ways to apply functions and to take messages apart",
    )
    .with_hint("use fewer phases, or tuples and functions with fewer arguments"))
}

/// The types of arguments with which the attacker applies a function. Where types
/// are respected, a tuple has as many as the program uses; the comparisons have
/// none, because they yield booleans, which the attacker knows.
pub(crate) fn instances(translator: &Translator<'_>, function: FunId) -> Vec<Vec<TypeId>> {
    let declared = &translator.program.functions[function.0 as usize];
    if !translator.symbols.typed {
        return vec![declared.parameters.clone()];
    }
    if declared.kind == FunctionKind::Tuple {
        let arity = declared.parameters.len();
        let tuples = translator.symbols.tuples.keys();
        return tuples.filter(|t| t.len() == arity).cloned().collect();
    }
    if declared.parameters.contains(&TypeId::ANY) && declared.result == TypeId::BOOL {
        return Vec::new();
    }
    vec![declared.parameters.clone()]
}

/// `attacker(n)` for public free names, and names without number of its own.
fn names(translator: &mut Translator<'_>) {
    for number in 0..translator.program.names.len() {
        let name = NameId(u32::try_from(number).unwrap_or(u32::MAX));
        if translator.program.names[number].private {
            continue;
        }
        if let Some(symbol) = translator.symbols.name(name) {
            let term = translator.store.apply(symbol, &[]);
            let number = translator
                .symbols
                .known(translator.program.names[number].ty, 0);
            let fact = Fact::new(Predicate::Attacker(number), vec![term]);
            translator.push(&Branch::default(), &fact, Origin::Initial(name));
        }
    }
    let mut made: Vec<_> = translator
        .symbols
        .attacker_name
        .map(|s| (0, s))
        .into_iter()
        .collect();
    for (ty, symbol) in &translator.symbols.typed_names {
        made.push((translator.symbols.known(*ty, 0), *symbol));
    }
    for (number, symbol) in made {
        let (_, which) = new_variable(&mut translator.fresh, &mut translator.store);
        let term = translator.store.apply(symbol, &[which]);
        let fact = Fact::new(Predicate::Attacker(number), vec![term]);
        translator.push(&Branch::default(), &fact, Origin::Fresh);
    }
}

/// `attacker(M1) && … -> attacker(f(M1,…))`, once per way to apply `f`.
///
/// A destructor that accepts failure gets it for free: that the attacker can
/// make a computation fail is at worst more than it can do. A clause whose
/// conclusion is public, or one of its own hypotheses, says nothing that is not
/// derivable without it and is left out. `number` says which facts these are about
/// messages of a type.
pub(crate) fn application(
    translator: &mut Translator<'_>,
    function: FunId,
    types: &[TypeId],
    number: &dyn Fn(&Translator<'_>, TypeId) -> u32,
) -> Result<(), Diagnostic> {
    let declared = &translator.program.functions[function.0 as usize];
    let arity = declared.parameters.len();
    let result = number(translator, declared.result);
    let span = declared.span.unwrap_or_default();
    let may_fail = translator
        .destructors
        .get(&function)
        .map_or_else(Vec::new, |d| d.failing_positions());
    let is_constructor = translator.symbols.applied(function, types).is_some();
    let mut rule = 0_u32;
    for choice in 0_u32..(1 << may_fail.len()) {
        let mut branch = Branch::default();
        let mut values: Vec<Value> = Vec::with_capacity(arity);
        for (i, ty) in types.iter().enumerate().take(arity) {
            let fails = may_fail
                .iter()
                .position(|p| *p == i)
                .is_some_and(|bit| choice & (1 << bit) != 0);
            if fails {
                values.push(None);
                continue;
            }
            let (_, term) = new_variable(&mut translator.fresh, &mut translator.store);
            let number = number(translator, *ty);
            branch.suppose(Fact::new(Predicate::Attacker(number), vec![term]));
            values.push(Some(term));
        }
        for (branch, value) in translator.apply(branch, function, types, &values, false, span)? {
            let Some(value) = value else { continue };
            if is_constructor || is_news(translator, &branch, value) {
                let fact = Fact::new(Predicate::Attacker(result), vec![value]);
                translator.push(&branch, &fact, Origin::Apply { function, rule });
            }
            rule += 1;
        }
    }
    Ok(())
}

/// The clauses of a public constructor of numbers, which no declaration names.
pub(crate) fn public_constructor(
    translator: &mut Translator<'_>,
    symbol: Symbol,
    arity: usize,
    function: FunId,
    number: u32,
) {
    let mut branch = Branch::default();
    let mut parts = Vec::with_capacity(arity);
    for _ in 0..arity {
        let (_, part) = new_variable(&mut translator.fresh, &mut translator.store);
        branch.suppose(Fact::new(Predicate::Attacker(number), vec![part]));
        parts.push(part);
    }
    let whole = translator.store.apply(symbol, &parts);
    let fact = Fact::new(Predicate::Attacker(number), vec![whole]);
    translator.push(&branch, &fact, Origin::Apply { function, rule: 0 });
    take_apart(translator, symbol, function, number, &vec![number; arity]);
}

/// Whether knowing the value says more than the hypotheses do.
fn is_news(translator: &mut Translator<'_>, branch: &Branch, value: TermId) -> bool {
    let store = &mut translator.store;
    let value = branch.bindings.resolve(store, value);
    let known = branch.hypotheses.iter().any(|f| {
        f.arguments
            .iter()
            .any(|t| branch.bindings.resolve(store, *t) == value)
    });
    !known && !translator.is_public(value)
}

/// `attacker(f(x1,…,xn)) -> attacker(xi)` for data constructors and tuples.
fn projections(translator: &mut Translator<'_>, function: FunId, types: &[TypeId], phase: u32) {
    let Some(symbol) = translator.symbols.applied(function, types) else {
        return;
    };
    if translator.signature.kind(symbol) != SymbolKind::Data {
        return;
    }
    let declared = &translator.program.functions[function.0 as usize];
    let whole = translator.symbols.known(declared.result, phase);
    let parts: Vec<u32> = types
        .iter()
        .map(|ty| translator.symbols.known(*ty, phase))
        .collect();
    take_apart(translator, symbol, function, whole, &parts);
}

/// The numbers are those of the facts about the whole and about its parts.
fn take_apart(
    translator: &mut Translator<'_>,
    symbol: Symbol,
    function: FunId,
    number: u32,
    numbers: &[u32],
) {
    let parts: Vec<_> = numbers
        .iter()
        .map(|_| new_variable(&mut translator.fresh, &mut translator.store).1)
        .collect();
    let whole = translator.store.apply(symbol, &parts);
    for (component, (part, of)) in (0_u32..).zip(parts.into_iter().zip(numbers)) {
        let mut branch = Branch::default();
        branch.suppose(Fact::new(Predicate::Attacker(number), vec![whole]));
        let fact = Fact::new(Predicate::Attacker(*of), vec![part]);
        let origin = Origin::Project {
            function,
            component,
        };
        translator.push(&branch, &fact, origin);
    }
}

/// `mess(c,M) && attacker(c) -> attacker(M)`, and back unless the attacker only
/// listens. Left out by the caller when no fact has the form `mess(c,M)`, and none is
/// asked for.
fn channels(translator: &mut Translator<'_>, phase: u32) {
    let channels = translator.symbols.known(TypeId::CHANNEL, phase);
    for number in kinds(translator, phase) {
        let (_, channel) = new_variable(&mut translator.fresh, &mut translator.store);
        let (_, message) = new_variable(&mut translator.fresh, &mut translator.store);
        let sent = Fact::new(Predicate::Message(number), vec![channel, message]);
        let known = |number, t: TermId| Fact::new(Predicate::Attacker(number), vec![t]);
        let mut listening = Branch::default();
        listening.suppose(sent.clone());
        listening.suppose(known(channels, channel));
        translator.push(&listening, &known(number, message), Origin::Listen);
        if translator.program.settings.passive_attacker {
            continue;
        }
        let mut sending = Branch::default();
        sending.suppose(known(channels, channel));
        sending.suppose(known(number, message));
        translator.push(&sending, &sent, Origin::Send);
    }
}

/// Whether a query or a statement speaks of messages on channels.
fn asks_for_messages(program: &Program) -> bool {
    let asked = program.queries.iter().filter_map(|q| match &q.kind {
        QueryKind::Correspondence(statement) => Some(statement),
        QueryKind::Secret { .. } => None,
    });
    let stated = program.lemmas.iter().map(|l| &l.statement);
    asked.chain(stated).any(|statement| {
        let mut formulas: Vec<&Formula> = statement.premises.iter().collect();
        formulas.push(&statement.conclusion);
        while let Some(formula) = formulas.pop() {
            match formula {
                Formula::And(parts) | Formula::Or(parts) => formulas.extend(parts),
                Formula::Nested(fact, inner) => formulas.extend([&**fact, &**inner]),
                Formula::Message { .. } => return true,
                _ => {}
            }
        }
        false
    })
}

/// The numbers of attacker facts in a phase: one for each type, where types are
/// respected.
fn kinds(translator: &Translator<'_>, phase: u32) -> Vec<u32> {
    if !translator.symbols.typed {
        return vec![phase];
    }
    let count = u32::try_from(translator.program.types.len()).unwrap_or(u32::MAX);
    (0..count)
        .map(TypeId)
        .filter(|ty| *ty != TypeId::ANY)
        .map(|ty| translator.symbols.known(ty, phase))
        .collect()
}

/// What is known stays known, and tables keep their entries.
fn memory(translator: &mut Translator<'_>, phase: u32) {
    for number in kinds(translator, phase) {
        let (_, message) = new_variable(&mut translator.fresh, &mut translator.store);
        let mut branch = Branch::default();
        branch.suppose(Fact::new(Predicate::Attacker(number), vec![message]));
        let later = Fact::new(Predicate::Attacker(number + 1), vec![message]);
        translator.push(&branch, &later, Origin::NextPhase);
    }
    for (number, table) in (0_u32..).zip(&translator.program.tables) {
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|_| new_variable(&mut translator.fresh, &mut translator.store).1)
            .collect();
        let table = translator.symbols.table(pi::TableId(number));
        let in_phase = |phase| Predicate::Table { phase, table };
        let mut branch = Branch::default();
        branch.suppose(Fact::new(in_phase(phase), columns.clone()));
        let later = Fact::new(in_phase(phase + 1), columns);
        translator.push(&branch, &later, Origin::NextPhase);
    }
}
