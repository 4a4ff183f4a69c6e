//! Proofs that are forged: a certificate of one model or query is handed in for
//! another that is false, and an adversary repairs what the checker objects to.
//!
//! Beside the small models of the checker's own tests, these are generated, with all
//! that the language has.

use checker::{Place, Reason};
use differential::metamorphic::changes;
use differential::{Random, Size, generate, print};
use logic::Predicate;
use pi::Program;
use proof::{
    Disjunct, End, Justification, Piece, Resolvent, Same, SaturationCertificate, Selection, Step,
    Way, Witness,
};
use std::collections::BTreeMap;
use verdict::{Limits, Session, Verdict};

fn load(text: &str) -> Option<Program> {
    let mut sources = pi::Sources::default();
    sources.add("generated.pv", text);
    pi::load(sources).program
}

/// The verdict of each query; none for one that is not supported.
fn judged(program: &Program) -> Vec<Option<Verdict>> {
    let mut session = Session::new();
    let limits = Limits {
        clauses: 400,
        depth: 40,
        resolutions: 3_000,
        terms: 200_000,
        ..Limits::default()
    };
    (0_u32..)
        .take(program.queries.len())
        .map(|query| {
            let answer = verdict::prove(program, query, &mut session, limits, &mut |_| {});
            answer.map(|a| a.verdict).ok()
        })
        .collect()
}

fn digest(program: &Program) -> [u8; 32] {
    let files = program.sources.files().iter();
    proof::digest(files.map(|f| (f.name.as_str(), f.text.as_str())))
}

/// The certificate, said to be about a query of a program.
fn about(program: &Program, query: u32, of: &SaturationCertificate) -> SaturationCertificate {
    let mut forged = of.clone();
    forged.program = digest(program);
    forged.query = query;
    for part in forged.inner.iter_mut().chain(&mut forged.lemmas) {
        part.program = digest(program);
    }
    for part in &mut forged.inner {
        part.query = query;
    }
    let inner = forged.inner.iter_mut().map(|part| &mut part.clauses);
    for clause in inner.chain([&mut forged.clauses]).flatten() {
        let facts = clause.hypotheses.iter_mut().chain([&mut clause.conclusion]);
        for fact in facts {
            if let Predicate::Goal(asked) = &mut fact.predicate {
                *asked = query;
            }
        }
    }
    forged
}

/// What the adversary says of a clause that it has to justify, one after the other.
fn excuse(number: u32, forged: &SaturationCertificate) -> Option<Justification> {
    let plain = |end| Justification {
        steps: Vec::new(),
        end,
    };
    let step = |step, end| Justification {
        steps: vec![step],
        end,
    };
    let instance = |by: u32, at: Vec<Option<u32>>| End::Leaf(vec![Way::Clause { by, at }]);
    let unify = Step::Unify {
        first: 0,
        second: 1,
    };
    let fixed = [
        plain(End::Void),
        plain(End::Leaf(vec![Way::Hypothesis(0)])),
        plain(End::Leaf(vec![Way::Hypothesis(1)])),
        step(unify, End::Void),
    ];
    let count = u32::try_from(fixed.len()).unwrap_or(0);
    let Some(number) = number.checked_sub(count) else {
        return fixed.into_iter().nth(number as usize);
    };
    let by = number / 5;
    let places = forged.clauses.get(by as usize)?.hypotheses.len();
    let count = u32::try_from(places).unwrap_or(0);
    let first = (0..count).map(Some);
    let open = vec![None; places];
    let mut ways = vec![Way::Clause {
        by,
        at: open.clone(),
    }];
    ways.extend((0..).take(places).map(Way::Hypothesis));
    Some(match number % 5 {
        0 => plain(instance(by, first.collect())),
        1 => plain(instance(by, first.rev().collect())),
        2 => plain(instance(by, open)),
        3 => plain(End::Leaf(ways)),
        _ => step(
            Step::Decompose { hypothesis: 0 },
            instance(by, first.collect()),
        ),
    })
}

/// What it says of two injective events that may be one.
fn no_pair(number: u32) -> Option<Justification<Same>> {
    let unify = |first, second| Step::Unify { first, second };
    let (steps, end) = match number {
        0 => (Vec::new(), End::Leaf(Same)),
        1 => (Vec::new(), End::Void),
        2 => (Vec::new(), End::Cases(Vec::new())),
        n @ 3..=30 => {
            let (n, pairs) = (
                n - 3,
                [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3), (1, 4)],
            );
            let (first, second) = pairs[n as usize / 4];
            let end = match n % 2 {
                0 => End::Leaf(Same),
                _ => End::Void,
            };
            let again = (n % 4 > 1).then_some(unify(0, 1));
            (
                again.into_iter().chain([unify(first, second)]).collect(),
                end,
            )
        }
        _ => return None,
    };
    Some(Justification { steps, end })
}

/// What of it can be said of a part of a message.
fn as_piece(excuse: &Justification) -> Option<Piece> {
    let End::Leaf(ways) = &excuse.end else {
        return None;
    };
    let taken = excuse.steps.iter().map(|step| match step {
        Step::Decompose { hypothesis } => Some(*hypothesis),
        _ => None,
    });
    let (taken, way) = (taken.collect::<Option<_>>()?, ways.first()?.clone());
    Some(Piece { taken, way })
}

/// Hands the certificate in again and again, with another excuse for what was refused;
/// whether it is accepted in the end.
fn repaired(program: &Program, mut forged: SaturationCertificate, patience: u32) -> bool {
    let mut tried: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..patience {
        let Err(refusal) = checker::check(program, &forged) else {
            return true;
        };
        let checker::Refusal::Unjustified { place, reason } = refusal else {
            return false;
        };
        let number = tried.entry(place.to_string()).or_default();
        *number += 1;
        let excuse = excuse(*number - 1, &forged);
        match (place, reason) {
            (Place::Cover(at), Reason::Entries) if forged.cover.len() > at as usize + 1 => {
                forged.cover.truncate(at as usize + 1);
            }
            (Place::Cover(at), _) => {
                let Some(excuse) = excuse else { return false };
                match forged.cover.get_mut(at as usize) {
                    Some(old) => *old = excuse,
                    None => forged.cover.push(excuse),
                }
            }
            (Place::Closure(left, right), reason) => {
                let key = |r: &Resolvent| (r.left, r.right);
                match forged.closure.binary_search_by_key(&(left, right), key) {
                    // Perhaps it is not due.
                    Ok(at) if reason == Reason::Entries => drop(forged.closure.remove(at)),
                    found => {
                        let Some(by) = excuse else { return false };
                        match found {
                            Ok(at) => forged.closure[at].by = by,
                            Err(at) => forged.closure.insert(at, Resolvent { left, right, by }),
                        }
                    }
                }
            }
            (Place::Witness(clause), reason) => {
                let known = forged.witnesses.iter().any(|w| w.clause == clause);
                forged.witnesses.retain(|w| w.clause != clause);
                let end = match *number {
                    _ if known && reason == Reason::Entries => continue,
                    1 => End::Void,
                    n @ 2..=4 => End::Leaf(Disjunct {
                        number: n - 2,
                        bindings: Vec::new(),
                    }),
                    // Then no witness is asked for.
                    _ => {
                        let Some(certified) = forged.clauses.get_mut(clause as usize) else {
                            return false;
                        };
                        certified.selection = Selection::Hypothesis(*number - 5);
                        if *number > 8 {
                            return false;
                        }
                        continue;
                    }
                };
                let steps = Vec::new();
                let by = Justification { steps, end };
                let at = forged.witnesses.partition_point(|w| w.clause < clause);
                forged.witnesses.insert(at, Witness { clause, by });
            }
            (Place::Pair(at), reason) => {
                let at = at as usize;
                if reason == Reason::Entries && forged.pairs.len() > at + 1 {
                    forged.pairs.truncate(at);
                    continue;
                }
                let Some(by) = no_pair(*number - 1) else {
                    return false;
                };
                match forged.pairs.get_mut(at) {
                    Some(old) => *old = by,
                    None => forged.pairs.push(by),
                }
            }
            (Place::Apart(entry, piece), reason) => {
                let Some(apart) = forged.apart.get_mut(entry as usize) else {
                    return false;
                };
                let piece = piece as usize;
                if reason == Reason::Entries && apart.pieces.len() > piece {
                    apart.pieces.truncate(piece);
                    continue;
                }
                let Some(excuse) = excuse else { return false };
                let Some(by) = as_piece(&excuse) else {
                    continue;
                };
                match apart.pieces.get_mut(piece) {
                    Some(old) => *old = by,
                    None => apart.pieces.push(by),
                }
            }
        }
    }
    false
}

/// Changes something at random that the checker might not look at.
fn spoiled(random: &mut Random, mut forged: SaturationCertificate) -> SaturationCertificate {
    for _ in 0..random.below(3) {
        let at = random.below(forged.clauses.len().max(1));
        let Some(clause) = forged.clauses.get_mut(at) else {
            break;
        };
        match random.below(5) {
            0 => clause.selection = Selection::Conclusion,
            1 if !clause.hypotheses.is_empty() => {
                let which = random.below(clause.hypotheses.len());
                clause.selection = Selection::Hypothesis(u32::try_from(which).unwrap_or(0));
            }
            2 if !clause.hypotheses.is_empty() => {
                let which = random.below(clause.hypotheses.len());
                clause.hypotheses.remove(which);
            }
            3 => clause.constraints.clear(),
            _ => forged.induction = !forged.induction,
        }
    }
    forged
}

/// Forges proofs of what is false in models of these seeds; how many were refused.
fn nothing_false_is_proved(
    seeds: core::ops::Range<u64>,
    size: &Size,
    patience: u32,
    variants: usize,
) -> usize {
    let mut refused = 0;
    for seed in seeds {
        let mut random = Random::new(seed);
        let model = generate(seed, size);
        let text = print(&model);
        let Some(program) = load(&text) else { continue };
        let verdicts = judged(&program);
        let proofs: Vec<&SaturationCertificate> = verdicts
            .iter()
            .filter_map(|v| match v {
                Some(Verdict::Proved(certificate)) => Some(&**certificate),
                _ => None,
            })
            .collect();
        if proofs.is_empty() {
            continue;
        }
        let mut targets = vec![(text, program, verdicts.clone())];
        let mut others = changes(&model, seed);
        while others.len() > variants {
            others.swap_remove(random.below(others.len()));
        }
        for change in others {
            let text = print(&change.model);
            let Some(program) = load(&text) else { continue };
            let verdicts = judged(&program);
            targets.push((text, program, verdicts));
        }
        for (text, program, verdicts) in &targets {
            for (query, verdict) in (0_u32..).zip(verdicts) {
                if !matches!(verdict, Some(Verdict::Attacked(_))) {
                    continue;
                }
                for proof in &proofs {
                    let forged = about(program, query, proof);
                    let forged = spoiled(&mut random, forged);
                    let accepted = repaired(program, forged, patience);
                    assert!(!accepted, "seed {seed}: query {query} is false\n{text}");
                    refused += 1;
                }
            }
        }
    }
    refused
}

#[test]
fn proofs_of_others_prove_nothing_false() {
    let size = Size {
        roles: (1, 2),
        depth: 3,
        ..Size::default()
    };
    assert!(nothing_false_is_proved(0..30, &size, 60, 2) > 20);
}

#[test]
#[ignore = "minutes; run it by name with --ignored"]
fn proofs_of_many_others_prove_nothing_false() {
    let shares = [
        "cancelling",
        "equation",
        "injective",
        "lemmas",
        "nested",
        "numbers",
        "phases",
        "predicates",
        "restrictions",
        "tables",
        "times",
        "typed",
    ];
    for share in shares {
        let mut size = Size {
            roles: (1, 2),
            depth: 4,
            ..Size::default()
        };
        assert!(size.set(share, 100), "{share} is a share");
        assert!(nothing_false_is_proved(70_000..70_060, &size, 400, 4) > 20);
    }
}
