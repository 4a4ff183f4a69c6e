//! From the certificate's numbers to terms and clauses of the checker's own
//! store, refusing whatever is not well formed.

use crate::error::Refusal;
use horn::{Kept, Options};
use logic::{
    Clause, Disequality, Fact, Predicate, Signature, Store, Substitution, Symbol, TermId, Var,
};
use pi::{EventId, Program};
use proof::{
    CertifiedClause, DisequalityNode, FactNode, SaturationCertificate, Scope, Selection, TermNode,
};

/// Clauses of the certificate, in the checker's store.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) terms: Vec<TermId>,
    pub(crate) clauses: Vec<(Clause, Selection)>,
}

/// Variables at or above this number are the checker's own.
pub(crate) const RESERVED: u32 = 1 << 24;

/// Universal variables that are made free for a comparison are numbered from
/// here. [`Fresh`] stays below, since a certificate has at most [`proof::LIMIT`]
/// bytes and a universal variable takes one at least; a theory's own variables
/// begin at 2^31.
pub(crate) const OPENED: u32 = 1 << 30;

/// Variables that a lemma introduces are numbered from here, above those that
/// the comparison of injective events moves.
pub(crate) const STATED: u32 = 7 << 28;

/// Variables from here on are a theory's own.
pub(crate) const INTRODUCED: u32 = 1 << 31;

/// Deepest term that is followed; some functions on terms are recursive.
pub(crate) const DEPTH: u32 = 1_000;

/// Whether a term of the clause is deeper than [`DEPTH`].
pub(crate) fn too_deep(store: &Store, clause: &Clause) -> bool {
    let sides = clause.constraints.iter().flat_map(|c| &c.pairs);
    clause
        .hypotheses
        .iter()
        .chain([&clause.conclusion])
        .flat_map(|f| f.arguments.iter())
        .chain(sides.flat_map(|(l, r)| [l, r]))
        .any(|t| store.depth(*t) > DEPTH)
}

/// Gives every universal variable a number nobody else uses, so that later
/// substitutions cannot capture one.
#[derive(Debug)]
pub(crate) struct Fresh(u32);

impl Fresh {
    /// Starts above everything a clause may contain after renaming.
    pub(crate) fn new() -> Self {
        Self(RESERVED * 4)
    }

    /// The same clause with its universal variables renamed apart.
    pub(crate) fn universals(&mut self, store: &mut Store, clause: &Clause) -> Clause {
        Clause {
            constraints: clause
                .constraints
                .iter()
                .map(|c| self.disequality(store, c))
                .collect(),
            ..clause.clone()
        }
    }

    fn disequality(&mut self, store: &mut Store, constraint: &Disequality) -> Disequality {
        let mut rename = Substitution::new();
        let mut universals = Vec::new();
        for z in &constraint.universals {
            let new = Var(self.0);
            self.0 = self.0.saturating_add(1);
            let term = store.var(new);
            rename.bind(*z, term);
            universals.push(new);
        }
        let pairs = constraint
            .pairs
            .iter()
            .map(|(l, r)| (rename.term(store, *l), rename.term(store, *r)))
            .collect();
        Disequality { universals, pairs }
    }
}

/// What the translation is to speak of. That it is enough for the query is seen
/// when the goal is made.
pub(crate) fn options(program: &Program, scope: &Scope) -> Result<Options, Refusal> {
    let kept = |events: &[u32]| {
        let ascending = events.windows(2).all(|pair| pair[0] < pair[1]);
        let known = events
            .last()
            .is_none_or(|last| (*last as usize) < program.events.len());
        if ascending && known {
            Ok(Kept::Only(events.iter().map(|e| EventId(*e)).collect()))
        } else {
            Err(malformed(format!("scope: events {events:?}")))
        }
    };
    Ok(Options {
        begins: kept(&scope.begins)?,
        begins_at: kept(&scope.begins_at)?,
        ends: kept(&scope.ends)?,
        ends_at: kept(&scope.ends_at)?,
        full_arguments: false,
        message_form: scope.message_form,
        heard: scope.heard,
    })
}

/// Reads terms and clauses.
pub(crate) fn load(
    certificate: &SaturationCertificate,
    signature: &Signature,
    store: &mut Store,
    fresh: &mut Fresh,
) -> Result<Loaded, Refusal> {
    let mut terms: Vec<TermId> = Vec::with_capacity(certificate.terms.len());
    for (index, node) in certificate.terms.iter().enumerate() {
        let term = match node {
            TermNode::Var(v) if *v < RESERVED => store.var(Var(*v)),
            TermNode::Var(v) => return Err(malformed(format!("term {index}: variable {v}"))),
            TermNode::Apply(symbol, arguments) => {
                let info = signature
                    .info(Symbol(*symbol))
                    .ok_or_else(|| malformed(format!("term {index}: symbol {symbol}")))?;
                if info.arity as usize != arguments.len() {
                    return Err(malformed(format!("term {index}: arity of {}", info.name)));
                }
                let arguments = pick(&terms, arguments)
                    .ok_or_else(|| malformed(format!("term {index}: child after parent")))?;
                store.apply(Symbol(*symbol), &arguments)
            }
        };
        if store.depth(term) > DEPTH {
            return Err(malformed(format!(
                "term {index}: nested more than {DEPTH} deep"
            )));
        }
        terms.push(term);
    }
    let mut clauses = Vec::with_capacity(certificate.clauses.len());
    for (index, node) in certificate.clauses.iter().enumerate() {
        let clause =
            clause(&terms, node).ok_or_else(|| malformed(format!("clause {index}: term index")))?;
        if let Some(fact) = clause
            .hypotheses
            .iter()
            .chain([&clause.conclusion])
            .find(|f| arity(f.predicate).is_some_and(|n| n != f.arguments.len()))
        {
            return Err(malformed(format!(
                "clause {index}: {} arguments for {:?}",
                fact.arguments.len(),
                fact.predicate
            )));
        }
        let clause = fresh.universals(store, &clause);
        clauses.push((clause, node.selection));
    }
    Ok(Loaded { terms, clauses })
}

fn malformed(what: String) -> Refusal {
    Refusal::Malformed { what }
}

fn pick(terms: &[TermId], indices: &[u32]) -> Option<Vec<TermId>> {
    indices
        .iter()
        .map(|i| terms.get(*i as usize).copied())
        .collect()
}

fn clause(terms: &[TermId], node: &CertifiedClause) -> Option<Clause> {
    Some(Clause {
        constraints: node
            .constraints
            .iter()
            .map(|c| disequality(terms, c))
            .collect::<Option<_>>()?,
        hypotheses: node
            .hypotheses
            .iter()
            .map(|f| fact(terms, f))
            .collect::<Option<_>>()?,
        conclusion: fact(terms, &node.conclusion)?,
    })
}

fn fact(terms: &[TermId], node: &FactNode) -> Option<Fact> {
    Some(Fact::new(node.predicate, pick(terms, &node.arguments)?))
}

fn disequality(terms: &[TermId], node: &DisequalityNode) -> Option<Disequality> {
    Some(Disequality {
        universals: node.universals.iter().map(|v| Var(*v)).collect(),
        pairs: node
            .pairs
            .iter()
            .map(|(l, r)| Some((*terms.get(*l as usize)?, *terms.get(*r as usize)?)))
            .collect::<Option<_>>()?,
    })
}

/// Arguments of the predicates whose arity does not depend on a declaration.
fn arity(predicate: Predicate) -> Option<usize> {
    match predicate {
        Predicate::Attacker(_) => Some(1),
        Predicate::Action | Predicate::Message(_) => Some(2),
        _ => None,
    }
}
