//! Runs that are forged: what is printed as an attack was replayed, and a replay
//! takes no step on trust.

use differential::{Size, Word, generate, print};
use pi::Program;
use proof::attack::{AttackTrace, Premise, Recipe, Step};
use verdict::run::Attack;
use verdict::{Limits, Session, Verdict};

/// Lowe's attack on the protocol of Needham and Schroeder (1995): nothing in the
/// run may be missing. The second query holds.
const LOWE: &str = "free c: channel. free idle: bitstring [private]. type pk. type sk.
    fun pub(sk): pk. fun aenc(bitstring, pk): bitstring.
    reduc forall x: bitstring, k: sk; adec(aenc(x, pub(k)), k) = x.
    event begins(pk, pk). event ends(pk, pk).
    query x: pk, y: pk; event(ends(x, y)) ==> event(begins(x, y)).
    query attacker(idle).
    let Initiator(skA: sk) = in(c, peer: pk); event begins(pub(skA), peer); new NA: bitstring;
      out(c, aenc((NA, pub(skA)), peer)); in(c, m: bitstring);
      let (=NA, nb: bitstring) = adec(m, skA) in out(c, aenc(nb, peer)).
    let Responder(skB: sk, pkA: pk) = in(c, m: bitstring);
      let (na: bitstring, =pkA) = adec(m, skB) in new NB: bitstring;
      out(c, aenc((na, NB), pkA)); in(c, m3: bitstring);
      let (=NB) = adec(m3, skB) in event ends(pkA, pub(skB)).
    process new skA: sk; new skB: sk; out(c, pub(skA)); out(c, pub(skB));
      ((! Initiator(skA)) | (! Responder(skB, pub(skA))))";

fn load(text: &str) -> Program {
    let mut sources = pi::Sources::default();
    sources.add("generated.pv", text);
    pi::load(sources).program.expect("a model")
}

fn judged(program: &Program) -> Vec<Verdict> {
    let mut session = Session::new();
    let limits = Limits {
        clauses: 600,
        depth: 40,
        resolutions: 4_000,
        terms: 200_000,
        ..Limits::default()
    };
    (0_u32..)
        .take(program.queries.len())
        .filter_map(|query| {
            let answer = verdict::prove(program, query, &mut session, limits, &mut |_| {});
            answer.map(|a| a.verdict).ok()
        })
        .collect()
}

fn word(verdict: &Verdict) -> Word {
    match verdict {
        Verdict::Attacked(_) => Word::False,
        Verdict::Proved(_) => Word::True,
        Verdict::Stopped(_) | Verdict::Undecided(_) => Word::Undecided,
    }
}

fn trace(verdict: &Verdict) -> Option<&AttackTrace> {
    match verdict {
        Verdict::Attacked(attack) => Some(attack.trace()),
        _ => None,
    }
}

/// Every recipe of a step.
fn recipes(step: &mut Step) -> Vec<&mut Recipe> {
    match step {
        Step::Input {
            channel, message, ..
        } => vec![channel, message],
        Step::Internal { heard, .. } => heard.iter_mut().collect(),
        Step::Output { channel, .. } => vec![channel],
        Step::Fork { .. }
        | Step::Fresh { .. }
        | Step::Get { .. }
        | Step::Phase { .. }
        | Step::Replicate { .. }
        | Step::Silent { .. } => Vec::new(),
    }
}

#[test]
fn no_step_can_be_left_out_or_taken_twice() {
    let program = load(LOWE);
    let verdicts = judged(&program);
    let honest = trace(&verdicts[0]).expect("Lowe's attack").clone();
    assert!(Attack::confirm(&program, honest.clone()).is_ok());
    for at in 0..honest.steps.len() {
        let mut shorter = honest.clone();
        let gone = shorter.steps.remove(at);
        let result = Attack::confirm(&program, shorter);
        assert!(result.is_err(), "step {at} is not needed: {gone:?}");

        let mut longer = honest.clone();
        longer.steps.insert(at, gone.clone());
        let harmless = matches!(gone, Step::Fresh { .. });
        let result = Attack::confirm(&program, longer);
        assert!(harmless || result.is_err(), "step {at} twice: {gone:?}");
    }
}

#[test]
fn no_recipe_can_be_another_one() {
    let program = load(LOWE);
    let verdicts = judged(&program);
    let honest = trace(&verdicts[0]).expect("Lowe's attack").clone();
    let private = program
        .names
        .iter()
        .position(|n| n.name == "idle")
        .expect("declared");
    let private = u32::try_from(private).expect("few names");
    let forgeries = [
        Recipe::Name(private),
        Recipe::Name(u32::MAX),
        Recipe::Output(u32::MAX),
        Recipe::Fresh(u32::MAX),
        Recipe::Apply(u32::MAX, Vec::new()),
        Recipe::Project(0, 7, Box::new(Recipe::Output(0))),
    ];
    for at in 0..honest.steps.len() {
        let count = recipes(&mut honest.steps[at].clone()).len();
        for which in 0..count {
            for recipe in &forgeries {
                let mut forged = honest.clone();
                *recipes(&mut forged.steps[at])[which] = recipe.clone();
                let result = Attack::confirm(&program, forged);
                assert!(result.is_err(), "step {at}: {recipe:?}");
            }
        }
    }
}

#[test]
fn premises_and_queries_are_looked_at() {
    let program = load(LOWE);
    let verdicts = judged(&program);
    let honest = trace(&verdicts[0]).expect("Lowe's attack").clone();
    let premises = [
        Vec::new(),
        vec![Premise::Event(0)],
        vec![Premise::Event(99)],
        vec![Premise::Entry(0)],
        vec![Premise::Knows(Recipe::Output(0))],
        [honest.premises.clone(), honest.premises.clone()].concat(),
    ];
    for premises in premises {
        let forged = AttackTrace {
            premises: premises.clone(),
            ..honest.clone()
        };
        assert!(Attack::confirm(&program, forged).is_err(), "{premises:?}");
    }
    for query in [1, 2, u32::MAX] {
        let mut forged = honest.clone();
        forged.query = query;
        assert!(Attack::confirm(&program, forged.clone()).is_err());
        forged.premises = vec![Premise::Knows(Recipe::Output(0))];
        assert!(Attack::confirm(&program, forged).is_err(), "{query}");
    }
    let mut other = honest;
    other.version += 1;
    assert!(Attack::confirm(&program, other).is_err());
}

/// Ways in which premises may be said to come about on a run.
fn claims(query: &pi::Query, trace: &AttackTrace) -> Vec<Vec<Premise>> {
    let pi::QueryKind::Correspondence(asked) = &query.kind else {
        return Vec::new();
    };
    let mut facts = 0;
    let mut work: Vec<&pi::Formula> = asked.premises.iter().collect();
    while let Some(formula) = work.pop() {
        match formula {
            pi::Formula::And(parts) => work.extend(parts),
            pi::Formula::Equal(..) | pi::Formula::Natural(..) | pi::Formula::Unequal(..) => {}
            _ => facts += 1,
        }
    }
    let outputs = trace.steps.iter();
    let outputs = outputs.filter(|s| matches!(s, Step::Output { .. })).count();
    let known = (0_u32..)
        .take(outputs.min(4))
        .map(|n| Premise::Knows(Recipe::Output(n)));
    let events = (0_u32..4).map(Premise::Event);
    let sent = (0_u32..2).map(Premise::Sent);
    let single: Vec<Premise> = events.chain(known).chain(sent).collect();
    let mut all: Vec<Vec<Premise>> = vec![Vec::new()];
    for _ in 0..facts.min(2) {
        all = all
            .iter()
            .flat_map(|before| {
                single
                    .iter()
                    .map(|p| [before.as_slice(), core::slice::from_ref(p)].concat())
            })
            .collect();
    }
    all
}

/// Whatever run falsifies one query, and however it is changed, it falsifies none
/// that was proved.
fn nothing_proved_is_attacked(seeds: core::ops::Range<u64>, size: &Size) -> usize {
    let mut tried = 0;
    for seed in seeds {
        let text = print(&generate(seed, size));
        let program = load(&text);
        let verdicts = judged(&program);
        if verdicts.len() < program.queries.len() {
            continue;
        }
        let traces: Vec<AttackTrace> = verdicts.iter().filter_map(trace).cloned().collect();
        for (query, _) in (0_u32..)
            .zip(&verdicts)
            .filter(|(_, v)| word(v) == Word::True)
        {
            for honest in &traces {
                for premises in claims(&program.queries[query as usize], honest) {
                    let mut forged = AttackTrace {
                        query,
                        premises,
                        ..honest.clone()
                    };
                    let length = forged.steps.len();
                    let at = usize::try_from(seed).unwrap_or(0) % (length.max(2) - 1);
                    tried += 1;
                    let result = Attack::confirm(&program, forged.clone());
                    assert!(
                        result.is_err(),
                        "seed {seed}: query {query} was proved\n{text}"
                    );
                    if at + 1 < length {
                        forged.steps.swap(at, at + 1);
                        let result = Attack::confirm(&program, forged);
                        assert!(
                            result.is_err(),
                            "seed {seed}: query {query} was proved\n{text}"
                        );
                    }
                }
            }
        }
    }
    tried
}

#[test]
fn runs_of_other_queries_attack_nothing_that_was_proved() {
    let size = Size {
        roles: (1, 3),
        depth: 4,
        ..Size::default()
    };
    assert!(nothing_proved_is_attacked(0..40, &size) > 200);
}

#[test]
#[ignore = "minutes; run it by name with --ignored"]
fn runs_of_many_models_attack_nothing_that_was_proved() {
    for share in ["injective", "nested", "times", "restrictions"] {
        let mut size = Size::default();
        assert!(size.set(share, 100), "{share} is a share");
        assert!(nothing_proved_is_attacked(50_000..50_500, &size) > 1_000);
    }
}
