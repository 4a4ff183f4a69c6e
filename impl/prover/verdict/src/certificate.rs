//! Writes the saturation certificate of a query that holds.

use crate::conclusion::Meets;
use crate::injective::{Reason, Solved};
use crate::session::Justified;
use horn::{Kept, Options};
use logic::{
    Clause, Disequality, Fact, Predicate, Store, Substitution, TermId, Var, View, clause_variables,
};
use pi::EventId;
use proof::{
    Apart, CertifiedClause, DisequalityNode, Disjunct, End, FactNode, Justification, Piece,
    SaturationCertificate, Scope, Selection, Step, TermNode, Way, Witness,
};
use saturation::{Cover, Entry, Saturated};
use std::collections::BTreeMap;

/// What a certificate says, in terms of the engine.
pub(crate) struct Proven<'a> {
    pub(crate) program: [u8; 32],
    pub(crate) query: u32,
    pub(crate) part: u32,
    pub(crate) induction: bool,
    pub(crate) options: &'a Options,
    /// How many events the program has.
    pub(crate) events: usize,
    pub(crate) text: String,
    pub(crate) saturated: &'a Saturated,
    /// Of the base, then of the goal.
    pub(crate) justified: [Option<&'a Justified>; 2],
    /// Entries that conclude the goal and select their conclusion.
    pub(crate) solved: &'a Solved,
}

/// The certificate. Entries are renumbered to those alive.
pub(crate) fn write(store: &mut Store, proven: &Proven<'_>) -> SaturationCertificate {
    let mut writer = Writer {
        store,
        terms: Vec::new(),
        known: BTreeMap::new(),
        entries: BTreeMap::new(),
    };
    for (i, (id, _)) in proven.saturated.set().alive().enumerate() {
        writer.entries.insert(id, number(i));
    }
    let (goals, others): (Vec<_>, Vec<_>) = (proven.saturated.set().alive())
        .map(|(_, entry)| entry)
        .partition(|entry| matches!(entry.clause.conclusion.predicate, Predicate::Goal(_)));
    let mut clauses = writer.clauses(&others);
    let begun = writer.terms.len();
    clauses.extend(writer.clauses(&goals));
    let justified = || proven.justified.iter().flatten();
    let apart = justified().flat_map(|j| &j.apart);
    let apart = apart.map(|a| writer.apart(a)).collect();
    let cover = justified()
        .flat_map(|j| &j.covers)
        .map(|c| writer.justification(c))
        .collect();
    let mut closure: Vec<proof::Resolvent> = justified()
        .flat_map(|j| &j.closure)
        .map(|r| proof::Resolvent {
            left: writer.entry(r.left),
            right: writer.entry(r.right),
            by: writer.justification(&r.by),
        })
        .collect();
    closure.sort_by_key(|r| (r.left, r.right));
    let witnesses = proven
        .solved
        .meets
        .iter()
        .map(|(id, meets)| Witness {
            clause: writer.entry(*id),
            by: writer.met(meets),
        })
        .collect();
    let goal_terms = writer.terms.split_off(begun);
    SaturationCertificate {
        version: proof::VERSION,
        program: proven.program,
        query: proven.query,
        part: proven.part,
        inner: Vec::new(),
        lemmas: Vec::new(),
        carried: None,
        induction: proven.induction,
        scope: scope(proven.options, proven.events),
        text: proven.text.clone(),
        terms: writer.terms,
        goal_terms,
        clauses,
        apart,
        cover,
        closure,
        witnesses,
        pairs: proven.solved.pairs.clone(),
    }
}

fn scope(options: &Options, events: usize) -> Scope {
    let list = |kept: &Kept| {
        let all = 0..number(events);
        all.filter(|e| kept.contains(EventId(*e))).collect()
    };
    Scope {
        begins: list(&options.begins),
        begins_at: list(&options.begins_at),
        ends: list(&options.ends),
        ends_at: list(&options.ends_at),
        message_form: options.message_form,
        heard: options.heard,
    }
}

struct Writer<'a> {
    store: &'a mut Store,
    terms: Vec<TermNode>,
    known: BTreeMap<TermId, u32>,
    entries: BTreeMap<u32, u32>,
}

impl Writer<'_> {
    /// An entry that is alive; one that is not has no number in the certificate,
    /// and the checker refuses it.
    fn entry(&self, id: u32) -> u32 {
        self.entries.get(&id).copied().unwrap_or(u32::MAX)
    }

    fn term(&mut self, term: TermId) -> u32 {
        let mut agenda = vec![term];
        while let Some(next) = agenda.last().copied() {
            if self.known.contains_key(&next) {
                agenda.pop();
                continue;
            }
            let node = match self.store.view(next) {
                View::Var(var) => TermNode::Var(var.0),
                View::Apply(symbol, arguments) => {
                    let missing: Vec<_> = arguments
                        .iter()
                        .filter(|a| !self.known.contains_key(a))
                        .copied()
                        .collect();
                    if !missing.is_empty() {
                        agenda.extend(missing);
                        continue;
                    }
                    TermNode::Apply(
                        symbol.0,
                        arguments
                            .iter()
                            .filter_map(|a| self.known.get(a).copied())
                            .collect(),
                    )
                }
            };
            self.known.insert(next, number(self.terms.len()));
            self.terms.push(node);
            agenda.pop();
        }
        self.known.get(&term).copied().unwrap_or(u32::MAX)
    }

    fn fact(&mut self, fact: &Fact) -> FactNode {
        FactNode {
            predicate: fact.predicate,
            arguments: fact.arguments.iter().map(|t| self.term(*t)).collect(),
        }
    }

    fn clauses(&mut self, entries: &[&Entry]) -> Vec<CertifiedClause> {
        let entries = entries.iter();
        entries
            .map(|entry| self.clause(&entry.clause, entry.selection))
            .collect()
    }

    fn clause(&mut self, clause: &Clause, selection: saturation::Selection) -> CertifiedClause {
        let free = clause_variables(self.store, clause)
            .last()
            .map_or(0, |v| v.0.saturating_add(1));
        CertifiedClause {
            constraints: clause
                .constraints
                .iter()
                .map(|c| self.disequality(c, free))
                .collect(),
            hypotheses: clause.hypotheses.iter().map(|h| self.fact(h)).collect(),
            conclusion: self.fact(&clause.conclusion),
            selection: match selection {
                saturation::Selection::Conclusion => Selection::Conclusion,
                saturation::Selection::Hypothesis(h) => Selection::Hypothesis(number(h)),
            },
        }
    }

    /// Universal variables are numbered after the clause's own.
    fn disequality(&mut self, constraint: &Disequality, free: u32) -> DisequalityNode {
        let mut renaming = Substitution::new();
        let mut universals = Vec::with_capacity(constraint.universals.len());
        for (i, var) in constraint.universals.iter().enumerate() {
            let name = free.saturating_add(number(i));
            let image = self.store.var(Var(name));
            renaming.bind(*var, image);
            universals.push(name);
        }
        let pairs = constraint
            .pairs
            .iter()
            .map(|(l, r)| {
                let (l, r) = (renaming.term(self.store, *l), renaming.term(self.store, *r));
                (self.term(l), self.term(r))
            })
            .collect();
        DisequalityNode { universals, pairs }
    }

    fn met(&mut self, meets: &Meets) -> Justification<Disjunct> {
        let (mut steps, mut end) = (Vec::new(), End::Void);
        if let Some(cases) = &meets.cases {
            let (left, right) = cases.pair;
            let pair = (self.term(left), self.term(right));
            steps.push(Step::Split { pair });
            let parts = cases.equal.iter().chain([&cases.different]);
            end = End::Cases(parts.map(|m| self.met(m)).collect());
        } else if let Some(disjunct) = meets.disjunct {
            let bindings = meets.bindings.iter();
            end = End::Leaf(Disjunct {
                number: number(disjunct),
                bindings: bindings
                    .map(|(position, term)| (number(*position), self.term(*term)))
                    .collect(),
            });
        } else if let Some(by) = &meets.void {
            return void(by);
        }
        Justification { steps, end }
    }

    fn justification(&self, cover: &Cover) -> Justification {
        let mut steps: Vec<Step> = (cover.steps.iter())
            .map(|step| match *step {
                saturation::Step::Decompose(hypothesis) => Step::Decompose { hypothesis },
                saturation::Step::Unify(first, second) => Step::Unify { first, second },
            })
            .collect();
        let end = match &cover.end {
            saturation::End::Cases(lemma, premises, parts) => {
                let (lemma, premises) = (*lemma, premises.clone());
                steps.push(Step::Lemma { lemma, premises });
                End::Cases(parts.iter().map(|p| self.justification(p)).collect())
            }
            saturation::End::Derived(ways) => End::Leaf(ways.iter().map(|w| self.way(w)).collect()),
            saturation::End::Void => End::Void,
        };
        Justification { steps, end }
    }

    fn way(&self, way: &saturation::Way) -> Way {
        match way {
            saturation::Way::Again => Way::Again,
            saturation::Way::Clause(by, at) => Way::Clause {
                by: self.entry(*by),
                at: at.clone(),
            },
            saturation::Way::Hypothesis(at) => Way::Hypothesis(*at),
        }
    }

    fn apart(&self, apart: &saturation::Apart) -> Apart {
        Apart {
            symbol: apart.symbol.0,
            number: apart.number,
            parts: apart.parts.clone(),
            pieces: (apart.pieces.iter())
                .map(|piece| Piece {
                    taken: piece.taken.clone(),
                    way: self.way(&piece.way),
                })
                .collect(),
        }
    }
}

/// The same steps, to contradictions only.
fn void(by: &Reason) -> Justification<Disjunct> {
    Justification {
        steps: by.steps.clone(),
        end: match &by.end {
            End::Cases(parts) => End::Cases(parts.iter().map(void).collect()),
            // No executions of a premise are compared.
            End::Leaf(_) | End::Void => End::Void,
        },
    }
}

fn number(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}
