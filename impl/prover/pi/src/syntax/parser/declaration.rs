//! Declarations and whole files.

use super::super::lexer::Kind;
use super::super::tree::{Declaration, DeclarationKind, Destructor, Ident, Setting};
use super::{Parser, Reported, Result};
use crate::diagnostic::Diagnostic;
use crate::program::LemmaKind;

/// Keywords that only begin declarations: after an error, one of these is a
/// safe place to go on.
pub(super) const BEGINNINGS: &[&str] = &[
    "axiom",
    "clauses",
    "const",
    "def",
    "equation",
    "expand",
    "free",
    "fun",
    "lemma",
    "letfun",
    "noninterf",
    "noselect",
    "nounif",
    "pred",
    "process",
    "query",
    "reduc",
    "restriction",
    "select",
    "set",
    "type",
    "weaksecret",
];

impl Parser<'_> {
    pub(super) fn file(&mut self) -> Vec<Declaration> {
        let mut declarations = Vec::new();
        while self.peek().kind != Kind::End {
            let start = self.peek().span;
            let begin = self.at;
            let main = self.at("process") || self.at("equivalence");
            match self.declaration() {
                Ok(kind) => {
                    let span = self.since(start);
                    declarations.push(Declaration { kind, span });
                }
                Err(Reported) => {
                    if main {
                        // Something must stand for the process, so that its
                        // absence is not reported as well.
                        let kind = DeclarationKind::Ignored;
                        declarations.push(Declaration { kind, span: start });
                    }
                    self.recover(start.start);
                    let lost = self.tokens.tokens.get(begin..self.at).unwrap_or(&[]);
                    self.skipped
                        .extend(lost.iter().filter_map(|t| match t.kind {
                            Kind::Ident(symbol) => Some(symbol),
                            _ => None,
                        }));
                }
            }
        }
        declarations
    }

    /// Skips behind the next full stop, or to the next keyword that begins a
    /// declaration.
    fn recover(&mut self, start: u32) {
        if self.peek().span.start == start {
            self.skip();
        }
        loop {
            match self.peek().kind {
                Kind::End => return,
                Kind::Fixed(".") => {
                    self.advance();
                    return;
                }
                Kind::Fixed(word) if BEGINNINGS.contains(&word) => return,
                _ => self.skip(),
            }
        }
    }

    fn declaration(&mut self) -> Result<DeclarationKind> {
        if self.at("query") {
            let label = self.label();
            let kind = self.query(label)?;
            self.stop()?;
            return Ok(kind);
        }
        if self.at("process") {
            return self.main_process();
        }
        if self.at("def") {
            return self.definition();
        }
        if self.at("proof") {
            return self.computational_proof();
        }
        let kind = self.stopped_declaration()?;
        self.stop()?;
        Ok(kind)
    }

    fn stop(&mut self) -> Result<()> {
        if self.eat(".") {
            return Ok(());
        }
        let error = self.unexpected("`.`");
        match self.peek().kind {
            // Only the stop is missing: the declaration itself is sound.
            Kind::Fixed(word) if BEGINNINGS.contains(&word) => Ok(()),
            _ => Err(error),
        }
    }

    fn main_process(&mut self) -> Result<DeclarationKind> {
        self.advance();
        let process = self.process()?;
        if self.peek().kind != Kind::End {
            return Err(self.unexpected("`|` or the end of the file"));
        }
        Ok(DeclarationKind::Main(process))
    }

    fn definition(&mut self) -> Result<DeclarationKind> {
        self.advance();
        let name = self.ident("a name of a macro")?;
        let parameters = self.list("(", ")", |p| p.ident("a parameter"))?;
        self.expect("{")?;
        let body = self.nested(|p| {
            let mut body = Vec::new();
            while !p.eat("}") {
                let start = p.peek().span;
                let kind = p.declaration()?;
                let span = p.since(start);
                body.push(Declaration { kind, span });
            }
            Ok(body)
        })?;
        Ok(DeclarationKind::Def {
            name,
            parameters,
            body,
        })
    }

    fn stopped_declaration(&mut self) -> Result<DeclarationKind> {
        let Kind::Fixed(word) = self.peek().kind else {
            return Err(self.unexpected("a declaration"));
        };
        match word {
            "axiom" => self.lemma(LemmaKind::Axiom, None),
            "channel" => {
                self.advance();
                Ok(DeclarationKind::Channel(self.name_list()?))
            }
            "clauses" => {
                self.advance();
                Ok(DeclarationKind::Clauses(self.rules(";")?))
            }
            "const" | "free" => self.constants(word == "const"),
            "elimtrue" => {
                self.advance();
                self.true_fact()
            }
            "equation" => {
                self.advance();
                let rules = self.rules(";")?;
                let options = self.options()?;
                Ok(DeclarationKind::Equation { rules, options })
            }
            "equivalence" => self.unsupported("equivalence"),
            "event" => {
                self.advance();
                let name = self.ident("a name of an event")?;
                let parameters = self.optional_types()?;
                Ok(DeclarationKind::Event { name, parameters })
            }
            "expand" => {
                self.advance();
                let name = self.ident("a name of a macro")?;
                let arguments = self.list("(", ")", Self::ty)?;
                Ok(DeclarationKind::Expand { name, arguments })
            }
            "fun" => self.function(),
            "implementation" | "letproba" | "param" | "proba" => self.computational(word),
            "lemma" => {
                let label = self.label();
                self.lemma(LemmaKind::Lemma, label)
            }
            "let" => self.macro_declaration(),
            "letfun" => self.letfun(),
            "noninterf" => self.unsupported("noninterf"),
            "noselect" | "nounif" => self.hint_declaration(false),
            "not" => self.not_declaration(),
            "pred" => self.predicate(),
            "reduc" => {
                self.advance();
                let rules = self.rules(";")?;
                let options = self.options()?;
                Ok(DeclarationKind::Destructor(Destructor {
                    signature: None,
                    rules,
                    options,
                }))
            }
            "restriction" => self.lemma(LemmaKind::Restriction, None),
            "select" => self.hint_declaration(true),
            "set" => self.set(),
            "table" => {
                self.advance();
                let name = self.ident("a name of a table")?;
                let columns = self.types()?;
                Ok(DeclarationKind::Table { name, columns })
            }
            "type" => {
                self.advance();
                let name = self.ident("a name of a type")?;
                let options = self.options()?;
                Ok(DeclarationKind::Type { name, options })
            }
            "weaksecret" => self.unsupported("weaksecret"),
            _ => Err(self.unexpected("a declaration")),
        }
    }

    /// `proof { … }`, which has no full stop.
    fn computational_proof(&mut self) -> Result<DeclarationKind> {
        self.advance();
        self.expect("{")?;
        if self.at("}") {
            return Err(self.unexpected("a proof step"));
        }
        while !self.at("}") {
            if self.at("{") || self.peek().kind == Kind::End {
                return Err(self.unexpected("`}`"));
            }
            self.advance();
        }
        self.advance();
        Ok(DeclarationKind::Ignored)
    }

    /// What only CryptoVerif reads; the full stop of `0.5` ends nothing.
    fn computational(&mut self, word: &'static str) -> Result<DeclarationKind> {
        self.advance();
        match word {
            "implementation" => {
                let kinds = ["const", "fun", "table", "type"];
                if !kinds.into_iter().any(|kind| self.at(kind)) {
                    return Err(self.unexpected("`type`, `fun`, `table` or `const`"));
                }
            }
            "param" => {
                self.name_list()?;
                self.options()?;
                return Ok(DeclarationKind::Ignored);
            }
            "proba" => {
                self.ident("a name of a probability")?;
                if self.at("(") {
                    self.list("(", ")", Self::ty)?;
                }
                self.options()?;
                return Ok(DeclarationKind::Ignored);
            }
            _ => {
                self.ident("a name of a probability")?;
            }
        }
        loop {
            match (self.peek().kind, self.token(1).kind) {
                (Kind::End, _) => break,
                (Kind::Fixed("."), next) if !matches!(next, Kind::Number(_)) => break,
                (Kind::Fixed("const" | "fun" | "type"), _) => self.advance(),
                (Kind::Fixed(word), _) if BEGINNINGS.contains(&word) => break,
                _ => self.advance(),
            };
        }
        Ok(DeclarationKind::Ignored)
    }

    /// Skips to the full stop; `equivalence` ends with the file.
    fn unsupported(&mut self, what: &'static str) -> Result<DeclarationKind> {
        let span = self.advance().span;
        self.report(
            Diagnostic::error(span, format!("`{what}` is not supported")).with_hint(
                "supported are secrecy and correspondence queries; without this they are answered",
            ),
        );
        Err(Reported)
    }

    fn name_list(&mut self) -> Result<Vec<Ident>> {
        let mut names = vec![self.ident("a name")?];
        while self.eat(",") {
            names.push(self.ident("a name")?);
        }
        Ok(names)
    }

    fn constants(&mut self, constant: bool) -> Result<DeclarationKind> {
        self.advance();
        let names = self.name_list()?;
        if !self.at(":") {
            return Err(self.unexpected("`:` and a type, or `,`"));
        }
        self.advance();
        let ty = self.ty()?;
        let options = self.options()?;
        Ok(if constant {
            DeclarationKind::Const { names, ty, options }
        } else {
            DeclarationKind::Free { names, ty, options }
        })
    }

    fn types(&mut self) -> Result<Vec<Ident>> {
        self.list("(", ")", Self::ty)
    }

    fn optional_types(&mut self) -> Result<Vec<Ident>> {
        if self.at("(") {
            self.types()
        } else {
            Ok(Vec::new())
        }
    }

    fn function(&mut self) -> Result<DeclarationKind> {
        self.advance();
        let name = self.ident("a name of a function")?;
        let parameters = self.types()?;
        self.expect(":")?;
        let result = self.ty()?;
        if !self.eat("reduc") {
            let options = self.options()?;
            return Ok(DeclarationKind::Function {
                name,
                parameters,
                result,
                options,
            });
        }
        let rules = self.rules("otherwise")?;
        let options = self.options()?;
        Ok(DeclarationKind::Destructor(Destructor {
            signature: Some((name, parameters, result)),
            rules,
            options,
        }))
    }

    fn letfun(&mut self) -> Result<DeclarationKind> {
        self.advance();
        let name = self.ident("a name of a function")?;
        let parameters = self.optional_parameters()?;
        self.expect("=")?;
        let body = self.term()?;
        Ok(DeclarationKind::Letfun {
            name,
            parameters,
            body,
        })
    }

    fn macro_declaration(&mut self) -> Result<DeclarationKind> {
        self.advance();
        let name = self.ident("a name of a process")?;
        let parameters = self.optional_parameters()?;
        self.expect("=")?;
        let body = self.process()?;
        Ok(DeclarationKind::Process {
            name,
            parameters,
            body,
        })
    }

    fn optional_parameters(&mut self) -> Result<Vec<super::Parameter>> {
        if !self.eat("(") || self.eat(")") {
            return Ok(Vec::new());
        }
        let parameters = self.parameters()?;
        self.expect(")")?;
        Ok(parameters)
    }

    fn predicate(&mut self) -> Result<DeclarationKind> {
        self.advance();
        let name = self.ident("a name of a predicate")?;
        let parameters = self.optional_types()?;
        let options: Vec<Setting> = self.options()?;
        Ok(DeclarationKind::Predicate {
            name,
            parameters,
            options,
        })
    }

    fn set(&mut self) -> Result<DeclarationKind> {
        self.advance();
        let name = self.ident("a name of a setting")?;
        self.expect("=")?;
        let start = self.peek().span;
        match self.peek().kind {
            Kind::Ident(_) | Kind::Number(_) | Kind::Text => {}
            _ => return Err(self.unexpected("the value of the setting")),
        }
        self.advance();
        let value_span = self.since(start);
        let value = self.source(value_span).trim_matches('"').to_owned();
        Ok(DeclarationKind::Set {
            name,
            value,
            value_span,
        })
    }
}
