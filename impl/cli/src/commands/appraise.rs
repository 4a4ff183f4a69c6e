//! `seatproof appraise`: Evidence in a file against a policy in a file.
//! `seatproof attest`: Evidence of this machine.
//!
//! What a Relying Party's endpoint does with Evidence that a peer sends, done
//! with Evidence that somebody kept: the same path, the same refusals. The
//! challenge is asked for, because Evidence is never about nothing.

use crate::exit::Exit;
use crate::laboratory::folder;
use crate::laboratory::session::now;
use crate::{policy, tsm};
use platform::collateral::Collateral;
use platform::tdx::{self, TdxFormat};
use platform::tsm::TsmAttester;
use rats::cmw::Encoding;
use rats::eat::EatFormat;
use rats::policy::KeyClaim;
use rats::{
    Appraised, Attester as _, Challenge, Evidence, Expected, Formats, Hash, KeyHash, TrustAnchors,
    UnixSeconds, Verifier,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Appraises Evidence under a policy.
#[derive(Debug, clap::Args)]
pub(crate) struct Appraise {
    /// The Evidence.
    evidence: PathBuf,
    /// The policy, TOML.
    #[arg(long)]
    policy: PathBuf,
    /// What the Evidence must have signed, in hex: 8 to 64 octets.
    #[arg(long)]
    challenge: String,
    /// How the Evidence is wrapped.
    #[arg(long, value_enum, default_value = "cmw")]
    form: Form,
    /// The public key the Evidence must speak for: SubjectPublicKeyInfo, DER.
    /// Needed where the policy wants a key claim.
    #[arg(long)]
    key: Option<PathBuf>,
    /// The hash that key claims are made with.
    #[arg(long, value_enum, default_value = "sha256")]
    hash: KeyHashName,
    /// Collateral for TDX quotes, JSON; once for each kind of platform.
    #[arg(long)]
    collateral: Vec<PathBuf>,
    /// A root for TDX quotes instead of Intel's: X.509 DER.
    #[arg(long)]
    tdx_root: Option<PathBuf>,
    #[cfg(feature = "sev-snp")]
    #[command(flatten)]
    snp: SnpCertificates,
    /// A laboratory whose software Attester is trusted too.
    #[arg(long)]
    laboratory: Option<PathBuf>,
    /// The time of the appraisal, in Unix seconds, if not the system's.
    #[arg(long)]
    at: Option<u64>,
}

/// What the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A conceptual message wrapper (RFC 9999), CBOR or JSON.
    Cmw,
    /// An SEV-SNP attestation report and nothing else.
    #[cfg(feature = "sev-snp")]
    SnpReport,
    /// A TDX quote and nothing else.
    TdxQuote,
}

#[cfg(feature = "sev-snp")]
#[derive(Debug, clap::Args)]
struct SnpCertificates {
    /// AMD's root key for SEV-SNP reports, or another that is trusted: X.509 DER.
    #[arg(long, requires = "snp_ask")]
    snp_ark: Option<PathBuf>,
    /// The certificate of the key that signs chips' certificates: X.509 DER.
    #[arg(long, requires = "snp_ark")]
    snp_ask: Option<PathBuf>,
    /// A chip's certificate (VCEK), X.509 DER; once for each chip.
    #[arg(long, requires = "snp_ark")]
    snp_vcek: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum KeyHashName {
    Sha256,
    Sha384,
}

/// Has this machine's hardware sign a challenge.
#[derive(Debug, clap::Args)]
pub(crate) struct Attest {
    /// What to sign, in hex: 8 to 64 octets.
    #[arg(long)]
    challenge: String,
    /// Where to put the Evidence, in a conceptual message wrapper.
    #[arg(long)]
    out: PathBuf,
}

type Outcome = Result<Exit, Box<dyn std::error::Error>>;

/// Runs `appraise`.
pub(crate) fn appraise(arguments: &Appraise) -> Outcome {
    let loaded = policy::load(&arguments.policy)?;
    let policy = &loaded.file.policy;
    let hash = match arguments.hash {
        KeyHashName::Sha256 => Hash::Sha256,
        KeyHashName::Sha384 => Hash::Sha384,
    };
    let spki = match (&arguments.key, policy.key_claim) {
        (Some(path), _) => read(path)?,
        (None, KeyClaim::ImpliedByChallenge) => Vec::new(),
        (None, KeyClaim::Required) => {
            return Err(
                "the policy wants Evidence to speak for a key: say which, with --key".into(),
            );
        }
    };
    let expected = Expected {
        challenge: challenge(&arguments.challenge)?,
        key_hash: KeyHash::of(hash, &spki),
    };
    let verifier = Verifier {
        formats: formats(arguments)?,
        anchors: anchors(arguments.laboratory.as_deref())?,
        reference_values: loaded.reference_values,
    };
    let now = match arguments.at {
        Some(seconds) => UnixSeconds(seconds),
        None => UnixSeconds(now()?.as_secs()),
    };
    let octets = read(&arguments.evidence)?;
    let outcome = match arguments.form {
        #[cfg(feature = "sev-snp")]
        Form::SnpReport => {
            let evidence = Evidence::new(platform::snp::media_type(), octets);
            verifier.appraise(&evidence, &expected, policy, now)
        }
        Form::Cmw => verifier.appraise_cmw(&octets, &expected, policy, now),
        Form::TdxQuote => {
            let evidence = Evidence::new(tdx::media_type(), octets);
            verifier.appraise(&evidence, &expected, policy, now)
        }
    };
    match outcome {
        Ok(appraised) => {
            tell(&appraised);
            Ok(Exit::AsLabelled)
        }
        Err(refusal) => {
            println!(
                "refused at {:?}: {}: {refusal}",
                refusal.step(),
                refusal.code()
            );
            Ok(Exit::Contradicted)
        }
    }
}

/// Runs `attest`.
pub(crate) fn attest(arguments: &Attest) -> Outcome {
    let evidence =
        TsmAttester::new(tsm::Kernel).attest(&challenge(&arguments.challenge)?, Hash::Sha256)?;
    let wrapped = evidence.to_cmw(Encoding::CborRecord)?;
    fs::write(&arguments.out, &wrapped)
        .map_err(|error| format!("{}: {error}", arguments.out.display()))?;
    println!("{} octets in {}", wrapped.len(), arguments.out.display());
    Ok(Exit::AsLabelled)
}

fn formats(arguments: &Appraise) -> Result<Formats, Box<dyn std::error::Error>> {
    let mut collateral = Vec::new();
    for path in &arguments.collateral {
        let read = Collateral::from_json(&read(path)?);
        collateral.push(read.map_err(|error| format!("{}: {error}", path.display()))?);
    }
    let tdx = match &arguments.tdx_root {
        None => TdxFormat::new(collateral),
        Some(path) => TdxFormat::with_root(&read(path)?, collateral),
    };
    let mut formats = Formats::new();
    formats.register(Arc::new(EatFormat::default()))?;
    formats.register(Arc::new(tdx))?;
    #[cfg(feature = "sev-snp")]
    if let Some(snp) = snp(&arguments.snp)? {
        formats.register(Arc::new(snp))?;
    }
    Ok(formats)
}

/// Reports are of an unknown format where no root is named.
#[cfg(feature = "sev-snp")]
fn snp(
    certificates: &SnpCertificates,
) -> Result<Option<platform::snp::SnpFormat>, Box<dyn std::error::Error>> {
    let (Some(ark), Some(ask)) = (&certificates.snp_ark, &certificates.snp_ask) else {
        return Ok(None);
    };
    let veks = certificates.snp_vcek.iter().map(|path| read(path));
    let veks: Vec<_> = veks.collect::<Result<_, _>>()?;
    let veks = veks.iter().map(Vec::as_slice);
    let format = platform::snp::SnpFormat::new(&read(ark)?, &read(ask)?, veks);
    Ok(Some(format?))
}

fn anchors(laboratory: Option<&Path>) -> Result<TrustAnchors, Box<dyn std::error::Error>> {
    Ok(match laboratory {
        None => TrustAnchors::default(),
        Some(path) => TrustAnchors::new([folder::read(path)?.root().trust_anchor()]),
    })
}

fn challenge(text: &str) -> Result<Challenge, Box<dyn std::error::Error>> {
    let octets = hex::decode(text).map_err(|error| format!("--challenge: {error}"))?;
    Ok(Challenge::new(octets)?)
}

fn read(path: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn tell(appraised: &Appraised) {
    let (result, claims) = (appraised.result(), appraised.claims());
    println!("accepted: {}", result.software);
    println!(
        "  machine {:?}, debugging {:?}",
        result.machine, claims.debug
    );
    if let Some(issuer) = &result.issuer {
        println!("  appraised by {issuer}");
    }
    let standing = &claims.standing;
    if let Some(status) = standing.tcb_status {
        println!("  firmware {status}");
    }
    for (component, version) in &standing.tcb_components {
        println!("  {component} {version}");
    }
    for advisory in &standing.advisories {
        println!("  advisory {advisory}");
    }
    if let Some(location) = &standing.location {
        println!("  at {location}");
    }
}
