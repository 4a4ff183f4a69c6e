//! Evidence of real hardware, appraised by the one path of `rats`.
//!
//! ```text
//!  TDX quote ----> tdx::TdxFormat ---+
//!                    ^ root, collateral: the caller's
//!  SNP report ---> snp::SnpFormat ---+--> rats::Claims --> Verifier::appraise
//!                    ^ root chain: the caller's
//!
//!  challenge ----> tsm::TsmAttester --> Evidence          on such hardware only
//!                    ^ tsm::Reports: the caller's files
//! ```
//!
//! Signatures, certificate chains and collateral are verified by `dcap-qvl` and
//! `sev`; here is what they have to be asked, and what their answers mean as
//! claims. Time, collateral and roots are inputs: nothing is fetched, and a
//! laboratory brings another root, which takes the same path. What an
//! acceptable platform is, a `rats::Policy` says.
//!
//! - [`collateral`]: what Intel publishes about a platform
//! - `snp`: AMD SEV-SNP reports, with feature `sev-snp`
//! - [`tdx`]: Intel TDX quotes
//! - [`tsm`]: Evidence of this machine, through the kernel

pub mod collateral;
#[cfg(feature = "sev-snp")]
pub mod snp;
pub mod tdx;
pub mod tsm;
