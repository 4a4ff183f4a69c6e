//! Random texts of the grammar: what is parsed prints to something that parses
//! to the same.
//!
//! The texts mean nothing: names are not resolved here, so that every corner of
//! the syntax can stand beside every other.

use proptest::prelude::*;

/// Choices for a derivation of the grammar; when they run out, the shortest
/// alternative is taken.
struct Choices {
    left: std::vec::IntoIter<u8>,
}

impl Choices {
    /// Less than `n`.
    fn pick(&mut self, n: u8) -> u8 {
        self.left.next().map_or(0, |choice| choice % n)
    }

    fn name(&mut self) -> &'static str {
        ["x", "y", "k'", "a_1", "attacker", "true"][usize::from(self.pick(6))]
    }

    fn ty(&mut self) -> &'static str {
        ["t", "bitstring", "channel", "nat"][usize::from(self.pick(4))]
    }

    /// A comma list.
    fn list(&mut self, least: u8, item: fn(&mut Self) -> String) -> String {
        let count = least + self.pick(3);
        let all: Vec<String> = (0..count).map(|_| item(self)).collect();
        all.join(", ")
    }

    fn else_term(&mut self) -> String {
        match self.pick(2) {
            0 => String::new(),
            _ => format!(" else {}", self.term()),
        }
    }

    fn term(&mut self) -> String {
        match self.pick(16) {
            0 => self.name().to_owned(),
            1 => self.pick(9).to_string(),
            2 => format!("f({})", self.list(0, Self::term)),
            3 => format!("({})", self.list(0, Self::term)),
            4 => format!("{} = {}", self.simple(), self.simple()),
            5 => format!("{} && {}", self.simple(), self.term()),
            6 => format!("{} || {} && {}", self.simple(), self.simple(), self.term()),
            7 => format!("{} + 1 - 2 <= {}", self.simple(), self.simple()),
            8 => format!("not({})", self.term()),
            9 => format!(
                "(let {} = {} in {}{})",
                self.let_pattern(),
                self.term(),
                self.term(),
                self.else_term()
            ),
            10 => format!(
                "if {} then {}{}",
                self.term(),
                self.simple(),
                self.else_term()
            ),
            11 => format!("{} <- {}; {}", self.name(), self.term(), self.term()),
            12 => format!("{} <-R {}; {}", self.name(), self.ty(), self.term()),
            13 => format!("event e({}); {}", self.list(0, Self::term), self.term()),
            14 => format!(
                "get tb({}) suchthat {} in {}{}",
                self.list(0, Self::pattern),
                self.simple(),
                self.term(),
                self.else_term()
            ),
            _ => format!("new {}[x, y]: {}; {}", self.name(), self.ty(), self.term()),
        }
    }

    fn simple(&mut self) -> String {
        match self.pick(3) {
            0 => self.name().to_owned(),
            1 => format!("({})", self.term()),
            _ => format!("g({})", self.list(1, Self::term)),
        }
    }

    fn pattern(&mut self) -> String {
        match self.pick(8) {
            0 => self.name().to_owned(),
            1 => format!("{}: {}", self.name(), self.ty()),
            2 => format!("_: {}", self.ty()),
            3 => format!("={}", self.simple()),
            4 => format!("({})", self.list(0, Self::pattern)),
            5 => format!("c({})", self.list(1, Self::pattern)),
            6 => format!("{} + 3", self.name()),
            _ => "7".to_owned(),
        }
    }

    /// In front of `=`.
    fn let_pattern(&mut self) -> String {
        format!("({})", self.pattern())
    }

    fn then(&mut self) -> String {
        match self.pick(3) {
            0 => String::new(),
            _ => format!("; {}", self.process()),
        }
    }

    fn branches(&mut self) -> String {
        match self.pick(3) {
            0 => String::new(),
            1 => format!(" in {}", self.process()),
            _ => format!(" in {} else {}", self.process(), self.process()),
        }
    }

    fn process(&mut self) -> String {
        match self.pick(16) {
            0 => "0".to_owned(),
            1 => "yield".to_owned(),
            2 => format!("P({})", self.list(0, Self::term)),
            3 => format!("({})", self.process()),
            4 => format!("{} | {}", self.process(), self.process()),
            5 => format!("! {}", self.process()),
            6 => format!("foreach i <= n do {}", self.process()),
            7 => format!(
                "in({}, {}) [precise]{}",
                self.term(),
                self.pattern(),
                self.then()
            ),
            8 => format!("out({}, {}){}", self.term(), self.term(), self.then()),
            9 => format!("new {}[]: {}{}", self.name(), self.ty(), self.then()),
            10 => format!(
                "let {} = {}{}",
                self.let_pattern(),
                self.term(),
                self.branches()
            ),
            11 => match self.pick(2) {
                0 => format!("if {} then {}", self.term(), self.process()),
                _ => format!(
                    "if {} then {} else {}",
                    self.term(),
                    self.process(),
                    self.process()
                ),
            },
            12 => format!(
                "get tb({}) suchthat {}{}",
                self.list(0, Self::pattern),
                self.simple(),
                self.branches()
            ),
            13 => format!(
                "let x: {}, y suchthat p(x, y){}",
                self.ty(),
                self.branches()
            ),
            14 => format!(
                "insert tb({}); event e{}",
                self.list(0, Self::term),
                self.then()
            ),
            _ => format!("phase {}{}", self.pick(4), self.then()),
        }
    }

    fn formula(&mut self) -> String {
        match self.pick(9) {
            0 => format!("event(e({}))", self.list(0, Self::simple_term)),
            1 => format!("inj-event(e({}))@i", self.list(1, Self::simple_term)),
            2 => format!("attacker({}) phase {}", self.simple(), self.pick(3)),
            3 => format!("mess(c, {})", self.simple()),
            4 => format!("table(tb({})) phase 1@j", self.simple()),
            5 => format!("{} && {}", self.formula(), self.formula()),
            6 => format!("({} || {})", self.formula(), self.formula()),
            7 => format!("(event(e) ==> {})", self.formula()),
            _ => format!("{} <> new n[x = {}; !1 = i]", self.simple(), self.simple()),
        }
    }

    fn simple_term(&mut self) -> String {
        self.simple()
    }

    fn typed_name(&mut self) -> String {
        format!("{}: {}", self.name(), self.ty())
    }

    fn types(&mut self) -> String {
        self.list(0, |c| c.ty().to_owned())
    }

    fn declaration(&mut self) -> String {
        match self.pick(22) {
            0 => format!("type {} [fixed, large].", self.name()),
            1 => format!("free {}, b: {} [private].", self.name(), self.ty()),
            2 => format!("const {}: {}.", self.name(), self.ty()),
            3 => "channel c, d.".to_owned(),
            4 => format!("fun f({}): {} [data].", self.types(), self.ty()),
            5 => format!(
                "fun d({}): {} reduc forall x: t or fail; d(x) = {} otherwise d(fail) = fail [private].",
                self.types(),
                self.ty(),
                self.simple()
            ),
            6 => format!(
                "reduc forall {}; let z = {} in d(z) = {}; d(k) = fail.",
                self.list(1, Self::typed_name),
                self.simple(),
                self.simple()
            ),
            7 => format!(
                "equation forall x, y: t; {} = {} [linear].",
                self.simple(),
                self.simple()
            ),
            8 => format!("event e({}).", self.types()),
            9 => format!("table tb({}).", self.types()),
            10 => format!("pred p({}) [block].", self.types()),
            11 => format!(
                "clauses forall x: t; p({}) -> q({}); q <-> r.",
                self.simple(),
                self.simple()
            ),
            12 => format!("letfun f(x: t or fail) = {}.", self.term()),
            13 => format!(
                "let P({}) = {}.",
                self.list(1, Self::typed_name),
                self.process()
            ),
            14 => format!(
                "query x: t, i: time; {} ==> {} public_vars k, m [induction].",
                self.formula(),
                self.formula()
            ),
            15 => format!(
                "query {}; secret k [reachability]; putbegin event: e, f.",
                self.formula()
            ),
            16 => format!(
                "lemma x: t; let y = {} in {} ==> false for {{ public_vars k, m }} [maxSubset].",
                self.simple(),
                self.formula()
            ),
            17 => format!("restriction {} ==> {}.", self.formula(), self.formula()),
            18 => format!("not x: t; attacker({}).", self.simple()),
            19 => "nounif x, y: nat; mess(c, f( *x, y)) / -10 [inductionOn = {x, y}].".to_owned(),
            20 => "set maxDepth = 5. set symbOrder = \"f > g\".".to_owned(),
            _ => format!(
                "def D(a, b) {{ {} free z: a. }} expand D(t, channel).",
                self.declaration()
            ),
        }
    }
}

fn parsed(text: &str) -> String {
    let mut sources = pi::Sources::default();
    sources.add("random.pv", text);
    pi::print::parsed(&sources).join("")
}

/// What was expected and not found.
fn syntax_errors(text: &str) -> Vec<String> {
    let mut sources = pi::Sources::default();
    sources.add("random.pv", text);
    let found = pi::load(sources).diagnostics.into_iter();
    found
        .map(|d| d.message)
        .filter(|message| message.starts_with("expected"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn declarations_print_and_parse_again(choices in prop::collection::vec(any::<u8>(), 0..60)) {
        let text = Choices { left: choices.into_iter() }.declaration();
        let once = parsed(&text);
        prop_assert_eq!(syntax_errors(&text), Vec::<String>::new(), "{}", text);
        prop_assert_eq!(&once, &parsed(&once), "{}", text);
    }

    #[test]
    fn processes_print_and_parse_again(choices in prop::collection::vec(any::<u8>(), 0..60)) {
        let text = format!("process {}", Choices { left: choices.into_iter() }.process());
        let once = parsed(&text);
        prop_assert_eq!(syntax_errors(&text), Vec::<String>::new(), "{}", text);
        prop_assert_eq!(&once, &parsed(&once), "{}", text);
    }
}

/// Two texts that differ in their owner of `else` or `|` print differently.
#[test]
fn owners_are_told_apart() {
    let different = [
        (
            "process if a then if b then 0 else yield",
            "process if a then (if b then 0) else yield",
        ),
        (
            "process if a then let x = b else out(c, x)",
            "process if a then let x = b in 0 else out(c, x)",
        ),
        ("process in(c, x); 0 | P", "process (in(c, x); 0) | P"),
        ("process ! P | Q", "process ! (P | Q)"),
        ("letfun f = a || b && c.", "letfun f = (a || b) && c."),
    ];
    for (one, other) in different {
        assert_ne!(parsed(one), parsed(other), "{one}");
    }
}
