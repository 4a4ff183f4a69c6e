//! What people write who come from other languages, or forget.
//!
//! A hint beside "expected …, found …": it changes no meaning, so that a wrong guess
//! costs one line.

use super::super::lexer::{Kind, Token};
use super::Parser;

/// Keywords that begin a process, or a step of one.
const STEPS: [&str; 14] = [
    "!", "(", "event", "foreach", "get", "if", "in", "insert", "let", "new", "out", "phase",
    "sync", "yield",
];

impl Parser<'_> {
    /// What `found`, where `wanted` was expected, probably stands for.
    pub(super) fn habit(&self, wanted: &str, found: Token) -> Option<&'static str> {
        let text = self.source(found.span);
        let previous = match self.at {
            0 => "",
            _ => self.source(self.last_span()),
        };
        let next = self.source(self.token(1).span);
        // Signs of other languages.
        let sign = match (previous, text, next) {
            ("=", "=", _) => "equality is written `=`",
            (":", "=", _) => "a value is given by `=` alone: `let x = M in`",
            ("=" | "-", ">" | "->", _) => "implication is written `==>`, and \"at least\" `>=`",
            (_, "!", "=") => "inequality is written `<>`",
            (_, "and" | "AND", _) => "conjunction is written `&&`",
            (_, "or" | "OR", _) => "disjunction is written `||`",
            (_, "implies" | "=>", _) => "implication is written `==>`",
            (_, "/", "/" | "*") => "comments stand between `(*` and `*)`",
            (_, "{", _) => "there are no blocks in braces: write parentheses",
            ("ev" | "event", ":", _) => "write `event(…)`",
            ("evinj" | "inj", ":", _) => "write `inj-event(…)`",
            ("attacker" | "mess", ":", _) => "write `attacker(…)` or `mess(…)`",
            (_, "forall" | "exists", _) | ("forall" | "exists", _, _) => {
                "variables of queries are declared as in `query x: t, y: u; …`"
            }
            ("not", _, _) if wanted == "`(`" => "`not` takes parentheses: `not(…)`",
            _ => "",
        };
        if !sign.is_empty() {
            return Some(sign);
        }
        self.omission(wanted, found, text)
    }

    /// What is missing, or stands in the wrong place.
    fn omission(&self, wanted: &str, found: Token, text: &str) -> Option<&'static str> {
        let step = STEPS.contains(&text) || matches!(found.kind, Kind::Ident(_));
        Some(match (wanted, text) {
            ("`|` or the end of the file", "||") => "processes run side by side behind `|`",
            ("`|` or the end of the file", ".") => "no full stop ends the main process",
            ("`|` or the end of the file", ";") => {
                "behind `let`, `get` and `if` stand `in` and `then`"
            }
            ("`|` or the end of the file", "let" | "event") => {
                "a `;` may be missing in front of it; declarations stand in front of `process`"
            }
            ("`|` or the end of the file", _) if step => {
                "a `;` may be missing in front of it, or the `in` of a `let`"
            }
            ("`|` or the end of the file", _) => "nothing may follow the main process",
            ("a process", _) if found.kind == Kind::End => {
                "a process follows `;` and `|`: leave the last one out, or write `0`"
            }
            ("a process", ";") => "one `;` separates steps",
            ("a term", "out" | "in") => "a term neither sends nor receives; a process does",
            ("a term", "-") => "numbers begin with 0",
            ("a term", _) if found.kind == Kind::Text => {
                "there are no texts in terms: declare `const hello: bitstring.`"
            }
            ("a name of an event", "(") => "a process has no parentheses here: `event e(…)`",
            ("a name of a table", "(") => "the table comes first: `insert t(…)`, `get t(…)`",
            ("a process", "*") => "replication is written `!P`",
            ("a declaration", "data") => "options stand behind: `fun f(t): u [data].`",
            ("a declaration", "import" | "include" | "open" | "require") => {
                "libraries are given on the command line, by `--lib`"
            }
            ("a declaration", "private" | "public") => {
                "options stand behind: `free n: t [private].`"
            }
            ("`=`", ":") => "the type of the result is inferred",
            ("`=`", _) if step => "a definition has `=`: `let P(x: t) = …`",
            ("`:`", ",") => "one name at a time: `new a: t; new b: t; …`",
            ("`:`", _) => "the type is missing: write `: t`",
            ("`:` and a type, or `,`", _) => "each variable has a type: `x: t`",
            ("`(`", "/" | ":") => "the types of the arguments are listed: `fun f(t, u): v.`",
            ("`.`", "=") => "a setting is written `set name = value.`",
            ("`)`" | "`,` or `)`", ":") => {
                "a type stands where a variable is bound, not where it is used"
            }
            ("`then`", _) if step => "write `if M then P else Q`",
            ("`.`", "(") => "options stand in brackets: `[private]`",
            ("`;`", ")") => "behind a `new` in a term stands a term: `new n: t; n`",
            _ => return None,
        })
    }
}
