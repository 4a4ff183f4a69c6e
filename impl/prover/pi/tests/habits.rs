//! Mistakes of people who come from other languages, or in a hurry: their first error is
//! at the right place and says what to write instead.

const BEFORE: &str = "free c: channel. free s: bitstring [private]. type key.
fun enc(bitstring, key): bitstring. reduc forall m: bitstring, k: key; dec(enc(m, k), k) = m.
event begin(bitstring). event end(bitstring). table keys(bitstring, key).
";

/// A text; where its error is, as what stands there; what its hint says.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "process new k: key out(c, s)",
        "out(c",
        "a `;` may be missing",
    ),
    (
        "process let x = s out(c, x)",
        "out(c",
        "the `in` of a `let`",
    ),
    ("fre n: key. process 0", "fre n", "did you mean `free`?"),
    ("proces out(c, s)", "proces", "did you mean `process`?"),
    ("data pair(key). process 0", "data", "options stand behind"),
    ("process ot(c, s)", "ot(c", "did you mean `out`?"),
    ("process in(c, x: bitsring); 0", "bitsring", "`bitstring`?"),
    (
        "process new k: host; 0",
        "host",
        "declare it in front: `type host.`",
    ),
    (
        "process event start; 0",
        "start",
        "declare it in front: `event start",
    ),
    (
        "process out(c, hash(s))",
        "hash",
        "declare it in front: `fun hash",
    ),
    ("process let x := s in 0", "= s in", "given by `=` alone"),
    ("process if s = s & s = s then 0", "& s", "written `&&`"),
    ("process *out(c, s)", "*out", "written `!P`"),
    ("process if s = s out(c, s)", "out(c", "write `if M then P"),
    (
        "query atacker(s). process 0",
        "atacker",
        "did you mean `attacker`?",
    ),
    ("query attacker:s. process 0", ":s", "write `attacker(…)`"),
    ("query ev:begin(s). process 0", ":begin", "write `event(…)`"),
    (
        "query inj_event(begin(s)). process 0",
        "inj_event",
        "`inj-event`?",
    ),
    ("query event(begin(x)). process 0", "x)", "`query x: t"),
    (
        "query secret s. process 0",
        "s. process",
        "write `query attacker(s).`",
    ),
    (
        "reduc un(enc(x, y)) = x. process 0",
        "x, y))",
        "`forall x: t",
    ),
    ("process get keys(=s, k); 0", "; 0", "stand `in` and `then`"),
    ("process out(c, s).", ".", "no full stop ends"),
    ("process out(c, s) || 0", "||", "side by side behind `|`"),
    ("process out(c, s);", "", "leave the last one out"),
    ("process out(c, s) ;; 0", "; 0", "one `;` separates"),
    ("process if s == s then 0", "= s then", "written `=`"),
    ("process if s != s then 0", "!= s", "written `<>`"),
    ("process if s = s and s = s then 0", "and", "written `&&`"),
    ("process if not s = s then 0", "s = s then", "`not(…)`"),
    ("process if s = s { 0 }", "{ 0", "parentheses"),
    ("process event(begin(s))", "(begin", "`event e(…)`"),
    ("process insert(keys, s)", "(keys", "the table comes first"),
    ("process new k; 0", "; 0", "write `: t`"),
    ("process out(c, new k: key)", ")", "`new n: t; n`"),
    ("process out(c, \"hello\")", "\"hello", "declare `const"),
    ("process out(c, -1)", "-1", "begin with 0"),
    (
        "process out(c, enc(s, s))",
        "enc(s",
        "argument 2 has the type `bitstring`",
    ),
    ("// comment", "// c", "between `(*` and `*)`"),
    ("# comment\nprocess 0", "# c", "between `(*` and `*)`"),
    ("import lib. process 0", "import", "`--lib`"),
    ("private free k: key. process 0", "private", "stand behind"),
    ("fun g(bitstring). process 0", ". process", "write `: t`"),
    ("fun g/1. process 0", "/1", "types of the arguments"),
    ("free k: key (private). process 0", "(private", "brackets"),
    (
        "let P(x) = out(c, x). process 0",
        ") = out",
        "each variable has a type",
    ),
    (
        "letfun f(x: key): key = x. process 0",
        ": key = x",
        "is inferred",
    ),
    ("query attacker(s)\nprocess 0", "process", "full stop"),
    (
        "query x: bitstring; event(end(x)) => event(begin(x)). process 0",
        "> event",
        "`==>`",
    ),
    (
        "query x: bitstring; event(end(x)) --> event(begin(x)). process 0",
        "-> event",
        "`==>`",
    ),
    (
        "query x: bitstring; ev:end(x) ==> ev:begin(x). process 0",
        ":end",
        "`event(…)`",
    ),
    (
        "query forall x: bitstring; event(end(x)). process 0",
        "forall",
        "query x: t",
    ),
    (
        "query x: bitstring; end(x) ==> event(begin(x)). process 0",
        "end(x) ==>",
        "event(end(",
    ),
];

#[test]
fn mistakes_are_answered_with_what_to_write() {
    for (text, place, hint) in MISTAKES {
        let mut sources = pi::Sources::default();
        sources.add("mistake.pv", format!("{BEFORE}{text}\n"));
        let loaded = pi::load(sources);
        let mut errors = loaded
            .diagnostics
            .iter()
            .filter(|d| d.severity == pi::Severity::Error);
        let error = errors.next().unwrap_or_else(|| panic!("{text} is wrong"));
        let rest = &loaded.sources.files()[0].text[error.span.start as usize..];
        assert!(rest.starts_with(place), "{text}: {error:?}, at {rest}");
        let said = error.hint.as_deref().unwrap_or("");
        assert!(said.contains(hint), "{text}: {error:?}");
    }
}
