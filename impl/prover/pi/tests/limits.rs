//! Hostile input: no panic, no overflow of the stack, no explosion.

use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

fn load(text: &str) -> pi::Loaded {
    let mut sources = pi::Sources::default();
    sources.add("hostile.pv", text);
    pi::load(sources)
}

/// Loads, checks what every result must satisfy, gives the error messages.
fn errors(text: &str) -> Vec<String> {
    let loaded = load(text);
    let errors: Vec<String> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity == pi::Severity::Error)
        .map(|d| d.message.clone())
        .collect();
    assert_eq!(loaded.program.is_none(), !errors.is_empty());
    for diagnostic in &loaded.diagnostics {
        let span = diagnostic.span;
        assert!(span.start <= span.end, "{diagnostic:?}");
        assert!(span.end as usize <= text.len(), "{diagnostic:?}");
        assert!(text.is_char_boundary(span.start as usize), "{diagnostic:?}");
        assert!(diagnostic.render(&loaded.sources).contains("hostile.pv:"));
    }
    errors
}

const HEAD: &str = "free c: channel. free a: bitstring. fun f(bitstring): bitstring.\n";

#[test]
fn deep_nesting_is_an_error() {
    let n = 5_000;
    let repeat = |text: &str| text.repeat(n);
    let deep = [
        format!("{HEAD}process {}0", repeat("!")),
        format!("{HEAD}process {}0{}", repeat("("), repeat(")")),
        format!("{HEAD}process {}", repeat("(")),
        format!("{HEAD}process {}0", repeat("out(c, a); ")),
        format!("{HEAD}process {}0", repeat("let x = a in ")),
        format!(
            "{HEAD}process {}0 {}",
            repeat("if a = a then "),
            repeat("else 0 ")
        ),
        format!("{HEAD}process out(c, {}a{})", repeat("f("), repeat(")")),
        format!("{HEAD}process out(c, {}a{})", repeat("("), repeat(")")),
        format!("{HEAD}process out(c, {}a)", repeat("let x = a in ")),
        format!("{HEAD}process if {} a = a then 0", repeat("a = a && ")),
        format!("{HEAD}process in(c, x: nat); out(c, x {})", repeat("+ 1 ")),
        format!(
            "{HEAD}process in(c, {}x: bitstring{})",
            repeat("("),
            repeat(")")
        ),
        format!(
            "{HEAD}process in(c, {}=a{}); 0",
            repeat("(x: bitstring, "),
            repeat(")")
        ),
        format!(
            "{HEAD}query attacker({}a{}). process 0",
            repeat("f("),
            repeat(")")
        ),
        format!(
            "{HEAD}query attacker(a) ==> {} attacker(a). process 0",
            repeat("attacker(a) || ")
        ),
        format!(
            "{HEAD}query attacker(a) {}. process 0",
            repeat("==> attacker(a)")
        ),
        format!(
            "{HEAD}reduc forall x: bitstring; g({}x{}) = x. process 0",
            repeat("f("),
            repeat(")")
        ),
        format!(
            "{HEAD}query {} attacker(a). process 0",
            repeat("let y = a in let z = (y, y) in ")
        ),
    ];
    for text in &deep {
        let found = errors(text);
        let limit = format!("nested more than {} levels deep", pi::DEPTH_LIMIT);
        let shown: String = text.chars().skip(HEAD.len()).take(40).collect();
        let accepted = found.contains(&limit);
        assert!(accepted, "{shown}: {found:?}");
    }
}

#[test]
fn moderate_nesting_is_accepted() {
    let n = pi::DEPTH_LIMIT as usize / 2;
    let text = format!("{HEAD}process {}0", "out(c, (a, f(a))); ".repeat(n - 10));
    assert_eq!(errors(&text), Vec::<String>::new());
    let comments = format!("{}{} process 0", "(*".repeat(90_000), "*)".repeat(90_000));
    assert_eq!(errors(&comments), Vec::<String>::new());
}

/// Every list that the program keeps as one thing.
#[test]
fn long_lists_are_an_error() {
    let list =
        |n: usize, item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<Vec<_>>().join(", ");
    let programs = |n: usize| {
        let types = list(n, &|_| "bitstring".to_owned());
        let binders = list(n, &|i| format!("x{i}: bitstring"));
        let names = list(n, &|_| "a".to_owned());
        let variables = list(n, &|i| format!("x{i}"));
        [
            format!("fun g({types}): bitstring. process out(c, g({names}))"),
            format!("fun g({types}): bitstring [data]. process 0"),
            format!("event e({types}). process event e({names})"),
            format!("table t({types}). process insert t({names})"),
            format!("pred p({types}). process if p({names}) then 0"),
            format!("reduc forall {binders}; g({variables}) = x0. process 0"),
            format!(
                "fun g({types}): bitstring reduc forall {binders}; g({variables}) = x0. process 0"
            ),
            format!("letfun g({binders}) = x0. process 0"),
            format!("let P({binders}) = out(c, x0). process P({names})"),
            format!("process out(c, ({names}))"),
            format!("process in(c, ({binders})); 0"),
            format!("query attacker(({names})). process 0"),
            format!("reduc forall {binders}; g(({variables})) = x0. process 0"),
        ]
    };
    let refused = format!(
        "more than {} arguments, columns or components are not supported",
        pi::ARITY_LIMIT
    );
    for text in programs(pi::ARITY_LIMIT) {
        let shown: String = text.chars().take(40).collect();
        assert_eq!(
            errors(&format!("{HEAD}{text}")),
            Vec::<String>::new(),
            "{shown}"
        );
    }
    for n in [pi::ARITY_LIMIT + 1, 3_000] {
        for text in programs(n) {
            let shown: String = text.chars().take(40).collect();
            let found = errors(&format!("{HEAD}{text}"));
            assert!(found.contains(&refused), "{shown}: {found:?}");
        }
    }
}

/// A call makes a `let` of each argument, and they nest.
#[test]
fn calls_of_wide_functions_nest_deep() {
    let parameters: Vec<String> = (0..30).map(|i| format!("x{i}: bitstring")).collect();
    let head = format!("{HEAD}letfun g({}) = x29.\n", parameters.join(", "));
    let calls = |n: usize| {
        let open = format!("g({}", "a, ".repeat(29)).repeat(n);
        format!("{head}process out(c, {open}a{})", ")".repeat(n))
    };
    assert_eq!(errors(&calls(20)), Vec::<String>::new());
    let limit = format!("nested more than {} levels deep", pi::DEPTH_LIMIT);
    assert_eq!(errors(&calls(900)), std::slice::from_ref(&limit));

    let mut text = head;
    for n in 1..300 {
        let inner = if n == 1 {
            "g".to_owned()
        } else {
            format!("g{}", n - 1)
        };
        let _ = writeln!(
            text,
            "letfun g{n}({}) = {inner}({}).",
            parameters.join(", "),
            vec!["x0"; 30].join(", ")
        );
    }
    let found = errors(&format!(
        "{text}process out(c, g299({}))",
        vec!["a"; 30].join(", ")
    ));
    assert_eq!(found, [limit]);
}

/// Each function calls the one before it twice.
#[test]
fn expansion_is_bounded() {
    let mut text = format!("{HEAD}letfun f0(x: bitstring) = (x, x).\n");
    for n in 1..60 {
        let _ = writeln!(
            text,
            "letfun f{n}(x: bitstring) = f{}(f{}(x)).",
            n - 1,
            n - 1
        );
    }
    let found = errors(&format!("{text}process out(c, f59(a))"));
    assert!(
        found
            .iter()
            .any(|m| m.contains("nodes") || m.contains("deep")),
        "{found:?}"
    );

    let mut text = format!("{HEAD}let P0 = out(c, a).\n");
    for n in 1..60 {
        let _ = writeln!(text, "let P{n} = P{} | P{}.", n - 1, n - 1);
    }
    let found = errors(&format!("{text}process P59"));
    let limit = format!(
        "the expanded program has more than {} nodes",
        pi::NODE_LIMIT
    );
    assert_eq!(found, [limit]);

    let mut text = format!("{HEAD}def D0(x) {{ event x. }}\n");
    for n in 1..60 {
        let before = n - 1;
        let _ = writeln!(
            text,
            "def D{n}(x) {{ expand D{before}(y{n}). expand D{before}(z{n}). }}"
        );
    }
    let found = errors(&format!("{text}expand D59(e). process 0"));
    assert!(
        found.iter().any(|m| m.contains("declarations")),
        "{found:?}"
    );
}

#[test]
fn a_query_term_does_not_explode() {
    let mut lets = String::from("let y0 = (a, a) in ");
    for n in 1..60 {
        let _ = write!(lets, "let y{n} = (y{}, y{}) in ", n - 1, n - 1);
    }
    let found = errors(&format!("{HEAD}query {lets} attacker(y59). process 0"));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn odd_bytes_are_reported() {
    assert_eq!(
        errors("process 0 & 1"),
        [
            "expected `|` or the end of the file, found `&`",
            "illegal character `&`"
        ]
    );
    // What was meant is read, and nothing else is wrong.
    assert_eq!(
        errors("process if true & true then 0"),
        ["illegal character `&`"]
    );
    assert_eq!(errors("\u{0} process 0 \u{fffd}\u{fffd}").len(), 2);
    assert_eq!(errors("").len(), 1);
    assert!(!errors("process out(c, \"").is_empty());
}

fn corpus() -> Vec<String> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/ok");
    ["handshake.pv", "language.pv", "scopes.pv"]
        .map(|name| fs::read_to_string(here.join(name)).expect("a model"))
        .to_vec()
}

/// Words and symbols of a model, blanks included.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for c in text.chars() {
        let word = c.is_alphanumeric() || c == '_';
        match pieces.last_mut() {
            Some(last) if word && last.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                last.push(c);
            }
            _ => pieces.push(c.to_string()),
        }
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Models with pieces dropped, doubled and exchanged.
    #[test]
    fn mutilated_models_are_refused_or_load_again(
        model in 0_usize..3,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..4), 1..6),
    ) {
        let mut pieces = pieces(&corpus()[model]);
        for (at, from, kind) in edits {
            let (at, from) = (at.index(pieces.len()), from.index(pieces.len()));
            match kind {
                0 => { pieces.remove(at); }
                1 => { let piece = pieces[from].clone(); pieces.insert(at, piece); }
                2 => pieces.swap(at, from),
                _ => pieces.truncate(at.max(2)),
            }
            if pieces.is_empty() { pieces.push("process".to_owned()); }
        }
        let text = pieces.concat();
        if errors(&text).is_empty() {
            let program = load(&text).program.expect("no error");
            let printed = pi::print::program(&program);
            let again = load(&printed).program;
            prop_assert_eq!(again.map(|p| pi::print::program(&p)), Some(printed));
        }
    }

    /// Anything at all.
    #[test]
    fn noise_is_refused(text in "[a-z(){};,.:=|!&<>*@ \n\"-]{0,200}|\\PC{0,80}") {
        errors(&text);
    }
}
