//! Evidence of this machine, through the kernel's configfs-tsm.
//!
//! ```text
//! /sys/kernel/config/tsm/report/NAME/      made by mkdir, removed by rmdir
//!     inblob       written: 64 octets, the challenge padded with zeros
//!     generation   read: how often the entry was written
//!     provider     read: tdx_guest, sev_guest, ...
//!     outblob      read: the quote or report
//!     auxblob      read: certificates of the platform, if the host has any
//! ```
//!
//! Linux, Documentation/ABI/testing/configfs-tsm-report. Whoever may write to the
//! folder can have anything signed, so what keeps an attested program's
//! challenges its own is outside of this. Files are the caller's, behind
//! [`Reports`]: this module says which octets go where and in which order.
//! Another writer between our write and our read is noticed by `generation`,
//! and its Evidence dropped.

use std::fmt;

use rats::media_type::MediaType;
use rats::{AttestError, Attester, Challenge, Evidence, Hash};

use crate::tdx;

/// Where the kernel has its entries.
pub const FOLDER: &str = "/sys/kernel/config/tsm/report";

/// The largest quote the kernel may give, in octets.
pub const MAX_SIZE: usize = 32_768;

/// One entry in [`FOLDER`], as files.
pub trait Reports: Send + Sync {
    type Entry: ReportEntry;

    /// Makes an entry of a name nobody else uses.
    ///
    /// # Errors
    /// What the system says.
    fn create(&self) -> Result<Self::Entry, ReportError>;
}

/// An entry; dropping it removes it.
pub trait ReportEntry {
    /// Writes a file whole, at once.
    ///
    /// # Errors
    /// What the system says.
    fn write(&mut self, file: &str, octets: &[u8]) -> Result<(), ReportError>;

    /// Reads a file whole, [`MAX_SIZE`] octets at most.
    ///
    /// # Errors
    /// What the system says.
    fn read(&mut self, file: &str) -> Result<Vec<u8>, ReportError>;
}

/// Why files could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    #[error(
        "no TEE here: {FOLDER} does not exist; this needs a TDX or SEV-SNP guest with Linux 6.7 and configfs"
    )]
    Absent,
    #[error("{file}: {reason}")]
    File { file: String, reason: String },
}

/// An Attester of the machine it runs on.
#[derive(Debug)]
pub struct TsmAttester<R> {
    reports: R,
}

impl<R: Reports> TsmAttester<R> {
    pub fn new(reports: R) -> Self {
        Self { reports }
    }

    fn report(&self, challenge: &Challenge) -> Result<Evidence, AttestError> {
        let mut entry = self.reports.create()?;
        let before = generation(&mut entry)?;
        entry.write("inblob", &challenge.padded())?;
        let provider = entry.read("provider")?;
        let media_type = media_type_of(provider.trim_ascii())?;
        let octets = entry.read("outblob")?;
        let after = generation(&mut entry)?;
        if octets.is_empty() {
            return Err(failed("the kernel gave an empty report"));
        }
        if before.checked_add(1) != Some(after) {
            return Err(failed("somebody else wrote to our report entry"));
        }
        Ok(Evidence::new(media_type, octets))
    }
}

impl<R: Reports + fmt::Debug> Attester for TsmAttester<R> {
    /// Blocks for as long as the hardware needs.
    fn attest(&self, challenge: &Challenge, _: Hash) -> Result<Evidence, AttestError> {
        self.report(challenge)
    }
}

fn generation(entry: &mut impl ReportEntry) -> Result<u64, AttestError> {
    let octets = entry.read("generation")?;
    std::str::from_utf8(octets.trim_ascii())
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| failed("the report's generation is no number"))
}

/// A provider whose reports a format here reads. An SEV-SNP report needs its
/// certificates beside it, which not every host gives.
fn media_type_of(provider: &[u8]) -> Result<MediaType, AttestError> {
    match provider {
        b"tdx_guest" => Ok(tdx::media_type()),
        #[cfg(feature = "sev-snp")]
        b"sev_guest" => Ok(crate::snp::media_type()),
        other => Err(AttestError::Absent {
            reason: format!(
                "the kernel's provider {:?} is not supported",
                String::from_utf8_lossy(other)
            ),
        }),
    }
}

fn failed(reason: &str) -> AttestError {
    AttestError::Failed {
        reason: reason.to_owned(),
    }
}

impl From<ReportError> for AttestError {
    fn from(error: ReportError) -> Self {
        let reason = error.to_string();
        match error {
            ReportError::Absent => Self::Absent { reason },
            ReportError::File { .. } => Self::Failed { reason },
        }
    }
}

#[cfg(test)]
#[path = "tsm_tests.rs"]
mod tests;
