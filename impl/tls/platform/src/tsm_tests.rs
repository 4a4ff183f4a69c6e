use std::sync::{Arc, Mutex};

use super::*;

/// A kernel in memory, and what was asked of it.
#[derive(Clone, Debug)]
struct Kernel {
    provider: &'static str,
    /// Writes by somebody else between ours and our reading.
    intruders: u64,
    is_absent: bool,
    asked: Arc<Mutex<Vec<String>>>,
}

struct Entry {
    kernel: Kernel,
    inblob: Vec<u8>,
    generation: u64,
}

fn kernel(provider: &'static str) -> Kernel {
    Kernel {
        provider,
        intruders: 0,
        is_absent: false,
        asked: Arc::default(),
    }
}

impl Reports for Kernel {
    type Entry = Entry;

    fn create(&self) -> Result<Entry, ReportError> {
        if self.is_absent {
            return Err(ReportError::Absent);
        }
        Ok(Entry {
            kernel: self.clone(),
            inblob: Vec::new(),
            generation: 0,
        })
    }
}

impl ReportEntry for Entry {
    fn write(&mut self, file: &str, octets: &[u8]) -> Result<(), ReportError> {
        self.kernel
            .asked
            .lock()
            .unwrap()
            .push(format!("write {file}"));
        self.inblob = octets.to_vec();
        self.generation += 1 + self.kernel.intruders;
        Ok(())
    }

    fn read(&mut self, file: &str) -> Result<Vec<u8>, ReportError> {
        self.kernel
            .asked
            .lock()
            .unwrap()
            .push(format!("read {file}"));
        match file {
            "generation" => Ok(format!("{}\n", self.generation).into()),
            "provider" => Ok(format!("{}\n", self.kernel.provider).into()),
            "outblob" => Ok([b"report over ", self.inblob.as_slice()].concat()),
            other => Err(ReportError::File {
                file: other.to_owned(),
                reason: "no such file".to_owned(),
            }),
        }
    }
}

fn attest(kernel: &Kernel) -> Result<Evidence, AttestError> {
    let challenge = Challenge::new([7; 48]).unwrap();
    TsmAttester::new(kernel.clone()).attest(&challenge, Hash::Sha384)
}

#[test]
fn the_challenge_goes_in_padded_and_the_report_comes_out() {
    let kernel = kernel("tdx_guest");
    let evidence = attest(&kernel).unwrap();
    let expected = [&b"report over "[..], &[7; 48], &[0; 16]].concat();
    assert_eq!(evidence, Evidence::new(tdx::media_type(), expected));
    assert_eq!(
        *kernel.asked.lock().unwrap(),
        [
            "read generation",
            "write inblob",
            "read provider",
            "read outblob",
            "read generation"
        ]
    );
}

#[test]
fn elsewhere_it_says_so() {
    let absent = Kernel {
        is_absent: true,
        ..kernel("tdx_guest")
    };
    let error = attest(&absent).unwrap_err();
    assert!(matches!(error, AttestError::Absent { .. }));
    assert!(error.to_string().contains("no TEE here"), "{error}");
    assert!(matches!(
        attest(&kernel("arm_cca_guest")),
        Err(AttestError::Absent { .. })
    ));
}

#[test]
fn a_report_that_may_be_over_another_challenge_is_dropped() {
    let disturbed = Kernel {
        intruders: 1,
        ..kernel("tdx_guest")
    };
    assert!(matches!(
        attest(&disturbed),
        Err(AttestError::Failed { .. })
    ));
}
