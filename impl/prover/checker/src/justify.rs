//! Why a clause is covered: the steps of a justification, its cases, and the leaves.
//!
//! Every instance of a clause that is considered is an instance of one of those that a
//! step leaves ([`crate::step`]), hence of one at some leaf, or it is void. What a leaf
//! has to show depends on what is justified; that a clause is covered is shown here.
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
use crate::goal;
use crate::load::{DEPTH, Selected, shallow};
use crate::step::{Frame, apply};
use crate::unify::matches;
use horn::{Goal, Lemma, Theory};
use logic::{
    Clause, Fact, Predicate, Signature, Store, Substitution, Symbol, SymbolKind, TermId, View,
    phase_of,
};
use proof::{End, Justification, Selection, Way};
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

/// What the leaves have to show.
pub(crate) type Leaf<'a, L> = dyn FnMut(&mut Store, Clause, &L) -> Result<(), Reason> + 'a;

/// Goes through steps and cases to the leaves.
///
/// A case distinction that is followed by further steps is written as a tree, so that
/// there are never more clauses than the certificate has entries.
pub(crate) fn justify<L>(
    context: &Context<'_>,
    store: &mut Store,
    mut clauses: Vec<Clause>,
    by: &Justification<L>,
    frame: Frame<'_>,
    leaf: &mut Leaf<'_, L>,
) -> Result<(), Reason> {
    shallow(store, &clauses)?;
    for step in &by.steps {
        clauses = match clauses.as_slice() {
            [] => return Ok(()),
            [clause] => apply(context, store, clause, step, frame)?,
            _ => return Err(Reason::Entries),
        };
        shallow(store, &clauses)?;
    }
    match &by.end {
        End::Cases(parts) if parts.len() == clauses.len() => {
            for (case, part) in clauses.into_iter().zip(parts) {
                justify(context, store, vec![case], part, frame, leaf)?;
            }
            Ok(())
        }
        End::Cases(_) => Err(Reason::Entries),
        End::Leaf(reason) => (clauses.into_iter()).try_for_each(|c| leaf(store, c, reason)),
        End::Void if clauses.iter().all(|c| void(store, context.theory, c)) => Ok(()),
        End::Void => Err(Reason::ConstraintHolds),
    }
}

/// Checks that the clause set covers the clause: at the leaves the hypotheses give the
/// conclusion by clauses of the set.
pub(crate) fn covered(
    context: &Context<'_>,
    store: &mut Store,
    clause: Clause,
    by: &Justification,
) -> Result<(), Reason> {
    let mut leaf = |store: &mut Store, clause: Clause, ways: &Vec<Way>| {
        let mut derivation = Derivation {
            context,
            clause: &clause,
            ways: ways.iter(),
            found: BTreeSet::new(),
        };
        derivation.fact(store, &clause.conclusion, true, 0)?;
        let more = derivation.ways.next();
        more.map_or(Ok(()), |_| Err(Reason::Entries))
    };
    let clauses = vec![clause];
    justify(context, store, clauses, by, Frame::DERIVED, &mut leaf)
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
        match self.ways.next().ok_or(Reason::Entries)? {
            Way::Again if self.found.contains(fact) => {}
            Way::Hypothesis(at) if hypotheses.get(*at as usize) == Some(fact) => {}
            Way::Clause { by, at } => {
                let (general, selection) =
                    (context.clauses.get(*by as usize)).ok_or(Reason::NotSubsumed)?;
                let open = instance(context, store, (general, at), fact, self.clause)?;
                let part = |f: &Fact| given && is_part(context, store, f, fact);
                let parts: Vec<bool> = open.iter().map(part).collect();
                let plain = parts.iter().all(|p| *p) && (given || !open.is_empty());
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
    let hypotheses = general.hypotheses.iter().zip(at);
    for (pattern, _) in hypotheses.filter(|(_, place)| place.is_none()) {
        let fact = instance.fact(store, pattern);
        if !fact.predicate.is_number() {
            open.push(fact);
        } else if !context.theory.follows(store, &fact, &clause.hypotheses) {
            return Err(Reason::NotSubsumed);
        }
    }
    Ok(open)
}
