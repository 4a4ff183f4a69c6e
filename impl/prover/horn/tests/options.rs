//! What the options do, and that a goal is not built from clauses made for
//! another query.

fn load(text: &str) -> pi::Program {
    let mut sources = pi::Sources::default();
    sources.add("test.pv", text);
    pi::load(sources).program.expect("the model is correct")
}

const MODEL: &str = "
free c: channel.
event a(bitstring).
event b(bitstring).
query x: bitstring; event(b(x)) ==> event(a(x)).
query x: bitstring; event(a(x)) ==> attacker(x).
process ! in(c, (x: bitstring, y: bitstring)); new n: bitstring; event a(y); event b(n)";

#[test]
fn options_are_what_the_query_needs() {
    let program = load(MODEL);
    let first = horn::options(&program, 0);
    assert!(first.begins.contains(pi::EventId(0)) && !first.begins.contains(pi::EventId(1)));
    assert!(first.ends.contains(pi::EventId(1)) && !first.ends.contains(pi::EventId(0)));
    assert!(!first.message_form);
    assert!(horn::options(&program, 1).message_form);
}

#[test]
fn queries_that_keep_the_same_begins_share() {
    let text = MODEL.replace(
        "process",
        "query x: bitstring; event(a(x)) ==> event(a(x)). process",
    );
    let program = load(&text);
    let (a, b) = (pi::EventId(0), pi::EventId(1));
    let shared = horn::shared_options(&program, 0, 0);
    let [first] = &shared[..] else {
        panic!("nothing larger to share with: {shared:?}");
    };
    assert!(first.ends.contains(a) && first.ends.contains(b));
    assert!(first.begins.contains(a) && !first.begins.contains(b));
    assert_eq!(shared, horn::shared_options(&program, 2, 0));
    // Another form of messages, other begins.
    assert_ne!(shared, horn::shared_options(&program, 1, 0));
    assert_eq!(
        horn::shared_options(&program, 9, 0),
        [horn::Options::default()]
    );
}

/// A query for each list of events in its conclusion.
fn asking(lists: &[&[&str]]) -> pi::Program {
    let queries: Vec<String> = lists
        .iter()
        .map(|events| match events {
            [] => "query event(e).".to_owned(),
            _ => {
                let events: Vec<_> = events.iter().map(|e| format!("event({e})")).collect();
                format!("query event(e) ==> {}.", events.join(" || "))
            }
        })
        .collect();
    load(&format!(
        "event e. event p. event q. event r. event s. event t. {} process event p; event e",
        queries.join(" ")
    ))
}

/// The begins of each options that may serve a query, as the events' numbers.
fn begins(program: &pi::Program, query: u32) -> Vec<Vec<u32>> {
    let kept = |o: &horn::Options| {
        let events = (0_u32..6).filter(|e| o.begins.contains(pi::EventId(*e)));
        events.collect()
    };
    let shared = horn::shared_options(program, query, 0);
    shared.iter().map(kept).collect()
}

#[test]
fn queries_share_with_those_that_ask_for_more() {
    let program = asking(&[&["p", "q"], &["p"], &[], &["r"]]);
    assert_eq!(begins(&program, 0), [vec![1, 2]]);
    assert_eq!(begins(&program, 1), [vec![1, 2], vec![1]]);
    // The smallest of those that nothing contains.
    assert_eq!(begins(&program, 2), [vec![3], vec![]]);
    assert_eq!(begins(&program, 3), [vec![3]]);
}

#[test]
fn queries_with_events_in_common_are_joined() {
    let program = asking(&[&["p", "q", "r"], &["p", "q", "s"], &["q", "t"], &["p", "s"]]);
    assert_eq!(begins(&program, 0), [vec![1, 2, 3, 4], vec![1, 2, 3]]);
    // One event in common is not enough.
    assert_eq!(begins(&program, 2), [vec![2, 5]]);
    assert_eq!(
        begins(&program, 3),
        [vec![1, 2, 3, 4], vec![1, 2, 4], vec![1, 4]]
    );
}

#[test]
fn what_is_shared_covers_what_is_needed() {
    let lists: [&[&str]; 5] = [&["p", "q", "r"], &["p", "q", "s"], &["q"], &[], &["p", "s"]];
    let program = asking(&lists);
    for query in (0..).take(lists.len()) {
        let own = horn::options(&program, query);
        let shared = horn::shared_options(&program, query, 0);
        assert!(shared.iter().all(|o| o.cover(&own)), "query {query}");
        assert_eq!(shared.last().map(|o| &o.begins), Some(&own.begins));
    }
}

#[test]
fn a_goal_needs_its_own_clauses() {
    let program = load(MODEL);
    let mut translation =
        horn::translate(&program, &horn::options(&program, 0)).expect("supported");
    assert!(horn::goal(&program, &mut translation, 0).is_ok());
    let errors = horn::goal(&program, &mut translation, 1).expect_err("made for another query");
    assert!(errors[0].message.contains("another query"));
    assert!(horn::goal(&program, &mut translation, 2).is_err());
}

#[test]
fn full_arguments_keep_unused_variables() {
    let program = load(MODEL);
    let arity = |full_arguments| {
        let options = horn::Options {
            full_arguments,
            ..horn::Options::default()
        };
        let translation = horn::translate(&program, &options).expect("supported");
        let (_, made) = translation
            .symbols
            .fresh
            .first_key_value()
            .expect("the model has a name");
        (made.sessions.len(), made.variables.len())
    };
    assert_eq!(arity(false), (1, 1));
    assert_eq!(arity(true), (1, 2));
}

#[test]
fn a_passive_attacker_does_not_send() {
    let text = "set attacker = passive. free c: channel. free s: bitstring [private].
        query attacker(s). process in(c, x: bitstring); out(c, s)";
    let program = load(text);
    let translation = horn::translate(&program, &horn::options(&program, 0)).expect("supported");
    let has = |origin: &horn::Origin| translation.clauses.iter().any(|c| c.origin == *origin);
    assert!(has(&horn::Origin::Listen));
    assert!(!has(&horn::Origin::Send));
    assert!(translation.options.message_form);
}
