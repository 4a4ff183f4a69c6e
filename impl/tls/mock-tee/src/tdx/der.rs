//! The extension by which a PCK certificate names its platform.
//!
//! Intel SGX PCK Certificate and CRL Profile, section 1.3.5: a sequence of pairs
//! of an object identifier below 1.2.840.113741.1.13.1 and a value.

use super::{CPU_SVN, FMSPC, PCE_SVN};
use crate::der::{BOOLEAN, ENUMERATED, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, item};

/// 1.2.840.113741.1.13.1
pub(super) const SGX_EXTENSION: [u64; 7] = [1, 2, 840, 113_741, 1, 13, 1];
const SGX_EXTENSION_DER: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01];

/// Who a platform is.
pub(super) struct Identity<'i> {
    ppid: &'i [u8],
    instance: &'i [u8],
}

impl<'i> Identity<'i> {
    pub(super) fn new(id: &'i [u8; 32]) -> Self {
        let (ppid, instance) = id.split_at(16);
        Self { ppid, instance }
    }

    /// The extension's content.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut tcb: Vec<_> = (1..)
            .zip(CPU_SVN)
            .map(|(number, svn)| entry(&[2, number], INTEGER, &[svn]))
            .collect();
        tcb.push(entry(&[2, 17], INTEGER, &[PCE_SVN]));
        tcb.push(entry(&[2, 18], OCTET_STRING, &CPU_SVN));
        let configuration = [1, 2, 3].map(|number| entry(&[7, number], BOOLEAN, &[0]));
        let entries = [
            entry(&[1], OCTET_STRING, self.ppid),
            entry(&[2], SEQUENCE, &tcb.concat()),
            entry(&[3], OCTET_STRING, &[0, 0]),
            entry(&[4], OCTET_STRING, &FMSPC),
            entry(&[5], ENUMERATED, &[1]),
            entry(&[6], OCTET_STRING, self.instance),
            entry(&[7], SEQUENCE, &configuration.concat()),
        ];
        item(SEQUENCE, &entries.concat())
    }
}

fn entry(below: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    let name = item(OBJECT_IDENTIFIER, &[&SGX_EXTENSION_DER, below].concat());
    item(SEQUENCE, &[name, item(tag, value)].concat())
}
