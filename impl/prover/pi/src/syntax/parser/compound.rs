//! Terms that branch or bind: `event`, `insert`, `get`, `if`, `let`, `new` and
//! `x <- M`.
//!
//! An `else` belongs to the innermost of these that has none yet. The heads of
//! `let`, `new` and `x <-R t` are shared with processes.

use super::super::lexer::Kind;
use super::super::tree::{Binding, BoundKey, Ident, Pattern, PatternKind, Term, TermKind};
use super::{Parser, Result};

impl Parser<'_> {
    pub(super) fn event_term(&mut self) -> Result<TermKind> {
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

    pub(super) fn insert_term(&mut self) -> Result<TermKind> {
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

    pub(super) fn get_term(&mut self) -> Result<TermKind> {
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

    pub(super) fn if_term(&mut self) -> Result<TermKind> {
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

    pub(super) fn let_term(&mut self) -> Result<TermKind> {
        self.advance();
        if let Some(variables) = self.such_that_variables()? {
            let predicate = Box::new(self.term()?);
            // No options: those may stand in processes only.
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
        self.expect("=")?;
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
    pub(super) fn new_term(&mut self) -> Result<TermKind> {
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
    pub(super) fn assignment(&mut self) -> Result<TermKind> {
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
}
