//! Why a clause is covered: the steps of a justification, and its end.
//!
//! *Measure.* Let `I` be what the clauses that select their conclusion derive. That
//! every instance of every clause of the set holds in `I` is shown by induction over
//! the multiset of its hypotheses, each with the height of its lowest derivation and
//! then the size of its message: a resolvent has those of the last clause of that
//! derivation instead of the selected one, which are lower. What covers a resolvent
//! must keep that order.
//!
//! - An instance whose hypotheses are some of the clause's, none used twice, is
//!   smaller or the same, whatever it selects.
//! - What leaves something open selects its conclusion. It needs no measure: when
//!   what is open is in `I`, so is the conclusion.
//! - The parts of a message are smaller than it, and no higher ([`crate::apart`]).
//!
//! *Knowledge.* Where it does not matter what the attacker knew, what is open may be
//! derived by any clauses that say what the attacker knows: an event happened if it is
//! among the hypotheses, whatever else is derivable. Where a conclusion or
//! statement speaks of what the attacker knew, a hypothesis has to be something that
//! happened, and a clause of the set may conclude what never did, or not yet. There a
//! clause that leaves something open must be one of those by which the attacker
//! composes messages by public symbols; what is open, too, unless it is a part of what
//! the clause in question concludes, known with the whole.

use crate::constraints::{implied, void};
use crate::error::Reason;
use crate::load::{DEPTH, Selected, shallow};
use crate::unify::{matches, pairs, unify};
use crate::{goal, lemma};
use horn::{Goal, Lemma, Theory};
use logic::{
    Clause, Fact, Predicate, Signature, Store, Substitution, Symbol, SymbolKind, TermId, View,
    phase_of,
};
use proof::{End, Justification, Selection, Step, Way};
use std::collections::{BTreeMap, BTreeSet};

/// What a justification may refer to.
#[derive(Clone, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) signature: &'a Signature,
    pub(crate) theory: &'a Theory,
    pub(crate) terms: &'a [TermId],
    pub(crate) clauses: &'a [Selected],
    pub(crate) goal: &'a Goal,
    /// What may be used: axioms, restrictions, and lemmas that were checked.
    pub(crate) lemmas: &'a [Lemma],
    /// Whether it matters what the attacker knew.
    pub(crate) knowledge: bool,
    /// How messages are taken apart: the numbers of the facts about their parts.
    pub(crate) apart: BTreeMap<(Symbol, u32), Vec<u32>>,
}

/// Checks that the justification covers the clause.
pub(crate) fn justify(
    context: &Context<'_>,
    store: &mut Store,
    mut clause: Clause,
    justification: &Justification,
) -> Result<(), Reason> {
    shallow(store, &clause)?;
    for step in &justification.steps {
        match apply(context, store, clause, *step)? {
            Some(next) => clause = next,
            None => return Ok(()),
        }
    }
    match &justification.end {
        End::Cases {
            lemma,
            premises,
            parts,
        } => {
            let cases = lemma::cases(context, store, &clause, *lemma, premises)?;
            if cases.len() != parts.len() {
                return Err(Reason::CaseMissing);
            }
            let mut cases = cases.into_iter().zip(parts);
            cases.try_for_each(|(case, part)| justify(context, store, case, part))
        }
        End::Derived(ways) => {
            let mut derivation = Derivation {
                context,
                clause: &clause,
                ways: ways.iter(),
                found: BTreeSet::new(),
            };
            derivation.fact(store, &clause.conclusion, true, 0)?;
            match derivation.ways.next() {
                None => Ok(()),
                Some(_) => Err(Reason::Extra),
            }
        }
        End::Void if void(store, context.theory, &clause) => Ok(()),
        End::Void => Err(Reason::ConstraintHolds),
    }
}

/// The rewritten clause; none if it is void.
fn apply(
    context: &Context<'_>,
    store: &mut Store,
    mut clause: Clause,
    step: Step,
) -> Result<Option<Clause>, Reason> {
    let at = |i: u32| {
        clause
            .hypotheses
            .get(i as usize)
            .ok_or(Reason::NotApplicable)
    };
    match step {
        Step::Decompose { hypothesis } => {
            let (number, whole) = attacker(at(hypothesis)?).ok_or(Reason::NotApplicable)?;
            let View::Apply(symbol, arguments) = store.view(whole) else {
                return Err(Reason::NotApplicable);
            };
            let known = context.apart.get(&(symbol, number));
            let numbers = known.ok_or(Reason::NotStanding)?.iter().zip(arguments);
            let parts: Vec<_> = numbers.map(|(n, t)| knows(*n, *t)).collect();
            let index = hypothesis as usize;
            clause.hypotheses.splice(index..=index, parts);
            Ok(Some(clause))
        }
        Step::Unify { first, second } => {
            // Syntactic also under equations: in the instances that runs give,
            // a message has one representative, so equal messages are equal
            // terms. Resolution rests on the same fact (Blanchet, Abadi and
            // Fournet 2008, section 5).
            let (one, two) = (at(first)?, at(second)?);
            let once = occurrence(one).filter(|o| first < second && Some(*o) == occurrence(two));
            let pairs = once.and(pairs(one, two)).ok_or(Reason::NotApplicable)?;
            let Some(unifier) = unify(store, &pairs) else {
                return Ok(None);
            };
            clause.hypotheses.remove(second as usize);
            let clause = unifier.clause(store, &clause);
            shallow(store, &clause).map(|()| Some(clause))
        }
    }
}

/// What tells which action, or which execution of an event, a fact is about. There
/// are no two of one.
pub(crate) fn occurrence(fact: &Fact) -> Option<TermId> {
    match fact.predicate {
        Predicate::Action => fact.arguments.first().copied(),
        Predicate::BeginAt(_) => fact.arguments.last().copied(),
        _ => None,
    }
}

/// Number and message of an attacker fact.
pub(crate) fn attacker(fact: &Fact) -> Option<(u32, TermId)> {
    match (fact.predicate, fact.arguments.as_slice()) {
        (Predicate::Attacker(number), [term]) => Some((number, *term)),
        _ => None,
    }
}

pub(crate) fn knows(number: u32, term: TermId) -> Fact {
    Fact::new(Predicate::Attacker(number), vec![term])
}

/// How facts follow from the hypotheses of a clause.
struct Derivation<'a> {
    context: &'a Context<'a>,
    clause: &'a Clause,
    ways: std::slice::Iter<'a, Way>,
    found: BTreeSet<Fact>,
}

impl Derivation<'_> {
    /// Takes the next way for this fact, and those after it for what it leaves open.
    /// Whether the fact is one that the clause in question gives by itself.
    fn fact(
        &mut self,
        store: &mut Store,
        fact: &Fact,
        given: bool,
        depth: u32,
    ) -> Result<(), Reason> {
        let context = self.context;
        let hypotheses = &self.clause.hypotheses;
        match self.ways.next().ok_or(Reason::Missing)? {
            Way::Again if self.found.contains(fact) => {}
            Way::Hypothesis(at) if hypotheses.get(*at as usize) == Some(fact) => {}
            Way::Clause { by, at } => {
                let (general, selection) =
                    (context.clauses.get(*by as usize)).ok_or(Reason::NotSubsumed)?;
                let open = instance(context, store, (general, at), fact, self.clause)?;
                let part = |f: &Fact| given && is_part(context, store, f, fact);
                let parts: Vec<bool> = open.iter().map(part).collect();
                let plain = if open.is_empty() {
                    given
                } else {
                    parts.iter().all(|p| *p)
                };
                let usable = *selection == Selection::Conclusion
                    && open.iter().all(|f| attacker(f).is_some());
                if !(open.is_empty() || usable)
                    || !(plain
                        || !context.knowledge && is_derived(fact)
                        || goal::holds(context, store, general, &general.conclusion))
                {
                    return Err(Reason::NotStanding);
                }
                if depth >= DEPTH {
                    return Err(Reason::TooDeep);
                }
                for (f, part) in open.iter().zip(parts) {
                    self.fact(store, f, part, depth + 1)?;
                }
            }
            Way::Again | Way::Hypothesis(_) => return Err(Reason::NotApplicable),
        }
        self.found.insert(fact.clone());
        Ok(())
    }
}

/// Whether a fact says that the attacker knows a part of what another says that it
/// knows, made by a data constructor, in the same phase.
fn is_part(context: &Context<'_>, store: &Store, part: &Fact, whole: &Fact) -> bool {
    let (Some((n, part)), Some((m, whole))) = (attacker(part), attacker(whole)) else {
        return false;
    };
    let View::Apply(symbol, arguments) = store.view(whole) else {
        return false;
    };
    context.signature.kind(symbol) == SymbolKind::Data
        && phase_of(n) == phase_of(m)
        && arguments.contains(&part)
}

/// Whether a fact may hold because others do. That an event happened, or a goal was
/// reached, is not concluded from anything but a clause for it.
fn is_derived(fact: &Fact) -> bool {
    matches!(
        fact.predicate,
        Predicate::Attacker(_) | Predicate::Message(_) | Predicate::Table { .. }
    )
}

/// The hypotheses that an instance leaves open, of a clause with places for the
/// others, that concludes the fact and of which the constraints follow.
fn instance(
    context: &Context<'_>,
    store: &mut Store,
    (general, at): (&Clause, &[Option<u32>]),
    fact: &Fact,
    clause: &Clause,
) -> Result<Vec<Fact>, Reason> {
    let mut found = BTreeMap::new();
    let mut used = BTreeSet::new();
    let mut placed = at.len() == general.hypotheses.len()
        && matches(store, &general.conclusion, fact, &mut found);
    for (pattern, place) in general.hypotheses.iter().zip(at) {
        placed &= place.is_none_or(|place| {
            let target = clause.hypotheses.get(place as usize);
            target.is_some_and(|target| matches(store, pattern, target, &mut found))
                && (pattern.predicate.is_number() || used.insert(place))
        });
    }
    let instance: Substitution = found.into_iter().collect();
    placed &= general.constraints.iter().all(|c| {
        let c = instance.disequality(store, c);
        implied(store, context.theory, &c, &clause.constraints)
    });
    if !placed {
        return Err(Reason::NotSubsumed);
    }
    let mut open = Vec::new();
    for (pattern, _) in general
        .hypotheses
        .iter()
        .zip(at)
        .filter(|(_, p)| p.is_none())
    {
        let fact = instance.fact(store, pattern);
        if !fact.predicate.is_number() {
            open.push(fact);
        } else if !context.theory.follows(store, &fact, &clause.hypotheses) {
            return Err(Reason::NotSubsumed);
        }
    }
    Ok(open)
}
