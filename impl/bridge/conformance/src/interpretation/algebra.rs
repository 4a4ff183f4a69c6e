//! The model's rewrite rules and equations against the meanings.
//!
//! A destructor is interpreted by what its meaning does with octets, so its
//! rule has to say the same: `verify(pk(k), m, sign(k, m)) = true` and
//! `unseal(k, seal(k, m)) = m`. A rule that says anything else, or an equation
//! without counterpart in octets, makes the interpretation unsound.

use std::collections::BTreeMap;

use pi::{Equation, FunId, FunctionKind, Program, RewriteRule, RuleTerm};

use super::Symbol;
use crate::{
    derive::place,
    mapping::{Computation, Constant, Function, Mapping, Relation},
};

type Symbols<'a> = BTreeMap<FunId, Symbol<'a>>;

pub(super) fn check(
    program: &Program,
    symbols: &Symbols<'_>,
    mapping: &Mapping,
    findings: &mut Vec<String>,
) {
    for (id, symbol) in symbols {
        let Some(function) = program.functions.get(id.0 as usize) else {
            continue;
        };
        let FunctionKind::Destructor { rules, .. } = &function.kind else {
            continue;
        };
        let said = match (symbol, rules.as_slice()) {
            (Symbol::Function(Function::Relates(Relation::SignatureVerification)), [rule]) => {
                verifies(rule, symbols)
            }
            (Symbol::Function(Function::Relates(Relation::RecordOpening)), [rule]) => {
                opens(rule, symbols)
            }
            _ => false,
        };
        if !said {
            let at = function.span.map_or(String::new(), |s| place(program, s));
            findings.push(format!(
                "{at}: the rule of `{}` is not what {} makes of it",
                function.name, mapping.name
            ));
        }
    }
    for equation in &program.equations {
        if concerns(equation, symbols) && !commutes(equation, symbols) {
            findings.push(format!(
                "{}: {} has no counterpart in octets for this equation",
                place(program, equation.span),
                mapping.name
            ));
        }
    }
}

/// `f(pk(k), m, sign(k, m)) = true`
fn verifies(rule: &RewriteRule, symbols: &Symbols<'_>) -> bool {
    let [
        RuleTerm::Apply(public, of),
        RuleTerm::Var(m),
        RuleTerm::Apply(sign, signed),
    ] = rule.arguments.as_slice()
    else {
        return false;
    };
    let ([RuleTerm::Var(k)], [RuleTerm::Var(signer), RuleTerm::Var(message)]) =
        (of.as_slice(), signed.as_slice())
    else {
        return false;
    };
    rule.result == RuleTerm::Apply(FunId::TRUE, Vec::new())
        && k == signer
        && m == message
        && k != m
        && !may_fail(rule)
        && is(symbols, *public, |f| {
            matches!(f, Function::Computes(Computation::Identity))
        })
        && is(symbols, *sign, |f| {
            matches!(f, Function::Relates(Relation::Signature))
        })
}

/// `f(k, seal(k, m)) = m`
fn opens(rule: &RewriteRule, symbols: &Symbols<'_>) -> bool {
    let [RuleTerm::Var(key), RuleTerm::Apply(seal, sealed)] = rule.arguments.as_slice() else {
        return false;
    };
    let [RuleTerm::Var(under), RuleTerm::Var(content)] = sealed.as_slice() else {
        return false;
    };
    rule.result == RuleTerm::Var(*content)
        && key == under
        && key != content
        && !may_fail(rule)
        && is(symbols, *seal, |f| {
            matches!(f, Function::Relates(Relation::RecordProtection { .. }))
        })
}

fn may_fail(rule: &RewriteRule) -> bool {
    rule.variables.iter().any(|variable| variable.may_fail)
}

/// A symbol that no role uses has no meaning here, hence is not the one meant.
fn is(symbols: &Symbols<'_>, id: FunId, meant: impl Fn(&Function) -> bool) -> bool {
    matches!(symbols.get(&id), Some(Symbol::Function(function)) if meant(function))
}

fn concerns(equation: &Equation, symbols: &Symbols<'_>) -> bool {
    fn mentions(term: &RuleTerm, symbols: &Symbols<'_>) -> bool {
        match term {
            RuleTerm::Apply(id, arguments) => {
                symbols.contains_key(id) || arguments.iter().any(|t| mentions(t, symbols))
            }
            RuleTerm::Fail | RuleTerm::Var(_) => false,
        }
    }
    mentions(&equation.left, symbols) || mentions(&equation.right, symbols)
}

/// `exp(exp(G, x), y) = exp(exp(G, y), x)`: both ends of an exchange compute
/// the same shared secret, which a witness from either end confirms.
fn commutes(equation: &Equation, symbols: &Symbols<'_>) -> bool {
    let powers = |term: &RuleTerm| -> Option<(u32, u32)> {
        let (base, last) = power(term, symbols)?;
        let (base, first) = power(base, symbols)?;
        let RuleTerm::Apply(generator, none) = base else {
            return None;
        };
        let is_generator = matches!(
            symbols.get(generator),
            Some(Symbol::Constant(Constant::Generator))
        );
        (is_generator && none.is_empty()).then_some((first, last))
    };
    match (powers(&equation.left), powers(&equation.right)) {
        (Some((x, y)), Some((z, w))) => x == w && y == z && x != y,
        _ => false,
    }
}

fn power<'a>(term: &'a RuleTerm, symbols: &Symbols<'_>) -> Option<(&'a RuleTerm, u32)> {
    let RuleTerm::Apply(id, arguments) = term else {
        return None;
    };
    let [base, RuleTerm::Var(exponent)] = arguments.as_slice() else {
        return None;
    };
    is(symbols, *id, |f| {
        matches!(f, Function::Relates(Relation::DiffieHellman))
    })
    .then_some((base, *exponent))
}
