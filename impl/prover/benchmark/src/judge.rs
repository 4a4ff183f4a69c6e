//! All queries of a program, with everything that a verdict takes.

use pi::Program;
use verdict::{Limits, Refused, Session, Verdict};

/// What came of a program, and what it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Queries proved, with a certificate that the checker accepted.
    pub holds: usize,
    /// Queries attacked, with a run that was replayed.
    pub broken: usize,
    /// Queries that are neither.
    pub open: usize,
    /// Clauses of the largest certificate.
    pub clauses: usize,
    /// Resolvents that the checker went through, for all queries.
    pub resolvents: usize,
}

impl Judged {
    /// How many queries there were.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.holds + self.broken + self.open
    }
}

/// Judges every query, in order, with what queries share kept between them.
///
/// # Errors
/// Something in the program is not supported.
pub fn judge(program: &Program, limits: Limits<'_>) -> Result<Judged, Refused> {
    let mut session = Session::new();
    let mut checker = checker::Checker::new(program);
    let mut judged = Judged::default();
    for query in 0..program.queries.len() {
        let query = u32::try_from(query).unwrap_or(u32::MAX);
        let answer = verdict::prove(program, query, &mut session, limits, &mut |_| {})?;
        match answer.verdict {
            Verdict::Attacked(_) => judged.broken += 1,
            Verdict::Proved(certificate) => match checker.check(&certificate) {
                Ok(checked) => {
                    judged.holds += 1;
                    judged.clauses = judged.clauses.max(certificate.clauses.len());
                    judged.resolvents += checked.resolvents;
                }
                Err(_) => judged.open += 1,
            },
            Verdict::Stopped(_) | Verdict::Undecided(_) => judged.open += 1,
        }
    }
    Ok(judged)
}

#[cfg(test)]
mod tests {
    use super::judge;
    use differential::{Growth, family};
    use verdict::Limits;

    #[test]
    fn the_families_are_judged_as_they_say() {
        for growth in Growth::ALL {
            let mut sources = pi::Sources::default();
            sources.add("family.pv", family(growth, 2));
            let program = pi::load(sources).program.expect("a program");
            let judged = judge(&program, Limits::default()).expect("supported");
            assert_eq!(judged.queries(), program.queries.len());
            assert_eq!((judged.broken, judged.open), (1, 0), "{}", growth.name());
        }
    }

    #[test]
    fn the_large_models_are_programs() {
        let all = include_str!("../models/attested_tls.pv");
        let server = include_str!("../models/attested_tls_server.pv");
        let agile = include_str!("../models/agile_tls.pv");
        let models = [
            ("all.pv", all, 45),
            ("server.pv", server, 36),
            ("agile.pv", agile, 46),
        ];
        for (name, text, queries) in models {
            let mut sources = pi::Sources::default();
            sources.add(name, text);
            let program = pi::load(sources).program.expect("a program");
            assert_eq!(program.queries.len(), queries, "{name}");
        }
        // A verdict in the comment before every query.
        for (text, queries) in [(server, 36), (agile, 46)] {
            let lines: Vec<&str> = text.lines().collect();
            let stated = lines.windows(2).filter(|pair| {
                let verdict = [": true *)", ": false *)", ": neither *)"];
                verdict.iter().any(|v| pair[0].ends_with(v)) && pair[1].starts_with("query ")
            });
            assert_eq!(stated.count(), queries);
        }
    }
}
