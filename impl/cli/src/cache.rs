//! Certificates kept between runs, by the content they are about.
//!
//! What is kept is the certificate, not the verdict: whoever finds one here
//! checks it before believing it. A cache that cannot be read or written is
//! only slower.

use pi::Program;
use proof::SaturationCertificate;
use sha2::{Digest as _, Sha256};
use std::fs::Metadata;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// A folder of certificates, or none.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: Option<PathBuf>,
    prover: Vec<u8>,
}

impl Cache {
    /// In this folder.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
            prover: prover(),
        }
    }

    /// None.
    pub(crate) fn none() -> Self {
        Self {
            folder: None,
            prover: Vec::new(),
        }
    }

    /// The certificate kept for a query of a program.
    pub(crate) fn find(&self, program: &Program, query: u32) -> Option<SaturationCertificate> {
        let bytes = std::fs::read(self.path(program, query)?).ok()?;
        let certificate = proof::from_bytes(&bytes).ok()?;
        (certificate.query == query).then_some(certificate)
    }

    /// Keeps one.
    pub(crate) fn keep(&self, program: &Program, query: u32, certificate: &SaturationCertificate) {
        let Some(path) = self.path(program, query) else {
            return;
        };
        let Ok(bytes) = proof::to_bytes(certificate) else {
            return;
        };
        // Written aside and renamed, so that a reader never sees half a file.
        let aside = path.with_extension(format!("{}.part", std::process::id()));
        if let Some(folder) = path.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        if std::fs::write(&aside, bytes).is_ok() {
            let _ = std::fs::rename(&aside, &path);
        }
    }

    /// Named for the program's text, the query, the format and the prover.
    fn path(&self, program: &Program, query: u32) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let files = program.sources.files();
        let mut hash = Sha256::new();
        hash.update(proof::VERSION.to_be_bytes());
        hash.update(&self.prover);
        hash.update(proof::digest(
            files.iter().map(|f| (f.name.as_str(), f.text.as_str())),
        ));
        hash.update(query.to_be_bytes());
        let name = hex::encode(hash.finalize());
        Some(folder.join(name).with_extension("cert"))
    }
}

/// Which prover this is. Another one may find another proof, and what is printed of a
/// proof is to be the same with the cache and without. A version alone does not tell
/// two builds of a changed source apart, which the length and the age of the program do.
fn prover() -> Vec<u8> {
    let program = std::env::current_exe().and_then(std::fs::metadata).ok();
    let age = |m: &Metadata| m.modified().ok()?.duration_since(UNIX_EPOCH).ok();
    let age = program.as_ref().and_then(age).map(|a| a.as_nanos());
    let length = program.as_ref().map(Metadata::len);
    format!("{} {length:?} {age:?}", env!("CARGO_PKG_VERSION")).into_bytes()
}
