//! Options as ProVerif has them, with one dash.
//!
//! Who knows ProVerif types `prove -lib primitives model.pv`. What means the same here
//! is read as such; what does not exist here is refused by name, before the rest of the
//! line is read as something else (`-html` would be `-h`).

use std::ffi::OsString;

/// An option of ProVerif that has no meaning here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Foreign {
    /// Another input language.
    #[error(
        "`-in {0}` is another input language; this reads the typed one, `-in pitype`, and needs no option for it"
    )]
    Language(String),
    /// No such option.
    #[error("`{option}` is no option here: {instead}")]
    Option {
        /// As it was typed.
        option: String,
        /// What to do.
        instead: &'static str,
    },
}

/// Commands that read models.
const COMMANDS: [&str; 2] = ["prove", "show"];

/// Options with one dash that are none of ours, and what to do.
const INSTEAD: [(&str, &str); 12] = [
    ("-color", "nothing is coloured"),
    ("-commandLineGraph", GRAPH),
    ("-graph", GRAPH),
    ("-help", "write `--help`"),
    ("-html", GRAPH),
    ("-log-pv", "what is printed is the log"),
    ("-log-pv-only", "what is printed is the log"),
    ("-o", "redirect the output with `>`"),
    (
        "-out",
        "of what it names, only the text of `prove` and `show` exists",
    ),
    (
        "-parse-only",
        "`seatproof show --stage parsed FILE` parses only",
    ),
    (
        "-set",
        "write `set NAME = VALUE.` as the first line of the model",
    ),
    ("-test", "`--quiet` leaves warnings out"),
];

const GRAPH: &str = "`prove` prints each run as a Mermaid sequence diagram";

/// The command line in our own words.
///
/// Errors: an option of ProVerif that has no counterpart.
pub(crate) fn translated(given: Vec<OsString>) -> Result<Vec<OsString>, Foreign> {
    let reads_models = given
        .get(1)
        .and_then(|command| command.to_str())
        .is_some_and(|command| COMMANDS.contains(&command));
    if !reads_models {
        return Ok(given);
    }
    let mut ours = Vec::new();
    let mut rest = given.into_iter();
    while let Some(argument) = rest.next() {
        match argument.to_str() {
            Some("--") => {
                ours.push(argument);
                ours.extend(rest.by_ref());
            }
            Some("-lib") => ours.push("--lib".into()),
            Some("-in") => match rest.next() {
                Some(language) if language == "pitype" => {}
                language => {
                    let language = language.unwrap_or_default();
                    return Err(Foreign::Language(language.to_string_lossy().into_owned()));
                }
            },
            Some(text) => {
                if let Some((option, instead)) = INSTEAD.iter().find(|(option, _)| *option == text)
                {
                    let option = (*option).to_owned();
                    return Err(Foreign::Option { option, instead });
                }
                ours.push(argument);
            }
            None => ours.push(argument),
        }
    }
    Ok(ours)
}

#[cfg(test)]
mod tests {
    use super::{Foreign, translated};
    use std::ffi::OsString;

    fn translate(line: &str) -> Result<String, Foreign> {
        let given = line.split(' ').map(OsString::from).collect();
        let ours: Vec<String> = translated(given)?
            .into_iter()
            .map(|a| a.to_string_lossy().into_owned())
            .collect();
        Ok(ours.join(" "))
    }

    #[test]
    fn what_means_the_same_is_read_as_ours() {
        for (theirs, ours) in [
            ("p prove -lib a -lib b m.pv", "p prove --lib a --lib b m.pv"),
            ("p show -in pitype m.pv", "p show m.pv"),
            ("p prove -q -- -lib", "p prove -q -- -lib"),
            ("p conform -lib", "p conform -lib"),
        ] {
            assert_eq!(translate(theirs).as_deref(), Ok(ours));
        }
    }

    #[test]
    fn what_is_not_here_is_named() {
        assert_eq!(
            translate("p prove -in horn m.horn"),
            Err(Foreign::Language("horn".to_owned()))
        );
        for option in ["-html", "-set", "-graph", "-help"] {
            let error = translate(&format!("p prove {option} x m.pv"));
            assert!(error.is_err_and(|e| e.to_string().contains(option)));
        }
    }
}
