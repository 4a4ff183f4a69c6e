//! Certificates kept between runs, by the content they are about.
//!
//! What is kept is the certificate, not the verdict: whoever finds one here
//! checks it before believing it. A cache that cannot be read or written is
//! only slower.

use pi::Program;
use proof::SaturationCertificate;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// A folder of certificates, or none.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// In this folder.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
        }
    }

    /// None.
    pub(crate) fn none() -> Self {
        Self { folder: None }
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

    /// Named for the program's text, the query and the format.
    fn path(&self, program: &Program, query: u32) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let files = program.sources.files();
        let mut hash = Sha256::new();
        hash.update(proof::VERSION.to_be_bytes());
        hash.update(proof::digest(
            files.iter().map(|f| (f.name.as_str(), f.text.as_str())),
        ));
        hash.update(query.to_be_bytes());
        let name = hex::encode(hash.finalize());
        Some(folder.join(name).with_extension("cert"))
    }
}
