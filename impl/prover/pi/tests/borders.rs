//! The border of the language: small texts on both sides of it, as ProVerif 2.05
//! draws it.

/// In front of every text.
const BEFORE: &str = "free c: channel. free s: bitstring [private]. free pub: bitstring.
fun h(bitstring): bitstring. fun mk(bitstring, bitstring): bitstring [data].
event A(bitstring). event B(bitstring). event N(nat). table tb(bitstring).
";

/// What is refused, and a part of the message.
const REFUSED: &[(&str, &str)] = &[
    ("free x: bitstring []. process 0", "expected an option"),
    ("free clé: bitstring. process 0", "illegal character"),
    (
        "reduc forall x: bitstring or fail; d(x) = true. process 0",
        "`or fail` has no meaning here",
    ),
    (
        "equation forall x: bitstring or fail; h(h(x)) = x. process 0",
        "`or fail` has no meaning here",
    ),
    (
        "fun f(bitstring, bitstring): bitstring.
         equation forall x: bitstring; f(x, x) = x [linear]. process 0",
        "declared linear",
    ),
    (
        "equation forall x: bitstring; h(h(x)) = x [confluent]. process 0",
        "unknown option",
    ),
    (
        "equation forall x: bitstring; h(h(x)) = x [linear, convergent]. process 0",
        "one option at most",
    ),
    (
        "equation forall x, y: bitstring; mk(x, mk(x, y)) = y. process 0",
        "declared with `[data]`",
    ),
    (
        "fun g(bitstring, bitstring): bitstring.
         equation forall x, y: bitstring; (x, y) = g(x, y). process 0",
        "cannot simplify a tuple",
    ),
    (
        "equation forall x, y: bitstring; h(x) = h(y). process 0",
        "does not occur on its left",
    ),
    (
        "pred r(bitstring, bitstring).
         clauses forall x, y, z: bitstring; r(x, y) -> r(mk(x, z), z).
         query attacker(s).
         process in(c, (x: bitstring, y: bitstring)); if r(x, y) then out(c, s)",
        "knows less then",
    ),
    (
        "pred r(bitstring, bitstring).
         clauses forall x, y: bitstring; r(y, x) -> r(x, y).
         query attacker(s).
         process in(c, x: bitstring); let y: bitstring suchthat r(x, y) in out(c, y)",
        "knows less then",
    ),
    (
        "pred q(bitstring, bitstring). pred r(bitstring, bitstring).
         clauses forall x, y: bitstring; q(mk(x, y), y);
           forall x, y, z: bitstring; q(x, y) && q(y, z) -> r(x, z).
         query attacker(s).
         process in(c, (x: bitstring, y: bitstring)); if r(x, y) then out(c, s)",
        "does not say what a variable of its conclusion is",
    ),
    (
        "pred r(bitstring, bitstring).
         clauses forall x, y, z: bitstring; x <> y -> r(x, x).
         query attacker(s).
         process in(c, x: bitstring); if r(x, x) then out(c, s)",
        "compares what it does not say",
    ),
    (
        "query event(A(s)) [fullSat, noneSat]. process 0",
        "does not go with `fullSat`",
    ),
    (
        "lemma event(A(s)) [induction, noInduction]. process 0",
        "does not go with `induction`",
    ),
    (
        "lemma event(A(s)) [maxSubset, maxSubset]. process 0",
        "stands here twice",
    ),
    (
        "axiom event(A(s)) [keepEvents, removeEvents]. process 0",
        "does not go with `keepEvents`",
    ),
    (
        "query secret s [induction]. process 0",
        "unknown option `induction`",
    ),
    ("process ! sync 1; out(c, s)", "under a replication"),
    (
        "let Q = sync 1; out(c, s). process ! Q",
        "under a replication",
    ),
    ("process sync 0; out(c, s)", "1 at least"),
    ("process sync 2; sync 1; out(c, s)", "cannot follow"),
    ("process sync 1; (out(c, s) | sync 1; 0)", "cannot follow"),
    (
        "let Q = sync 1; out(c, s). process sync 1; Q",
        "cannot follow",
    ),
    (
        "process (phase 1; 0) | sync 1; out(c, s)",
        "do not go together",
    ),
    (
        "set keyCompromise = strict. let Q = sync 1; 0. process out(c, s)",
        "do not go together",
    ),
    (
        "process phase 1001; out(c, s)",
        "phases above 1000 are not supported",
    ),
    (
        "query attacker(s) phase 4000000000. process 0",
        "phases above 1000 are not supported",
    ),
    ("process let x = c else out(c, c)", "expected"),
    (
        "process in(c, x: bitstring); if is_nat(x) then out(c, x)",
        "is_nat",
    ),
    (
        "process in(c, x: bitstring); let y + 1 = x in out(c, y)",
        "this pattern has type `nat`",
    ),
    (
        "process in(c, n: nat); let x - 1 = n in out(c, x)",
        "expected",
    ),
    (
        "fun cm(bitstring, bitstring): bitstring.
         reduc forall x, y: bitstring; l(cm(x, y)) = x.
         equation forall x, y: bitstring; cm(x, y) = cm(y, x). process 0",
        "several results",
    ),
    (
        "fun e(bitstring, bitstring): bitstring. fun d(bitstring, bitstring): bitstring.
         equation forall x, y: bitstring; d(e(x, y), y) = x;
           forall x, y: bitstring; e(d(x, y), y) = x.
         reduc forall x, y: bitstring; un(e(x, y)) = x. process 0",
        "several results",
    ),
    (
        "query attacker(new k[n = s]). letfun f(n: bitstring) = new k: bitstring; k.
         process in(c, x: bitstring); out(c, f(h(x)))",
        "no variable `n` is in scope at `new k`",
    ),
    (
        "query attacker(new k[m = s]). process new m: bitstring; new k: bitstring; out(c, k)",
        "no variable `m` is in scope at `new k`",
    ),
    (
        "pred p(bitstring). clauses forall x: bitstring; p(mk(x, x)).
         query attacker(s).
         process in(c, =(let x: bitstring suchthat p(mk(x, s)) in x)); out(c, s)",
        "this predicate cannot be asked",
    ),
    (
        "table tn(nat). process get tn(n + 1) suchthat (let m = (n, s) in m = (1, s) else false) in out(c, n)",
        "depends on a column",
    ),
    (
        "table tn(nat). process get tn(n + 1) suchthat (new k: bitstring; k = s) in out(c, n)",
        "may not stand in the condition of a `get`",
    ),
    ("process in(c, ((x, y) + 1)); out(c, s)", "but the value has type `nat`"),
    (
        "process in(c, x: bitstring); in(c, =x = s); out(c, s)",
        "this reads as one term",
    ),
    (
        "process in(c, x: bitstring); in(c, =(x, x) = s && true); out(c, s)",
        "this reads as one term",
    ),
    (
        "pred p(bitstring). process let x = (let y: bitstring suchthat p(y) [precise] in y) in 0",
        "expected `in`",
    ),
    (
        "query x: bitstring; event(A(x)) && let y = x in event(B(y)) else event(A(x)) ==> event(A(x)).
         process 0",
        "has no `else` here",
    ),
    (
        "pred p(bitstring). clauses forall x: bitstring; p(y <- x; y). process 0",
        "may not stand in a term of a query",
    ),
    (
        "pred p(bitstring). elimtrue x: bitstring; let y = h(x) in p(y). process 0",
        "a fact is needed here",
    ),
    ("proba p, q. process 0", "expected"),
    ("implementation foo t = \"u\". process 0", "`type`, `fun`"),
    ("proof { } process 0", "a proof step"),
    (
        "set redundancyElim = yes. process 0",
        "no value of the setting",
    ),
    (
        "set keyCompromise = false. process 0",
        "no value of the setting",
    ),
    ("set symbOrder = 1. process 0", "no value of the setting"),
    ("const f: bitstring. pred pt(time). process 0", "not allowed here"),
    (
        "reduc forall h: bitstring; g(h(h)) = h. process 0",
        "is a variable here, not a function",
    ),
    (
        "pred p(bitstring). process let p: bitstring suchthat p(p) in 0",
        "is a variable here, not a predicate",
    ),
    ("set maxDepth = foo. process 0", "a number, or `none`"),
    ("set maxDepth = \"5\". process 0", "no value of the setting"),
    ("set nounifIgnoreNtimes = 0. process 0", "at least 1"),
    (
        "query event(B(s)) ==> event(A(s)) [maxSubset]. process event A(s); event B(s)",
        "unknown option",
    ),
    (
        "query n: nat; event(N(n)) ==> is_nat(n) [induction = n]. process event N(1)",
        "takes no value",
    ),
    (
        "query attacker(s) [induction]; attacker(pub). process 0",
        "the end of the declaration",
    ),
    (
        "query x: bitstring; event(B(x)) -> event(A(x)). process 0",
        "this arrow may not stand here",
    ),
    (
        "query x: bitstring; event(A(x)) ==> is_nat(x). process 0",
        "is_nat",
    ),
    (
        "query x: bitstring; let y = x in let x = h(y) in event(A(x)). process 0",
        "is bound already",
    ),
    (
        "query x: bitstring; event(B(x)) ==> let (y, z) = x in event(A(y)). process 0",
        "binds one variable here",
    ),
    (
        "query n, m: nat; event(N(n)) && m > n ==> event(N(m)). process 0",
        "what no fact there mentions",
    ),
    (
        "query n, m: nat; event(N(n)) && is_nat(m) ==> event(N(m)). process 0",
        "what no fact there mentions",
    ),
    (
        "lemma x, y: bitstring; event(A(x)) && h(y) <> x ==> event(B(x)).
         query attacker(s). process 0",
        "what no fact there mentions",
    ),
    (
        "query x: bitstring; event(A(x)) && event(B(new k)) && x <> new k ==> event(A(s)).
         process new k: bitstring; 0",
        "what no fact there mentions",
    ),
    ("query putbegin event: g. process 0", "not declared"),
    (
        "query secret k [real_or_random]. process new k: bitstring; 0",
        "`real_or_random` is not supported",
    ),
    (
        "query secret k [onesession]. process new k: bitstring; 0",
        "unknown option",
    ),
    (
        "lemma event(B(s)) ==> event(A(s)) [proveAll]. process 0",
        "unknown option",
    ),
    (
        "lemma event(B(s)) ==> event(A(s)) [keep]. process 0",
        "unknown option",
    ),
    (
        "lemma inj-event(B(s)) ==> inj-event(A(s)). process 0",
        "`inj-event` may stand in queries only",
    ),
    (
        "restriction inj-event(B(s)) ==> event(A(s)). process 0",
        "`inj-event` may stand in queries only",
    ),
    (
        "lemma event(B(s)) ==> (event(A(s)) ==> event(A(s))). process 0",
        "a nested `==>` may stand in queries only",
    ),
    (
        "lemma event(B(s)) ==> event(A(s)) public_vars k. process new k: bitstring; 0",
        "`public_vars` may stand in queries only",
    ),
    (
        "axiom event(B(s)) ==> event(A(s)). process 0",
        "this axiom serves no query",
    ),
    (
        "lemma event(B(s)) ==> event(A(s)). query putbegin event: A. process 0",
        "this lemma serves no query",
    ),
    (
        "restriction event(B(s)) ==> event(A(s)). query attacker(s) public_vars k.
         process new k: bitstring; 0",
        "this restriction serves no query",
    ),
    (
        "lemma event(B(s)) ==> event(A(s)) for { public_vars k }. query attacker(s).
         process new k: bitstring; 0",
        "this lemma serves no query",
    ),
    (
        "lemma event(B(s)) ==> event(A(s)) [induction] for { public_vars k }.
         query attacker(s) public_vars k. process new k: bitstring; 0",
        "expected `;` or `.`",
    ),
    (
        "lemma event(B(s)) ==> event(A(s)) for { secret k [real_or_random] }.
         query attacker(s). process new k: bitstring; 0",
        "`secret … [real_or_random]` is not supported",
    ),
    (
        "query event(B(s)) ==> event(A(s)) for { public_vars k }. process new k: bitstring; 0",
        "`for` may stand in lemmas",
    ),
    (
        "axiom i, j: time; event(B(s))@i && event(A(s))@j ==> i > j. process 0",
        "`time` may stand in queries only",
    ),
    (
        "nounif x: bitstring; attacker(h(x)) [inductionOn = x]. process 0",
        "no variable of type `nat`",
    ),
    (
        "nounif n: nat; attacker( *n) [inductionOn = n]. process 0",
        "is starred",
    ),
    (
        "nounif n: nat; attacker(n) [inductionOn = {}]. process 0",
        "expected a variable",
    ),
    (
        "nounif x: bitstring; event(A(x)). process 0",
        "`conclusion` or `inductionOn`",
    ),
    (
        "nounif x: bitstring; inj-event(A(x)). process 0",
        "one fact is needed here",
    ),
    (
        "nounif x: bitstring; (attacker(h(x))). process 0",
        "one fact is needed here",
    ),
    (
        "pred p(bitstring). elimtrue forall x: bitstring; p(x). process 0",
        "expected",
    ),
    (
        "pred p(bitstring). elimtrue x: bitstring; p(x) -> p(h(x)). process 0",
        "one fact is needed here",
    ),
    (
        "pred p(bitstring) [memberOptim]. process 0",
        "`memberOptim`",
    ),
    (
        "pred p(bitstring). clauses forall x: bitstring; p(x) ==> p(h(x)). process 0",
        "this arrow may not stand here",
    ),
];

const ACCEPTED: &[&str] = &[
    "let Q = sync 1; out(c, s). process (Q | Q) | sync 2; out(c, s)",
    "let Q = sync 1; phase 1; 0. process out(c, s)",
    "set keyCompromise = none. process sync 1; out(c, s)",
    "query attacker(s) phase 1000. process phase 1000; out(c, s)",
    "pred r(bitstring, bitstring).
     clauses forall x, y: bitstring; r(y, x) -> r(x, y).
     query attacker(s).
     process in(c, (x: bitstring, y: bitstring)); if r(x, y) then out(c, s)",
    "pred q(bitstring, bitstring). pred r(bitstring, bitstring).
     clauses forall x, y: bitstring; q(mk(x, y), y);
       forall x, y, z: bitstring; q(y, z) && q(x, y) -> r(x, z).
     query attacker(s).
     process in(c, (x: bitstring, y: bitstring)); if r(x, y) then out(c, s)",
    "pred r(bitstring, bitstring).
     clauses forall x, y: bitstring; r(mk(x, x), y) -> r(x, y).
     query attacker(s).
     process in(c, x: bitstring); let y: bitstring suchthat r(x, y) in out(c, y)",
    "(* clé, “quoted” *) process 0",
    "fun g(bitstring): bitstring. equation forall x: bitstring; g(x) = mk(x, x). process 0",
    "equation forall x: bitstring; h(h(x)) = x [convergent]. process 0",
    "process if s = s then let x = c else out(c, c)",
    "process in(c, n: nat); let 1 + x + 2 = n in let (1) = x in out(c, x)",
    "process in(c, (1, x: bitstring)); out(c, x)",
    "proof { auto; success } process 0",
    "proba p. proba q(bitstring) [big]. letproba r(x: bitstring) = 0.5 * p. process 0",
    "param n, m [noninteractive]. process 0",
    "implementation type bitstring = 5; fun h = \"h\" [inverse = \"g\"]. process 0",
    "set preciseActions = trueWithoutArgsInNames. set reconstructTrace = 3. process 0",
    "set preciseLetExpand = false. set reconstructDerivation = no. process 0",
    "query putbegin event: A, B; putbegin inj-event: A; attacker(s). process 0",
    "query x: bitstring; (let y = h(x) in event(A(y))). process 0",
    "query x: bitstring; event(B(x)) ==> let y = h(x) in event(A(y)) && event(A(x)). process 0",
    "query x: bitstring; event(B(x)) ==> event(A(let y = h(x) in y)). process 0",
    "query secret k [reachability, cv_onesession]; attacker(s). process new k: bitstring; 0",
    "axiom x: bitstring; let y = h(x) in event(B(y)) ==> event(A(y)) [keep].
     query attacker(s). process 0",
    "lemma event(B(s)) ==> event(A(s)) [maxSubset, induction]. query attacker(s). process 0",
    "lemma event(B(s)) ==> event(A(s)) for { public_vars k, j } [induction].
     query attacker(s) public_vars j, k. process new k: bitstring; new j: bitstring; 0",
    "restriction event(B(s)) ==> event(A(s)) for { public_vars k }; event(A(s)) ==> false.
     query attacker(s); secret j public_vars k. process new k: bitstring; new j: bitstring; 0",
    "query x: bitstring; let y = new k in event(A(x)) && event(B(y)) && x <> y ==> event(A(y)).
     process !new k: bitstring; 0",
    "query x, y: bitstring; event(A(x)) && attacker(y) && h(y) <> x && s <> pub. process 0",
    "nounif n, m: nat; attacker((n, m)) / 5 [inductionOn = {n, m}, hypothesis]. process 0",
    "select n: nat; event(N(n)) [conclusion]. process 0",
    "pred p(bitstring). elimtrue x: bitstring; p(x). query attacker(s).
     process in(c, x: bitstring); if p(x) then out(c, s)",
    "process in(c, (x: bitstring, b: bool)); in(c, =b || x = s); in(c, =(x = s)); out(c, s)",
    "query x: bitstring; event(A(x)) ==> (let y = h(x) in event(A(y)) ==> event(B(x))).
     process 0",
    "process in(c, (n + 1, x: bitstring)); in(c, 2 + m + 1); in(c, (1 + 2)); out(c, (n, m))",
    "process in(c, x: bitstring); let (n + 1, =x, y: bitstring) = x in out(c, n) else out(c, x)",
    "const k: bitstring [uniform, projection]. process out(c, k)",
    "process if s = s then get tb(x) else out(c, s) else out(c, c)",
    "process get tb(x) suchthat x = s [precise] else out(c, s) | 0",
    "table tn(nat). process get tn(n + 1) suchthat n > 1 in out(c, n)",
    "fun cm(bitstring, bitstring): bitstring.
     equation forall x, y: bitstring; cm(x, y) = cm(y, x).
     reduc forall x, y: bitstring; l(cm(x, y)) = cm(x, y).
     reduc forall x, y: bitstring; m(cm(x, y), x) = y.
     reduc forall x: bitstring; n(cm(x, h(x))) = x. process 0",
    "fun e(bitstring, bitstring): bitstring. fun d(bitstring, bitstring): bitstring.
     equation forall x, y: bitstring; d(e(x, y), y) = x;
       forall x, y: bitstring; e(d(x, y), y) = x.
     reduc forall x, y: bitstring; un(e(x, y), y) = x. process 0",
    "table tn(nat, bitstring). process let z = (get tn(_ + 2, (m + 1, =s)) in m else 0) in out(c, z)",
    "process in(c, (x: bitstring, =(event A(s); get tb(y) in y))); out(c, x)",
    "process let (x: bitstring, =(new k: bitstring; k)) = (insert tb(s); s) in out(c, x) else 0",
    "process get tb(=(event A(s); s)) in out(c, s) else 0",
    "pred p(bitstring). clauses forall x: bitstring; p(x).
     process if p((new k: bitstring; k)) then out(c, if p(get tb(x) in x) then s else pub)",
    "letfun f(x: bitstring or fail) = if x = x then s else pub.
     process out(c, f((event A(s); s)))",
    "let P(x: bitstring or fail) = let y = x in out(c, y) else 0. process P(get tb(x) in x)",
    "query attacker(new k[n = s]); attacker(new k[x = s; n = s]).
     process in(c, x: bitstring); let n = h(x) in new k: bitstring; out(c, k)",
    "query attacker(new k[n = s]). let P(n: bitstring) = new k: bitstring; out(c, k).
     process in(c, x: bitstring); P(h(x))",
    "set featureDepth = true. set featureWidth = no. set verificationApplication = none. process 0",
    // Nobody asks anything, so nobody has to find out whether p holds.
    "pred p(bitstring). clauses forall x: bitstring; p(x).
     process let x: bitstring suchthat p(x) in out(c, x)",
    // A parameter that is given a variable of its own name is that variable.
    "query attacker(new k[x = pub]). let P(x: bitstring) = new k: bitstring; out(c, k).
     process in(c, x: bitstring); P(x)",
];

#[test]
fn the_else_behind_a_get_is_the_gets() {
    let text = format!("{BEFORE}process if s = s then get tb(x) else out(c, s)");
    let mut sources = pi::Sources::default();
    sources.add("else.pv", text);
    let program = pi::load(sources).program.expect("it is well formed");
    let pi::ProcessKind::If { then, .. } = program.process.kind else {
        panic!("the `if` comes first");
    };
    assert!(matches!(
        then.kind,
        pi::ProcessKind::Get {
            otherwise: Some(_),
            ..
        }
    ));
}

fn errors(text: &str) -> Vec<String> {
    let mut sources = pi::Sources::default();
    sources.add("border.pv", format!("{BEFORE}{text}"));
    let loaded = pi::load(sources);
    loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity == pi::Severity::Error)
        .map(|d| d.message.clone() + d.hint.as_deref().unwrap_or(""))
        .collect()
}

#[test]
fn what_the_other_tool_refuses_is_refused() {
    for (text, message) in REFUSED {
        let errors = errors(text);
        let found = errors.iter().any(|e| e.contains(message));
        assert!(found, "{text}: {errors:#?}");
    }
}

#[test]
fn what_the_other_tool_accepts_is_accepted() {
    for text in ACCEPTED {
        let errors = errors(text);
        assert!(errors.is_empty(), "{text}: {errors:#?}");
    }
}

#[test]
fn the_process_of_a_library_is_ignored() {
    let mut sources = pi::Sources::default();
    sources.add("library.pvl", "free c: channel. process out(c, c)");
    sources.add("main.pv", "process 0");
    let loaded = pi::load(sources);
    let messages: Vec<&str> = loaded
        .diagnostics
        .iter()
        .map(|d| d.message.as_str())
        .collect();
    assert!(
        messages.contains(&"the main process of a library is ignored"),
        "{messages:?}"
    );
    let program = loaded.program.expect("a warning is no error");
    assert_eq!(program.process.kind, pi::ProcessKind::Nil);
}

#[test]
fn queries_are_answered_process_by_process_and_lemmas_first() {
    let text = "query event(A(s)). query attacker(s) public_vars k; event(B(s)); secret k.
        query attacker(pub) public_vars j, k; attacker(pub) public_vars k, j.
        lemma event(B(s)) ==> event(A(s)). lemma event(B(s)) ==> false for { public_vars k }.
        query attacker(pub) public_vars k.
        process new k: bitstring; new j: bitstring; 0";
    let mut sources = pi::Sources::default();
    sources.add("order.pv", format!("{BEFORE}{text}"));
    let program = pi::load(sources).program.expect("it is well formed");
    let texts: Vec<String> = program
        .queries
        .iter()
        .map(|query| pi::wording::result_text(&program, query))
        .collect();
    assert_eq!(
        texts,
        [
            "event(B(s[])) ==> event(A(s[]))",
            "not event(A(s[]))",
            "not event(B(s[]))",
            "secret k",
            "not event(B(s[])) public_vars k",
            "not attacker(s[]) public_vars k",
            "not attacker(pub[]) public_vars k",
            "not attacker(pub[]) public_vars j,k",
            "not attacker(pub[]) public_vars k,j",
        ]
    );
}

#[test]
fn what_steers_another_search_is_named() {
    let text = "set selFun = Nounifset. set color = true. set maxHyp = 3. set attacker = passive.
        free c: channel. event e(nat).
        nounif x: bitstring; attacker(x) [hypothesis, ignoreAFewTimes].
        query x: nat; event(e(x)) [induction].
        process out(c, c)";
    let mut sources = pi::Sources::default();
    sources.add("steering.pv", text);
    let loaded = pi::load(sources);
    assert!(loaded.program.is_some());
    let messages: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|d| d.message.as_str())
        .collect();
    for expected in [
        "`selFun` has no effect",
        "`color` has no effect",
        "`maxHyp` is ignored",
        "the option `ignoreAFewTimes` has no effect",
    ] {
        assert!(messages.contains(&expected), "{expected}: {messages:?}");
    }
    assert!(!messages.iter().any(|m| m.contains("`induction`")));
    assert!(!messages.iter().any(|m| m.contains("`attacker`")));
    assert!(!messages.iter().any(|m| m.contains("`hypothesis`")));
}
