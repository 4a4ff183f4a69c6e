use super::*;
use logic::{Disequality, SymbolInfo, SymbolKind};
use pi::Span;

/// A small signature and a way to write terms over it.
struct Terms {
    signature: Signature,
    store: Store,
}

impl Terms {
    fn new(symbols: &[(&str, u32)]) -> Self {
        let mut signature = Signature::default();
        for (name, arity) in symbols {
            signature.add(SymbolInfo {
                name: (*name).to_owned(),
                arity: *arity,
                kind: SymbolKind::Constructor,
                public: true,
            });
        }
        Self {
            signature,
            store: Store::new(),
        }
    }

    fn symbol(&self, name: &str) -> Symbol {
        self.signature
            .iter()
            .find(|(_, i)| i.name == name)
            .map(|(s, _)| s)
            .expect("the test declares the symbol")
    }

    /// Reads `f(x0,g(a))`; `x` and digits are a variable.
    fn pattern(&self, text: &str) -> Pattern {
        let (pattern, rest) = self.read(text);
        assert!(rest.is_empty(), "left over: {rest}");
        pattern
    }

    fn read<'t>(&self, text: &'t str) -> (Pattern, &'t str) {
        let end = text
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        if let Some(number) = name.strip_prefix('x').and_then(|n| n.parse().ok()) {
            return (Pattern::Var(number), rest);
        }
        let mut arguments = Vec::new();
        if let Some(inner) = rest.strip_prefix('(') {
            rest = inner;
            loop {
                let (argument, after) = self.read(rest);
                arguments.push(argument);
                rest = &after[1..];
                if after.starts_with(')') {
                    break;
                }
            }
        }
        (Pattern::Apply(self.symbol(name), arguments), rest)
    }

    fn term(&mut self, text: &str) -> TermId {
        self.pattern(text).instantiate(&mut self.store, 0)
    }

    fn theory(&self, equations: &[(&str, &str)]) -> Result<Theory, Vec<pi::Diagnostic>> {
        let equations: Vec<_> = equations
            .iter()
            .map(|(l, r)| Equation {
                left: self.pattern(l),
                right: self.pattern(r),
                span: Span::default(),
            })
            .collect();
        Theory::build(&equations, |_| false)
    }

    fn show(&self, term: TermId) -> String {
        logic::print::term(&self.signature, &self.store, term)
    }
}

fn diffie_hellman() -> (Terms, Theory) {
    let terms = Terms::new(&[("G", 0), ("dh", 2), ("a", 0), ("b", 0), ("c", 0)]);
    let theory = terms
        .theory(&[("dh(dh(G,x0),x1)", "dh(dh(G,x1),x0)")])
        .expect("a linear theory");
    (terms, theory)
}

fn encryption() -> (Terms, Theory) {
    let terms = Terms::new(&[("enc", 2), ("dec", 2), ("a", 0), ("k", 0), ("l", 0)]);
    let theory = terms
        .theory(&[("dec(enc(x0,x1),x1)", "x0"), ("enc(dec(x0,x1),x1)", "x0")])
        .expect("a convergent theory");
    (terms, theory)
}

#[test]
fn diffie_hellman_has_one_more_variant() {
    let (terms, theory) = diffie_hellman();
    assert_eq!(
        theory.print(&terms.signature),
        "dh(dh(G,x0),x1) -> dh(dh(G,x1),x0)\n"
    );
}

#[test]
fn diffie_hellman_keys_are_equal_and_others_are_not() {
    let (mut terms, theory) = diffie_hellman();
    let (l, r) = (terms.term("dh(dh(G,a),b)"), terms.term("dh(dh(G,b),a)"));
    assert!(theory.equal(&mut terms.store, l, r));
    let other = terms.term("dh(dh(G,b),c)");
    assert!(!theory.equal(&mut terms.store, l, other));
    // Not an instance of the equation: the base is not G.
    let (l, r) = (terms.term("dh(dh(a,b),c)"), terms.term("dh(dh(a,c),b)"));
    assert!(!theory.equal(&mut terms.store, l, r));
    // For all values of the variables.
    let (l, r) = (terms.term("dh(dh(G,x0),x1)"), terms.term("dh(dh(G,x1),x0)"));
    assert!(theory.equal(&mut terms.store, l, r));
}

#[test]
fn unification_modulo_diffie_hellman_finds_both_solutions() {
    let (mut terms, theory) = diffie_hellman();
    let (l, r) = (terms.term("dh(dh(G,x0),x1)"), terms.term("dh(dh(G,a),b)"));
    let mut found: Vec<_> = theory
        .unify(&mut terms.store, &[(l, r)])
        .iter()
        .map(|s| {
            s.iter()
                .map(|(v, t)| format!("x{}={}", v.0, terms.show(t)))
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect();
    found.sort();
    assert_eq!(found, ["x0=a,x1=b", "x0=b,x1=a"]);
}

#[test]
fn rigid_variables_are_not_bound() {
    let (mut terms, theory) = diffie_hellman();
    let (l, r) = (terms.term("dh(dh(G,x0),x1)"), terms.term("dh(dh(G,a),b)"));
    let rigid = BTreeSet::from([Var(0), Var(1)]);
    assert!(
        theory
            .unify_rigid(&mut terms.store, &[(l, r)], &rigid)
            .is_empty()
    );
}

#[test]
fn disequalities_are_modulo_the_theory() {
    let (mut terms, theory) = diffie_hellman();
    let mut simplify = |l: &str, r: &str, universals: Vec<Var>| {
        let pairs = vec![(terms.term(l), terms.term(r))];
        let constraint = Disequality { universals, pairs };
        let simplified = theory.simplify(&mut terms.store, &constraint);
        match simplified {
            Simplified::Rest(rest) => rest
                .iter()
                .map(|c| logic::print::disequality(&terms.signature, &terms.store, c))
                .collect::<Vec<_>>()
                .join(" && "),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(simplify("dh(dh(G,a),b)", "dh(dh(G,b),a)", vec![]), "False");
    assert_eq!(simplify("dh(dh(G,a),b)", "dh(dh(G,b),c)", vec![]), "True");
    assert_eq!(
        simplify("dh(dh(G,x0),x1)", "dh(dh(G,a),b)", vec![]),
        "(x0,x1) <> (a,b) && (x0,x1) <> (b,a)"
    );
    assert_eq!(simplify("x0", "x1", vec![Var(1)]), "False");
    assert_eq!(simplify("a", "b", vec![]), "True");
    // One solution is an instance of the other modulo the theory.
    assert_eq!(
        simplify("x0", "dh(dh(G,a),b)", vec![]),
        "x0 <> dh(dh(G,a),b)"
    );
}

#[test]
fn convergent_theories_rewrite_and_unify() {
    let (mut terms, theory) = encryption();
    let (t, a) = (terms.term("dec(enc(a,k),k)"), terms.term("a"));
    assert_eq!(theory.normalise(&mut terms.store, t), a);
    assert!(theory.equal(&mut terms.store, t, a));
    assert!(theory.is_reducible(&terms.store, t));
    let wrong = terms.term("dec(enc(a,k),l)");
    assert!(!theory.is_reducible(&terms.store, wrong));
    assert!(!theory.equal(&mut terms.store, wrong, a));
    // dec(x0,k) = a has the solution enc(a,k).
    let open = terms.term("dec(x0,k)");
    let solutions = theory.unify(&mut terms.store, &[(open, a)]);
    let images: Vec<_> = solutions
        .iter()
        .filter_map(|s| s.image(Var(0)))
        .map(|t| terms.show(t))
        .collect();
    assert_eq!(images, ["enc(a,k)"]);
}

#[test]
fn completion_adds_what_follows() {
    // f(g(x)) = a and g(b) = c give f(c) = a.
    let mut terms = Terms::new(&[("a", 0), ("b", 0), ("c", 0), ("f", 1), ("g", 1)]);
    let theory = terms
        .theory(&[("f(g(x0))", "a"), ("g(b)", "c")])
        .expect("convergent");
    let (t, a) = (terms.term("f(c)"), terms.term("a"));
    assert!(theory.equal(&mut terms.store, t, a));
}

#[test]
fn variants_reach_normal_forms_in_one_step() {
    // The result of one rule is reduced by another.
    let mut terms = Terms::new(&[("a", 0), ("p", 2), ("q", 1), ("r", 1)]);
    let theory = terms
        .theory(&[("p(x0,a)", "q(x0)"), ("q(r(x0))", "x0")])
        .expect("convergent");
    let (t, x) = (terms.term("p(r(x0),a)"), terms.term("x0"));
    assert!(theory.equal(&mut terms.store, t, x));
    let root = terms.symbol("p");
    let arguments = [terms.term("r(x0)"), terms.term("a")];
    let mut fresh = Fresh::from(10);
    let results: Vec<_> = theory
        .apply(
            &mut terms.store,
            &mut fresh,
            &Bindings::default(),
            root,
            &arguments,
            Roles::default(),
        )
        .into_iter()
        .map(|(bindings, t)| {
            let t = bindings.resolve(&mut terms.store, t);
            theory.normalise(&mut terms.store, t)
        })
        .collect();
    assert!(results.contains(&x));
}

#[test]
fn commutativity_is_linear() {
    let mut terms = Terms::new(&[("f", 2), ("a", 0), ("b", 0), ("h", 1)]);
    let theory = terms.theory(&[("f(x0,x1)", "f(x1,x0)")]).expect("linear");
    let (l, r) = (terms.term("h(f(a,f(a,b)))"), terms.term("h(f(f(b,a),a))"));
    assert!(theory.equal(&mut terms.store, l, r));
    let other = terms.term("h(f(f(b,a),b))");
    assert!(!theory.equal(&mut terms.store, l, other));
}

#[test]
fn linear_equations_are_chained() {
    // h(f(x,y)) = k(x,y) with f commutative: k is commutative too.
    let mut terms = Terms::new(&[("f", 2), ("h", 1), ("k", 2), ("a", 0), ("b", 0)]);
    let theory = terms.theory(&[("f(x0,x1)", "f(x1,x0)")]).expect("linear");
    let (l, r) = (terms.term("k(a,b)"), terms.term("k(b,a)"));
    assert!(!theory.equal(&mut terms.store, l, r));
    // The second equation alone is oriented; with the first it mixes the two
    // kinds, and is refused rather than half understood.
    let mixed = terms.theory(&[("f(x0,x1)", "f(x1,x0)"), ("h(f(x0,x1))", "k(x0,x1)")]);
    assert!(mixed.is_err());
}

#[test]
fn a_constant_that_rewrites_is_not_in_linear_rules() {
    let composed = [("dh(dh(g,x0),x1)", "dh(dh(g,x1),x0)"), ("g", "h(b)")];
    // The constant is the smallest symbol, and h(b) is rewritten to it.
    let mut terms = Terms::new(&[("g", 0), ("b", 0), ("a", 0), ("dh", 2), ("h", 1)]);
    let theory = terms.theory(&composed).expect("they share a constant");
    let (l, r) = (terms.term("dh(dh(g,a),b)"), terms.term("dh(dh(h(b),b),a)"));
    assert!(theory.equal(&mut terms.store, l, r));
    // It is the largest, and under the reverse order not rewritten to h(b).
    let mut terms = Terms::new(&[("dh", 2), ("h", 1), ("a", 0), ("b", 0), ("g", 0)]);
    let theory = terms.theory(&composed).expect("under one of the orders");
    let (l, r) = (terms.term("dh(dh(g,a),b)"), terms.term("dh(dh(h(b),b),a)"));
    assert!(theory.equal(&mut terms.store, l, r));
    for symbols in [
        [("g", 0), ("k", 0), ("a", 0), ("b", 0), ("dh", 2)],
        [("k", 0), ("g", 0), ("a", 0), ("b", 0), ("dh", 2)],
    ] {
        let mut terms = Terms::new(&symbols);
        let constants = [("dh(dh(g,x0),x1)", "dh(dh(g,x1),x0)"), ("g", "k")];
        let theory = terms.theory(&constants).expect("one constant is enough");
        let (l, r) = (terms.term("dh(dh(g,a),b)"), terms.term("dh(dh(k,b),a)"));
        assert!(theory.equal(&mut terms.store, l, r), "{symbols:?}");
    }
}

#[test]
fn unsupported_theories_are_refused() {
    let terms = Terms::new(&[("f", 2), ("g", 1), ("a", 0)]);
    let associative = terms.theory(&[
        ("f(f(x0,x1),x2)", "f(x0,f(x1,x2))"),
        ("f(x0,x1)", "f(x1,x0)"),
    ]);
    assert!(associative.is_err());
    assert!(terms.theory(&[("x0", "x1")]).is_err());
    assert!(terms.theory(&[("f(x0,x0)", "f(x1,a)")]).is_err());
    let on_data = Theory::build(
        &[Equation {
            left: terms.pattern("g(a)"),
            right: terms.pattern("a"),
            span: Span::default(),
        }],
        |_| true,
    );
    assert!(on_data.is_err());
}

/// All terms of height at most 2 over the leaves and one binary symbol.
fn small_terms(terms: &mut Terms, leaves: &[&str], binary: &str) -> Vec<TermId> {
    let leaves: Vec<_> = leaves.iter().map(|l| terms.term(l)).collect();
    let symbol = terms.symbol(binary);
    let mut out = leaves.clone();
    for l in &leaves {
        for r in &leaves {
            out.push(terms.store.apply(symbol, &[*l, *r]));
        }
    }
    out
}

/// Every way to give x0 and x1 one of the values.
fn assignments(values: &[TermId]) -> Vec<Substitution> {
    let mut out = Vec::new();
    for first in values {
        for second in values {
            let mut s = Substitution::new();
            s.bind(Var(0), *first);
            s.bind(Var(1), *second);
            out.push(s);
        }
    }
    out
}

/// The ground instances excluded and included by unifiers and simplified
/// disequalities are exactly those that the theory makes equal.
fn check_against_instances(mut terms: Terms, theory: &Theory, leaves: &[&str], binary: &str) {
    let open = small_terms(&mut terms, leaves, binary);
    let ground_leaves: Vec<&str> = leaves
        .iter()
        .filter(|l| !l.starts_with('x'))
        .copied()
        .collect();
    let values = small_terms(&mut terms, &ground_leaves, binary);
    let normal: Vec<_> = values
        .into_iter()
        .filter(|t| !theory.is_reducible(&terms.store, *t))
        .collect();
    let assignments = assignments(&normal[..normal.len().min(4)]);
    for (i, left) in open.iter().enumerate() {
        for right in &open[i..] {
            let unifiers = theory.unify(&mut terms.store, &[(*left, *right)]);
            for u in &unifiers {
                let (l, r) = (
                    u.term(&mut terms.store, *left),
                    u.term(&mut terms.store, *right),
                );
                assert!(
                    theory.equal(&mut terms.store, l, r),
                    "a unifier that does not unify"
                );
            }
            let constraint = Disequality {
                universals: vec![Var(1)],
                pairs: vec![(*left, *right)],
            };
            let simplified = theory.simplify(&mut terms.store, &constraint);
            for s in &assignments {
                let (l, r) = (
                    s.term(&mut terms.store, *left),
                    s.term(&mut terms.store, *right),
                );
                let equal = theory.equal(&mut terms.store, l, r);
                let covered = unifiers.iter().any(|u| covers(&mut terms, theory, u, s));
                let text = format!("{} = {}", terms.show(l), terms.show(r));
                assert_eq!(equal, covered, "{text}");
                if equal {
                    // Some value of x1 makes the sides equal, so the constraint
                    // is false for this x0.
                    let mut fixed = Substitution::new();
                    if let Some(value) = s.image(Var(0)) {
                        fixed.bind(Var(0), value);
                    }
                    assert!(!holds(&mut terms, theory, &simplified, &fixed), "{text}");
                }
            }
            for value in &normal {
                let mut fixed = Substitution::new();
                fixed.bind(Var(0), *value);
                let instance = fixed.disequality(&mut terms.store, &constraint);
                let direct = theory.simplify(&mut terms.store, &instance);
                let instance = theory.unify(&mut terms.store, &instance.pairs).is_empty();
                assert_eq!(instance, holds(&mut terms, theory, &simplified, &fixed));
                assert_eq!(instance, direct == Simplified::True);
            }
        }
    }
}

fn covers(
    terms: &mut Terms,
    theory: &Theory,
    unifier: &Substitution,
    ground: &Substitution,
) -> bool {
    let pairs: Vec<_> = ground
        .iter()
        .map(|(v, value)| {
            let var = terms.store.var(v);
            (unifier.term(&mut terms.store, var), value)
        })
        .collect();
    !theory.unify(&mut terms.store, &pairs).is_empty()
}

fn holds(
    terms: &mut Terms,
    theory: &Theory,
    simplified: &Simplified,
    fixed: &Substitution,
) -> bool {
    match simplified {
        Simplified::False => false,
        Simplified::True => true,
        Simplified::Rest(rest) => rest.iter().all(|c| {
            let instance = fixed.disequality(&mut terms.store, c);
            theory.unify(&mut terms.store, &instance.pairs).is_empty()
        }),
    }
}

#[test]
fn unifiers_and_constraints_agree_with_instances_modulo_diffie_hellman() {
    let (terms, theory) = diffie_hellman();
    check_against_instances(terms, &theory, &["x0", "x1", "G", "a", "dh(G,b)"], "dh");
}

#[test]
fn unifiers_and_constraints_agree_with_instances_modulo_encryption() {
    let (terms, theory) = encryption();
    check_against_instances(terms, &theory, &["x0", "x1", "a", "k", "enc(a,k)"], "dec");
}

#[test]
fn unifiers_and_constraints_agree_with_instances_without_equations() {
    let terms = Terms::new(&[("f", 2), ("a", 0), ("b", 0)]);
    let theory = terms.theory(&[]).expect("no equations");
    assert!(!theory.has_equations());
    check_against_instances(terms, &theory, &["x0", "x1", "a", "b"], "f");
}
