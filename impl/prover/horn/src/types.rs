//! Types of messages, where they are respected.
//!
//! The language is typed, and with `set ignoreTypes = false` so are its runs: a
//! variable holds messages of its type only. Then every place of a clause has
//! one type. Constructors, tables, events and names fix the types of their
//! arguments; tuples take arguments of any types and become one symbol for each
//! choice of types; what the attacker knows, and what is sent, carries the type
//! in the number of the fact ([`crate::Symbols::known`]). So terms that unify
//! have one type, and plain unification respects types.

use pi::{
    BoundArgument, Formula, FunId, FunctionKind, Pattern, PatternKind, Process, ProcessKind,
    Program, QueryKind, QueryTerm, QueryVariable, RuleTerm, RuleVariable, Term, TermKind, TypeId,
};
use std::collections::BTreeSet;

/// Types of which there are names.
pub(crate) fn inhabited(program: &Program) -> Vec<TypeId> {
    let not = [TypeId::ANY, TypeId::NAT, TypeId::TIME, TypeId::SID];
    let count = u32::try_from(program.types.len()).unwrap_or(u32::MAX);
    (0..count)
        .map(TypeId)
        .filter(|ty| !not.contains(ty))
        .collect()
}

/// The type of a term in a rule.
pub(crate) fn of_rule_term(
    program: &Program,
    variables: &[RuleVariable],
    term: &RuleTerm,
) -> TypeId {
    match term {
        RuleTerm::Apply(f, _) => result(program, *f),
        RuleTerm::Fail => TypeId::ANY,
        RuleTerm::Var(v) => variables.get(*v as usize).map_or(TypeId::ANY, |v| v.ty),
    }
}

/// The type of a term in a query.
pub(crate) fn of_query_term(
    program: &Program,
    variables: &[QueryVariable],
    term: &QueryTerm,
) -> TypeId {
    match term {
        QueryTerm::Apply(f, _) => result(program, *f),
        QueryTerm::Bound { name, .. } => program
            .variables
            .get(name.0 as usize)
            .map_or(TypeId::ANY, |v| v.ty),
        QueryTerm::Name(n) => program
            .names
            .get(n.0 as usize)
            .map_or(TypeId::ANY, |n| n.ty),
        QueryTerm::Var(v) => variables.get(*v as usize).map_or(TypeId::ANY, |v| v.ty),
    }
}

fn result(program: &Program, function: FunId) -> TypeId {
    program
        .functions
        .get(function.0 as usize)
        .map_or(TypeId::ANY, |f| f.result)
}

/// The types of the components of every tuple in the program.
pub(crate) fn tuples(program: &Program) -> BTreeSet<Vec<TypeId>> {
    let mut walk = Walk {
        program,
        found: BTreeSet::new(),
    };
    for function in &program.functions {
        if let FunctionKind::Destructor { rules, .. } = &function.kind {
            for rule in rules {
                for term in rule.arguments.iter().chain([&rule.result]) {
                    walk.rule_term(&rule.variables, term);
                }
            }
        }
    }
    for e in &program.equations {
        walk.rule_term(&e.variables, &e.left);
        walk.rule_term(&e.variables, &e.right);
    }
    for clause in &program.clauses {
        let variables: Vec<QueryVariable> = clause
            .variables
            .iter()
            .map(|v| QueryVariable {
                name: v.name.clone(),
                ty: v.ty,
            })
            .collect();
        for f in clause.hypotheses.iter().chain([&clause.conclusion]) {
            walk.formula(&variables, f);
        }
    }
    for query in &program.queries {
        if let QueryKind::Correspondence(c) = &query.kind {
            for f in c.premises.iter().chain([&c.conclusion]) {
                walk.formula(&c.variables, f);
            }
        }
    }
    for lemma in &program.lemmas {
        let c = &lemma.statement;
        for f in c.premises.iter().chain([&c.conclusion]) {
            walk.formula(&c.variables, f);
        }
    }
    walk.process(&program.process);
    walk.found
}

struct Walk<'p> {
    program: &'p Program,
    found: BTreeSet<Vec<TypeId>>,
}

impl Walk<'_> {
    fn applied(&mut self, function: FunId, types: Vec<TypeId>) {
        let declared = self.program.functions.get(function.0 as usize);
        if declared.is_some_and(|f| f.kind == FunctionKind::Tuple) {
            self.found.insert(types);
        }
    }

    fn rule_term(&mut self, variables: &[RuleVariable], term: &RuleTerm) {
        if let RuleTerm::Apply(f, parts) = term {
            let types = parts
                .iter()
                .map(|p| of_rule_term(self.program, variables, p))
                .collect();
            self.applied(*f, types);
            for p in parts {
                self.rule_term(variables, p);
            }
        }
    }

    fn query_term(&mut self, variables: &[QueryVariable], term: &QueryTerm) {
        match term {
            QueryTerm::Apply(f, parts) => {
                let types = parts
                    .iter()
                    .map(|p| of_query_term(self.program, variables, p))
                    .collect();
                self.applied(*f, types);
                for p in parts {
                    self.query_term(variables, p);
                }
            }
            QueryTerm::Bound { arguments, .. } => {
                for (_, value) in arguments as &[(BoundArgument, QueryTerm)] {
                    self.query_term(variables, value);
                }
            }
            QueryTerm::Name(_) | QueryTerm::Var(_) => {}
        }
    }

    fn formula(&mut self, variables: &[QueryVariable], formula: &Formula) {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => {
                for p in parts {
                    self.formula(variables, p);
                }
            }
            Formula::Nested(fact, conclusion) => {
                self.formula(variables, fact);
                self.formula(variables, conclusion);
            }
            Formula::Attacker { term, .. } => self.query_term(variables, term),
            Formula::Message { channel, term, .. } => {
                self.query_term(variables, channel);
                self.query_term(variables, term);
            }
            Formula::Equal(l, r, _) | Formula::Unequal(l, r, _) => {
                self.query_term(variables, l);
                self.query_term(variables, r);
            }
            Formula::Event { arguments, .. }
            | Formula::Natural(_, arguments, _)
            | Formula::Predicate { arguments, .. }
            | Formula::Table { arguments, .. } => {
                for a in arguments {
                    self.query_term(variables, a);
                }
            }
            Formula::False | Formula::True => {}
        }
    }

    fn process(&mut self, whole: &Process) {
        let mut work = vec![whole];
        while let Some(process) = work.pop() {
            match &process.kind {
                ProcessKind::Nil => {}
                ProcessKind::Call { bindings, body, .. } => {
                    for (_, value) in bindings {
                        self.term(value);
                    }
                    work.push(body);
                }
                ProcessKind::Event {
                    arguments, then, ..
                }
                | ProcessKind::Insert {
                    arguments, then, ..
                } => {
                    self.terms(arguments);
                    work.push(then);
                }
                ProcessKind::Get {
                    patterns,
                    condition,
                    then,
                    otherwise,
                    ..
                } => {
                    self.patterns(patterns);
                    self.terms(condition);
                    work.extend(otherwise.as_deref());
                    work.push(then);
                }
                ProcessKind::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    self.term(condition);
                    work.extend([&**then, &**otherwise]);
                }
                ProcessKind::Input {
                    channel,
                    pattern,
                    then,
                    ..
                } => {
                    self.term(channel);
                    self.pattern(pattern);
                    work.push(then);
                }
                ProcessKind::Let {
                    pattern,
                    value,
                    then,
                    otherwise,
                } => {
                    self.pattern(pattern);
                    self.term(value);
                    work.extend([&**then, &**otherwise]);
                }
                ProcessKind::LetSuchThat {
                    arguments,
                    then,
                    otherwise,
                    ..
                } => {
                    self.terms(arguments);
                    work.extend([&**then, &**otherwise]);
                }
                ProcessKind::New { then, .. } | ProcessKind::Phase { then, .. } => work.push(then),
                ProcessKind::Output {
                    channel,
                    message,
                    then,
                } => {
                    self.term(channel);
                    self.term(message);
                    work.push(then);
                }
                ProcessKind::Parallel(parts) => work.extend(parts),
                ProcessKind::Replicate(body) => work.push(body),
            }
        }
    }

    fn terms<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term>) {
        for term in terms {
            self.term(term);
        }
    }

    fn patterns(&mut self, patterns: &[Pattern]) {
        for p in patterns {
            self.pattern(p);
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Data(f, parts) => {
                self.applied(*f, parts.iter().map(|p| p.ty).collect());
                self.patterns(parts);
            }
            PatternKind::Equal(term) => self.term(term),
            PatternKind::Var(_) => {}
        }
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Fail | TermKind::Name(_) | TermKind::Var(_) => {}
            TermKind::Apply(f, arguments) => {
                self.applied(*f, arguments.iter().map(|a| a.ty).collect());
                self.terms(arguments);
            }
            TermKind::Event {
                arguments, then, ..
            }
            | TermKind::Insert {
                arguments, then, ..
            } => {
                self.terms(arguments);
                self.term(then);
            }
            TermKind::Get {
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                self.patterns(patterns);
                self.terms(condition.as_deref());
                self.terms([&**then, otherwise]);
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => self.terms([&**condition, then, otherwise]),
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                self.pattern(pattern);
                self.terms([&**value, then, otherwise]);
            }
            TermKind::LetSuchThat {
                arguments,
                then,
                otherwise,
                ..
            } => {
                self.terms(arguments);
                self.terms([&**then, otherwise]);
            }
            TermKind::New { then, .. } => self.term(then),
        }
    }
}
