//! Deduction: recipes are right, and absence is claimed only when certain.

mod common;

use common::{Walk, load};
use pi::{FunId, NameId, Program};
use proptest::prelude::*;
use semantics::{Deduction, Knowledge, Message, Moment, Semantics, State, carry_out, deduce};

const MODEL: &str = "free c: channel. type key.
    free s1, s2, s3: bitstring [private]. free k1, k2: key [private]. free p: bitstring.
    fun senc(bitstring, key): bitstring.
    reduc forall x: bitstring, y: key; sdec(senc(x, y), y) = x.
    fun pk(key): key. fun aenc(bitstring, key): bitstring.
    reduc forall x: bitstring, y: key; adec(aenc(x, pk(y)), y) = x.
    fun sign(bitstring, key): bitstring.
    reduc forall x: bitstring, y: key; verify(sign(x, y), pk(y)) = x.
    reduc forall x: bitstring, y: key; message(sign(x, y)) = x.
    fun h(bitstring): bitstring.
    fun hide(bitstring): bitstring [private].
    const gen: bitstring.
    fun exp(bitstring, bitstring): bitstring.
    equation forall x: bitstring, y: bitstring; exp(exp(gen, x), y) = exp(exp(gen, y), x).
    process out(c, (p, s1)); out(c, (p, p, p))";

/// A message of the model, chosen by a byte string.
fn build(
    program: &Program,
    semantics: &mut Semantics<'_>,
    bytes: &mut core::slice::Iter<'_, u8>,
    depth: u32,
) -> Message {
    let names = ["s1", "s2", "s3", "k1", "k2", "p"];
    let byte = bytes.next().copied().unwrap_or(0);
    if depth == 0 || byte < 90 {
        let name = names[byte as usize % names.len()];
        let id = program.names.iter().position(|n| n.name == name);
        let id = u32::try_from(id.expect("declared")).expect("few");
        return semantics.messages_mut().free(NameId(id));
    }
    let functions = [
        "senc", "pk", "aenc", "sign", "h", "hide", "exp", "tuple<2>", "gen",
    ];
    let name = functions[byte as usize % functions.len()];
    let id = program.functions.iter().position(|f| f.name == name);
    let id = id.expect("declared");
    let arguments = (0..program.functions[id].parameters.len())
        .map(|_| build(program, semantics, bytes, depth - 1))
        .collect();
    let id = FunId(u32::try_from(id).expect("few"));
    semantics
        .messages_mut()
        .construct(program, id, arguments)
        .expect("decided theory")
}

fn frame_of<'p>(program: &'p Program, messages: &[Message]) -> State<'p> {
    let mut state = State::initial(program);
    for m in messages {
        state.hear(*m);
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Carrying out a deduced recipe gives the target, and learning more never
    /// loses a message.
    #[test]
    fn recipes_give_their_target(bytes in proptest::collection::vec(any::<u8>(), 1..60)) {
        let program = load(MODEL);
        let mut semantics = Semantics::new(&program).expect("theory");
        let mut bytes = bytes.iter();
        let heard: Vec<_> = (0..4).map(|_| build(&program, &mut semantics, &mut bytes, 3)).collect();
        let targets: Vec<_> = (0..4).map(|_| build(&program, &mut semantics, &mut bytes, 2)).collect();
        let few = frame_of(&program, &heard[..2]);
        let all = frame_of(&program, &heard);
        for target in targets.iter().chain(&heard) {
            let messages = semantics.messages_mut();
            let before = deduce(&program, messages, &few, *target).expect("decided");
            let after = deduce(&program, messages, &all, *target).expect("decided");
            prop_assert!(before.is_none() || after.is_some());
            if let Some(recipe) = after {
                prop_assert_eq!(carry_out(&program, messages, &all, &recipe), Ok(*target));
            }
        }
        for m in &heard {
            prop_assert!(deduce(&program, semantics.messages_mut(), &all, *m).expect("decided").is_some());
        }
    }

    /// What random recipes compute is found to be computable: absence is not
    /// claimed wrongly.
    #[test]
    fn what_can_be_computed_is_found(
        bytes in proptest::collection::vec(any::<u8>(), 1..60),
        choices in proptest::collection::vec(any::<u8>(), 1..40),
    ) {
        let program = load(MODEL);
        let mut semantics = Semantics::new(&program).expect("theory");
        let mut bytes = bytes.iter();
        let heard: Vec<_> = (0..5).map(|_| build(&program, &mut semantics, &mut bytes, 3)).collect();
        let state = frame_of(&program, &heard);
        // Saturate at random: apply public functions to what is known.
        let mut pool = heard.clone();
        for pair in choices.chunks(3) {
            let [f, a, b] = pair else { continue };
            let functions = ["sdec", "adec", "verify", "message", "senc", "h", "exp", "pk", "sign"];
            let name = functions[*f as usize % functions.len()];
            let id = program.functions.iter().position(|f| f.name == name).expect("declared");
            let picks = [*a as usize % pool.len(), *b as usize % pool.len()];
            let arity = program.functions[id].parameters.len();
            let arguments: Vec<_> = picks[..arity]
                .iter()
                .map(|i| semantics::Value::Message(pool[*i]))
                .collect();
            let id = FunId(u32::try_from(id).expect("few"));
            let value = semantics.messages_mut().apply(&program, id, &arguments).expect("decided");
            pool.extend(value.message());
        }
        let messages = semantics.messages_mut();
        let mut knowledge = Knowledge::at(&program, messages, &state, Moment::MAX, u32::MAX).expect("decided");
        for m in pool {
            let answer = knowledge.decide(&program, messages, m).expect("decided");
            prop_assert!(matches!(answer, Deduction::Computes(_)), "{:?}", answer);
        }
    }
}

#[test]
fn keys_learned_late_open_what_came_before() {
    let program = load(
        "free c: channel. type key. fun senc(bitstring, key): bitstring.
         reduc forall x: bitstring, y: key; sdec(senc(x, y), y) = x.
         fun k2b(key): bitstring [typeConverter].
         free s: bitstring [private].
         process new k: key; new l: key; out(c, senc(s, k)); out(c, senc(k2b(k), l)); out(c, l)",
    );
    let mut walk = Walk::new(&program);
    let id = program.names.iter().position(|n| n.name == "s").expect("s");
    let s = walk
        .semantics
        .messages_mut()
        .free(NameId(u32::try_from(id).expect("few")));
    for known in [false, false, true] {
        walk.output(0).expect("out");
        let found = deduce(&program, walk.semantics.messages_mut(), &walk.run.state, s);
        assert_eq!(found.expect("decided").is_some(), known);
    }
}

#[test]
fn destructors_work_on_composed_arguments() {
    // h(x) is private; f(h(x)) can be composed from it and then opened.
    let program = load(
        "free c: channel. free s: bitstring [private].
         fun h(bitstring): bitstring [private]. fun f(bitstring): bitstring.
         reduc forall x: bitstring; open(f(h(x))) = x.
         process out(c, h(s))",
    );
    let mut walk = Walk::new(&program);
    walk.output(0).expect("out");
    let id = program.names.iter().position(|n| n.name == "s").expect("s");
    let s = walk
        .semantics
        .messages_mut()
        .free(NameId(u32::try_from(id).expect("few")));
    let found = deduce(&program, walk.semantics.messages_mut(), &walk.run.state, s);
    assert!(found.expect("decided").is_some());
}

#[test]
fn rules_that_compose_are_used_backwards() {
    let program = load(
        "free c: channel. fun h(bitstring): bitstring [private].
         fun mac(bitstring): bitstring
         reduc forall x: bitstring; mac(x) = h((x, x)).
         process out(c, h((c, c)))",
    );
    let mut walk = Walk::new(&program);
    walk.output(0).expect("out");
    let heard = walk.run.state.outputs().next().expect("one");
    let empty = State::initial(&program);
    let found = deduce(&program, walk.semantics.messages_mut(), &empty, heard).expect("decided");
    let recipe = found.expect("mac(c)");
    let again = carry_out(&program, walk.semantics.messages_mut(), &empty, &recipe);
    assert_eq!(again, Ok(heard));
}

#[test]
fn respected_types_bind_the_attacker() {
    // The key of the encryption is a tuple in disguise: only an attacker that
    // ignores types can use the pair it has as a key.
    let text = "free c: channel. type key. fun senc(bitstring, key): bitstring.
         reduc forall x: bitstring, y: key; sdec(senc(x, y), y) = x.
         free s: bitstring [private].
         process new k: key; in(c, x: key); out(c, senc(s, x))";
    for (text, expected) in [
        (text.to_owned(), true),
        (format!("set ignoreTypes = false. {text}"), false),
    ] {
        let program = load(&text);
        let mut walk = Walk::new(&program);
        let c = walk.name("c");
        assert_eq!(walk.input(0, c).is_ok(), expected);
        if !expected {
            continue;
        }
        walk.output(0).expect("out");
        let id = program.names.iter().position(|n| n.name == "s").expect("s");
        let s = walk
            .semantics
            .messages_mut()
            .free(NameId(u32::try_from(id).expect("few")));
        let found = deduce(&program, walk.semantics.messages_mut(), &walk.run.state, s);
        assert!(found.expect("decided").is_some());
    }
}
