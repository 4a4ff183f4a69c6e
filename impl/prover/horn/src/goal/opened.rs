//! Premises with terms to which an equation applies, asked for in another way.
//!
//! A term has a clause for each way in which an equation rewrites its instances, and
//! a query has one goal clause. So `F(x,t) ==> C` is read as `F(x,v) ==> v <> t || C`
//! with a new variable v: where the premises of the one hold, so do those of the
//! other, with v equal to t; and then `v <> t` is false, and C holds.
//!
//! The variables of t must be fixed by what is left of the premises: of any other,
//! `v <> t` would say that some value of it makes the two differ. If C mentions it in
//! t only, v stands for t there, too, and `F(v) ==> C` is asked instead, which is more;
//! else nothing is.

use pi::{Correspondence, Formula, Program, QueryTerm, QueryVariable, RuleTerm, Span};
use std::collections::BTreeSet;

/// The query asked for in this way, if it has such terms and may be.
pub(super) fn opened(
    program: &Program,
    asked: &Correspondence,
    span: Span,
) -> Option<Correspondence> {
    let mut functions = BTreeSet::new();
    for equation in &program.equations {
        mentioned(&equation.left, &mut functions);
        mentioned(&equation.right, &mut functions);
    }
    let mut out = asked.clone();
    let mut moved = Vec::new();
    for premise in &mut out.premises {
        for term in terms(premise)
            .into_iter()
            .flat_map(|t| outermost(&functions, t))
        {
            let variable = u32::try_from(out.variables.len()).ok()?;
            let ty = crate::types::of_query_term(program, &asked.variables, term);
            out.variables.push(QueryVariable {
                name: format!("v{variable}"),
                ty,
            });
            let open = core::mem::replace(term, QueryTerm::Var(variable));
            moved.push((variable, open));
        }
    }
    if moved.is_empty() {
        return None;
    }
    let mut fixed = BTreeSet::new();
    for premise in &out.premises {
        premise.variables(&mut fixed);
    }
    // Where the conclusion speaks of the same term, it may as well speak of v.
    for (variable, term) in &moved {
        instead(&mut out.conclusion, term, *variable);
    }
    let mut concluded = BTreeSet::new();
    out.conclusion.variables(&mut concluded);
    let mut disjuncts = Vec::new();
    for (variable, term) in moved {
        let differs = Formula::Unequal(QueryTerm::Var(variable), term.clone(), span);
        let mut used = BTreeSet::new();
        differs.variables(&mut used);
        if used.is_subset(&fixed) && !names(&term) {
            disjuncts.push(differs);
        } else if used
            .iter()
            .any(|v| !fixed.contains(v) && concluded.contains(v))
        {
            return None;
        }
    }
    disjuncts.push(core::mem::replace(&mut out.conclusion, Formula::False));
    out.conclusion = Formula::Or(disjuncts);
    out.arrow = true;
    Some(out)
}

/// The formula with a variable for each occurrence of a term.
fn instead(formula: &mut Formula, term: &QueryTerm, variable: u32) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter_mut().for_each(|p| instead(p, term, variable));
        }
        Formula::Nested(fact, then) => {
            instead(fact, term, variable);
            instead(then, term, variable);
        }
        Formula::Equal(l, r, _) | Formula::Unequal(l, r, _) => {
            instead_in(l, term, variable);
            instead_in(r, term, variable);
        }
        fact => {
            for part in terms(fact) {
                instead_in(part, term, variable);
            }
        }
    }
}

fn instead_in(within: &mut QueryTerm, term: &QueryTerm, variable: u32) {
    if within == term {
        *within = QueryTerm::Var(variable);
    } else if let QueryTerm::Apply(_, arguments) = within {
        for a in arguments {
            instead_in(a, term, variable);
        }
    }
}

/// The terms of the facts of a premise.
fn terms(premise: &mut Formula) -> Vec<&mut QueryTerm> {
    match premise {
        Formula::And(parts) => parts.iter_mut().flat_map(terms).collect(),
        Formula::Attacker { term, .. } => vec![term],
        Formula::Message { channel, term, .. } => vec![channel, term],
        Formula::Event { arguments, .. }
        | Formula::Predicate { arguments, .. }
        | Formula::Table { arguments, .. } => arguments.iter_mut().collect(),
        _ => Vec::new(),
    }
}

fn mentioned(term: &RuleTerm, into: &mut BTreeSet<pi::FunId>) {
    if let RuleTerm::Apply(function, arguments) = term {
        into.insert(*function);
        for a in arguments {
            mentioned(a, into);
        }
    }
}

/// The outermost parts of the term with a function that some equation speaks of.
fn outermost<'t>(
    functions: &BTreeSet<pi::FunId>,
    term: &'t mut QueryTerm,
) -> Vec<&'t mut QueryTerm> {
    let whole = match term {
        QueryTerm::Apply(function, _) => functions.contains(function),
        QueryTerm::Bound { .. } | QueryTerm::Name(_) | QueryTerm::Var(_) => return Vec::new(),
    };
    if whole {
        return vec![term];
    }
    let QueryTerm::Apply(_, arguments) = term else {
        return Vec::new();
    };
    let inside = arguments.iter_mut();
    inside.flat_map(|a| outermost(functions, a)).collect()
}

/// Whether the term has a `new n`, which stands for a name of some session.
fn names(term: &QueryTerm) -> bool {
    match term {
        QueryTerm::Apply(_, arguments) => arguments.iter().any(names),
        QueryTerm::Bound { .. } => true,
        QueryTerm::Name(_) | QueryTerm::Var(_) => false,
    }
}
