//! From the certificate's numbers to terms and clauses of the checker's own
//! store, refusing whatever is not well formed, and the numbers of variables.

use crate::error::{Reason, Refusal};
use horn::{Kept, Options};
use logic::{
    Clause, Disequality, Fact, Predicate, Signature, Store, Substitution, Symbol, TermId, Var,
};
use pi::EventId;
use proof::{CertifiedClause, FactNode, SaturationCertificate, Scope, Selection, TermNode};

/// A clause with what it selects.
pub(crate) type Selected = (Clause, Selection);

/// Variables at or above this number are the checker's own.
pub(crate) const RESERVED: u32 = 1 << 24;

/// Universal variables of all clauses are numbered apart from here, so that no
/// substitution captures one; above everything a clause contains after renaming.
/// They stay below [`OPENED`], since a certificate has at most [`proof::LIMIT`] bytes
/// and a universal variable takes one at least.
pub(crate) const UNIVERSAL: u32 = RESERVED * 4;

/// Universal variables that are made free for a comparison are numbered from here.
pub(crate) const OPENED: u32 = 1 << 30;

/// Variables that a lemma introduces are numbered from here.
pub(crate) const STATED: u32 = 7 << 28;

/// Variables from here on are a theory's own.
pub(crate) const INTRODUCED: u32 = 1 << 31;

/// Deepest term that is followed; some functions on terms are recursive.
pub(crate) const DEPTH: u32 = 1_000;

/// Refuses clauses with a term deeper than [`DEPTH`].
pub(crate) fn shallow(store: &Store, clauses: &[Clause]) -> Result<(), Reason> {
    let deep = |t: &TermId| store.depth(*t) > DEPTH;
    let fact = |f: &Fact| f.arguments.iter().any(deep);
    let constraint = |c: &Disequality| c.pairs.iter().any(|(l, r)| deep(l) || deep(r));
    let is_deep = |c: &Clause| {
        c.hypotheses.iter().any(fact) || fact(&c.conclusion) || c.constraints.iter().any(constraint)
    };
    match clauses.iter().any(is_deep) {
        true => Err(Reason::TooDeep),
        false => Ok(()),
    }
}

/// Moves variables to the checker's own range.
pub(crate) fn moved(store: &mut Store, variables: impl IntoIterator<Item = Var>) -> Substitution {
    let variables = variables.into_iter();
    let moved = variables.map(|v| (v, store.var(Var(v.0.saturating_add(RESERVED)))));
    moved.collect()
}

/// The constraint with its universal variables numbered from here on.
pub(crate) fn freed(store: &mut Store, constraint: &Disequality, next: &mut u32) -> Disequality {
    let mut rename = Substitution::new();
    let mut universals = Vec::new();
    for z in &constraint.universals {
        rename.bind(*z, store.var(Var(*next)));
        universals.push(Var(*next));
        *next = next.saturating_add(1);
    }
    let pairs = constraint.pairs.iter();
    let pairs = pairs.map(|(l, r)| (rename.term(store, *l), rename.term(store, *r)));
    Disequality {
        universals,
        pairs: pairs.collect(),
    }
}

/// The clause with its universal variables numbered apart from all others.
pub(crate) fn distinct(store: &mut Store, clause: &Clause, next: &mut u32) -> Clause {
    let constraints = clause.constraints.iter().map(|c| freed(store, c, next));
    Clause {
        constraints: constraints.collect(),
        ..clause.clone()
    }
}

/// What the translation is to speak of. That it is enough for the query is seen
/// when the goal is made; to speak of more, or of events that are none, does no harm.
pub(crate) fn options(scope: &Scope) -> Options {
    let kept = |events: &[u32]| Kept::Only(events.iter().map(|e| EventId(*e)).collect());
    Options {
        begins: kept(&scope.begins),
        begins_at: kept(&scope.begins_at),
        ends: kept(&scope.ends),
        ends_at: kept(&scope.ends_at),
        full_arguments: false,
        message_form: scope.message_form,
        heard: scope.heard,
    }
}

/// Reads terms.
pub(crate) fn terms(
    certificate: &SaturationCertificate,
    signature: &Signature,
    store: &mut Store,
) -> Result<Vec<TermId>, Refusal> {
    let mut terms: Vec<TermId> = Vec::new();
    let nodes = certificate.terms.iter().chain(&certificate.goal_terms);
    for (index, node) in nodes.enumerate() {
        let wrong = |what: &str| malformed(format!("term {index}: {what}"));
        let term = match node {
            TermNode::Var(v) if *v < RESERVED => store.var(Var(*v)),
            TermNode::Var(_) => return Err(wrong("a reserved variable")),
            TermNode::Apply(symbol, arguments) => {
                let symbol = Symbol(*symbol);
                let info = signature.info(symbol);
                let info = info.filter(|i| i.arity as usize == arguments.len());
                info.ok_or_else(|| wrong("no symbol of this arity"))?;
                let arguments = pick(&terms, arguments);
                store.apply(
                    symbol,
                    &arguments.ok_or_else(|| wrong("child after parent"))?,
                )
            }
        };
        if store.depth(term) > DEPTH {
            return Err(wrong(&format!("nested more than {DEPTH} deep")));
        }
        terms.push(term);
    }
    Ok(terms)
}

/// Reads clauses, so many of them over the first terms only. None selects a hypothesis
/// that nothing concludes.
pub(crate) fn clauses(
    certificate: &SaturationCertificate,
    first: usize,
    terms: &[TermId],
    store: &mut Store,
    next: &mut u32,
) -> Result<Vec<Selected>, Refusal> {
    let begun = &terms[..certificate.terms.len()];
    let nodes = certificate.clauses.iter().enumerate();
    nodes
        .map(|(index, node)| {
            let known = if index < first { begun } else { terms };
            let wrong = |what: &str| malformed(format!("clause {index}: {what}"));
            let clause = clause(known, node).ok_or_else(|| wrong("arguments of a fact"))?;
            if let Selection::Hypothesis(at) = node.selection {
                let selected = clause.hypotheses.get(at as usize);
                if selected.is_none_or(|f| f.predicate.is_blocked()) {
                    return Err(wrong("it selects a hypothesis that nothing concludes"));
                }
            }
            Ok((distinct(store, &clause, next), node.selection))
        })
        .collect()
}

/// As certificates number things.
pub(crate) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

pub(crate) fn malformed(what: String) -> Refusal {
    Refusal::Malformed(what)
}

fn pick(terms: &[TermId], indices: &[u32]) -> Option<Vec<TermId>> {
    let picked = indices.iter().map(|i| terms.get(*i as usize).copied());
    picked.collect()
}

fn clause(terms: &[TermId], node: &CertifiedClause) -> Option<Clause> {
    let constraints = node.constraints.iter().map(|c| {
        let side = |i: u32| terms.get(i as usize).copied();
        let pairs = c.pairs.iter().map(|(l, r)| Some((side(*l)?, side(*r)?)));
        Some(Disequality {
            universals: c.universals.iter().map(|v| Var(*v)).collect(),
            pairs: pairs.collect::<Option<_>>()?,
        })
    });
    let hypotheses = node.hypotheses.iter().map(|f| fact(terms, f));
    Some(Clause {
        constraints: constraints.collect::<Option<_>>()?,
        hypotheses: hypotheses.collect::<Option<_>>()?,
        conclusion: fact(terms, &node.conclusion)?,
    })
}

fn fact(terms: &[TermId], node: &FactNode) -> Option<Fact> {
    // Of the other predicates the number depends on a declaration.
    let arity = match node.predicate {
        Predicate::Attacker(_) => 1,
        Predicate::Action | Predicate::Message(_) => 2,
        _ => node.arguments.len(),
    };
    let arguments = pick(terms, &node.arguments)?;
    (arguments.len() == arity).then(|| Fact::new(node.predicate, arguments))
}
