//! Characters to tokens and comments.
//!
//! Comments nest and a quotation mark inside one means nothing. They are kept
//! beside the tokens because a label is a comment. Whatever is no token is
//! reported and skipped, so that one stray character hides no other error.

use super::names::{Names, Symbol};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// What some editors write in front of UTF-8. ProVerif refuses it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where.
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// End of the file.
    End,
    /// A keyword or symbol, one of [`KEYWORDS`] or [`MARKS`].
    Fixed(&'static str),
    /// An identifier.
    Ident(Symbol),
    /// A number.
    Number(u64),
    /// A quoted string, quotes included in the span.
    Text,
}

/// Words that cannot be identifiers.
pub(crate) const KEYWORDS: &[&str] = &[
    "among",
    "axiom",
    "channel",
    "choice",
    "clauses",
    "const",
    "def",
    "diff",
    "do",
    "elimtrue",
    "else",
    "equation",
    "equivalence",
    "event",
    "expand",
    "fail",
    "for",
    "forall",
    "foreach",
    "free",
    "fun",
    "get",
    "if",
    "implementation",
    "in",
    "inj-event",
    "insert",
    "lemma",
    "let",
    "letfun",
    "letproba",
    "new",
    "noninterf",
    "noselect",
    "not",
    "nounif",
    "or",
    "otherwise",
    "out",
    "param",
    "phase",
    "pred",
    "proba",
    "process",
    "proof",
    "public_vars",
    "putbegin",
    "query",
    "reduc",
    "restriction",
    "secret",
    "select",
    "set",
    "suchthat",
    "sync",
    "table",
    "then",
    "type",
    "weaksecret",
    "yield",
];

/// Symbols; a longer one stands before its prefixes.
pub(crate) const MARKS: &[&str] = &[
    "<-R", "<->", "<=>", "==>", "<>", "<-", "<=", ">=", "->", "&&", "||", "(", ")", "[", "]", "{",
    "}", ",", ";", ":", ".", "=", "<", ">", "|", "!", "+", "-", "*", "/", "@", "_",
];

/// A file cut into tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// The tokens; the last one is [`Kind::End`].
    pub(crate) tokens: Vec<Token>,
    /// Outermost comments in text order, delimiters included.
    pub(crate) comments: Vec<Span>,
}

/// Cuts a text into tokens.
pub(crate) fn lex(
    file: FileId,
    text: &str,
    names: &mut Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> Tokens {
    let mut lexer = Lexer {
        file,
        text,
        at: 0,
        comments: Vec::new(),
        diagnostics,
    };
    let mut tokens = Vec::with_capacity(text.len() / 4);
    loop {
        lexer.skip_blanks_and_comments();
        let start = lexer.at;
        let Some(kind) = lexer.token(names) else {
            continue;
        };
        let span = lexer.span(start);
        tokens.push(Token { kind, span });
        if kind == Kind::End {
            break;
        }
    }
    Tokens {
        tokens,
        comments: lexer.comments,
    }
}

struct Lexer<'s> {
    file: FileId,
    text: &'s str,
    at: usize,
    comments: Vec<Span>,
    diagnostics: &'s mut Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn span(&self, start: usize) -> Span {
        let offset = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span {
            file: self.file,
            start: offset(start),
            end: offset(self.at),
        }
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.at += blank;
            if !self.rest().starts_with("(*") {
                return;
            }
            self.comment();
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        let mut depth = 0_usize;
        while self.at < self.text.len() {
            let rest = self.rest();
            if rest.starts_with("(*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*)") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    self.comments.push(self.span(start));
                    return;
                }
            } else {
                self.at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        let opening = Span {
            end: self.span(start).start.saturating_add(2),
            ..self.span(start)
        };
        self.diagnostics.push(
            Diagnostic::error(opening, "this comment is never closed").with_hint(
                "close it with `*)`; comments nest, and `(*` opens one everywhere: \
                 for a starred variable behind a parenthesis write `( *x`",
            ),
        );
    }

    /// The next token, or nothing when something was skipped instead.
    fn token(&mut self, names: &mut Names) -> Option<Kind> {
        let Some(first) = self.rest().chars().next() else {
            return Some(Kind::End);
        };
        if is_letter(first) {
            return Some(self.word(names));
        }
        if first.is_ascii_digit() {
            return Some(self.number());
        }
        if first == '"' {
            return self.quoted();
        }
        let mark = MARKS.iter().find(|mark| self.rest().starts_with(**mark));
        if let Some(mark) = mark {
            self.at += mark.len();
            return Some(Kind::Fixed(mark));
        }
        let start = self.at;
        self.at += first.len_utf8();
        if first == '&' {
            let error = Diagnostic::error(self.span(start), "illegal character `&`");
            self.diagnostics
                .push(error.with_hint("conjunction is written `&&`"));
            // What was meant, so that nothing else is wrong for that reason.
            return Some(Kind::Fixed("&&"));
        }
        self.at += self
            .rest()
            .find(may_begin_token)
            .unwrap_or(self.rest().len());
        let message = if first == BYTE_ORDER_MARK {
            "illegal character: a byte order mark".to_owned()
        } else if self.at == start + first.len_utf8() {
            format!("illegal character `{first}`")
        } else {
            "illegal characters".to_owned()
        };
        let hint = if first == BYTE_ORDER_MARK {
            "save the file as UTF-8 without it; nobody sees it in an editor"
        } else if first == '#' || first == '%' {
            "comments stand between `(*` and `*)`"
        } else {
            "identifiers consist of ASCII letters, digits, `_` and `'`"
        };
        self.diagnostics
            .push(Diagnostic::error(self.span(start), message).with_hint(hint));
        None
    }

    fn word(&mut self, names: &mut Names) -> Kind {
        let rest = self.rest();
        let length = |text: &str| {
            text.char_indices()
                .find(|(_, c)| !is_identifier_character(*c))
                .map_or(text.len(), |(n, _)| n)
        };
        let mut end = length(rest);
        let mut word = rest.get(..end).unwrap_or("");
        // The one keyword with a dash.
        if word == "inj" {
            let tail = rest.get(end..).unwrap_or("");
            if let Some(event) = tail.strip_prefix('-')
                && event.get(..length(event)) == Some("event")
            {
                end += "-event".len();
                word = "inj-event";
            }
        }
        let kind = match KEYWORDS.binary_search(&word) {
            Ok(n) => Kind::Fixed(KEYWORDS[n]),
            Err(_) => Kind::Ident(names.intern(word)),
        };
        self.at += end;
        kind
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let value = self.rest().get(..digits).unwrap_or("").parse::<u64>();
        self.at += digits;
        Kind::Number(value.unwrap_or_else(|_| {
            self.diagnostics.push(Diagnostic::error(
                self.span(start),
                format!("this number is larger than {}", u64::MAX),
            ));
            u64::MAX
        }))
    }

    fn quoted(&mut self) -> Option<Kind> {
        let start = self.at;
        let body = self.text.get(start + 1..).unwrap_or("");
        match body.find(['"', '\n']) {
            Some(n) if body.as_bytes().get(n) == Some(&b'"') => {
                self.at = start + n + 2;
                Some(Kind::Text)
            }
            other => {
                self.at = start + 1 + other.unwrap_or(body.len());
                self.diagnostics.push(
                    Diagnostic::error(self.span(start), "this string is never closed")
                        .with_hint("close it with `\"` on the same line"),
                );
                None
            }
        }
    }
}

/// The letters of identifiers. ProVerif 2.05 refuses all others, outside
/// comments and strings.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
}

/// Whether a character is blank or begins some token.
fn may_begin_token(c: char) -> bool {
    c.is_ascii_whitespace()
        || is_letter(c)
        || c.is_ascii_digit()
        || c == '"'
        || MARKS.iter().any(|mark| mark.starts_with(c))
}

fn is_identifier_character(c: char) -> bool {
    is_letter(c) || c.is_ascii_digit() || c == '_' || c == '\''
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted_and_marks_longest_first() {
        assert!(KEYWORDS.is_sorted());
        for (n, mark) in MARKS.iter().enumerate() {
            assert!(MARKS[..n].iter().all(|earlier| !mark.starts_with(earlier)));
        }
    }

    fn kinds(text: &str) -> (Vec<Kind>, usize, Names) {
        let mut names = Names::default();
        let mut diagnostics = Vec::new();
        let tokens = lex(FileId(0), text, &mut names, &mut diagnostics);
        let kinds = tokens.tokens.iter().map(|t| t.kind).collect();
        (kinds, diagnostics.len(), names)
    }

    #[test]
    fn injective_event_is_one_keyword() {
        let (found, errors, _) = kinds("inj-event inj-events inj -event");
        assert_eq!(errors, 0);
        assert_eq!(found[0], Kind::Fixed("inj-event"));
        assert!(matches!(found[1], Kind::Ident(_)));
        assert_eq!(found[2], Kind::Fixed("-"));
        assert_eq!(found.len(), 8);
    }

    #[test]
    fn comments_nest_and_quotes_inside_mean_nothing() {
        let (found, errors, names) = kinds("(* a (* \" *) b *) x\r\n(**)");
        assert_eq!(errors, 0);
        assert_eq!(found.len(), 2);
        assert!(matches!(found[0], Kind::Ident(s) if names.text(s) == "x"));
    }

    #[test]
    fn what_is_no_token_is_reported_and_skipped() {
        let (found, errors, _) = kinds("a $ b \"open\n c 99999999999999999999");
        assert_eq!(errors, 3);
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn other_alphabets_stay_in_comments_and_strings() {
        let (found, errors, names) = kinds("(* clé *) cle' \"ü\"");
        assert_eq!(errors, 0);
        assert!(matches!(found[0], Kind::Ident(s) if names.text(s) == "cle'"));
        let (_, errors, _) = kinds("clé ÷");
        assert_eq!(errors, 2);
    }
}
