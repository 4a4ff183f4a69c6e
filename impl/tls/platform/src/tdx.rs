//! Intel TDX quotes (versions 4 and 5, ECDSA P-256).
//!
//! ```text
//! root --> PCK CA --> PCK certificate --> Quoting Enclave --> attestation key --> quote
//!  |                   FMSPC, SVNs         identity            report_data = challenge || 0...
//!  +--> TCB signer --> TCB information, identity             } collateral, the caller's
//!  +--> revocation lists                                     }
//! ```
//!
//! `dcap-qvl` walks all of it, in [`QuoteVerifier::verify_with_policy`]; there is
//! no other way from a quote to claims here. It is asked to let a debuggable TD
//! pass, so that the one policy that decides about debugging is
//! [`rats::Policy::minimum_debug`]; migratable TDs, TDs with service TDs and
//! revoked platforms it refuses whatever a policy says.
//!
//! The quote has one field for the challenge and none for a key:
//! [`rats::policy::KeyClaim::ImpliedByChallenge`] is what a policy must say.
//!
//! | claim | from |
//! |---|---|
//! | challenge | `report_data`, all 64 octets |
//! | debug | TD attributes, bits 0 and 4 to 6 (debug, profiling): never or from the start |
//! | machine | platform instance id; of a platform without one, the PPID |
//! | measurements | `mrtd`, `rtmr0` to `rtmr3`, `mrconfigid`, `mrowner`, `mrownerconfig`, `mrseam`, `tdattributes`, `xfam` |
//! | standing | converged status and advisories; `pcesvn`, `tcbevaluation`; date of the collateral |

use std::collections::BTreeMap;

use dcap_qvl::quote::{Report, TDReport10};
use dcap_qvl::verify::{Quote, QuoteVerifier};
use dcap_qvl::{QuoteClaims, QuotePolicy, intel};
use rats::claims::{DebugStatus, MachineId, Measurements};
use rats::media_type::MediaType;
use rats::refusal::FormatFault;
use rats::standing::UnknownTcbStatus;
use rats::{Challenge, Claims, EvidenceFormat, Standing, TrustAnchors, UnixSeconds};

use crate::collateral::Collateral;

/// The largest quote read, in octets.
pub const MAX_SIZE: usize = 16_384;

/// Verifies quotes up to one root, with collateral for the platforms it knows.
pub struct TdxFormat {
    media_type: MediaType,
    verifier: QuoteVerifier,
    by_fmspc: BTreeMap<[u8; 6], Collateral>,
}

/// `application/vnd.attested-tls.tdx-quote`; none is registered.
pub fn media_type() -> MediaType {
    "application/vnd.attested-tls.tdx-quote"
        .parse()
        .expect("a type, a slash and a subtype, all tokens")
}

impl TdxFormat {
    /// Under Intel's root. Of several collaterals for the same platforms the
    /// last counts.
    pub fn new(collateral: impl IntoIterator<Item = Collateral>) -> Self {
        Self::with_verifier(QuoteVerifier::new_prod(), collateral)
    }

    /// Under another root, X.509 DER: a laboratory's.
    pub fn with_root(root: &[u8], collateral: impl IntoIterator<Item = Collateral>) -> Self {
        Self::with_verifier(QuoteVerifier::new(root.to_vec()), collateral)
    }

    fn with_verifier(
        verifier: QuoteVerifier,
        collateral: impl IntoIterator<Item = Collateral>,
    ) -> Self {
        let by_fmspc = collateral.into_iter().map(|it| (it.fmspc(), it)).collect();
        Self {
            media_type: media_type(),
            verifier: verifier.allow_debug(true),
            by_fmspc,
        }
    }

    /// The collateral for the platform that the quote says it is of, which
    /// verification then holds it to.
    fn collateral_for(&self, quote: &Quote) -> Result<&Collateral, FormatFault> {
        let fmspc = intel::quote_fmspc(quote).map_err(|error| malformed(chain(&error)))?;
        self.by_fmspc
            .get(&fmspc)
            .ok_or_else(|| FormatFault::CollateralMissing {
                reason: format!("its FMSPC is {}", hex::encode(fmspc)),
            })
    }
}

impl EvidenceFormat for TdxFormat {
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
        if octets.len() > MAX_SIZE {
            return Err(malformed("it is longer than 16384 octets".to_owned()));
        }
        let quote = Quote::parse(octets).map_err(|error| malformed(chain(&error)))?;
        if quote.report.is_sgx() {
            return Err(malformed("it is a quote of an SGX enclave".to_owned()));
        }
        let collateral = self.collateral_for(&quote)?;
        let parts = collateral.parts.clone();
        let accept_all = QuotePolicy::claims_only(now.0);
        let claims = self
            .verifier
            .verify_with_policy(octets, parts, now.0, &accept_all)
            .map_err(|error| fault(&chain(&error), now))?;
        claims_of(&claims, collateral)
    }
}

impl std::fmt::Debug for TdxFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fmspc = self.by_fmspc.keys().map(hex::encode);
        f.debug_struct("TdxFormat")
            .field("fmspc", &fmspc.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

fn claims_of(claims: &QuoteClaims, collateral: &Collateral) -> Result<Claims, FormatFault> {
    let report = td_report(&claims.report)?;
    let pck = &claims.platform.pck;
    let machine = match pck.platform_instance_id {
        Some(id) => id.to_vec(),
        None => pck.ppid.clone(),
    };
    let status = claims.tcb.status.to_string();
    let status =
        status
            .parse()
            .map_err(|error: UnknownTcbStatus| FormatFault::PlatformRefused {
                reason: error.to_string(),
            })?;
    let components = [
        ("pcesvn", u64::from(pck.pce_svn)),
        ("tcbevaluation", u64::from(claims.tcb.eval_data_number)),
    ];
    Ok(Claims {
        challenge: report.report_data.to_vec(),
        debug: debug_status(report),
        key_hash: None,
        machine: MachineId(machine),
        measurements: measurements(report),
        standing: Standing {
            tcb_status: Some(status),
            tcb_components: components.map(|(name, svn)| (name.to_owned(), svn)).into(),
            advisories: claims.tcb.advisory_ids.iter().cloned().collect(),
            collateral_issued: Some(collateral.issued()),
            location: None,
        },
    })
}

fn td_report(report: &Report) -> Result<&TDReport10, FormatFault> {
    report
        .as_td10()
        .ok_or_else(|| malformed("it holds no report of a TD".to_owned()))
}

/// TDX Module ABI, TD attributes: whatever of the TUD group is set, the TD's
/// secrets are the host's to read.
fn debug_status(report: &TDReport10) -> DebugStatus {
    match report.td_attributes[0] {
        0 => DebugStatus::DisabledFullyAndPermanently,
        _ => DebugStatus::Enabled,
    }
}

fn measurements(report: &TDReport10) -> Measurements {
    let registers: [(&str, &[u8]); 11] = [
        ("mrconfigid", &report.mr_config_id),
        ("mrowner", &report.mr_owner),
        ("mrownerconfig", &report.mr_owner_config),
        ("mrseam", &report.mr_seam),
        ("mrtd", &report.mr_td),
        ("rtmr0", &report.rt_mr0),
        ("rtmr1", &report.rt_mr1),
        ("rtmr2", &report.rt_mr2),
        ("rtmr3", &report.rt_mr3),
        ("tdattributes", &report.td_attributes),
        ("xfam", &report.xfam),
    ];
    Measurements(
        registers
            .map(|(name, value)| (name.to_owned(), value.to_vec()))
            .into(),
    )
}

/// Sorts a refusal of `dcap-qvl` by its words. It stands whatever they are; the
/// words decide only what it is called, and unknown ones are called
/// `platform-refused`.
fn fault(words: &str, now: UnixSeconds) -> FormatFault {
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    let reason = words.to_owned();
    if says(&["ISV enclave report signature"]) {
        FormatFault::Tampered
    } else if says(&[
        "expired",
        "in the future",
        "CertNotValidYet",
        "CertExpired",
        "CrlExpired",
    ]) {
        FormatFault::CollateralOutsideValidity { reason, now }
    } else if says(&["UnknownIssuer"]) {
        FormatFault::UntrustedAttester { anchor: reason }
    } else if says(&["tcb_info in", "qe_identity in", "CRL", "Crl"]) {
        FormatFault::CollateralAltered { reason }
    } else if says(&["qe_report in", "QE report hash"]) {
        FormatFault::KeyNotEndorsed { kid: reason }
    } else if says(&["InvalidSignatureForPublicKey"]) {
        FormatFault::EndorsementAltered
    } else if says(&["Failed to decode", "Failed to parse"]) {
        malformed(reason)
    } else {
        FormatFault::PlatformRefused { reason }
    }
}

fn malformed(reason: String) -> FormatFault {
    FormatFault::Malformed { reason }
}

/// An error and its causes, outermost first.
fn chain(error: &impl std::fmt::Display) -> String {
    format!("{error:#}")
}
