//! A policy and its reference values, from files.

use attested::post::RelyingParty;
use rats::ReferenceValues;
use rats::policy::file::{FileError, NotSigned, PolicyFile, parse_reference_values};
use std::fs;
use std::path::{Path, PathBuf};

/// A signature of a file is beside it, under its name and this: 64 octets.
const SIGNATURE: &str = ".sig";

/// A policy, and what the software it names measures as.
pub(crate) struct Loaded {
    pub(crate) file: PolicyFile,
    pub(crate) reference_values: ReferenceValues,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: {error}")]
    Malformed { path: PathBuf, error: FileError },
    #[error("{path}: {error}")]
    NotSigned { path: PathBuf, error: NotSigned },
    #[error("{path}: not text in UTF-8")]
    NotText { path: PathBuf },
}

/// Reads the policy at `path` and the files it names, which are beside it
/// unless they say where.
pub(crate) fn load(path: &Path) -> Result<Loaded, PolicyError> {
    let file = PolicyFile::parse(&text(path, read(path)?)?).map_err(|error| {
        let path = path.to_path_buf();
        PolicyError::Malformed { path, error }
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut reference_values = ReferenceValues::new();
    for name in &file.reference_values {
        reference_values.merge(values(&file, folder.join(name))?);
    }
    Ok(Loaded {
        file,
        reference_values,
    })
}

impl Loaded {
    /// Puts the policy in force. Where it names no reference values, those that
    /// were known stay.
    pub(crate) fn put_on(&self, relying_party: &mut RelyingParty) {
        relying_party.policy = self.file.policy.clone();
        if !self.file.reference_values.is_empty() {
            relying_party.verifier.reference_values = self.reference_values.clone();
        }
    }
}

fn values(policy: &PolicyFile, path: PathBuf) -> Result<ReferenceValues, PolicyError> {
    let octets = read(&path)?;
    let mut beside = path.clone().into_os_string();
    beside.push(SIGNATURE);
    let signature = match fs::read(&beside) {
        Ok(signature) => Some(signature),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            let path = beside.into();
            return Err(PolicyError::File { path, error });
        }
    };
    if let Err(error) = policy.admit(&octets, signature.as_deref()) {
        return Err(PolicyError::NotSigned { path, error });
    }
    parse_reference_values(&text(&path, octets)?)
        .map_err(|error| PolicyError::Malformed { path, error })
}

fn read(path: &Path) -> Result<Vec<u8>, PolicyError> {
    fs::read(path).map_err(|error| {
        let path = path.to_path_buf();
        PolicyError::File { path, error }
    })
}

fn text(path: &Path, octets: Vec<u8>) -> Result<String, PolicyError> {
    let path = path.to_path_buf();
    String::from_utf8(octets).map_err(|_| PolicyError::NotText { path })
}
