//! Terms: operators, suffixes and what they are made of.
//!
//! Precedence, loosest first: `==>` and `->` (queries, clauses), `||`, `&&`,
//! `=` and `<>`, the orderings (neither chains), `+` and `-`. What begins with a
//! word, like `let … in` or `new …;`, reaches as far right as possible.

use super::super::lexer::Kind;
use super::super::tree::{FactKind, Infix, Term, TermKind};
use super::{Parser, Result};
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn term(&mut self) -> Result<Term> {
        self.nested(Self::implication)
    }

    fn implication(&mut self) -> Result<Term> {
        let left = self.disjunction()?;
        let infix = match self.peek().kind {
            Kind::Fixed("->") => Infix::Arrow,
            Kind::Fixed("==>") => Infix::Implies,
            Kind::Fixed("<->" | "<=>") => Infix::Equivalent,
            _ => return Ok(left),
        };
        self.advance();
        let right = self.nested(Self::implication)?;
        Ok(join(infix, left, right))
    }

    fn disjunction(&mut self) -> Result<Term> {
        self.chain(Infix::Or, "||", Self::conjunction)
    }

    fn conjunction(&mut self) -> Result<Term> {
        self.chain(Infix::And, "&&", Self::comparison)
    }

    /// `a && b && c`, grouped to the left; each link counts as a level.
    fn chain(
        &mut self,
        infix: Infix,
        mark: &'static str,
        operand: fn(&mut Self) -> Result<Term>,
    ) -> Result<Term> {
        let depth = self.depth;
        let result = (|| {
            let mut left = operand(self)?;
            while self.eat(mark) {
                let right = self.nested(operand)?;
                left = join(infix, left, right);
                self.depth += 1;
            }
            Ok(left)
        })();
        self.depth = depth;
        result
    }

    fn comparison(&mut self) -> Result<Term> {
        let left = self.ordering()?;
        let infix = match self.peek().kind {
            Kind::Fixed("=") => Infix::Equal,
            Kind::Fixed("<>") => Infix::Unequal,
            _ => return Ok(left),
        };
        self.advance();
        let right = self.ordering()?;
        Ok(join(infix, left, right))
    }

    fn ordering(&mut self) -> Result<Term> {
        let left = self.sum()?;
        let infix = match self.peek().kind {
            Kind::Fixed("<") => Infix::Less,
            Kind::Fixed("<=") => Infix::LessOrEqual,
            Kind::Fixed(">") => Infix::Greater,
            Kind::Fixed(">=") => Infix::GreaterOrEqual,
            _ => return Ok(left),
        };
        self.advance();
        let right = self.sum()?;
        Ok(join(infix, left, right))
    }

    fn sum(&mut self) -> Result<Term> {
        let depth = self.depth;
        let result = (|| {
            let mut left = self.suffixed()?;
            loop {
                let infix = match self.peek().kind {
                    Kind::Fixed("+") => Infix::Add,
                    Kind::Fixed("-") => Infix::Subtract,
                    _ => return Ok(left),
                };
                self.advance();
                let right = self.nested(Self::suffixed)?;
                left = join(infix, left, right);
                self.depth += 1;
            }
        })();
        self.depth = depth;
        result
    }

    /// A term with `phase n` or `@i` behind it.
    fn suffixed(&mut self) -> Result<Term> {
        let term = self.primary()?;
        let applied = matches!(term.kind, TermKind::Apply(..));
        let fact = matches!(term.kind, TermKind::Fact(..));
        let timeless = matches!(term.kind, TermKind::Fact(FactKind::Table, _)) || applied;
        if timeless && self.at("phase") {
            self.advance();
            let phase = self.number("the number of a phase")?;
            let span = self.since(term.span);
            let kind = TermKind::Phase(Box::new(term), phase);
            return self.timed(Term { kind, span });
        }
        if applied || fact {
            return self.timed(term);
        }
        Ok(term)
    }

    fn timed(&mut self, term: Term) -> Result<Term> {
        if !self.eat("@") {
            return Ok(term);
        }
        let time = self.ident("a variable of type time")?;
        let span = term.span.to(time.span);
        let kind = TermKind::At(Box::new(term), time);
        Ok(Term { kind, span })
    }

    fn primary(&mut self) -> Result<Term> {
        let start = self.peek().span;
        let kind = match self.peek().kind {
            Kind::Ident(symbol) => {
                if self.looking_at(1, "(") {
                    let name = self.ident("a function")?;
                    TermKind::Apply(name, self.terms()?)
                } else if self.at_assignment() {
                    self.assignment()?
                } else {
                    self.advance();
                    TermKind::Ident(symbol)
                }
            }
            Kind::Number(value) => {
                self.advance();
                TermKind::Number(value)
            }
            Kind::Fixed("(") => {
                let mut terms = self.terms()?;
                match (terms.len(), terms.pop()) {
                    (1, Some(only)) => TermKind::Parenthesised(Box::new(only)),
                    (_, last) => {
                        terms.extend(last);
                        TermKind::Tuple(terms)
                    }
                }
            }
            Kind::Fixed("*") => {
                self.advance();
                TermKind::Starred(self.ident("a name of a variable")?)
            }
            Kind::Fixed(word @ ("choice" | "diff")) => {
                self.advance();
                self.list("[", "]", Self::term)?;
                TermKind::Choice(word)
            }
            Kind::Fixed("fail") => {
                self.advance();
                TermKind::Fail
            }
            Kind::Fixed("not") => {
                self.advance();
                self.expect("(")?;
                let inner = self.term()?;
                self.expect(")")?;
                TermKind::Not(Box::new(inner))
            }
            Kind::Fixed("event") if self.looking_at(1, "(") => self.fact(FactKind::Event)?,
            Kind::Fixed("inj-event") => self.fact(FactKind::InjectiveEvent)?,
            Kind::Fixed("table") => self.fact(FactKind::Table)?,
            Kind::Fixed("event") => self.event_term()?,
            Kind::Fixed("get") => self.get_term()?,
            Kind::Fixed("if") => self.if_term()?,
            Kind::Fixed("insert") => self.insert_term()?,
            Kind::Fixed("let") => self.let_term()?,
            Kind::Fixed("new") => self.new_term()?,
            _ => return Err(self.unexpected("a term")),
        };
        let span = self.since(start);
        Ok(Term { kind, span })
    }

    pub(super) fn terms(&mut self) -> Result<Vec<Term>> {
        self.list("(", ")", Self::term)
    }

    /// Arguments that may be left out together with their parentheses.
    pub(super) fn optional_terms(&mut self) -> Result<Vec<Term>> {
        if self.at("(") {
            self.terms()
        } else {
            Ok(Vec::new())
        }
    }

    fn fact(&mut self, kind: FactKind) -> Result<TermKind> {
        self.advance();
        self.expect("(")?;
        let inner = self.term()?;
        self.expect(")")?;
        Ok(TermKind::Fact(kind, Box::new(inner)))
    }
}

fn join(infix: Infix, left: Term, right: Term) -> Term {
    let span: Span = left.span.to(right.span);
    let kind = TermKind::Infix(infix, Box::new(left), Box::new(right));
    Term { kind, span }
}
