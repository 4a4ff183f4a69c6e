//! Compromised sessions: `set keyCompromise`.
//!
//! Of the copies of a process some are compromised: whatever names they make, the
//! attacker is given, except those that depend on a message in which another session
//! has a part. Queries are about the others: an event in a premise, and a name
//! `new n`, is one of a session that is not compromised.
//!
//! So what is made or done inside a replication has one more argument, the kind of
//! the session around it. With `approx` it is a variable, since all sessions run
//! beside each other. With `strict` the compromised sessions run in phase 0 and the
//! others in phase 1, so that what the attacker learns of the first serves against
//! the second, and not the other way round. Events have no such argument: premises
//! ask for `end` facts, of which the compromised sessions have none. They have them
//! where a query is shown in parts, since what is shown of an event then has to hold of
//! every session: less is proved so, and nothing that does not hold.
//!
//! A message is of compromised sessions alone if it is made of public names, of names
//! outside all replications, and of names of compromised sessions that depend on such
//! messages only. This is a fact like `attacker(M)`, of an attacker of its own who
//! applies all constructors and nothing else; its number is one that no type has, in
//! a phase behind all others, so that no rule takes the one for the other.
//!
//! What is derived with these clauses is no run of the process as it is written, so
//! only proofs rest on them, never an attack.

use crate::attacker;
use crate::branch::{Branch, new_variable};
use crate::problem::Origin;
use crate::translate::Translator;
use logic::{COMPROMISED, Fact, PHASES, Predicate, Symbol};
use pi::{Diagnostic, FunId, FunctionKind, KeyCompromise, NameId, Program, QueryKind, TypeId};
use std::borrow::Cow;

/// The constants that stand for the two kinds of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds {
    /// Of a compromised session.
    pub compromised: Symbol,
    /// Of any other.
    pub honest: Symbol,
}

/// The paths on which the process starts: one for each time it is translated.
pub(crate) fn starts(translator: &mut Translator<'_>) -> Vec<Branch> {
    let Some(kinds) = translator.symbols.kinds else {
        return vec![Branch::default()];
    };
    let of = |kind, phase| Branch {
        kind: Some(kind),
        phase,
        ..Branch::default()
    };
    match translator.program.settings.key_compromise {
        KeyCompromise::None => vec![Branch::default()],
        KeyCompromise::Approximate => {
            let (_, any) = new_variable(&mut translator.fresh, &mut translator.store);
            vec![of(any, 0)]
        }
        KeyCompromise::Strict => {
            let store = &mut translator.store;
            let compromised = store.apply(kinds.compromised, &[]);
            let honest = store.apply(kinds.honest, &[]);
            vec![of(compromised, 0), of(honest, 1)]
        }
    }
}

/// The last phase that the setting asks for.
pub(crate) fn last_phase(program: &Program) -> u32 {
    u32::from(program.settings.key_compromise == KeyCompromise::Strict)
}

/// Whether some query is shown in parts, one of which may be about the events that
/// another one's conclusion speaks of (see [`crate::nested`], [`crate::time`] and
/// [`crate::induction`]). Those are of any session.
fn in_parts(program: &Program) -> bool {
    program.queries.iter().any(|query| {
        let QueryKind::Correspondence(statement) = &query.kind else {
            return false;
        };
        let timed = statement.variables.iter().any(|v| v.ty == TypeId::TIME);
        query.induction || timed || statement.conclusion.is_nested()
    })
}

/// The branch, if it can be one of a session that premises are about.
pub(crate) fn honest<'b>(
    translator: &mut Translator<'_>,
    branch: &'b Branch,
) -> Option<Cow<'b, Branch>> {
    let (Some(kinds), Some(kind)) = (translator.symbols.kinds, branch.kind) else {
        return Some(Cow::Borrowed(branch));
    };
    if in_parts(translator.program) {
        return Some(Cow::Borrowed(branch));
    }
    let honest = translator.store.apply(kinds.honest, &[]);
    let Translator { store, theory, .. } = translator;
    let mut branch = branch.clone();
    branch
        .unify(store, theory, &[(kind, honest)])
        .then_some(Cow::Owned(branch))
}

/// The clauses of compromised sessions; none if there are no such sessions.
pub(crate) fn clauses(translator: &mut Translator<'_>, phases: u32) -> Result<(), Diagnostic> {
    let Some(kinds) = translator.symbols.kinds else {
        return Ok(());
    };
    for number in 0..translator.program.names.len() {
        let name = NameId(u32::try_from(number).unwrap_or(u32::MAX));
        let declared = &translator.program.names[number];
        if let (false, Some(symbol)) = (declared.private, translator.symbols.name(name)) {
            let term = translator.store.apply(symbol, &[]);
            let fact = part(translator, declared.ty, term, phases);
            translator.push(&Branch::default(), &fact, Origin::Initial(name));
        }
    }
    for number in 0..translator.program.functions.len() {
        let function = FunId(u32::try_from(number).unwrap_or(u32::MAX));
        let declared = &translator.program.functions[number];
        if matches!(
            declared.kind,
            FunctionKind::Destructor { .. } | FunctionKind::Natural(_)
        ) {
            continue;
        }
        for types in attacker::instances(translator, function) {
            if translator.symbols.applied(function, &types).is_some() {
                attacker::application(translator, function, &types, &|translator, ty| {
                    number_of(translator, ty, phases)
                })?;
            }
        }
    }
    let natural = number_of(translator, TypeId::NAT, phases);
    translator.attacker_numbers(natural);
    for (variable, name) in translator.symbols.fresh.clone() {
        let mut branch = Branch::default();
        let mut arguments = Vec::new();
        let inside = !name.sessions.is_empty();
        if inside {
            arguments.push(translator.store.apply(kinds.compromised, &[]));
        }
        for _ in &name.sessions {
            arguments.push(new_variable(&mut translator.fresh, &mut translator.store).1);
        }
        for v in &name.variables {
            let (_, value) = new_variable(&mut translator.fresh, &mut translator.store);
            let ty = type_of(translator.program, *v);
            let fact = part(translator, ty, value, phases);
            branch.suppose(fact);
            arguments.push(value);
        }
        let made = translator.store.apply(name.symbol, &arguments);
        let ty = type_of(translator.program, variable);
        let fact = part(translator, ty, made, phases);
        translator.push(&branch, &fact, Origin::Compromised);
        if inside {
            let number = translator.symbols.known(ty, 0);
            let fact = Fact::new(Predicate::Attacker(number), vec![made]);
            translator.push(&branch, &fact, Origin::Compromised);
        }
    }
    Ok(())
}

fn type_of(program: &Program, variable: pi::VarId) -> TypeId {
    let declared = program.variables.get(variable.0 as usize);
    declared.map_or(TypeId::BITSTRING, |v| v.ty)
}

/// That a message is of compromised sessions alone.
fn part(translator: &Translator<'_>, ty: TypeId, message: logic::TermId, phases: u32) -> Fact {
    let number = number_of(translator, ty, phases);
    Fact::new(Predicate::Attacker(number), vec![message])
}

fn number_of(translator: &Translator<'_>, ty: TypeId, phases: u32) -> u32 {
    let ty = if translator.symbols.typed { ty.0 } else { 0 };
    COMPROMISED
        .saturating_add(ty)
        .saturating_mul(PHASES)
        .saturating_add(phases)
}
