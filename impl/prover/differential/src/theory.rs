//! Random models over signatures of their own.
//!
//! [`crate::generate`] asks much of the language over one signature. Here it is the
//! other way round: few steps, and constants, constructors, equations and destructors
//! at random. Patterns of rules and equations repeat variables, overlap, fail and take
//! tuples apart; constants are made equal to each other and to what contains them.
//! What of it is no theory that a prover accepts is for the provers to say.
//!
//! A model is its lines, so that a line can be left out to make it smaller: the
//! branches of the process stand on lines that begin with `|`.

use crate::random::Random;

const CONSTANTS: [&str; 3] = ["a", "b", "g"];
const CONSTRUCTORS: [(&str, usize); 5] = [("f", 1), ("h", 2), ("k", 2), ("d", 1), ("m", 2)];

/// The lines of the model of a seed.
#[must_use]
pub fn theory(seed: u64) -> Vec<String> {
    let mut maker = Maker::new(seed);
    let mut lines = vec![
        "free c: channel.".to_owned(),
        "free s: bitstring [private].".to_owned(),
        "free t: bitstring [private].".to_owned(),
        "event one(bitstring).".to_owned(),
        "event other(bitstring).".to_owned(),
        "event both(bitstring, bitstring).".to_owned(),
    ];
    maker.signature(&mut lines);
    if maker.random.chance(70) {
        for _ in 0..maker.random.between(1, 3) {
            lines.extend(maker.equation());
        }
    }
    for number in 0..maker.random.below(3) {
        let line = maker.destructor(number);
        lines.push(line);
    }
    for _ in 0..maker.random.between(2, 4) {
        let line = maker.query();
        lines.push(line);
    }
    lines.push("process 0".to_owned());
    for _ in 0..maker.random.between(1, 3) {
        let bang = if maker.random.chance(50) { "!" } else { "" };
        let depth = maker.random.between(2, 5);
        let names = vec!["s".to_owned(), "t".to_owned()];
        let process = maker.process(&names, depth);
        lines.push(format!("| {bang}({process})"));
    }
    lines
}

/// Leaves out one line after the other as long as what is left is still wrong.
#[must_use]
pub fn shrink_lines(lines: &[String], wrong: &mut dyn FnMut(&str) -> bool) -> Vec<String> {
    let mut kept = lines.to_vec();
    let mut at = 0;
    while at < kept.len() {
        let mut fewer = kept.clone();
        fewer.remove(at);
        if wrong(&fewer.join("\n")) {
            kept = fewer;
        } else {
            at += 1;
        }
    }
    kept
}

struct Maker {
    random: Random,
    constants: Vec<&'static str>,
    constructors: Vec<(&'static str, usize)>,
    data: Vec<(&'static str, usize)>,
    destructors: Vec<(String, usize)>,
    bound: usize,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut constants = CONSTANTS.to_vec();
        random.shuffle(&mut constants);
        constants.truncate(random.between(1, 3));
        let mut constructors = CONSTRUCTORS.to_vec();
        random.shuffle(&mut constructors);
        constructors.truncate(random.between(1, 3));
        Self {
            random,
            constants,
            constructors,
            data: Vec::new(),
            destructors: Vec::new(),
            bound: 0,
        }
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.bound += 1;
        format!("{prefix}{}", self.bound)
    }

    fn pick(&mut self, from: &[String]) -> String {
        self.random.pick(from).cloned().unwrap_or_default()
    }

    fn constant(&mut self) -> &'static str {
        self.random.pick(&self.constants).copied().unwrap_or("a")
    }

    /// A constructor with so many arguments, if there is one.
    fn constructor(&mut self, arguments: usize) -> Option<&'static str> {
        let mut fit = self.constructors.clone();
        fit.retain(|(_, n)| *n == arguments);
        self.random.pick(&fit).map(|(name, _)| *name)
    }

    fn signature(&mut self, lines: &mut Vec<String>) {
        for constant in &self.constants {
            lines.push(format!("const {constant}: bitstring."));
        }
        for (name, arguments) in self.constructors.clone() {
            let options = match self.random.below(10) {
                0 => " [private]",
                1 => " [data]",
                _ => "",
            };
            if options == " [data]" {
                self.data.push((name, arguments));
            }
            let types = vec!["bitstring"; arguments].join(", ");
            lines.push(format!("fun {name}({types}): bitstring{options}."));
        }
    }

    /// One of the equations that theories are made of, or any.
    fn equation(&mut self) -> Option<String> {
        let (x, y) = (
            "forall x: bitstring; ",
            "forall x: bitstring, y: bitstring; ",
        );
        let c = self.constant();
        let unary = self.constructor(1);
        let (first, second) = (self.constructor(2), self.constructor(2));
        let text = match self.random.below(12) {
            0 => first.map(|h| format!("{y}{h}(x, y) = {h}(y, x)")),
            1 => first.map(|h| format!("{y}{h}({h}({c}, x), y) = {h}({h}({c}, y), x)")),
            2 => unary.map(|f| format!("{x}{f}({f}(x)) = x")),
            3 => first
                .zip(second)
                .map(|(h, k)| format!("{y}{h}({k}(x, y), y) = x")),
            4 => Some(format!("{c} = {}", self.constant())),
            5 => unary.map(|f| format!("{c} = {f}({})", self.constant())),
            6 => first.map(|h| format!("{x}{h}(x, x) = {c}")),
            7 => first.map(|h| format!("{x}{h}(x, {c}) = x")),
            8 => first
                .zip(unary)
                .map(|(h, f)| format!("{y}{f}({h}(x, y)) = {h}({f}(x), y)")),
            _ => {
                let mut variables = Vec::new();
                let left = self.pattern(2, &mut variables, 60);
                let right = self.pattern(1, &mut variables.clone(), 0);
                Some(format!("{}{left} = {right}", forall(&variables, &[])))
            }
        };
        text.map(|text| format!("equation {text}."))
    }

    /// A pattern; `new` in a hundred variables are new ones.
    fn pattern(&mut self, depth: usize, variables: &mut Vec<String>, new: usize) -> String {
        if depth == 0 || self.random.chance(30) {
            let may_be_new = new > 0;
            return if self.random.chance(30) || !may_be_new && variables.is_empty() {
                self.constant().to_owned()
            } else if !variables.is_empty() && !self.random.chance(new) {
                self.pick(variables)
            } else {
                variables.push(format!("x{}", variables.len() + 1));
                variables.last().cloned().unwrap_or_default()
            };
        }
        let (name, arguments) = match self.random.pick(&self.constructors) {
            Some(constructor) if !self.random.chance(12) => *constructor,
            _ => ("", 2),
        };
        let arguments: Vec<_> = (0..arguments)
            .map(|_| self.pattern(depth - 1, variables, new))
            .collect();
        format!("{name}({})", arguments.join(", "))
    }

    fn destructor(&mut self, number: usize) -> String {
        let name = format!("des{number}");
        let arguments = self.random.between(1, 2);
        let may_fail = self.random.chance(75);
        let mut rules = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            let mut variables = Vec::new();
            let mut patterns = Vec::new();
            let mut failing = Vec::new();
            for _ in 0..arguments {
                let chance = if may_fail { self.random.below(100) } else { 99 };
                if chance < 8 {
                    patterns.push("fail".to_owned());
                } else if chance < 20 {
                    // Such a variable stands alone.
                    let variable = format!("x{}", variables.len() + 1);
                    variables.push(variable.clone());
                    failing.push(variable.clone());
                    patterns.push(variable);
                } else {
                    let mut own: Vec<_> = variables.clone();
                    own.retain(|v| !failing.contains(v));
                    let before = own.len();
                    // Numbered from what there is, so that no name is taken twice.
                    let mut all = variables.clone();
                    let pattern = self.pattern(2, &mut all, if before > 0 { 50 } else { 60 });
                    if failing.iter().any(|v| pattern.contains(v.as_str())) {
                        patterns.push(self.constant().to_owned());
                    } else {
                        variables = all;
                        patterns.push(pattern);
                    }
                }
            }
            let result = match self.random.below(10) {
                0 if may_fail => "fail".to_owned(),
                1..6 if !variables.is_empty() => self.pick(&variables),
                _ => {
                    let mut known = variables.clone();
                    known.retain(|v| !failing.contains(v));
                    self.pattern(1, &mut known, 0)
                }
            };
            let forall = forall(&variables, &failing);
            rules.push(format!(
                "{forall}{name}({}) = {result}",
                patterns.join(", ")
            ));
        }
        self.destructors.push((name.clone(), arguments));
        if may_fail {
            let types = vec!["bitstring"; arguments].join(", ");
            let rules = rules.join(" otherwise ");
            format!("fun {name}({types}): bitstring reduc {rules}.")
        } else {
            format!("reduc {}.", rules.join("; "))
        }
    }

    /// A term over names and variables.
    fn term(&mut self, depth: usize, names: &[String]) -> String {
        if depth == 0 || self.random.chance(30) {
            return if self.random.chance(30) {
                self.constant().to_owned()
            } else {
                self.pick(names)
            };
        }
        let (name, arguments) = if self.random.chance(15) {
            (String::new(), 2)
        } else if !self.destructors.is_empty() && self.random.chance(20) {
            let one = self.random.pick(&self.destructors);
            one.cloned().unwrap_or_default()
        } else {
            let one = self.random.pick(&self.constructors);
            one.map_or((String::new(), 2), |(f, n)| ((*f).to_owned(), *n))
        };
        let arguments: Vec<_> = (0..arguments)
            .map(|_| self.term(depth - 1, names))
            .collect();
        format!("{name}({})", arguments.join(", "))
    }

    fn query(&mut self) -> String {
        let c = self.constant();
        let secrets = ["s".to_owned(), "t".to_owned()];
        let one = "query x: bitstring; event(one(x))";
        let both = "query x, y: bitstring; event(both(x, y))";
        match self.random.below(10) {
            0 => "query attacker(s).".to_owned(),
            1 => "query attacker(t).".to_owned(),
            // A query has no destructors.
            2 => {
                let destructors = std::mem::take(&mut self.destructors);
                let term = self.term(2, &secrets);
                self.destructors = destructors;
                format!("query attacker({term}).")
            }
            3 => format!("{one}."),
            4 => format!("{one} ==> event(other(x))."),
            5 => format!("{one} ==> x <> {c}."),
            6 => format!("{both} ==> x = y || event(other(y))."),
            7 => format!("{both} ==> x <> y."),
            8 => "query x: bitstring; inj-event(one(x)) ==> inj-event(other(x)).".to_owned(),
            _ => format!("query x: bitstring; event(one(x)) && event(other({c}))."),
        }
    }

    fn process(&mut self, names: &[String], depth: usize) -> String {
        if depth == 0 {
            let (term, next) = (self.term(2, names), self.term(1, names));
            return match self.random.below(4) {
                0 => format!("event one({next})"),
                1 => format!("event both({term}, {next})"),
                2 => "out(c, s)".to_owned(),
                _ => format!("out(c, {term})"),
            };
        }
        let with = |name: &String| {
            let mut more = names.to_vec();
            more.push(name.clone());
            more
        };
        match self.random.below(20) {
            0..4 => {
                let v = self.fresh("v");
                format!(
                    "in(c, {v}: bitstring); {}",
                    self.process(&with(&v), depth - 1)
                )
            }
            4..7 => {
                let term = self.term(2, names);
                format!("out(c, {term}); {}", self.process(names, depth - 1))
            }
            7..9 => {
                let n = self.fresh("n");
                format!("new {n}: bitstring; {}", self.process(&with(&n), depth - 1))
            }
            9..14 => self.binding(names, depth),
            14..18 => {
                let sign = if self.random.chance(70) { "=" } else { "<>" };
                let (left, right) = (self.term(1, names), self.term(2, names));
                let then = self.process(names, depth - 1);
                let other = self.otherwise(names, depth);
                format!("if {left} {sign} {right} then ({then}){other}")
            }
            _ => {
                let term = self.term(1, names);
                format!("event other({term}); {}", self.process(names, depth - 1))
            }
        }
    }

    /// A `let`, of a variable or of a pattern.
    fn binding(&mut self, names: &[String], depth: usize) -> String {
        let mut more = names.to_vec();
        let pattern = if self.random.chance(65) {
            let w = self.fresh("w");
            more.push(w.clone());
            w
        } else {
            let (name, arguments) = self.random.pick(&self.data).copied().unwrap_or(("", 2));
            let parts: Vec<_> = (0..arguments)
                .map(|_| {
                    if self.random.chance(40) {
                        return format!("={}", self.term(0, names));
                    }
                    let y = self.fresh("y");
                    more.push(y.clone());
                    format!("{y}: bitstring")
                })
                .collect();
            format!("{name}({})", parts.join(", "))
        };
        let term = self.term(2, names);
        let then = self.process(&more, depth - 1);
        let other = self.otherwise(names, depth);
        format!("let {pattern} = {term} in ({then}){other}")
    }

    fn otherwise(&mut self, names: &[String], depth: usize) -> String {
        if self.random.chance(50) {
            return String::new();
        }
        format!(" else ({})", self.process(names, depth / 2))
    }
}

/// The binder of a rule or of an equation.
fn forall(variables: &[String], failing: &[String]) -> String {
    if variables.is_empty() {
        return String::new();
    }
    let all: Vec<_> = variables
        .iter()
        .map(|v| {
            let or_fail = if failing.contains(v) { " or fail" } else { "" };
            format!("{v}: bitstring{or_fail}")
        })
        .collect();
    format!("forall {}; ", all.join(", "))
}
