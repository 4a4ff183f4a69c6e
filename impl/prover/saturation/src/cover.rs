//! Why a clause adds nothing to a closed set: the justifications that a
//! certificate lists, found after the fact.
//!
//! During saturation a clause may be simplified with what is known at the time,
//! dropped, or removed later by a better one. None of this is recorded. All of
//! it leaves a trace in the final set, because subsumption is transitive and the
//! set only improves: so each initial clause and each resolvent is justified
//! once, at the end, against the final set.

use crate::Scratch;
use crate::constraints::Simplified;
use crate::context::Context;
use crate::draft::Draft;
use crate::rules::{self, occurrence::Unified};
use crate::saturate::{Saturated, Setting};
use crate::set::Selection;
use crate::unification::APART;
use logic::{Clause, Fact, Predicate, Symbol, TermId, Var, View};

/// A rewriting that is not a mere removal. Hypotheses are numbered as they
/// stand when the step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// [`rules::decompose`] on this hypothesis.
    Decompose(u32),
    /// [`rules::occurrence`] on these two; the second is removed.
    Unify(u32, u32),
}

/// Why a clause is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// [`rules::cases`]: what the distinction rests on, the hypotheses it is
    /// about, and one cover per case.
    Cases(u32, Vec<u32>, Vec<Cover>),
    /// The conclusion follows from the hypotheses, by the first of these; what that
    /// leaves open, by those after it.
    Derived(Vec<Way>),
    /// Hypotheses and constraints are never all true.
    Void,
}

/// How a fact follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It was found before.
    Again,
    /// It is the conclusion of this entry, of which some hypotheses are these
    /// hypotheses, and the others are open.
    Clause(u32, Vec<Option<u32>>),
    /// It is this hypothesis.
    Hypothesis(u32),
}

/// Why a hypothesis about a message may be replaced by those about its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// Of which the message is made.
    pub symbol: Symbol,
    /// Number of the fact about it.
    pub number: u32,
    /// Numbers of those about the parts.
    pub parts: Vec<u32>,
    /// For each entry that selects its conclusion, which may be this fact, for each
    /// part: how it follows from the hypotheses.
    pub pieces: Vec<Piece>,
}

/// How a part of a message follows where the whole does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Hypotheses that are taken apart, first to last.
    pub taken: Vec<u32>,
    /// Then.
    pub way: Way,
}

/// A justification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// First to last.
    pub steps: Vec<Step>,
    /// Then.
    pub end: End,
}

/// A resolvent and why it is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolvent {
    /// The entry that selects a hypothesis.
    pub left: u32,
    /// The entry that selects its conclusion.
    pub right: u32,
    /// Why.
    pub by: Cover,
}

/// A clause that the set was believed to cover and for which no justification
/// was found. The set is still an honest result; it has no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// The clause.
    pub clause: Clause,
}

impl Saturated {
    /// Justifies an initial clause.
    ///
    /// # Errors
    /// No justification was found.
    pub fn cover(&self, clause: &Clause, setting: &mut Setting<'_>) -> Result<Cover, Uncovered> {
        let mut scratch = Scratch::default();
        let mut context = self.context(setting, &mut scratch);
        let mut draft = Draft::new(clause.clone());
        for constraint in &mut draft.clause.constraints {
            *constraint = crate::constraints::canonical(context.store, constraint);
        }
        cover(draft, &mut context)
    }

    /// Justifies every resolvent whose left entry is not below `from`, sorted.
    ///
    /// # Errors
    /// No justification was found for one.
    pub fn closure(
        &self,
        from: u32,
        setting: &mut Setting<'_>,
    ) -> Result<Vec<Resolvent>, Uncovered> {
        let mut scratch = Scratch::default();
        let mut found = Vec::new();
        for (left, entry) in self.set.alive() {
            let Selection::Hypothesis(h) = entry.selection else {
                continue;
            };
            if left < from {
                continue;
            }
            let Some(fact) = entry.clause.hypotheses.get(h) else {
                continue;
            };
            for right in self.set.providers(setting.store, fact) {
                if !self.set.may_resolve(left, right) {
                    continue;
                }
                let mut context = self.context(setting, &mut scratch);
                if let Some(raw) = rules::resolution::resolve(&mut context, left, right) {
                    let by = cover(raw, &mut context)?;
                    found.push(Resolvent { left, right, by });
                }
            }
        }
        Ok(found)
    }

    /// How messages are taken apart.
    pub fn apart(&self, setting: &mut Setting<'_>) -> Vec<Apart> {
        let mut scratch = Scratch::default();
        let mut context = self.context(setting, &mut scratch);
        let set = context.set;
        let symbols: Vec<Symbol> = context.signature.iter().map(|(s, _)| s).collect();
        let mut found: Vec<Apart> = Vec::new();
        for number in set.numbers() {
            for symbol in &symbols {
                if let Some(known) = set.decomposition(context.signature, number, *symbol) {
                    let pieces = pieces(&mut context, &found, (*symbol, number, known.parts));
                    found.extend(pieces.map(|pieces| Apart {
                        symbol: *symbol,
                        number,
                        parts: known.parts.to_vec(),
                        pieces,
                    }));
                }
            }
        }
        found
    }

    pub(crate) fn context<'a>(
        &'a self,
        setting: &'a mut Setting<'_>,
        scratch: &'a mut Scratch,
    ) -> Context<'a> {
        Context {
            store: setting.store,
            signature: setting.signature,
            theory: setting.theory,
            set: &self.set,
            purpose: setting.purpose,
            scratch,
        }
    }
}

fn cover(mut draft: Draft, context: &mut Context<'_>) -> Result<Cover, Uncovered> {
    let mut steps = Vec::new();
    if let Some(way) = subsumed(context, &draft.clause) {
        let end = End::Derived(vec![way]);
        return Ok(Cover { steps, end });
    }
    loop {
        match rules::occurrence::first(&mut draft, context) {
            Unified::Clash(pair) => {
                steps.push(Step::Unify(index(pair.first), index(pair.second)));
                let end = End::Void;
                return Ok(Cover { steps, end });
            }
            Unified::Unified(pair) => {
                steps.push(Step::Unify(index(pair.first), index(pair.second)));
                continue;
            }
            Unified::Nothing => {}
        }
        match rules::decompose::first(&mut draft, context) {
            Some(position) => steps.push(Step::Decompose(index(position))),
            None => break,
        }
    }
    if let Some((cases, parts)) = rules::cases::apply(&draft, context) {
        let covers: Result<Vec<_>, _> =
            parts.into_iter().map(|part| cover(part, context)).collect();
        // The clause as it stands may be covered where a case is not.
        if let Ok(covers) = covers {
            let end = End::Cases(cases.by, cases.premises, covers);
            return Ok(Cover { steps, end });
        }
    }
    let end = end(draft, context)?;
    Ok(Cover { steps, end })
}

fn end(draft: Draft, context: &mut Context<'_>) -> Result<End, Uncovered> {
    if let Some(way) = tautology(&draft.clause) {
        return Ok(End::Derived(vec![way]));
    }
    for constraint in &draft.clause.constraints {
        let simplified = context
            .scratch
            .memory
            .simplify(context.theory, context.store, constraint);
        if simplified == Simplified::False {
            return Ok(End::Void);
        }
    }
    let theory = context.theory;
    let clause = &draft.clause;
    if theory.contradictory(context.store, &clause.hypotheses, &clause.constraints) {
        return Ok(End::Void);
    }
    if let Some((composition, parts)) = rules::split::apply(&draft, context) {
        let mut ways = vec![Way::Clause(composition, vec![None; parts.len()])];
        for part in parts {
            match cover(part, context)? {
                Cover { steps, end } if steps.is_empty() => match end {
                    End::Derived(more) => ways.extend(more),
                    end => return Ok(end),
                },
                _ => {
                    let clause = draft.clause;
                    return Err(Uncovered { clause });
                }
            }
        }
        return Ok(End::Derived(ways));
    }
    if let Some(way) = subsumed(context, &draft.clause) {
        return Ok(End::Derived(vec![way]));
    }
    let composed = rules::composed::ways(&draft, context);
    if let Some(ways) = composed.or_else(|| rules::derived::again(&draft, context)) {
        return Ok(End::Derived(ways));
    }
    Err(Uncovered {
        clause: draft.clause,
    })
}

fn tautology(clause: &Clause) -> Option<Way> {
    let mut hypotheses = clause.hypotheses.iter();
    let at = hypotheses.position(|h| *h == clause.conclusion)?;
    Some(Way::Hypothesis(index(at)))
}

fn subsumed(context: &mut Context<'_>, clause: &Clause) -> Option<Way> {
    let by = rules::subsumption::subsumer(context, clause)?;
    let places = rules::subsumption::places(context, by, clause)?;
    Some(Way::Clause(by, places))
}

/// For each entry that may conclude the fact about the whole, the covers of the clauses
/// that conclude its parts instead, if there are some with one step at most that use
/// entries which select their conclusion.
fn pieces(
    context: &mut Context<'_>,
    before: &[Apart],
    (symbol, number, parts): (Symbol, u32, &[u32]),
) -> Option<Vec<Piece>> {
    let set = context.set;
    let variables: Vec<TermId> = (APART..)
        .take(parts.len())
        .map(|v| context.store.var(Var(v)))
        .collect();
    let whole = context.store.apply(symbol, &variables);
    let whole = Fact::new(Predicate::Attacker(number), [whole]);
    let mut covers = Vec::new();
    for id in set.providers(context.store, &whole) {
        let clause = &set.entry(id).clause;
        for (part, variable) in parts.iter().zip(&variables) {
            let unifier = &mut context.scratch.unifier;
            unifier.clear();
            let piece = Clause {
                conclusion: Fact::new(Predicate::Attacker(*part), [*variable]),
                ..clause.clone()
            };
            if unifier.unify_facts(context.store, &clause.conclusion, &whole)
                && let Some(piece) = unifier.clause(context.store, &piece)
            {
                covers.push(no_higher(context, before, piece)?);
            }
        }
    }
    Some(covers)
}

fn no_higher(context: &mut Context<'_>, before: &[Apart], mut piece: Clause) -> Option<Piece> {
    let mut taken = Vec::new();
    loop {
        let way = tautology(&piece).or_else(|| {
            let set = context.set;
            let mut general = set.generalising(context.store, &piece.conclusion);
            general.find_map(|id| {
                let usable = set.entry(id).selection == Selection::Conclusion;
                let places = rules::subsumption::places(context, id, &piece);
                Some(Way::Clause(id, places.filter(|_| usable)?))
            })
        });
        if let Some(way) = way {
            return Some(Piece { taken, way });
        }
        let (at, parts) = (0..).zip(&piece.hypotheses).find_map(|(at, fact)| {
            let (Predicate::Attacker(number), [term]) = (fact.predicate, &fact.arguments[..])
            else {
                return None;
            };
            let View::Apply(symbol, arguments) = context.store.view(*term) else {
                return None;
            };
            let mut known = before.iter();
            let known = known.find(|a| (a.symbol, a.number) == (symbol, number))?;
            let parts = known.parts.iter().zip(arguments);
            let parts = parts.map(|(n, t)| Fact::new(Predicate::Attacker(*n), [*t]));
            Some((at, parts.collect::<Vec<_>>()))
        })?;
        taken.push(index(at));
        piece.hypotheses.splice(at..=at, parts);
    }
}

fn index(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}
