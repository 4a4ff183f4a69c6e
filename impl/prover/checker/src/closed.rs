//! What certificates of one program have in common, checked once.
//!
//! Queries that share a saturation have certificates that begin alike: the same
//! scope, the same clauses before those that conclude the goal, the same
//! justifications of the initial clauses and of the resolvents of these clauses.
//! What was verified for one certificate is verified for another with the same
//! beginning, because nothing that was looked at differs:
//!
//! - the program and the scope are the same, hence so are the initial clauses;
//! - none of these clauses has a goal as hypothesis, so that the others have no
//!   resolvents with them;
//! - a justification looks at the clause that it names, which is one of these, and
//!   at the clauses which conclude what the attacker knows, which all are;
//! - a justification that speaks of the query or of a lemma is not among these;
//! - what a removal may rely on ([`Facts`]) is compared.
//!
//! The beginnings are compared by SHA-256 over all that is in them, since one takes
//! as much room as a certificate: two that differ and have one digest are two that
//! nobody can find. Nothing is remembered of a certificate that was refused.

use crate::standing::Facts;
use horn::Translation;
use logic::Predicate;
use proof::{
    CertifiedClause, Deduction, End, Justification, Resolvent, SaturationCertificate, Scope,
};
use proof::{FactNode, TermNode};

/// Scopes of which it is remembered what was verified, the latest first.
pub(crate) const KEPT: usize = 6;

/// What was verified with one scope.
#[derive(Debug)]
pub(crate) struct Closed {
    scope: Scope,
    /// Without a goal.
    pub(crate) translation: Translation,
    verified: Vec<Verified>,
}

#[derive(Debug)]
struct Verified {
    facts: Facts,
    beginning: [u8; 32],
    resolvents: usize,
}

/// The beginning of a certificate.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    facts: Facts,
    terms: &'a [TermNode],
    clauses: &'a [CertifiedClause],
    cover: &'a [Justification],
    closure: &'a [Resolvent],
}

impl<'a> Part<'a> {
    /// The beginning of a certificate of a program with so many initial clauses;
    /// `None` if it cannot be told from the rest, or speaks of it.
    pub(crate) fn of(
        certificate: &'a SaturationCertificate,
        initial: usize,
        facts: Facts,
    ) -> Option<Self> {
        let is_goal = |f: &FactNode| matches!(f.predicate, Predicate::Goal(_));
        let goal = |c: &CertifiedClause| is_goal(&c.conclusion);
        let asks = |c: &CertifiedClause| c.hypotheses.iter().any(is_goal);
        let size = certificate.clauses.iter().position(goal)?;
        let (clauses, goals) = certificate.clauses.split_at(size);
        let below = |r: &Resolvent| (r.left as usize) < size;
        let count = certificate.closure.iter().position(|r| !below(r));
        let count = count.unwrap_or(certificate.closure.len());
        let (closure, rest) = certificate.closure.split_at(count);
        let cover = certificate.cover.get(..initial)?;
        let mut reasons = closure.iter().map(|r| &r.by).chain(cover);
        if !goals.iter().all(goal)
            || clauses.iter().any(asks)
            || rest.iter().any(below)
            || !reasons.all(|reason| is_alone(reason, size))
        {
            return None;
        }
        let terms = clauses.iter().flat_map(terms).max();
        let terms = terms.map_or(0, |last| last as usize + 1);
        Some(Self {
            facts,
            terms: certificate.terms.get(..terms)?,
            clauses,
            cover,
            closure,
        })
    }

    /// Of all that is in it but what may be relied on. Lists are written with their
    /// lengths, so that nothing can move from one to the next.
    fn digest(&self) -> Option<[u8; 32]> {
        proof::digest_of(&(self.terms, self.clauses, self.cover, self.closure))
    }

    /// How many clauses it has.
    pub(crate) fn size(&self) -> usize {
        self.clauses.len()
    }
}

impl Closed {
    /// Nothing was verified yet.
    pub(crate) fn new(scope: Scope, translation: Translation) -> Self {
        Self {
            scope,
            translation,
            verified: Vec::new(),
        }
    }

    /// Whether it has this scope.
    pub(crate) fn is_of(&self, scope: &Scope) -> bool {
        self.scope == *scope
    }

    /// How many resolvents a beginning has, if it was verified.
    pub(crate) fn resolvents(&self, part: &Part<'_>) -> Option<usize> {
        if self.verified.is_empty() {
            return None;
        }
        let beginning = part.digest()?;
        let mut verified = self.verified.iter();
        let found = verified.find(|v| v.facts == part.facts && v.beginning == beginning);
        found.map(|v| v.resolvents)
    }

    /// A beginning was verified.
    pub(crate) fn note(&mut self, part: &Part<'_>) {
        let Some(beginning) = part.digest() else {
            return;
        };
        self.verified.push(Verified {
            facts: part.facts,
            beginning,
            resolvents: part.closure.len(),
        });
    }
}

/// Whether a justification speaks neither of the query nor of a lemma, nor of a
/// clause from this one on.
fn is_alone(justification: &Justification, size: usize) -> bool {
    match &justification.end {
        End::Cases { .. } | End::Satisfied(_) => false,
        End::Split(parts) => parts.iter().all(|part| is_alone(part, size)),
        End::Derived(deduction) => are_before(deduction, size),
        End::Subsumed { by } => (*by as usize) < size,
        End::Clash { .. }
        | End::Composed
        | End::Contradiction { .. }
        | End::Numbers
        | End::Tautology => true,
    }
}

fn are_before(deduction: &Deduction, size: usize) -> bool {
    let mut premises = deduction.premises.iter();
    (deduction.by as usize) < size && premises.all(|(_, d)| are_before(d, size))
}

/// The terms that a clause names.
fn terms(clause: &CertifiedClause) -> impl Iterator<Item = u32> + '_ {
    let arguments = |f: &FactNode| f.arguments.clone();
    let facts = clause.hypotheses.iter().chain([&clause.conclusion]);
    let pairs = clause.constraints.iter().flat_map(|c| &c.pairs);
    let sides = pairs.flat_map(|(l, r)| [*l, *r]);
    facts.flat_map(arguments).chain(sides)
}
