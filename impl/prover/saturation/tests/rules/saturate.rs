//! Small protocols as clauses: what becomes derivable, its derivation, and a
//! justification for every resolvent.

use crate::text::{ATTACKER, World};
use logic::{Clause, Substitution};
use saturation::{Limits, Saturated, Selection, StopReason};

/// Adds a goal to the clauses and saturates both levels.
fn solve(world: &mut World, clauses: &str, goal: &str, lids: &str) -> (Vec<Clause>, Saturated) {
    let mut clauses = world.clauses(clauses);
    let goal = world.clause(goal);
    let lids = world.clauses(lids);
    let base = world.saturate(&clauses).expect("small");
    let all = world
        .with(|s| base.extend(std::slice::from_ref(&goal), &lids, s))
        .expect("small");
    clauses.push(goal);
    for clause in &clauses {
        world
            .with(|s| all.cover(clause, s))
            .expect("initial clauses are covered");
    }
    world
        .with(|s| all.closure(0, s))
        .expect("resolvents are covered");
    (clauses, all)
}

fn solved(world: &World, saturated: &Saturated) -> Vec<String> {
    saturated
        .set()
        .alive()
        .filter(|(_, e)| e.selection == Selection::Conclusion)
        .map(|(_, e)| world.print(&e.clause))
        .filter(|c| c.contains("goal"))
        .collect()
}

/// Every node of the derivation must be an instance of its clause.
fn check_derivations(world: &mut World, clauses: &[Clause], saturated: &Saturated) -> usize {
    let all: Vec<&Clause> = clauses.iter().collect();
    let entries: Vec<u32> = saturated.set().alive().map(|(id, _)| id).collect();
    let mut nodes = 0;
    for entry in entries {
        if saturated.set().entry(entry).origin == saturation::Origin::Lid {
            continue;
        }
        let derivation = saturated
            .derivation(&mut world.store, &all, entry)
            .expect("a derivation");
        for node in &derivation.nodes {
            let Some((number, instance)) = &node.rule else {
                continue;
            };
            let mut substitution = Substitution::new();
            for (v, t) in instance {
                substitution.bind(*v, *t);
            }
            let clause = &clauses[*number as usize];
            assert_eq!(
                substitution.fact(&mut world.store, &clause.conclusion),
                node.fact
            );
            assert_eq!(clause.hypotheses.len(), node.premises.len());
            for (h, p) in clause.hypotheses.iter().zip(&node.premises) {
                let premise = derivation.nodes[*p as usize].fact.clone();
                assert_eq!(substitution.fact(&mut world.store, h), premise);
            }
            nodes += 1;
        }
    }
    nodes
}

#[test]
fn a_key_sent_in_clear_leaks_what_it_protects() {
    let mut world = World::default();
    let protocol = format!(
        "{ATTACKER}
        attacker(enc((s[],n[]),h(k[])))
        begin:leak() -> attacker((k[],k[]))"
    );
    let (clauses, all) = solve(&mut world, &protocol, "attacker(s[]) -> goal(s[])", "");
    assert_eq!(solved(&world, &all), ["begin:leak() -> goal0(s[])"]);
    assert!(check_derivations(&mut world, &clauses, &all) > 10);
}

#[test]
fn without_the_leak_nothing_is_solved() {
    let mut world = World::default();
    let protocol = format!("{ATTACKER}\n attacker(enc((s[],n[]),h(k[])))");
    let (clauses, all) = solve(&mut world, &protocol, "attacker(s[]) -> goal(s[])", "");
    assert_eq!(solved(&world, &all), Vec::<String>::new());
    check_derivations(&mut world, &clauses, &all);
}

#[test]
fn event_clauses_are_used_as_they_are_by_goals() {
    let mut world = World::default();
    let protocol = format!(
        "{ATTACKER}
        begin:sent(n[S]) -> attacker(enc(n[S],k[]))
        attacker(enc(X,k[])) -> end:got(X)
        attacker(enc(X,k[])) && X <> X -> end:never(X)"
    );
    let (clauses, all) = solve(&mut world, &protocol, "end:got(X) -> goal(X)", "");
    assert_eq!(solved(&world, &all), ["begin:sent(n[x0]) -> goal0(n[x0])"]);
    check_derivations(&mut world, &clauses, &all);
}

#[test]
fn a_lid_ends_the_search_below_it() {
    let protocol = format!(
        "{ATTACKER}
        begin:sent(n[S]) -> attacker(enc(n[S],k[]))
        begin:seen(X) && attacker(enc(X,k[])) -> end:got(X)"
    );
    let mut world = World::default();
    let (_, all) = solve(
        &mut world,
        &protocol,
        "end:got(X) -> goal(X)",
        "begin:seen(X) -> goal(X)",
    );
    assert_eq!(solved(&world, &all), ["begin:seen(x0) -> goal0(x0)"]);
    let mut open = World::default();
    let (_, open) = solve(&mut open, &protocol, "end:got(X) -> goal(X)", "");
    assert!(open.progress.inserted > all.progress.inserted);
}

#[test]
fn loops_end() {
    for protocol in [
        "attacker(X) -> attacker(privf(X))",
        "attacker(privf(X)) -> attacker(privf(privf(X)))\n attacker(privf(k[]))",
        "attacker(enc(X,k[])) -> attacker(enc(privf(X),k[]))\n attacker(enc(n[],k[]))",
        "mess(priv[],X) -> mess(priv[],privf(X))\n mess(priv[],n[])",
        "table:t(X,Y) -> table:t(Y,X)\n table:t(k[],n[])",
        "attacker(enc(X,Y)) -> attacker(enc(Y,X))\n attacker(enc(k[],n[]))",
    ] {
        let mut world = World::default();
        let text = format!("{ATTACKER}\n{protocol}");
        let (clauses, all) = solve(&mut world, &text, "attacker(s[]) -> goal(s[])", "");
        assert_eq!(solved(&world, &all), Vec::<String>::new(), "{protocol}");
        check_derivations(&mut world, &clauses, &all);
    }
}

#[test]
fn limits_stop_and_say_which() {
    let text = format!(
        "{ATTACKER}\n attacker(enc(n[],k[]))\n attacker(enc(X,k[])) -> attacker(enc(h(X),k[]))"
    );
    let mut world = World::default();
    let clauses = world.clauses(&text);
    let interrupted = || true;
    let limits = Limits {
        interrupted: &interrupted,
        ..Limits::default()
    };
    assert_eq!(
        world.saturate_within(&clauses, limits).err(),
        Some(StopReason::Interrupted)
    );
    let limits = Limits {
        resolutions: 3,
        ..Limits::default()
    };
    assert_eq!(
        world.saturate_within(&clauses, limits).err(),
        Some(StopReason::Resolutions(3))
    );
    let clauses = world.clauses("mess(k[],k[k[k[s[]]]])");
    let limits = |nesting| Limits {
        nesting,
        ..Limits::default()
    };
    assert_eq!(
        world.saturate_within(&clauses, limits(2)).err(),
        Some(StopReason::Nesting(2))
    );
    assert_eq!(world.saturate_within(&clauses, limits(3)).err(), None);
    let clauses = world.clauses("begin:a(X) && begin:b(Y) -> mess(X,Y)");
    let limits = |hypotheses| Limits {
        hypotheses,
        ..Limits::default()
    };
    assert_eq!(
        world.saturate_within(&clauses, limits(1)).err(),
        Some(StopReason::Hypotheses(1))
    );
    assert_eq!(world.saturate_within(&clauses, limits(2)).err(), None);
}

#[test]
fn the_same_clauses_give_the_same_set() {
    let text = format!(
        "{ATTACKER}
        attacker(enc((s[],n[]),h(k[])))
        attacker(X) -> attacker(enc((X,k[]),h(X)))
        X <> n[] && attacker(enc(X,k[])) -> attacker(X)"
    );
    let run = || {
        let mut world = World::default();
        let clauses = world.clauses(&text);
        let all = world.saturate(&clauses).expect("small");
        let list: Vec<_> = all
            .set()
            .alive()
            .map(|(i, e)| format!("{i} {} {:?}", world.print(&e.clause), e.selection))
            .collect();
        list
    };
    let first = run();
    assert!(first.len() > 8);
    assert_eq!(first, run());
}

#[test]
fn an_avoided_hypothesis_is_resolved_when_a_derivation_is_asked_for() {
    let protocol = format!(
        "{ATTACKER}
        mess(priv[],X) -> mess(priv[],privf(X))
        mess(priv[],n[])
        mess(priv[],X) -> end:got(X)"
    );
    let mut world = World::default();
    let (clauses, mut all) = solve(&mut world, &protocol, "end:got(privf(X)) -> goal(X)", "");
    assert_eq!(solved(&world, &all), ["mess(priv[],x0) -> goal0(x0)"]);
    let open = all
        .set()
        .alive()
        .map(|(id, _)| id)
        .last()
        .expect("an entry");
    let complete = world.with(|s| all.complete(open, s));
    let first = all.set().entry(complete[0]).clause.clone();
    assert_eq!(world.print(&first), "goal0(n[])");
    let initial: Vec<&Clause> = clauses.iter().collect();
    let derivation = all
        .derivation(&mut world.store, &initial, complete[0])
        .expect("a derivation");
    assert!(derivation.nodes.iter().all(|n| n.rule.is_some()));
}
