//! Opening a model: the file, the libraries its header names, and the program
//! they make.
//!
//! The first comment of a `.pv` file may name its libraries in link order:
//!
//! ```text
//! (* @libs lib/primitives lib/tls13 post/system *)
//! ```
//!
//! Names are relative to the nearest folder above the file in which the first
//! of them exists, without `.pvl`. The file itself stays what ProVerif reads
//! with one `-lib` option per name, and the same options may be given here.

use crate::finding::Finding;
use pi::{Diagnostic, Program, Sources};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The name of what is read from standard input.
const STANDARD_INPUT: &str = "-";

/// A model ready to be judged.
#[derive(Debug)]
pub(crate) struct Model {
    /// The main file as given.
    pub(crate) path: PathBuf,
    /// Libraries in link order.
    pub(crate) libraries: Vec<PathBuf>,
    /// The program.
    pub(crate) program: Program,
    /// Findings that do not prevent judging.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Why a model cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// No text at all.
    #[error(
        "{path}: this is no text: its octet {at} is zero; a model is UTF-8 or ISO Latin-1 text"
    )]
    Binary {
        /// The file.
        path: PathBuf,
        /// The first zero octet, from 1.
        at: usize,
    },
    /// A library of the header does not exist.
    #[error(
        "{path}: the header names library `{library}`, but no folder above the file has it; \
         move the file into a folder beside the libraries, or give each library with `prove --lib`"
    )]
    NoLibrary {
        /// The main file.
        path: PathBuf,
        /// The name in the header.
        library: String,
    },
    /// A query was asked for that does not exist.
    #[error("{file}: there is no query {query}: the model has {queries}, numbered from 1")]
    NoSuchQuery {
        /// The main file.
        file: String,
        /// The number given.
        query: usize,
        /// How many there are.
        queries: usize,
    },
    /// The ending is that of another language.
    #[error(
        "{path}: a file that ends in `{ending}` is of another input language; this reads the typed \
         one, whose files end in `.pv`"
    )]
    OtherLanguage {
        /// The file.
        path: PathBuf,
        /// Its ending.
        ending: &'static str,
    },
    /// The text is to be preprocessed.
    #[error(
        "{path}: this uses macros of m4, which are not expanded here; give what m4 makes of it"
    )]
    Preprocessed {
        /// The file.
        path: PathBuf,
    },
    /// The text is not a program.
    #[error("{report}")]
    Program {
        /// All findings, rendered.
        report: String,
        /// Those of them that are errors.
        errors: Vec<Finding>,
    },
    /// A file cannot be read.
    #[error("{path}: {error}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl InputError {
    /// There are so many queries, and not the one that was asked for.
    pub(crate) fn no_query(file: &impl ToString, query: usize, queries: usize) -> Self {
        let file = file.to_string();
        Self::NoSuchQuery {
            file,
            query,
            queries,
        }
    }
}

/// Endings of the untyped languages of ProVerif, and of CryptoVerif's.
const OTHERS: [&str; 6] = [".cv", ".horn", ".horntype", ".ocv", ".pi", ".spass"];

/// Opens a model with the libraries its header names, after those given. One that was
/// given is not linked twice.
pub(crate) fn open(path: &Path, given: &[PathBuf]) -> Result<Model, InputError> {
    let text = read(path)?;
    let mut names = named(&text);
    names.retain(|name| {
        let name = with_ending(Path::new(name));
        !given.iter().any(|path| with_ending(path).ends_with(&name))
    });
    load(path, text.clone(), given, &names)
}

/// Opens a model with a library more, linked behind the one of its header with
/// this name. Nothing if the header does not name that one, or names the library
/// itself.
pub(crate) fn open_with(path: &Path, more: &[(&str, &str)]) -> Result<Option<Model>, InputError> {
    let text = read(path)?;
    let mut names = named(&text);
    for (after, library) in more {
        let place = names.iter().position(|name| name == after);
        match place {
            Some(place) if !names.contains(library) => names.insert(place + 1, library),
            _ => return Ok(None),
        }
    }
    load(path, text.clone(), &[], &names).map(Some)
}

fn load(path: &Path, text: String, given: &[PathBuf], names: &[&str]) -> Result<Model, InputError> {
    let ends = |ending: &str| path.extension().is_some_and(|e| e == &ending[1..]);
    if let Some(ending) = OTHERS.into_iter().find(|ending| ends(ending)) {
        let path = path.to_path_buf();
        return Err(InputError::OtherLanguage { path, ending });
    }
    // A backquote opens a quotation of m4, and stands in no model.
    let preprocessed = ends(".pcv") && text.contains('`');
    let mut libraries: Vec<PathBuf> = given.iter().map(|p| with_ending(p)).collect();
    libraries.extend(located(path, names)?);
    let mut sources = Sources::default();
    for library in &libraries {
        sources.add(library.display().to_string(), read(library)?);
    }
    sources.add(path.display().to_string(), text);
    let loaded = pi::load(sources);
    match loaded.program {
        Some(program) => Ok(Model {
            path: path.to_path_buf(),
            libraries,
            program,
            warnings: loaded.diagnostics,
        }),
        None if preprocessed => Err(InputError::Preprocessed {
            path: path.to_path_buf(),
        }),
        None => {
            let errors = Finding::all(&loaded.diagnostics, pi::Severity::Error, &loaded.sources);
            let report = rendered(&loaded.diagnostics, &loaded.sources);
            Err(InputError::Program { report, errors })
        }
    }
}

/// Diagnostics one below the other.
pub(crate) fn rendered(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let all: Vec<_> = diagnostics.iter().map(|d| d.render(sources)).collect();
    all.join("\n")
}

/// A path below a folder of models, as headers name files: what follows the last
/// part called `models`, and all of it if there is none.
pub(crate) fn short(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    let from = parts.iter().rposition(|part| part == "models");
    parts
        .get(from.map_or(0, |at| at + 1)..)
        .unwrap_or_default()
        .join("/")
}

/// All files with an ending below a folder, in order of their paths.
pub(crate) fn below(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, InputError> {
    let mut found = Vec::new();
    let mut work = vec![folder.to_path_buf()];
    while let Some(folder) = work.pop() {
        let fail = |error| InputError::Read {
            path: folder.clone(),
            error,
        };
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.is_dir() {
                work.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String, InputError> {
    let fail = |error| InputError::Read {
        path: path.to_path_buf(),
        error,
    };
    let bytes = if path.as_os_str() == STANDARD_INPUT {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(fail)?;
        bytes
    } else {
        std::fs::read(path).map_err(fail)?
    };
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let path = path.to_path_buf();
        return Err(InputError::Binary { path, at: at + 1 });
    }
    // ProVerif reads ISO Latin-1; a file that is not UTF-8 is read as such.
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|e| e.into_bytes().into_iter().map(char::from).collect()))
}

/// The names of libraries in a file's header.
fn named(text: &str) -> Vec<&str> {
    let comment = text
        .trim_start()
        .strip_prefix("(*")
        .and_then(|rest| rest.split("*)").next())
        .and_then(|comment| comment.trim_start().strip_prefix("@libs"));
    comment.unwrap_or("").split_whitespace().collect()
}

fn located(path: &Path, names: &[&str]) -> Result<Vec<PathBuf>, InputError> {
    let Some(first) = names.first() else {
        return Ok(Vec::new());
    };
    let below = path.ancestors().skip(1).map(|a| {
        if a.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            a.to_path_buf()
        }
    });
    // A relative path ends at the working directory, which has folders above it.
    let depth = match std::env::current_dir() {
        Ok(here) if path.is_relative() => here.components().count(),
        _ => 0,
    };
    let above = (1..depth).map(|n| PathBuf::from("../".repeat(n)));
    let root = below
        .chain(above)
        .find(|a| with_ending(&a.join(first)).is_file());
    let missing = |library: &str| InputError::NoLibrary {
        path: path.to_path_buf(),
        library: library.to_owned(),
    };
    let root = root.ok_or_else(|| missing(first))?;
    names
        .iter()
        .map(|name| {
            let library = with_ending(&root.join(name));
            if library.is_file() {
                Ok(library)
            } else {
                Err(missing(name))
            }
        })
        .collect()
}

fn with_ending(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|e| e == "pvl") {
        path.to_path_buf()
    } else {
        let mut name = path.as_os_str().to_owned();
        name.push(".pvl");
        PathBuf::from(name)
    }
}
