//! Terms and patterns.
//!
//! Precedence, loosest first: `==>` and `->` (queries, clauses), `||`, `&&`,
//! `=` and `<>`, the orderings (neither chains), `+` and `-`. What begins with a word,
//! like `let … in` or `new …;`, reaches as far right as possible.

use super::super::lexer::Kind;
use super::super::tree::{
    Binding, BoundKey, FactKind, Ident, Infix, Pattern, PatternKind, Term, TermKind,
};
use super::{Parser, Result};
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn term(&mut self) -> Result<Term> {
        self.nested(Self::implication)
    }

    fn implication(&mut self) -> Result<Term> {
        let left = self.disjunction()?;
        let infix = match self.peek().kind {
            Kind::Fixed("==>" | "->") => Infix::Implies,
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

    fn event_term(&mut self) -> Result<TermKind> {
        self.advance();
        let event = self.ident("a name of an event")?;
        let arguments = self.optional_terms()?;
        self.expect(";")?;
        let then = Box::new(self.term()?);
        Ok(TermKind::Event {
            event,
            arguments,
            then,
        })
    }

    fn insert_term(&mut self) -> Result<TermKind> {
        self.advance();
        let table = self.ident("a name of a table")?;
        let arguments = self.terms()?;
        self.expect(";")?;
        let then = Box::new(self.term()?);
        Ok(TermKind::Insert {
            table,
            arguments,
            then,
        })
    }

    fn get_term(&mut self) -> Result<TermKind> {
        self.advance();
        let table = self.ident("a name of a table")?;
        let patterns = self.list("(", ")", Self::pattern)?;
        let condition = if self.eat("suchthat") {
            Some(Box::new(self.term()?))
        } else {
            None
        };
        let options = self.options()?;
        self.expect("in")?;
        let then = Box::new(self.term()?);
        let otherwise = self.else_term()?;
        Ok(TermKind::Get {
            table,
            patterns,
            condition,
            options,
            then,
            otherwise,
        })
    }

    fn if_term(&mut self) -> Result<TermKind> {
        self.advance();
        let condition = Box::new(self.term()?);
        self.expect("then")?;
        let then = Box::new(self.term()?);
        let otherwise = self.else_term()?;
        Ok(TermKind::If {
            condition,
            then,
            otherwise,
        })
    }

    fn else_term(&mut self) -> Result<Option<Box<Term>>> {
        if self.eat("else") {
            Ok(Some(Box::new(self.term()?)))
        } else {
            Ok(None)
        }
    }

    fn let_term(&mut self) -> Result<TermKind> {
        self.advance();
        if let Some(variables) = self.such_that_variables()? {
            let predicate = Box::new(self.term()?);
            self.options()?;
            self.expect("in")?;
            let then = Box::new(self.term()?);
            let otherwise = self.else_term()?;
            return Ok(TermKind::LetSuchThat {
                variables,
                predicate,
                then,
                otherwise,
            });
        }
        let (pattern, value) = self.let_binding()?;
        self.expect("in")?;
        let then = Box::new(self.term()?);
        let otherwise = self.else_term()?;
        Ok(TermKind::Let {
            pattern: Box::new(pattern),
            value: Box::new(value),
            then,
            otherwise,
        })
    }

    /// `pattern = term`, behind `let`.
    pub(super) fn let_binding(&mut self) -> Result<(Pattern, Term)> {
        let pattern = self.pattern()?;
        if !self.at("=") {
            let error = self.unexpected("`=`");
            if let (PatternKind::Equal(_), Some(last)) =
                (&pattern.kind, self.diagnostics.last_mut())
            {
                last.hint = Some(
                    "`=M = N` reads as one term: to test against M, write `let (=M) = N`"
                        .to_owned(),
                );
            }
            return Err(error);
        }
        self.advance();
        let value = self.term()?;
        Ok((pattern, value))
    }

    /// `x: t, y: u suchthat`, behind `let`; nothing is consumed when no
    /// `suchthat` follows.
    pub(super) fn such_that_variables(&mut self) -> Result<Option<Vec<Binding>>> {
        let mut ahead = 0;
        while matches!(
            self.token(ahead).kind,
            Kind::Ident(_) | Kind::Fixed("," | ":" | "channel")
        ) {
            ahead += 1;
        }
        if !self.looking_at(ahead, "suchthat") {
            return Ok(None);
        }
        let mut variables = Vec::new();
        loop {
            let name = self.ident("a name of a variable")?;
            let ty = if self.eat(":") {
                Some(self.ty()?)
            } else {
                None
            };
            variables.push((name, ty));
            if !self.eat(",") {
                break;
            }
        }
        self.expect("suchthat")?;
        Ok(Some(variables))
    }

    /// `new n: t; M` or, in a query, `new n[x = M; !1 = i]`.
    fn new_term(&mut self) -> Result<TermKind> {
        self.advance();
        let name = self.ident("a name")?;
        if self.at("[") {
            let named = matches!(self.token(1).kind, Kind::Ident(_)) && self.looking_at(2, "=");
            if named
                || self.looking_at(1, "!")
                || self.looking_at(1, "]") && !self.looking_at(2, ":")
            {
                let keys = self.separated(";", "[", "]", Self::bound_argument)?;
                return Ok(TermKind::Bound(name, keys));
            }
        } else if !self.at(":") {
            return Ok(TermKind::Bound(name, Vec::new()));
        }
        let (arguments, ty) = self.new_type()?;
        self.expect(";")?;
        let then = Box::new(self.term()?);
        Ok(TermKind::New {
            name,
            arguments,
            ty,
            then,
        })
    }

    fn bound_argument(&mut self) -> Result<(BoundKey, Term)> {
        let start = self.peek().span;
        let key = if self.eat("!") {
            let number = self.number("the number of a replication")?;
            BoundKey::Session(number, self.since(start))
        } else {
            BoundKey::Variable(self.ident("a variable or `!` and a number")?)
        };
        self.expect("=")?;
        Ok((key, self.term()?))
    }

    /// `[x, y]: t`, behind the name that `new` binds.
    pub(super) fn new_type(&mut self) -> Result<(Option<Vec<Ident>>, Ident)> {
        let arguments = if self.at("[") {
            Some(self.list("[", "]", |p| p.ident("a variable"))?)
        } else {
            None
        };
        self.expect(":")?;
        Ok((arguments, self.ty()?))
    }

    /// Whether `x <-`, `x: t <-` or `x <-R` comes next.
    pub(super) fn at_assignment(&self) -> bool {
        let behind = match self.peek().kind {
            Kind::Ident(_) if self.looking_at(1, ":") => 3,
            Kind::Ident(_) => 1,
            _ => return false,
        };
        matches!(self.token(behind).kind, Kind::Fixed("<-" | "<-R"))
    }

    /// `x <- M; N` or `x <-R t; N`.
    fn assignment(&mut self) -> Result<TermKind> {
        let pattern = self.pattern()?;
        if self.at("<-R") {
            let (name, ty) = self.random(pattern)?;
            self.expect(";")?;
            let then = Box::new(self.term()?);
            return Ok(TermKind::New {
                name,
                arguments: None,
                ty,
                then,
            });
        }
        self.expect("<-")?;
        let value = Box::new(self.term()?);
        self.expect(";")?;
        let then = Box::new(self.term()?);
        Ok(TermKind::Let {
            pattern: Box::new(pattern),
            value,
            then,
            otherwise: None,
        })
    }

    /// The rest of `x <-R t`.
    pub(super) fn random(&mut self, pattern: Pattern) -> Result<(Ident, Ident)> {
        let PatternKind::Var(name, None) = pattern.kind else {
            return Err(self.unexpected("`<-`, as only `x <-R t` draws a random value"));
        };
        self.expect("<-R")?;
        Ok((name, self.ty()?))
    }

    pub(super) fn pattern(&mut self) -> Result<Pattern> {
        self.nested(|p| {
            let start = p.peek().span;
            let kind = match p.peek().kind {
                Kind::Fixed("=") => {
                    p.advance();
                    PatternKind::Equal(Box::new(p.term()?))
                }
                Kind::Fixed("_") => {
                    p.advance();
                    PatternKind::Any(p.type_annotation()?)
                }
                Kind::Fixed("(") => {
                    let mut patterns = p.list("(", ")", Self::pattern)?;
                    match (patterns.len(), patterns.pop()) {
                        (1, Some(only)) => only.kind,
                        (_, last) => {
                            patterns.extend(last);
                            PatternKind::Tuple(patterns)
                        }
                    }
                }
                Kind::Ident(_) => {
                    let name = p.ident("a pattern")?;
                    if p.at("(") {
                        PatternKind::Data(name, p.list("(", ")", Self::pattern)?)
                    } else {
                        PatternKind::Var(name, p.type_annotation()?)
                    }
                }
                _ => return Err(p.unexpected("a pattern")),
            };
            let span = match &kind {
                // The type is no part of what binds.
                PatternKind::Var(name, _) => name.span,
                PatternKind::Any(_) => start,
                _ => p.since(start),
            };
            Ok(Pattern { kind, span })
        })
    }

    fn type_annotation(&mut self) -> Result<Option<Ident>> {
        if self.eat(":") {
            Ok(Some(self.ty()?))
        } else {
            Ok(None)
        }
    }
}

fn join(infix: Infix, left: Term, right: Term) -> Term {
    let span: Span = left.span.to(right.span);
    let kind = TermKind::Infix(infix, Box::new(left), Box::new(right));
    Term { kind, span }
}
