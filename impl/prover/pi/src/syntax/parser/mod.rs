//! Recursive descent with recovery.
//!
//! A syntax error is reported once, with what was expected, and parsing goes
//! on behind the next full stop (inside a process or query, behind the next
//! `;`). Identifiers in the skipped text are remembered, so that leaving them
//! undeclared causes no second report.
//!
//! Nesting is counted: deeper than [`DEPTH_LIMIT`] is an error, which bounds
//! the stack that every later stage needs.

mod compound;
mod declaration;
mod habit;
mod labels;
mod pattern;
mod process;
mod query;
mod term;

use super::lexer::{Kind, Token, Tokens, lex};
use super::names::{Names, Symbol};
use super::tree::{Declaration, Ident, Parameter, Setting};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceFile, Span};
use std::collections::BTreeSet;

/// How deep terms and processes may nest, continuations included, both as
/// written and after expansion.
pub const DEPTH_LIMIT: u32 = 1_000;

/// What parsing one file gave.
pub(crate) struct Parsed {
    pub(crate) declarations: Vec<Declaration>,
    /// Identifiers in text that could not be parsed.
    pub(crate) skipped: BTreeSet<Symbol>,
    /// The end of the file.
    pub(crate) end: Span,
}

/// Parses a file.
pub(crate) fn parse(
    id: FileId,
    file: &SourceFile,
    names: &mut Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> Parsed {
    let tokens = lex(id, &file.text, names, diagnostics);
    let channel = names.intern("channel");
    let mut parser = Parser {
        text: &file.text,
        tokens: &tokens,
        channel,
        at: 0,
        depth: 0,
        gave_up: false,
        diagnostics,
        skipped: BTreeSet::new(),
        used_labels: BTreeSet::new(),
    };
    let declarations = parser.file();
    parser.report_stray_labels();
    let end = parser.peek().span;
    Parsed {
        declarations,
        skipped: parser.skipped,
        end,
    }
}

/// A syntax error that has been reported.
#[derive(Debug)]
pub(super) struct Reported;

/// What a parsing function gives.
pub(super) type Result<T> = core::result::Result<T, Reported>;

pub(super) struct Parser<'s> {
    text: &'s str,
    tokens: &'s Tokens,
    channel: Symbol,
    at: usize,
    depth: u32,
    gave_up: bool,
    diagnostics: &'s mut Vec<Diagnostic>,
    skipped: BTreeSet<Symbol>,
    /// Starts of the comments that label a query.
    used_labels: BTreeSet<u32>,
}

const END: Token = Token {
    kind: Kind::End,
    span: Span {
        file: FileId(0),
        start: 0,
        end: 0,
    },
};

impl Parser<'_> {
    fn token(&self, ahead: usize) -> Token {
        let tokens = &self.tokens.tokens;
        let last = tokens.last().copied().unwrap_or(END);
        tokens.get(self.at + ahead).copied().unwrap_or(last)
    }

    fn peek(&self) -> Token {
        self.token(0)
    }

    fn advance(&mut self) -> Token {
        let token = self.peek();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    fn at(&self, fixed: &'static str) -> bool {
        self.looking_at(0, fixed)
    }

    fn looking_at(&self, ahead: usize, fixed: &'static str) -> bool {
        self.token(ahead).kind == Kind::Fixed(fixed)
    }

    fn eat(&mut self, fixed: &'static str) -> bool {
        let found = self.at(fixed);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, fixed: &'static str) -> Result<Span> {
        if self.at(fixed) {
            Ok(self.advance().span)
        } else {
            Err(self.unexpected(&format!("`{fixed}`")))
        }
    }

    fn ident(&mut self, what: &str) -> Result<Ident> {
        let token = self.peek();
        let Kind::Ident(symbol) = token.kind else {
            return Err(self.unexpected(what));
        };
        self.at += 1;
        let span = token.span;
        Ok(Ident { symbol, span })
    }

    /// A type: an identifier or the keyword `channel`.
    fn ty(&mut self) -> Result<Ident> {
        if self.at("channel") {
            let span = self.advance().span;
            let symbol = self.channel;
            return Ok(Ident { symbol, span });
        }
        self.ident("a type")
    }

    fn number(&mut self, what: &str) -> Result<u64> {
        let Kind::Number(value) = self.peek().kind else {
            return Err(self.unexpected(what));
        };
        self.at += 1;
        Ok(value)
    }

    /// End of the last token that was consumed.
    fn last_span(&self) -> Span {
        let index = self.at.saturating_sub(1);
        self.tokens.tokens.get(index).map_or(END.span, |t| t.span)
    }

    /// From `start` to the last consumed token.
    fn since(&self, start: Span) -> Span {
        let last = self.last_span();
        if last.end < start.end {
            start
        } else {
            start.to(last)
        }
    }

    fn source(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        self.diagnostics.push(diagnostic);
        Reported
    }

    /// Reports the next token as not being `wanted`.
    fn unexpected(&mut self, wanted: &str) -> Reported {
        let token = self.peek();
        if self.gave_up {
            return Reported;
        }
        let found = match token.kind {
            Kind::End => "the end of the file".to_owned(),
            Kind::Fixed(word) if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                format!("the keyword `{word}`")
            }
            _ => format!("`{}`", self.source(token.span)),
        };
        let place = match token.kind {
            // Behind the last token, and not on an empty line.
            Kind::End if self.at > 0 => {
                let last = self.last_span();
                Span {
                    start: last.end,
                    ..last
                }
            }
            _ => token.span,
        };
        let mut diagnostic = Diagnostic::error(place, format!("expected {wanted}, found {found}"));
        if let Some(hint) = self.hint(wanted, token) {
            diagnostic = diagnostic.with_hint(hint);
        }
        self.report(diagnostic)
    }

    /// What probably happened.
    fn hint(&self, wanted: &str, token: Token) -> Option<String> {
        if let Some(comment) = self.comment_before(token)
            && self
                .text
                .get(..comment.start as usize)?
                .ends_with(|c: char| c.is_ascii_alphanumeric())
        {
            return Some("`(*` opens a comment: for a starred variable write `( *x`".to_owned());
        }
        if let Some(habit) = self.habit(wanted, token) {
            return Some(habit.to_owned());
        }
        if wanted == "a declaration"
            && let Kind::Ident(_) = token.kind
        {
            let words = declaration::BEGINNINGS.iter().copied();
            let more = ["channel", "elimtrue", "event", "let", "not", "table"];
            let near = crate::syntax::nearest::closest(self.source(token.span), words.chain(more));
            return near.map(|near| format!("did you mean `{near}`?"));
        }
        let Kind::Fixed(word) = token.kind else {
            return None;
        };
        let keyword = word.starts_with(|c: char| c.is_ascii_alphabetic());
        if wanted.contains("`.`") && keyword {
            return Some("a declaration ends with a full stop".to_owned());
        }
        if word == "_" {
            return Some("an identifier begins with a letter".to_owned());
        }
        if keyword && (wanted.starts_with("a name") || wanted.starts_with("a type")) {
            return Some(format!(
                "`{word}` is a keyword and cannot be used as an identifier"
            ));
        }
        None
    }

    /// The last comment between a token and the one before it.
    fn comment_before(&self, token: Token) -> Option<Span> {
        let comments = &self.tokens.comments;
        let behind = comments.partition_point(|comment| comment.start < token.span.start);
        let comment = *comments.get(behind.checked_sub(1)?)?;
        let previous = if self.at == 0 {
            0
        } else {
            self.last_span().end
        };
        (comment.start >= previous).then_some(comment)
    }

    /// Runs `parse` one level deeper, or reports that this is too deep.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH_LIMIT {
            // Going on would meet the limit again at every step.
            let span = self.peek().span;
            self.gave_up = true;
            self.at = self.tokens.tokens.len().saturating_sub(1);
            return Err(self.report(too_deep(span)));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// A possibly empty list between `open` and `close`, with commas.
    fn list<T>(
        &mut self,
        open: &'static str,
        close: &'static str,
        item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.separated(",", open, close, item)
    }

    fn separated<T>(
        &mut self,
        separator: &'static str,
        open: &'static str,
        close: &'static str,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.expect(open)?;
        let mut items = Vec::new();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(close) {
                return Ok(items);
            }
            if !self.eat(separator) {
                return Err(self.unexpected(&format!("`{separator}` or `{close}`")));
            }
        }
    }

    /// `x, y: t, z: u or fail`.
    fn parameters(&mut self) -> Result<Vec<Parameter>> {
        let mut parameters = Vec::new();
        loop {
            let mut group = vec![self.ident("a name of a variable")?];
            while self.eat(",") {
                group.push(self.ident("a name of a variable")?);
            }
            if !self.eat(":") {
                return Err(self.unexpected("`:` and a type, or `,`"));
            }
            let ty = self.ty()?;
            let may_fail = self.eat("or");
            if may_fail {
                self.expect("fail")?;
            }
            parameters.extend(
                group
                    .into_iter()
                    .map(|name| Parameter { name, ty, may_fail }),
            );
            if !self.eat(",") {
                return Ok(parameters);
            }
        }
    }

    /// `[data, inductionOn = x]`, or nothing.
    fn options(&mut self) -> Result<Vec<Setting>> {
        if !self.at("[") {
            return Ok(Vec::new());
        }
        if self.looking_at(1, "]") {
            self.advance();
            return Err(self.unexpected("an option"));
        }
        self.list("[", "]", |p| {
            let name = p.ident("an option")?;
            let mut variables = Vec::new();
            if p.eat("=") {
                if p.at("{") && !p.looking_at(1, "}") {
                    variables = p.list("{", "}", |p| p.ident("a variable"))?;
                } else {
                    variables.push(p.ident("a variable")?);
                }
            }
            Ok(Setting { name, variables })
        })
    }

    fn skip(&mut self) {
        if let Kind::Ident(symbol) = self.advance().kind {
            self.skipped.insert(symbol);
        }
    }
}

/// The diagnostic for exceeding [`DEPTH_LIMIT`].
pub(crate) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(span, format!("nested more than {DEPTH_LIMIT} levels deep"))
        .with_hint("split the process into parallel parts, or bind inner terms with `let`")
}
