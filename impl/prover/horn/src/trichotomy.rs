//! Disjunctions that compare two numbers in every way.
//!
//! Of two natural numbers one is less than the other, or they are equal. So `i < j ||
//! i = j || j < i` follows from `is_nat(i) && is_nat(j)`, which then stands beside it
//! as a disjunct of its own: the query says what it said. Of what is no number none of
//! the three need be true, hence nothing is taken away.

use pi::{Correspondence, Formula, NaturalOperation, QueryTerm, TypeId};

/// The query with such a disjunct where it compares two terms in every way.
pub(crate) fn completed(asked: &Correspondence) -> Correspondence {
    let Formula::Or(disjuncts) = &asked.conclusion else {
        return asked.clone();
    };
    let mut pairs: Vec<Compared<'_>> = Vec::new();
    for disjunct in disjuncts {
        let Some(new) = compared(disjunct) else {
            continue;
        };
        match pairs
            .iter_mut()
            .find(|p| p.left == new.left && p.right == new.right)
        {
            Some(old) => old.join(&new),
            None => match pairs
                .iter_mut()
                .find(|p| p.left == new.right && p.right == new.left)
            {
                Some(old) => old.join(&new.turned()),
                None => pairs.push(new),
            },
        }
    }
    let is_time = |t: &QueryTerm| {
        matches!(t, QueryTerm::Var(v)
            if asked.variables.get(*v as usize).is_none_or(|d| d.ty == TypeId::TIME))
    };
    let all = pairs.iter().filter(|p| p.less && p.equal && p.more);
    let numbers: Vec<Formula> = all
        .filter(|p| !is_time(p.left) && !is_time(p.right))
        .map(|p| {
            let is_nat =
                |t: &QueryTerm| Formula::Natural(NaturalOperation::IsNat, vec![t.clone()], p.span);
            Formula::And(vec![is_nat(p.left), is_nat(p.right)])
        })
        .collect();
    Correspondence {
        conclusion: Formula::Or(disjuncts.iter().cloned().chain(numbers).collect()),
        ..asked.clone()
    }
}

/// In which ways two terms are compared.
struct Compared<'a> {
    left: &'a QueryTerm,
    right: &'a QueryTerm,
    less: bool,
    equal: bool,
    more: bool,
    span: pi::Span,
}

impl Compared<'_> {
    fn join(&mut self, other: &Self) {
        self.less |= other.less;
        self.equal |= other.equal;
        self.more |= other.more;
    }

    fn turned(self) -> Self {
        Self {
            left: self.right,
            right: self.left,
            less: self.more,
            more: self.less,
            ..self
        }
    }
}

fn compared(formula: &Formula) -> Option<Compared<'_>> {
    let (left, right, less, equal, span) = match formula {
        Formula::Equal(l, r, span) => (l, r, false, true, span),
        Formula::Natural(operation, terms, span) => {
            let [l, r] = terms.as_slice() else {
                return None;
            };
            match operation {
                NaturalOperation::Less => (l, r, true, false, span),
                NaturalOperation::LessOrEqual => (l, r, true, true, span),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(Compared {
        left,
        right,
        less,
        equal,
        more: false,
        span: *span,
    })
}
