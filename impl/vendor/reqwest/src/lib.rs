//! Answers to the name of an HTTP client in build scripts and downloads
//! nothing.
//!
//! The invariant is in the types: [`blocking::Client`] and what follows from
//! it have no values, and the only function that could make one returns
//! [`Error`]. `README.md` says why this crate exists.
//!
//! ```
//! let refused = reqwest::blocking::Client::builder().build();
//! assert!(refused.is_err());
//! ```

pub mod blocking;

use std::fmt;

/// The build asked for the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(());

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the build does not use the network: the workspace replaces the HTTP client of build \
             scripts with one that cannot download; disable the feature that regenerates source \
             code (`cmw/rebuild-cfmap`), or remove the patch from the root Cargo.toml",
        )
    }
}

impl std::error::Error for Error {}
