//! Queries, lemmas, axioms, restrictions, `not`, hints and clauses.

use super::super::lexer::Kind;
use super::super::tree::{DeclarationKind, Ident, QueryBody, QueryPart, Rule, Term, TermKind};
use super::{Parser, Result};
use crate::diagnostic::Diagnostic;
use crate::label::Label;
use crate::program::LemmaKind;

impl Parser<'_> {
    pub(super) fn query(&mut self, label: Option<Label>) -> Result<DeclarationKind> {
        self.advance();
        let variables = self.optional_variables()?;
        let parts = self.query_parts(label)?;
        for part in &parts {
            if part.is_for {
                self.report(Diagnostic::error(
                    part.span,
                    "`for` may stand in lemmas, axioms and restrictions only",
                ));
            }
        }
        Ok(DeclarationKind::Query { variables, parts })
    }

    pub(super) fn lemma(
        &mut self,
        kind: LemmaKind,
        label: Option<Label>,
    ) -> Result<DeclarationKind> {
        self.advance();
        let variables = self.optional_variables()?;
        let parts = self.query_parts(label)?;
        for part in &parts {
            if let (Some(name), false) = (part.public_variables.first(), part.is_for) {
                self.report(
                    Diagnostic::error(name.span, "`public_vars` may stand in queries only")
                        .with_hint("for the queries that have it: `for { public_vars … }`"),
                );
            }
        }
        Ok(DeclarationKind::Lemma {
            kind,
            variables,
            parts,
        })
    }

    /// `x: t; F`, behind `elimtrue`: a fact that is true, which is a clause without
    /// hypotheses.
    pub(super) fn true_fact(&mut self) -> Result<DeclarationKind> {
        let start = self.peek().span;
        let variables = self.optional_variables()?;
        let body = self.term()?;
        if let TermKind::Infix(..) = body.kind {
            return Err(self.report(Diagnostic::error(body.span, "one fact is needed here")));
        }
        let span = self.since(start);
        Ok(DeclarationKind::Clauses(vec![Rule {
            variables,
            bindings: Vec::new(),
            body,
            span,
        }]))
    }

    pub(super) fn not_declaration(&mut self) -> Result<DeclarationKind> {
        self.advance();
        let variables = self.optional_variables()?;
        let bindings = self.bindings()?;
        let fact = self.term()?;
        Ok(DeclarationKind::Not {
            variables,
            bindings,
            fact,
        })
    }

    pub(super) fn hint_declaration(&mut self, positive: bool) -> Result<DeclarationKind> {
        self.advance();
        let variables = self.optional_variables()?;
        let bindings = self.bindings()?;
        let fact = self.term()?;
        let weight = if self.eat("/") {
            let negative = self.eat("-");
            let value = self.number("the weight of the hint")?;
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            Some(if negative { -value } else { value })
        } else {
            None
        };
        let options = self.options()?;
        Ok(DeclarationKind::Hint {
            variables,
            bindings,
            fact,
            positive,
            weight,
            options,
        })
    }

    /// `x, y: t, z: u;`, or nothing.
    fn optional_variables(&mut self) -> Result<Vec<super::Parameter>> {
        let named = matches!(self.peek().kind, Kind::Ident(_));
        if !named || !(self.looking_at(1, ",") || self.looking_at(1, ":")) {
            return Ok(Vec::new());
        }
        // Facts as they were written before there were types.
        let old = ["attacker", "ev", "evinj", "mess"].contains(&self.source(self.peek().span));
        if old && self.looking_at(1, ":") {
            return Ok(Vec::new());
        }
        let variables = self.parameters()?;
        self.expect(";")?;
        Ok(variables)
    }

    fn query_parts(&mut self, mut label: Option<Label>) -> Result<Vec<QueryPart>> {
        let mut parts = Vec::new();
        let mut failed = None;
        loop {
            let inner = self.label();
            match self.query_part(label.take().or(inner)) {
                Ok(part) => parts.push(part),
                Err(error) => {
                    failed = Some(error);
                    while !matches!(self.peek().kind, Kind::End | Kind::Fixed("." | ";")) {
                        self.skip();
                    }
                }
            }
            if !self.eat(";") {
                break;
            }
        }
        match failed {
            // The declaration ended inside the part that failed.
            Some(error) if !self.at(".") => Err(error),
            _ => Ok(parts),
        }
    }

    fn query_part(&mut self, label: Option<Label>) -> Result<QueryPart> {
        let start = self.peek().span;
        let body = if self.eat("secret") {
            QueryBody::Secret(self.ident("a name or variable")?)
        } else if self.eat("putbegin") {
            QueryBody::PutBegin(self.put_begin()?)
        } else {
            let bindings = self.bindings()?;
            let formula = self.term()?;
            QueryBody::Formula { bindings, formula }
        };
        let span = self.since(start);
        let mut public_variables = Vec::new();
        let is_for = self.eat("for");
        if is_for {
            self.expect("{")?;
            if self.at("secret") {
                return Err(self.report(
                    Diagnostic::error(
                        self.peek().span,
                        "`secret … [real_or_random]` is not supported",
                    )
                    .with_hint(
                        "without this option, `secret` asks whether the attacker learns the value",
                    ),
                ));
            }
            self.expect("public_vars")?;
        }
        if is_for || self.eat("public_vars") {
            loop {
                public_variables.push(self.ident("a name or variable")?);
                if !self.eat(",") {
                    break;
                }
            }
        }
        if is_for {
            self.expect("}")?;
        }
        let options = self.options()?;
        if !matches!(self.peek().kind, Kind::Fixed("." | ";")) {
            return Err(self.unexpected("`;` or `.`"));
        }
        let secret = matches!(body, QueryBody::Secret(_));
        if let Some(option) = options.first()
            && self.at(";")
            && !secret
        {
            self.report(
                Diagnostic::error(
                    option.name.span,
                    "options stand at the end of the declaration",
                )
                .with_hint("they hold for all its parts"),
            );
        }
        Ok(QueryPart {
            label,
            body,
            public_variables,
            is_for,
            options,
            span,
        })
    }

    /// `event: e, f` behind `putbegin`.
    fn put_begin(&mut self) -> Result<Vec<Ident>> {
        if !self.eat("event") && !self.eat("inj-event") {
            return Err(self.unexpected("`event` or `inj-event`"));
        }
        self.expect(":")?;
        let mut events = vec![self.ident("a name of an event")?];
        while self.eat(",") {
            events.push(self.ident("a name of an event")?);
        }
        Ok(events)
    }

    /// `let x = M in let y = N in`.
    fn bindings(&mut self) -> Result<Vec<(Ident, Term)>> {
        let mut bindings = Vec::new();
        while self.eat("let") {
            let name = self.ident("a name of a variable")?;
            self.expect("=")?;
            let value = self.term()?;
            self.expect("in")?;
            bindings.push((name, value));
            if bindings.len() > super::DEPTH_LIMIT as usize {
                return Err(self.report(super::too_deep(name.span)));
            }
        }
        Ok(bindings)
    }

    /// `forall x: t; let y = M in body`, for rewrite rules, equations and
    /// clauses.
    pub(super) fn rule(&mut self) -> Result<Rule> {
        let start = self.peek().span;
        let variables = if self.eat("forall") {
            let variables = self.parameters()?;
            self.expect(";")?;
            variables
        } else {
            Vec::new()
        };
        let bindings = self.bindings()?;
        let body = self.term()?;
        let span = self.since(start);
        Ok(Rule {
            variables,
            bindings,
            body,
            span,
        })
    }

    /// `rule; rule; …`.
    pub(super) fn rules(&mut self, separator: &'static str) -> Result<Vec<Rule>> {
        let mut rules = vec![self.rule()?];
        while self.eat(separator) {
            rules.push(self.rule()?);
        }
        Ok(rules)
    }
}
