//! Asking our own prover, with limits that do not depend on the machine.

use differential::Word;

/// A program, if the text is one.
pub(crate) fn load(text: &str) -> Result<pi::Program, String> {
    let mut sources = pi::Sources::default();
    sources.add("generated.pv", text);
    let loaded = pi::load(sources);
    let first = loaded
        .diagnostics
        .iter()
        .find(|d| d.severity == pi::Severity::Error);
    let message = first.map_or_else(|| "no program".to_owned(), |d| d.message.clone());
    loaded.program.ok_or(message)
}

/// One word per query. Every proof is checked, and what is refused, is not
/// supported or takes long is undecided.
pub(crate) fn answer(text: &str) -> Result<Vec<Word>, String> {
    let program = load(text)?;
    let mut session = verdict::Session::new();
    let limits = verdict::Limits {
        clauses: 600,
        depth: 40,
        resolutions: 4_000,
        terms: 200_000,
        ..verdict::Limits::default()
    };
    (0..program.queries.len())
        .map(|query| {
            let number = u32::try_from(query).map_err(|e| e.to_string())?;
            let answer = verdict::prove(&program, number, &mut session, limits, &mut |_| {});
            Ok(match answer.map(|a| a.verdict) {
                Ok(verdict::Verdict::Proved(certificate)) => {
                    // A proof that the checker refuses is none.
                    match checker::check(&program, &certificate) {
                        Ok(_checked) => Word::True,
                        Err(_) => Word::Undecided,
                    }
                }
                Ok(verdict::Verdict::Attacked(_)) => Word::False,
                Ok(verdict::Verdict::Undecided(_) | verdict::Verdict::Stopped(_)) | Err(_) => {
                    Word::Undecided
                }
            })
        })
        .collect()
}
