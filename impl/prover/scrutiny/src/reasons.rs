//! Why a check carries nothing: a file of reasons, written by a person.
//!
//! ```toml
//! [[check]]
//! file = "lib/tls13.pvl"
//! text = "ee = EE"
//! why = "No term depends on the content of EncryptedExtensions."
//! ```

use serde::Deserialize;
use std::collections::BTreeMap;

/// Why each of these checks carries nothing, by file and text of the check.
pub type Reasons = BTreeMap<(String, String), String>;

/// Why a file of reasons cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReasonError {
    /// Two reasons for one check.
    #[error("the check `{text}` of {file} is explained twice")]
    Twice {
        /// The file of the check.
        file: String,
        /// The check.
        text: String,
    },
    /// Not the format.
    #[error("the reasons cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "check")]
    all: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    text: String,
    why: String,
}

/// Reads a file of reasons.
///
/// # Errors
/// If the text is not TOML of the form above, or explains a check twice.
pub fn reasons(text: &str) -> Result<Reasons, ReasonError> {
    let file: File = toml::from_str(text)?;
    let mut found = Reasons::new();
    for Entry { file, text, why } in file.all {
        let key = (file, text);
        if found.contains_key(&key) {
            let (file, text) = key;
            return Err(ReasonError::Twice { file, text });
        }
        found.insert(key, why);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_explained_twice_is_refused() {
        let once = "[[check]]\nfile='a'\ntext='x = y'\nwhy='because'\n";
        assert_eq!(reasons(once).map(|r| r.len()).ok(), Some(1));
        let error = reasons(&once.repeat(2)).expect_err("twice");
        assert!(error.to_string().contains("x = y"), "{error}");
    }
}
