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

#[cfg(test)]
mod tests {
    use super::Cache;
    use crate::judge::{Word, judge};
    use differential::Random;
    use pi::{Program, Sources};
    use verdict::{Limits, Session};

    /// The first query holds and the second does not, or both hold.
    fn program(with_key: bool) -> Program {
        let said = if with_key { "k" } else { "c" };
        let text = format!(
            "free c: channel. free s: bitstring [private]. free k: bitstring [private].
             free t: bitstring [private].
             fun enc(bitstring, bitstring): bitstring.
             reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
             query attacker(t). query attacker(s).
             process !out(c, (enc(s, k), {said})) | !(in(c, x: bitstring); out(c, dec(x, t)))"
        );
        let mut sources = Sources::default();
        sources.add("kept.pv", &text);
        pi::load(sources).program.expect("a program")
    }

    fn word(program: &Program, query: u32, cache: &Cache) -> (Word, bool) {
        let mut session = Session::new();
        let judged = judge(program, query, &mut session, cache, Limits::default());
        let judged = judged.expect("an answer");
        (judged.word, judged.cached)
    }

    #[test]
    fn what_is_kept_is_believed_only_as_far_as_it_proves() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(folder.path().to_owned());
        let (safe, broken) = (program(false), program(true));
        for query in [0, 1] {
            assert_eq!(word(&safe, query, &cache), (Word::Proved, false));
            assert_eq!(word(&safe, query, &cache), (Word::Proved, true));
        }
        assert_eq!(word(&broken, 1, &cache), (Word::Attacked, false));
        assert_eq!(word(&broken, 0, &cache), (Word::Proved, false));
        let mut genuine = Vec::new();
        for (program, query) in [(&safe, 0), (&safe, 1), (&broken, 0)] {
            genuine.push(cache.find(program, query).expect("it was kept"));
        }
        // Of another model or another query, and said to be of this one.
        for certificate in &genuine {
            let mut forged = certificate.clone();
            cache.keep(&broken, 1, &forged);
            assert_eq!(word(&broken, 1, &cache), (Word::Attacked, false));
            forged.query = 1;
            cache.keep(&broken, 1, &forged);
            assert_eq!(word(&broken, 1, &cache), (Word::Attacked, false));
        }
        // Damaged, cut off, and of octets that are no certificate.
        let path = cache.path(&broken, 1).expect("a folder");
        let other = cache.path(&safe, 1).expect("a folder");
        let mut random = Random::new(0xcace);
        for round in 0..40 {
            let mut certificate = random.pick(&genuine).expect("not empty").clone();
            certificate.query = 1;
            let mut bytes = proof::to_bytes(&certificate).expect("octets");
            for _ in 0..random.between(1, 3) {
                let at = random.below(bytes.len());
                match round % 5 {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes[at] ^= 1 << random.below(8),
                    2 => bytes.insert(at, bytes[at]),
                    3 => drop(bytes.remove(at)),
                    _ => bytes[at] = bytes[at].wrapping_add(1),
                }
            }
            std::fs::write(&path, &bytes).expect("written");
            assert_eq!(word(&broken, 1, &cache).0, Word::Attacked, "round {round}");
            std::fs::write(&other, &bytes).expect("written");
            assert_eq!(word(&safe, 1, &cache).0, Word::Proved, "round {round}");
        }
    }
}
