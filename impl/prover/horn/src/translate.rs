//! The translation as a whole.
//!
//! The theorem it owes: every fact that some run of the program makes true is
//! derivable from the clauses together with the `begin` facts of that run
//! (Blanchet, 2016 survey, section 4.2, for the rules; 2008, section 5, for
//! equations). Each rule is argued where it stands: attacker in
//! [`crate::attacker`], processes in [`crate::process`], terms in
//! [`crate::evaluate`], patterns in [`crate::matching`], names in
//! [`crate::scope`].

use crate::attacker;
use crate::branch::{Branch, Step};
use crate::canonical::{self, Renaming};
use crate::compromise;
use crate::destructor::{Destructor, rule_pattern};
use crate::hint;
use crate::options::Options;
use crate::problem::{InitialClause, Origin, PathStep, ProcessOrigin, Translation};
use crate::support::unsupported;
use crate::symbols::{Symbols, symbols};
use crate::theory::{Equation, Fresh, Theory};
use crate::unify::{Bindings, Roles};
use logic::{Clause, Fact, Predicate, Signature, Store, Symbol, SymbolKind, TermId, View};
use pi::{
    Diagnostic, Formula, FunId, PointId, Process, ProcessKind, Program, QueryKind, Span, TypeId,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Most clauses of a translation, and most paths looked at on the way.
pub const CLAUSE_LIMIT: usize = 200_000;
pub(crate) const WORK_LIMIT: usize = 5_000_000;
/// Deepest message of a clause.
const DEPTH_LIMIT: u32 = 2_000;
/// Stack for evaluating terms.
const STACK: usize = 256 << 20;

/// How often is asked whether a translation shall go on.
const ASKED: Duration = Duration::from_millis(20);

/// Why there is no translation.
#[derive(Debug)]
pub enum Untranslated {
    /// Whoever waited for it said that it shall end.
    Interrupted,
    /// Every construct that is not supported, the equations if they have no finite
    /// variants, or the place where a limit was reached.
    Refused(Vec<Diagnostic>),
}

/// Translates a program, however long it takes. The clauses are a function of the
/// program and the options alone. Errors as in [`Untranslated::Refused`].
pub fn translate(program: &Program, options: &Options) -> Result<Translation, Vec<Diagnostic>> {
    translate_unless(program, options, &|| false).map_err(|why| match why {
        Untranslated::Refused(errors) => errors,
        // Nobody interrupted it.
        Untranslated::Interrupted => Vec::new(),
    })
}

/// Translates a program, unless the closure says that this took too long. It is asked
/// now and then, and on the caller's thread.
///
/// # Errors
/// See [`Untranslated`].
pub fn translate_unless(
    program: &Program,
    options: &Options,
    interrupted: &dyn Fn() -> bool,
) -> Result<Translation, Untranslated> {
    let stop = AtomicBool::new(false);
    // Terms are evaluated by recursion, as deep as a program may nest them.
    let translated = std::thread::scope(|scope| {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let stop = &stop;
        let work = move || {
            // The other end hears of it when this one goes, however it goes.
            let _done = done;
            translate_here(program, options, stop)
        };
        match std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)
        {
            Ok(thread) => {
                while wait.recv_timeout(ASKED) == Err(RecvTimeoutError::Timeout) {
                    if interrupted() {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
            Err(error) => Err(vec![Diagnostic::error(
                program.process.span,
                format!("no thread could be started to translate the program: {error}"),
            )]),
        }
    });
    translated.map_err(|errors| {
        if stop.load(Ordering::Relaxed) {
            Untranslated::Interrupted
        } else {
            Untranslated::Refused(errors)
        }
    })
}

fn translate_here(
    program: &Program,
    options: &Options,
    stop: &AtomicBool,
) -> Result<Translation, Vec<Diagnostic>> {
    let refused = unsupported(program);
    if !refused.is_empty() {
        return Err(refused);
    }
    let (signature, symbols) = symbols(program, options);
    let theory = theory(program, &signature, &symbols)?;
    let destructors = destructors(program, &symbols)?;
    let mut options = options.clone();
    // A passive attacker cannot send, so what it knows is not what is received.
    options.message_form |= program.settings.passive_attacker;
    let mut translator = Translator {
        program,
        options,
        signature,
        symbols,
        store: Store::new(),
        theory,
        destructors,
        fresh: Fresh::from(0),
        clauses: Vec::new(),
        known: BTreeMap::new(),
        user_types: Vec::new(),
        work: 0,
        stop,
        speaks_of_messages: false,
    };
    for start in compromise::starts(&mut translator) {
        translator
            .process(&program.process, start)
            .map_err(|error| vec![error])?;
    }
    let process_clauses = std::mem::take(&mut translator.clauses);
    let phases = phases(program);
    attacker::clauses(&mut translator, phases).map_err(|error| vec![error])?;
    compromise::clauses(&mut translator, phases).map_err(|error| vec![error])?;
    translator.user_clauses().map_err(|error| vec![error])?;
    translator.clauses.extend(process_clauses);
    let Translator {
        options,
        signature,
        symbols,
        store,
        theory,
        clauses,
        ..
    } = translator;
    let mut translation = Translation {
        signature,
        store,
        theory,
        clauses: Arc::new(clauses),
        options,
        phases,
        symbols,
        hints: Vec::new(),
    };
    translation.hints = hint::hints(program, &mut translation);
    Ok(translation)
}

/// State of a translation.
pub(crate) struct Translator<'p> {
    pub(crate) program: &'p Program,
    pub(crate) options: Options,
    pub(crate) signature: Signature,
    pub(crate) symbols: Symbols,
    pub(crate) store: Store,
    pub(crate) theory: Theory,
    pub(crate) destructors: BTreeMap<FunId, Destructor>,
    pub(crate) fresh: Fresh,
    pub(crate) clauses: Vec<InitialClause>,
    /// Types of the variables of the user clause under way.
    pub(crate) user_types: Vec<TypeId>,
    /// Where a clause of the process stands already.
    known: BTreeMap<Clause, Vec<usize>>,
    /// Paths looked at.
    pub(crate) work: usize,
    /// Set when nobody waits for the translation any more.
    stop: &'p AtomicBool,
    /// Whether some fact has the form `mess(c,M)`.
    pub(crate) speaks_of_messages: bool,
}

impl Translator<'_> {
    /// Adds the clause that a branch and a conclusion make, unless it is void.
    pub(crate) fn push(&mut self, branch: &Branch, conclusion: &Fact, origin: Origin) {
        if let Some((clause, _)) =
            canonical::clause(&mut self.store, &self.theory, branch, conclusion)
        {
            self.clauses.push(InitialClause { clause, origin });
        }
    }

    /// Adds the clause for an action of the process.
    pub(crate) fn emit(
        &mut self,
        branch: &Branch,
        conclusion: &Fact,
        action: PointId,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let Some((clause, mut renaming)) =
            canonical::clause(&mut self.store, &self.theory, branch, conclusion)
        else {
            return Ok(());
        };
        let deepest = clause
            .hypotheses
            .iter()
            .chain([&clause.conclusion])
            .flat_map(|f| &f.arguments)
            .map(|t| self.store.depth(*t))
            .max();
        if deepest > Some(DEPTH_LIMIT) {
            return Err(Diagnostic::error(
                span,
                format!("a message here is nested more than {DEPTH_LIMIT} levels deep"),
            ));
        }
        if self.clauses.len() >= CLAUSE_LIMIT {
            return Err(Diagnostic::error(
                span,
                format!("the process has more than {CLAUSE_LIMIT} clauses"),
            )
            .with_hint("each test in a term doubles the clauses after it; split the process"));
        }
        self.note_messages(&clause.conclusion);
        for f in &clause.hypotheses {
            self.note_messages(f);
        }
        let path = branch
            .path
            .iter()
            .map(|step| self.path_step(branch, step, &mut renaming))
            .collect();
        let origin = Origin::Process(ProcessOrigin { action, span, path });
        // Tests that do not matter to what is known leave equal clauses behind.
        let known = self.known.entry(clause.clone()).or_default();
        if !known.iter().any(|i| self.clauses[*i].origin == origin) {
            known.push(self.clauses.len());
            self.clauses.push(InitialClause { clause, origin });
        }
        Ok(())
    }

    /// All representatives of a constructor applied to representatives.
    pub(crate) fn apply_symbol(
        &mut self,
        bindings: &Bindings,
        symbol: Symbol,
        arguments: &[TermId],
    ) -> Vec<(Bindings, TermId)> {
        self.theory.apply(
            &mut self.store,
            &mut self.fresh,
            bindings,
            symbol,
            arguments,
            Roles::default(),
        )
    }

    /// Counts paths; an error when there are too many, or nobody waits any more.
    pub(crate) fn spend(&mut self, paths: usize, span: Span) -> Result<(), Diagnostic> {
        self.work = self.work.saturating_add(paths);
        if self.stop.load(Ordering::Relaxed) {
            return Err(Diagnostic::error(span, "the translation was interrupted"));
        }
        if self.work > WORK_LIMIT {
            return Err(Diagnostic::error(
                span,
                format!("more than {WORK_LIMIT} paths lead through the process"),
            )
            .with_hint("each test in a term doubles the paths after it; split the process"));
        }
        Ok(())
    }

    fn note_messages(&mut self, fact: &Fact) {
        self.speaks_of_messages |= matches!(fact.predicate, Predicate::Message(_));
    }

    fn path_step(&mut self, branch: &Branch, step: &Step, renaming: &mut Renaming) -> PathStep {
        let store = &mut self.store;
        let mut term = |store: &mut Store, t: TermId| {
            let resolved = branch.bindings.resolve(store, t);
            renaming.term(store, resolved)
        };
        match *step {
            Step::Branch { point, then } => PathStep::Branch { point, then },
            Step::Component { point, index } => PathStep::Component { point, index },
            Step::Get { point, hypothesis } => PathStep::Get { point, hypothesis },
            Step::Input {
                point,
                hypothesis,
                channel,
                message,
            } => PathStep::Input {
                point,
                hypothesis,
                channel: term(store, channel),
                message: term(store, message),
            },
            Step::Passed { point } => PathStep::Passed { point },
            Step::Phase { point, phase } => PathStep::Phase { point, phase },
            Step::Replicate { point, session } => {
                // A path has one variable per replication around it, so two
                // names of it never force session variables to be equal; and
                // messages do not unify with sessions: the variable is unbound.
                let renamed = renaming.var(store, session);
                let session = match store.view(renamed) {
                    View::Var(v) => v,
                    View::Apply(..) => session,
                };
                PathStep::Replicate { point, session }
            }
        }
    }
}

/// The equational theory, with type converters erased.
fn theory(
    program: &Program,
    signature: &Signature,
    symbols: &Symbols,
) -> Result<Theory, Vec<Diagnostic>> {
    let mut equations = Vec::new();
    let mut errors = Vec::new();
    for e in &program.equations {
        let never = |_| false;
        let sides = [&e.left, &e.right]
            .map(|t| rule_pattern(program, symbols, &e.variables, t, &never, e.span));
        match sides {
            [Ok(Some(left)), Ok(Some(right))] => {
                if left != right {
                    equations.push(Equation {
                        left,
                        right,
                        span: e.span,
                    });
                }
            }
            [left, right] => {
                let unreadable = Diagnostic::error(e.span, "an equation cannot speak of failure");
                errors.push(left.err().or(right.err()).unwrap_or(unreadable));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let theory = Theory::build(&equations, |s| signature.kind(s) == SymbolKind::Data)?;
    Ok(theory.with_numbers(symbols.numbers))
}

fn destructors(
    program: &Program,
    symbols: &Symbols,
) -> Result<BTreeMap<FunId, Destructor>, Vec<Diagnostic>> {
    let mut out = BTreeMap::new();
    let mut errors = Vec::new();
    for (number, _) in (0_u32..).zip(&program.functions) {
        match Destructor::read(program, symbols, FunId(number)) {
            Ok(Some(destructor)) => {
                out.insert(FunId(number), destructor);
            }
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(out)
    } else {
        Err(errors)
    }
}

/// How many phases there are: one more than the largest that the process or a
/// query mentions.
fn phases(program: &Program) -> u32 {
    let mut last = compromise::last_phase(program);
    let mut work: Vec<&Process> = vec![&program.process];
    while let Some(process) = work.pop() {
        if let ProcessKind::Phase { phase, .. } = &process.kind {
            last = last.max(*phase);
        }
        work.extend(continuations(process));
    }
    for query in &program.queries {
        if let QueryKind::Correspondence(c) = &query.kind {
            for f in c.premises.iter().chain([&c.conclusion]) {
                last = last.max(formula_phase(f));
            }
        }
    }
    for lemma in &program.lemmas {
        let statement = &lemma.statement;
        for f in statement.premises.iter().chain([&statement.conclusion]) {
            last = last.max(formula_phase(f));
        }
    }
    last.saturating_add(1)
}

fn continuations(process: &Process) -> Vec<&Process> {
    match &process.kind {
        ProcessKind::Nil => Vec::new(),
        ProcessKind::Call { body, .. } => vec![body],
        ProcessKind::Get {
            then, otherwise, ..
        } => otherwise.as_deref().into_iter().chain([&**then]).collect(),
        ProcessKind::If {
            then, otherwise, ..
        }
        | ProcessKind::Let {
            then, otherwise, ..
        }
        | ProcessKind::LetSuchThat {
            then, otherwise, ..
        } => vec![otherwise, then],
        ProcessKind::Event { then, .. }
        | ProcessKind::Input { then, .. }
        | ProcessKind::Insert { then, .. }
        | ProcessKind::New { then, .. }
        | ProcessKind::Output { then, .. }
        | ProcessKind::Phase { then, .. } => vec![then],
        ProcessKind::Parallel(parts) => parts.iter().collect(),
        ProcessKind::Replicate(body) => vec![body],
    }
}

fn formula_phase(formula: &Formula) -> u32 {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().map(formula_phase).max().unwrap_or(0)
        }
        Formula::Nested(fact, conclusion) => formula_phase(fact).max(formula_phase(conclusion)),
        Formula::Attacker { phase, .. }
        | Formula::Message { phase, .. }
        | Formula::Table { phase, .. } => phase.unwrap_or(0),
        Formula::Equal(..)
        | Formula::Event { .. }
        | Formula::False
        | Formula::Natural(..)
        | Formula::Predicate { .. }
        | Formula::True
        | Formula::Unequal(..) => 0,
    }
}
