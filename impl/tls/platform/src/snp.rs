//! AMD SEV-SNP attestation reports, signed under a chip's VCEK.
//!
//! ```text
//! ARK --> ASK --> VCEK --> report
//!                  hwID == chip_id
//!                  TCB  == reported_tcb
//! ```
//!
//! `sev` verifies the chain (RSA-PSS) and the report's signature (ECDSA P-384).
//! Beside that, and here: the times of the certificates, that the VCEK is for
//! the chip and the security versions that the report names (VCEK Certificate
//! and KDS Interface Specification, 57230, section 3.1), that what was parsed is
//! what was signed, and that what nobody signed is zero. Certificates are the caller's; AMD's revocation
//! list is not read. Reports under a VLEK are refused.
//!
//! The report has one field for the challenge and none for a key:
//! [`rats::policy::KeyClaim::ImpliedByChallenge`] is what a policy must say.
//!
//! | claim | from |
//! |---|---|
//! | challenge | `report_data`, all 64 octets |
//! | debug | DEBUG in the guest policy, fixed at launch |
//! | machine | `chip_id`; a masked one is refused |
//! | measurements | `measurement`, `host_data`, `id_key_digest`, `policy`, `vmpl` |
//! | standing | `bootloader`, `tee`, `snp`, `microcode`, `fmc` of `reported_tcb`; no state, so a policy must name minima |

use rats::claims::{DebugStatus, MachineId, Measurements};
use rats::media_type::MediaType;
use rats::refusal::FormatFault;
use rats::{Challenge, Claims, EvidenceFormat, Standing, TrustAnchors, UnixSeconds};
use sev::certs::snp::{Certificate, Chain, Verifiable, ca};
use sev::firmware::guest::AttestationReport;
use sev::firmware::host::TcbVersion;
use sev::parser::ByteParser;
use x509_cert::der::Decode;

/// The length of a report, in octets.
pub const SIZE: usize = 1184;

/// How many of them are signed.
const SIGNED: usize = 0x2a0;
/// Of each half of a signature, and of a scalar of P-384 in it.
const HALF: usize = 72;
const SCALAR: usize = 48;

/// Below 1.3.6.1.4.1.3704.1.
const BOOTLOADER: &str = "1.3.6.1.4.1.3704.1.3.1";
const TEE: &str = "1.3.6.1.4.1.3704.1.3.2";
const SNP: &str = "1.3.6.1.4.1.3704.1.3.3";
const MICROCODE: &str = "1.3.6.1.4.1.3704.1.3.8";
const FMC: &str = "1.3.6.1.4.1.3704.1.3.9";
const HARDWARE_ID: &str = "1.3.6.1.4.1.3704.1.4";

/// Verifies reports up to one root, of the chips it has certificates of.
#[derive(Debug)]
pub struct SnpFormat {
    media_type: MediaType,
    authority: ca::Chain,
    /// Of ARK and ASK together.
    validity: Validity,
    veks: Vec<Vek>,
}

/// Certificates that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{which} is malformed: {reason}")]
pub struct CertificateError {
    pub which: &'static str,
    pub reason: String,
}

/// `application/vnd.attested-tls.snp-report`; none is registered.
pub fn media_type() -> MediaType {
    "application/vnd.attested-tls.snp-report"
        .parse()
        .expect("a type, a slash and a subtype, all tokens")
}

impl SnpFormat {
    /// Under the root `ark`, with the certificates of its signing key and of
    /// chips, all X.509 DER. The chain is verified with each report.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn new<'v>(
        ark: &[u8],
        ask: &[u8],
        veks: impl IntoIterator<Item = &'v [u8]>,
    ) -> Result<Self, CertificateError> {
        let authority = ca::Chain::from_der(ark, ask).map_err(|e| malformed("ARK or ASK", e))?;
        Ok(Self {
            media_type: media_type(),
            authority,
            validity: Parsed::read("ARK", ark)?
                .validity
                .and(Parsed::read("ASK", ask)?.validity),
            veks: veks.into_iter().map(Vek::read).collect::<Result<_, _>>()?,
        })
    }
}

impl EvidenceFormat for SnpFormat {
    fn media_type(&self) -> &MediaType {
        &self.media_type
    }

    fn field(&self, challenge: &Challenge) -> Vec<u8> {
        challenge.padded().to_vec()
    }

    fn verify(
        &self,
        octets: &[u8],
        _: &TrustAnchors,
        now: UnixSeconds,
    ) -> Result<Claims, FormatFault> {
        let report = parse(octets)?;
        let vek = self
            .veks
            .iter()
            .find(|vek| vek.is_for(&report))
            .ok_or_else(|| FormatFault::CollateralMissing {
                reason: format!(
                    "no VCEK for chip {} at its reported security versions",
                    hex::encode(report.chip_id)
                ),
            })?;
        self.validity.and(vek.validity).check(now)?;
        let chain = Chain {
            ca: self.authority.clone(),
            vek: vek.certificate.clone(),
        };
        chain
            .verify()
            .map_err(|error| FormatFault::UntrustedAttester {
                anchor: format!("a chain that does not verify ({error})"),
            })?;
        (&chain, &report)
            .verify()
            .map_err(|_| FormatFault::Tampered)?;
        Ok(claims_of(&report))
    }
}

fn parse(octets: &[u8]) -> Result<AttestationReport, FormatFault> {
    let malformed = |reason: String| FormatFault::Malformed { reason };
    if octets.len() != SIZE {
        let length = octets.len();
        return Err(malformed(format!(
            "a report has {SIZE} octets, not {length}"
        )));
    }
    let report = AttestationReport::from_bytes(octets).map_err(|e| malformed(e.to_string()))?;
    // The signature is over what the library would encode.
    if report.to_bytes().ok().as_ref().map(AsRef::as_ref) != Some(octets) {
        return Err(malformed("reserved octets are not zero".to_owned()));
    }
    // A signature's two halves have 72 octets each and P-384 fills 48; nothing
    // covers the others, nor what follows, so they might say anything.
    let (r, rest) = octets[SIGNED..].split_at(HALF);
    let (s, reserved) = rest.split_at(HALF);
    let unused = [&r[SCALAR..], &s[SCALAR..], reserved];
    if unused.concat().iter().any(|octet| *octet != 0) {
        return Err(malformed(
            "octets behind the signature are not zero".to_owned(),
        ));
    }
    if report.key_info.signing_key() != 0 {
        return Err(malformed(
            "it is signed under a VLEK, or not at all".to_owned(),
        ));
    }
    if report.chip_id == [0; 64] {
        return Err(malformed("its chip id is masked".to_owned()));
    }
    Ok(report)
}

fn claims_of(report: &AttestationReport) -> Claims {
    let registers = [
        ("host_data", report.host_data.to_vec()),
        ("id_key_digest", report.id_key_digest.to_vec()),
        ("measurement", report.measurement.to_vec()),
        ("policy", u64::from(report.policy).to_le_bytes().to_vec()),
        ("vmpl", report.vmpl.to_le_bytes().to_vec()),
    ];
    let components = components(&report.reported_tcb).into_iter();
    Claims {
        challenge: report.report_data.to_vec(),
        debug: match report.policy.debug_allowed() {
            true => DebugStatus::Enabled,
            false => DebugStatus::DisabledFullyAndPermanently,
        },
        key_hash: None,
        machine: MachineId(report.chip_id.to_vec()),
        measurements: Measurements(
            registers
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
        ),
        standing: Standing {
            tcb_components: components
                .map(|(_, name, version)| (name.to_owned(), u64::from(version)))
                .collect(),
            ..Standing::default()
        },
    }
}

/// Each with the extension that names it in a VCEK.
fn components(tcb: &TcbVersion) -> Vec<(&'static str, &'static str, u8)> {
    let mut components = vec![
        (BOOTLOADER, "bootloader", tcb.bootloader),
        (TEE, "tee", tcb.tee),
        (SNP, "snp", tcb.snp),
        (MICROCODE, "microcode", tcb.microcode),
    ];
    components.extend(tcb.fmc.map(|fmc| (FMC, "fmc", fmc)));
    components
}

/// A chip's certificate.
#[derive(Debug)]
struct Vek {
    certificate: Certificate,
    validity: Validity,
    parsed: x509_cert::Certificate,
}

impl Vek {
    fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let Parsed {
            certificate: parsed,
            validity,
        } = Parsed::read("VCEK", der)?;
        Ok(Self {
            certificate: Certificate::from_der(der).map_err(|e| malformed("VCEK", e))?,
            validity,
            parsed,
        })
    }

    /// Whether it names the report's chip, and every security version of it.
    fn is_for(&self, report: &AttestationReport) -> bool {
        self.extension(HARDWARE_ID) == Some(&report.chip_id)
            && components(&report.reported_tcb)
                .into_iter()
                .all(|(id, _, version)| self.extension(id) == Some(integer(version).as_slice()))
    }

    /// The content of the only extension of this name.
    fn extension(&self, id: &str) -> Option<&[u8]> {
        let extensions = self.parsed.tbs_certificate().extensions()?.iter();
        let mut named = extensions.filter(|extension| extension.extn_id.to_string() == id);
        match (named.next(), named.next()) {
            (Some(extension), None) => Some(extension.extn_value.as_bytes()),
            _ => None,
        }
    }
}

/// DER of a small INTEGER (X.690 section 8.3).
fn integer(number: u8) -> Vec<u8> {
    match number {
        0..128 => vec![2, 1, number],
        _ => vec![2, 2, 0, number],
    }
}

struct Parsed {
    certificate: x509_cert::Certificate,
    validity: Validity,
}

impl Parsed {
    fn read(which: &'static str, der: &[u8]) -> Result<Self, CertificateError> {
        let certificate =
            x509_cert::Certificate::from_der(der).map_err(|error| malformed(which, error))?;
        let validity = certificate.tbs_certificate().validity();
        let validity = Validity {
            not_before: validity.not_before.to_unix_duration().as_secs(),
            not_after: validity.not_after.to_unix_duration().as_secs(),
        };
        Ok(Self {
            certificate,
            validity,
        })
    }
}

/// From when to when, both included, in Unix seconds.
#[derive(Clone, Copy, Debug)]
struct Validity {
    not_before: u64,
    not_after: u64,
}

impl Validity {
    fn and(self, other: Self) -> Self {
        Self {
            not_before: self.not_before.max(other.not_before),
            not_after: self.not_after.min(other.not_after),
        }
    }

    fn check(self, now: UnixSeconds) -> Result<(), FormatFault> {
        if (self.not_before..=self.not_after).contains(&now.0) {
            return Ok(());
        }
        Err(FormatFault::OutsideValidity {
            not_before: self.not_before,
            not_after: self.not_after,
            now,
        })
    }
}

fn malformed(which: &'static str, reason: impl ToString) -> CertificateError {
    let reason = reason.to_string();
    CertificateError { which, reason }
}
