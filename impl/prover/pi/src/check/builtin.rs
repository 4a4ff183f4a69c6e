//! Predefined types, functions and reserved identifiers.
//!
//! The connectives and comparisons are destructors with rewrite rules
//! (ProVerif manual, section 4.1.1), in the order that [`FunId`] promises.

use super::{Checker, Global};
use crate::program::{
    FunId, Function, FunctionKind, RewriteRule, RuleTerm, RuleVariable, Type, TypeId,
};

const TYPES: [&str; TypeId::PREDEFINED as usize] = [
    "channel",
    "bitstring",
    "bool",
    "nat",
    "any_type",
    "time",
    "sid",
];

impl Checker<'_> {
    pub(super) fn declare_builtins(&mut self) {
        for (index, name) in (0..).zip(TYPES) {
            self.program.types.push(Type {
                name: name.to_owned(),
                span: None,
            });
            self.predefine(name, Global::Type(TypeId(index)));
        }
        for function in functions() {
            let name = function.name.clone();
            let id = self.add_function(function);
            self.predefine(&name, Global::Function(id));
        }
        for name in ["attacker", "is_nat", "mess", "subterm"] {
            self.predefine(name, Global::Reserved);
        }
    }

    /// Declares a name unless the program never mentions it.
    fn predefine(&mut self, name: &str, global: Global) {
        if let Some(symbol) = self.names.find(name) {
            self.globals.insert(symbol, global);
        }
    }
}

fn functions() -> [Function; FunId::PREDEFINED as usize] {
    let t = || RuleTerm::Apply(FunId::TRUE, Vec::new());
    let f = || RuleTerm::Apply(FunId::FALSE, Vec::new());
    let v = RuleTerm::Var;
    let any = TypeId::ANY;
    let bool = TypeId::BOOL;
    [
        constant("true"),
        constant("false"),
        destructor(
            "=",
            &[any, any],
            vec![
                rule(&[(any, false)], [v(0), v(0)], t()),
                rule(&[(any, false), (any, false)], [v(0), v(1)], f()),
            ],
        ),
        destructor(
            "<>",
            &[any, any],
            vec![
                rule(&[(any, false)], [v(0), v(0)], f()),
                rule(&[(any, false), (any, false)], [v(0), v(1)], t()),
            ],
        ),
        destructor(
            "&&",
            &[bool, bool],
            vec![
                rule(&[(bool, true)], [t(), v(0)], v(0)),
                rule(&[(bool, false), (bool, true)], [v(0), v(1)], f()),
            ],
        ),
        destructor(
            "||",
            &[bool, bool],
            vec![
                rule(&[(bool, true)], [t(), v(0)], t()),
                rule(&[(bool, false), (bool, true)], [v(0), v(1)], v(1)),
            ],
        ),
        destructor(
            "not",
            &[bool],
            vec![rule(&[], [t()], f()), rule(&[(bool, false)], [v(0)], t())],
        ),
    ]
}

fn constant(name: &str) -> Function {
    Function {
        name: name.to_owned(),
        parameters: Vec::new(),
        result: TypeId::BOOL,
        kind: FunctionKind::Constructor {
            data: true,
            type_converter: false,
        },
        private: false,
        span: None,
    }
}

fn destructor(name: &str, parameters: &[TypeId], rules: Vec<RewriteRule>) -> Function {
    Function {
        name: name.to_owned(),
        parameters: parameters.to_vec(),
        result: TypeId::BOOL,
        kind: FunctionKind::Destructor {
            rules,
            ordered: true,
        },
        private: false,
        span: None,
    }
}

/// A rule whose variables have these types and may fail or not.
fn rule<const N: usize>(
    variables: &[(TypeId, bool)],
    arguments: [RuleTerm; N],
    result: RuleTerm,
) -> RewriteRule {
    let variables = variables
        .iter()
        .zip(["x", "y"])
        .map(|((ty, may_fail), name)| RuleVariable {
            name: name.to_owned(),
            ty: *ty,
            may_fail: *may_fail,
        })
        .collect();
    RewriteRule {
        variables,
        arguments: arguments.to_vec(),
        result,
        span: None,
    }
}
