//! One query, judged: proved and checked, attacked and replayed, or neither.

use crate::cache::Cache;
use crate::finding::Finding;
use crate::model;
use checker::Checker;
use pi::Program;
use proof::SaturationCertificate;
use std::time::{Duration, Instant};
use verdict::{Limits, Progress, Refused, Session, Verdict};

/// The four words, as reports print them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// True, with a certificate that the checker accepts.
    Proved,
    /// False, with a run that was replayed.
    Attacked,
    /// Neither.
    Undecided,
    /// A limit.
    Stopped,
}

impl Word {
    /// As ProVerif ends its result lines.
    pub(crate) fn result(self) -> &'static str {
        match self {
            Self::Proved => "is true.",
            Self::Attacked => "is false.",
            Self::Undecided | Self::Stopped => "cannot be proved.",
        }
    }

    /// In a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Attacked => "attacked",
            Self::Undecided => "undecided",
            Self::Stopped => "stopped",
        }
    }
}

/// What stands behind the word.
#[derive(Debug)]
pub(crate) enum Evidence {
    /// The certificate was checked: resolvents covered.
    Checked(checker::Checked),
    /// The run.
    Run(Box<verdict::run::Attack>),
    /// Why there is neither.
    Why(String),
}

/// A judged query.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) word: Word,
    pub(crate) evidence: Evidence,
    pub(crate) time: Duration,
    /// Whether the answer was found in the cache and re-checked.
    pub(crate) cached: bool,
    /// What was checked, where something was.
    pub(crate) certificate: Option<Box<SaturationCertificate>>,
}

/// Why a query cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JudgeError {
    /// The program or the query uses something unsupported.
    #[error("{report}")]
    Refused {
        /// All findings, rendered.
        report: String,
        /// The findings.
        errors: Vec<Finding>,
    },
}

/// Judges a query.
pub(crate) fn judge(
    program: &Program,
    query: u32,
    session: &mut Session,
    cache: &Cache,
    limits: Limits<'_>,
) -> Result<Judged, JudgeError> {
    let mut checker = Checker::new(program);
    let told = &mut |_| {};
    judge_telling(&mut checker, query, session, cache, limits, told)
}

/// Judges a query of the checker's program, and tells now and then how far it is.
pub(crate) fn judge_telling(
    checker: &mut Checker<'_>,
    query: u32,
    session: &mut Session,
    cache: &Cache,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Judged, JudgeError> {
    let start = Instant::now();
    let program = checker.program();
    if let Some((certificate, checked)) = cache.find(program, query).and_then(|certificate| {
        let checked = checker.check(&certificate).ok()?;
        Some((certificate, checked))
    }) {
        return Ok(Judged {
            word: Word::Proved,
            evidence: Evidence::Checked(checked),
            time: start.elapsed(),
            cached: true,
            certificate: Some(Box::new(certificate)),
        });
    }
    let answer = verdict::prove(program, query, session, limits, progress)
        .map_err(|refused| refusal(program, &refused))?;
    let mut kept = None;
    let (word, evidence) = match answer.verdict {
        Verdict::Proved(certificate) => match certified(checker, &certificate) {
            Ok(checked) => {
                cache.keep(program, query, &certificate);
                kept = Some(certificate);
                (Word::Proved, Evidence::Checked(checked))
            }
            Err(why) => (Word::Undecided, Evidence::Why(why)),
        },
        Verdict::Attacked(attack) => (Word::Attacked, Evidence::Run(attack)),
        Verdict::Undecided(undecided) => {
            let mut why = vec![undecided.reason.to_string()];
            why.extend(undecided.obstacles);
            (Word::Undecided, Evidence::Why(why.join("\n   ")))
        }
        Verdict::Stopped(reason) => (Word::Stopped, Evidence::Why(reason.to_string())),
    };
    Ok(Judged {
        word,
        evidence,
        time: start.elapsed(),
        cached: false,
        certificate: kept,
    })
}

/// A proof that the checker does not accept is no proof.
pub(crate) fn certified(
    checker: &mut Checker<'_>,
    certificate: &SaturationCertificate,
) -> Result<checker::Checked, String> {
    checker
        .check(certificate)
        .map_err(|refusal| format!("the checker does not accept the proof: {refusal}"))
}

fn refusal(program: &Program, refused: &Refused) -> JudgeError {
    match refused {
        Refused::Untranslatable(diagnostics) => JudgeError::Refused {
            report: model::rendered(diagnostics, &program.sources),
            errors: Finding::all(diagnostics, pi::Severity::Error, &program.sources),
        },
        Refused::NoSuchQuery { .. } => JudgeError::Refused {
            report: refused.to_string(),
            errors: vec![Finding::placeless(refused.to_string())],
        },
    }
}
