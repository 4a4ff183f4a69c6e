//! A software Attester with a root of trust of its own, for the laboratory.
//!
//! ```text
//! seed --> Root --endorses--> Machine (attestation key) --launches--> Workload : Attester
//! ```
//!
//! What is mocked is the root of trust, never the check: the Evidence is
//! verified by `rats::eat::EatFormat` on the path all Evidence takes, and a
//! Verifier that does not trust this root refuses it. Everything follows from
//! the seed, so the same run gives the same octets. Its keys protect nothing.
//!
//! ```
//! use mock_tee::{Root, measure};
//! use rats::{Attester, Challenge, Expected, Hash, KeyHash, Policy, UnixSeconds};
//!
//! let workload = Root::from_seed([7; 32]).machine(1).launch(b"the program", b"its public key");
//! let challenge = Challenge::new([1; 32])?;
//! let wrapper = workload
//!     .attest(&challenge, Hash::Sha256)?
//!     .to_cmw(rats::cmw::Encoding::CborRecord)?;
//!
//! let verifier = mock_tee::verifier(&Root::from_seed([7; 32]), "program", b"the program");
//! let key_hash = KeyHash::of(Hash::Sha256, b"its public key");
//! let expected = Expected { challenge, key_hash };
//! let policy = Policy::for_software(["program"]);
//! let appraised = verifier.appraise_cmw(&wrapper, &expected, &policy, UnixSeconds(1_800_000_000))?;
//! assert_eq!(appraised.claims().measurements, measure(b"the program"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`forge`]: Attesters that lie, each in one way
//! - [`machine`]: an attestation key and what it says runs there
//! - [`passport`]: a Verifier of the laboratory, and Attesters that show its results
//! - [`root`]: the root of trust
//! - [`snp`]: AMD SEV-SNP chips under a root of our own
//! - [`tdx`]: Intel TDX platforms under a root of our own

mod der;

pub mod forge;
pub mod machine;
pub mod passport;
pub mod root;
pub mod snp;
pub mod tdx;

use std::sync::Arc;

use rats::{Formats, ReferenceValues, TrustAnchors, Verifier, eat::EatFormat};

pub use machine::{Machine, Workload, measure};
pub use root::Root;

/// A Verifier that trusts `root`, reads this Attester's Evidence, and knows one
/// program under the name `software`.
pub fn verifier(root: &Root, software: &str, code: &[u8]) -> Verifier {
    let mut formats = Formats::new();
    formats
        .register(Arc::new(EatFormat::default()))
        .expect("an empty registry has no conflict");
    let mut reference_values = ReferenceValues::new();
    reference_values
        .add(software, measure(code))
        .expect("a measurement has one register and its digest 32 octets");
    Verifier {
        formats,
        anchors: TrustAnchors::new([root.trust_anchor()]),
        reference_values,
    }
}
