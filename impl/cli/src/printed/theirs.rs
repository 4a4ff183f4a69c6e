//! ProVerif's print of a process as lines.
//!
//! ```text
//!  process  = new n: T; process | out(t, t); process | in(t, pattern); process
//!           | event e(t, …); process | insert t(t, …); process
//!           | get t(pattern, …) [suchthat t] in process [else process]
//!           | let pattern = t in process [else process]
//!           | if t then process [else process]
//!           | phase n; process | ! process | ( process ) [ | ( process ) …] | 0
//!  pattern  = x: T | =t | f(pattern, …) | (pattern, …)
//!  term     = x | f(t, …) | (t, …) | (t op t) | (if t then t else t)
//!           | N-proj-f(t) | success?(t)
//! ```
//!
//! Every process has its number in braces before it, which is left out.

use super::term::{Pattern, Term};
use super::{Line, Writer};
use std::collections::{BTreeMap, BTreeSet};

/// Why a print is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PrintError {
    /// Something else than the grammar says.
    #[error("line {line} of the printed process: `{found}` where {wanted} should be")]
    Unexpected {
        line: usize,
        found: String,
        wanted: &'static str,
    },
}

/// The part of the output that is the initial process, if it is all there.
pub(crate) fn initial(output: &str) -> Option<&str> {
    let start = output.find("Process 0 (")?;
    let (_, body) = output.get(start..)?.split_once('\n')?;
    let end = body.find("\n-- ")?;
    body.get(..end)
}

/// The lines of a printed process; `destructors` are the functions that may
/// fail.
///
/// # Errors
/// [`PrintError`], with the line of `text`.
pub(crate) fn lines(text: &str, destructors: &BTreeSet<&str>) -> Result<Vec<Line>, PrintError> {
    let mut reader = Reader {
        words: words(text),
        at: 0,
        known: BTreeMap::new(),
        destructors,
        out: Writer::default(),
    };
    reader.process(0)?;
    match reader.peek() {
        "" => Ok(reader.out.lines),
        _ => Err(reader.unexpected("the end")),
    }
}

type Outcome<T> = Result<T, PrintError>;

/// Words and their lines; numbers of processes are left out.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || "_'-?@".contains(c);
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if first == '{' {
                rest.find('}').map_or(rest.len(), |end| end + 1)
            } else {
                let two = ["&&", "||", "<>", ">=", "<="]
                    .iter()
                    .find(|it| rest.starts_with(**it));
                two.map_or(first.len_utf8(), |it| it.len())
            };
            let (word, after) = rest.split_at(length);
            if first != '{' {
                words.push((line, word));
            }
            rest = after.trim_start();
        }
    }
    words
}

struct Reader<'t> {
    words: Vec<(usize, &'t str)>,
    at: usize,
    known: BTreeMap<&'t str, Term>,
    destructors: &'t BTreeSet<&'t str>,
    out: Writer,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> &'t str {
        self.words.get(self.at).map_or("", |(_, word)| word)
    }

    fn next(&mut self) -> &'t str {
        let word = self.peek();
        self.at += 1;
        word
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_there = self.peek() == word;
        self.at += usize::from(is_there);
        is_there
    }

    fn unexpected(&self, wanted: &'static str) -> PrintError {
        let last = self.words.last();
        PrintError::Unexpected {
            line: self
                .words
                .get(self.at)
                .or(last)
                .map_or(0, |(line, _)| *line),
            found: self.peek().to_owned(),
            wanted,
        }
    }

    fn expect(&mut self, word: &'static str) -> Outcome<()> {
        match self.takes(word) {
            true => Ok(()),
            false => Err(self.unexpected(word)),
        }
    }

    fn word(&mut self, wanted: &'static str) -> Outcome<&'t str> {
        let is_name = |c: char| c.is_alphabetic() || c == '_' || c == '@';
        match self.peek().starts_with(is_name) {
            true => Ok(self.next()),
            false => Err(self.unexpected(wanted)),
        }
    }

    /// A process; whether there is anything in it.
    fn process(&mut self, depth: usize) -> Outcome<bool> {
        match self.peek() {
            "0" => {
                self.at += 1;
                Ok(false)
            }
            "(" => self.parallel(depth),
            "!" => {
                self.at += 1;
                self.out.put(depth, "!".to_owned());
                self.process(depth)?;
                Ok(true)
            }
            "new" => {
                self.at += 1;
                let name = self.word("a name")?;
                self.expect(":")?;
                let ty = self.word("a type")?;
                self.out.put(depth, format!("new {ty}"));
                let value = self.out.name();
                self.known.insert(name, value);
                self.rest(depth)
            }
            "out" => {
                self.at += 1;
                self.expect("(")?;
                let channel = self.term()?;
                self.expect(",")?;
                let message = self.term()?;
                self.expect(")")?;
                self.out.put(depth, format!("out {channel} {message}"));
                self.rest(depth)
            }
            "in" => {
                self.at += 1;
                self.expect("(")?;
                let channel = self.term()?;
                self.expect(",")?;
                let value = self.out.value();
                let pattern = self.pattern()?;
                let text = self.bind(&pattern, &value);
                self.expect(")")?;
                self.out.put(depth, format!("in {channel} {text}"));
                self.rest(depth)
            }
            kind @ ("event" | "insert") => {
                self.at += 1;
                let name = self.word("its name")?;
                let arguments = match self.peek() {
                    "(" => self.list()?,
                    _ => Vec::new(),
                };
                let arguments: Vec<String> = arguments.iter().map(Term::to_string).collect();
                let text = format!("{kind} {name}({})", arguments.join(", "));
                self.out.put(depth, text);
                self.rest(depth)
            }
            "get" => self.get(depth),
            "let" => self.binding(depth),
            "if" => {
                self.at += 1;
                let condition = self.term()?;
                self.out.put(depth, format!("if {condition}"));
                self.expect("then")?;
                self.branches(depth)?;
                Ok(true)
            }
            "phase" => {
                self.at += 1;
                let phase = self.next();
                self.out.put(depth, format!("phase {phase}"));
                self.rest(depth)
            }
            _ => Err(self.unexpected("a process")),
        }
    }

    /// What comes behind a semicolon, if there is one.
    fn rest(&mut self, depth: usize) -> Outcome<bool> {
        if self.takes(";") {
            self.process(depth)?;
        }
        Ok(true)
    }

    /// Processes in parentheses: one, or several side by side.
    fn parallel(&mut self, depth: usize) -> Outcome<bool> {
        let start = self.out.lines.len();
        let mut parts = Vec::new();
        loop {
            self.expect("(")?;
            parts.push(self.out.lines.len());
            self.process(depth)?;
            self.expect(")")?;
            if !self.takes("|") {
                break;
            }
        }
        if parts.len() > 1 {
            for line in self.out.lines.iter_mut().skip(start) {
                line.depth += 1;
            }
            for &part in parts.iter().rev() {
                let text = "|".to_owned();
                self.out.lines.insert(part, Line { depth, text });
            }
        }
        Ok(parts.len() > 1 || self.out.lines.len() > start)
    }

    fn get(&mut self, depth: usize) -> Outcome<bool> {
        self.at += 1;
        let table = self.word("a table")?;
        self.expect("(")?;
        let mut columns = Vec::new();
        while !self.takes(")") {
            let value = self.out.value();
            let pattern = self.pattern()?;
            columns.push(self.bind(&pattern, &value));
            let _ = self.takes(",");
        }
        let mut text = format!("get {table}({})", columns.join(", "));
        if self.takes("suchthat") {
            text = format!("{text} suchthat {}", self.term()?);
        }
        self.out.put(depth, text);
        self.expect("in")?;
        self.branches(depth)?;
        Ok(true)
    }

    fn binding(&mut self, depth: usize) -> Outcome<bool> {
        self.at += 1;
        let pattern = self.pattern()?;
        self.expect("=")?;
        // A variable is no computation, whatever it stands for.
        let computes = self.destructors.contains(self.peek());
        let value = self.term()?;
        self.expect("in")?;
        let text = self.bind(&pattern, &value);
        let place = self.out.lines.len();
        let (line, is_needed) = match text.as_str() {
            "_" => (format!("let {value}"), computes),
            _ => (format!("let {text} = {value}"), true),
        };
        if is_needed {
            self.out.put(depth, line);
        }
        if self.branches(depth)? && text == "_" {
            let text = format!("let _ = {value}");
            let line = Line { depth, text };
            match is_needed {
                true => self.out.lines[place] = line, // put there above
                false => self.out.lines.insert(place, line),
            }
        }
        Ok(true)
    }

    /// Two branches, the second if it is written; whether it does anything.
    fn branches(&mut self, depth: usize) -> Outcome<bool> {
        let start = self.out.lines.len();
        self.process(depth)?;
        if !self.takes("else") {
            return Ok(false);
        }
        let end = self.out.lines.len();
        if !self.process(depth + 1)? {
            return Ok(false);
        }
        for line in &mut self.out.lines[start..end] {
            line.depth += 1;
        }
        let text = "else".to_owned();
        self.out.lines.insert(end, Line { depth, text });
        Ok(true)
    }

    fn bind(&mut self, pattern: &Pattern<&'t str>, subject: &Term) -> String {
        let known = &mut self.known;
        let mut bind = |name: &&'t str, value| {
            known.insert(*name, value);
        };
        pattern.bind(subject, &mut bind, &mut Vec::new())
    }

    fn pattern(&mut self) -> Outcome<Pattern<&'t str>> {
        if self.takes("=") {
            return Ok(Pattern::Equal(self.term()?));
        }
        let function = match self.peek() {
            "(" => None,
            _ => Some(self.word("a pattern")?),
        };
        if let Some(name) = function
            && self.takes(":")
        {
            self.word("a type")?;
            return Ok(Pattern::Bind(name));
        }
        self.expect("(")?;
        let mut parts = Vec::new();
        while !self.takes(")") {
            parts.push(self.pattern()?);
            let _ = self.takes(",");
        }
        let name = function.map_or_else(|| format!("tuple<{}>", parts.len()), str::to_owned);
        Ok(Pattern::Data(name, parts))
    }

    /// Terms in parentheses.
    fn list(&mut self) -> Outcome<Vec<Term>> {
        self.expect("(")?;
        let mut terms = Vec::new();
        while !self.takes(")") {
            terms.push(self.term()?);
            let _ = self.takes(",");
        }
        Ok(terms)
    }

    fn term(&mut self) -> Outcome<Term> {
        if self.peek() == "(" {
            return self.parenthesis();
        }
        let word = self.next();
        if word.is_empty()
            || !word.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '@')
        {
            self.at -= 1;
            return Err(self.unexpected("a term"));
        }
        if let Some((place, function)) = word.split_once("-proj-") {
            let place = place.parse().map_err(|_| self.unexpected("a number"))?;
            // Tuples go by their size, `2-tuple`.
            let function = match function.strip_suffix("-tuple") {
                Some(size) => format!("tuple<{size}>"),
                None => function.to_owned(),
            };
            let [of] = &self.list()?[..] else {
                return Err(self.unexpected("one argument"));
            };
            return Ok(of.component(&function, place));
        }
        if matches!(word, "caught-fail" | "fail-any_type") {
            return Ok(Term::Fail);
        }
        if self.peek() == "(" {
            return Ok(Term::Apply(word.to_owned(), self.list()?));
        }
        let known = self.known.get(word).cloned();
        Ok(known.unwrap_or_else(|| Term::Apply(word.to_owned(), Vec::new())))
    }

    /// A tuple, two terms and what is between them, or a choice.
    fn parenthesis(&mut self) -> Outcome<Term> {
        self.expect("(")?;
        if self.takes("if") {
            let condition = self.term()?;
            self.expect("then")?;
            let yes = self.term()?;
            self.expect("else")?;
            let no = self.term()?;
            self.expect(")")?;
            return Ok(Term::cases(condition, yes, no));
        }
        let mut parts = vec![self.term()?];
        match self.next() {
            ")" => Ok(parts.remove(0)),
            "," => {
                loop {
                    parts.push(self.term()?);
                    if self.takes(")") {
                        break;
                    }
                    self.expect(",")?;
                }
                Ok(Term::Apply(format!("tuple<{}>", parts.len()), parts))
            }
            operator => {
                let operator = match operator {
                    "\u{2260}" => "<>",
                    other => other,
                };
                parts.push(self.term()?);
                self.expect(")")?;
                Ok(Term::Apply(operator.to_owned(), parts))
            }
        }
    }
}
