//! The kernel's report entries as files, for `platform::tsm`.

use platform::tsm::{FOLDER, MAX_SIZE, ReportEntry, ReportError, Reports};
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The entries of this machine.
#[derive(Debug)]
pub(crate) struct Kernel;

/// A folder of ours in [`FOLDER`].
pub(crate) struct Entry(PathBuf);

impl Reports for Kernel {
    type Entry = Entry;

    fn create(&self) -> Result<Entry, ReportError> {
        let folder = Path::new(FOLDER);
        if !folder.is_dir() {
            return Err(ReportError::Absent);
        }
        let path = folder.join(format!("seatproof-{}", std::process::id()));
        fs::create_dir(&path).map_err(|error| fault(&path, &error))?;
        Ok(Entry(path))
    }
}

impl ReportEntry for Entry {
    fn write(&mut self, file: &str, octets: &[u8]) -> Result<(), ReportError> {
        let path = self.0.join(file);
        let opened = OpenOptions::new().write(true).open(&path);
        // One write: the kernel takes each as a whole value.
        let written = opened.and_then(|mut opened| opened.write_all(octets));
        written.map_err(|error| fault(&path, &error))
    }

    fn read(&mut self, file: &str) -> Result<Vec<u8>, ReportError> {
        let path = self.0.join(file);
        let mut octets = Vec::new();
        File::open(&path)
            .and_then(|opened| opened.take(MAX_SIZE as u64 + 1).read_to_end(&mut octets))
            .map_err(|error| fault(&path, &error))?;
        if octets.len() > MAX_SIZE {
            return Err(ReportError::File {
                file: path.display().to_string(),
                reason: format!("more than {MAX_SIZE} octets"),
            });
        }
        Ok(octets)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // What cannot be removed is the kernel's to keep; nothing depends on it.
        let _ = fs::remove_dir(&self.0);
    }
}

fn fault(path: &Path, error: &std::io::Error) -> ReportError {
    ReportError::File {
        file: path.display().to_string(),
        reason: error.to_string(),
    }
}
