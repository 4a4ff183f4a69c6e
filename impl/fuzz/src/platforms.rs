//! As `decoders`, for what vendors and their hardware write.
//!
//! A test of `platform` includes this file and feeds the corpus.

use std::sync::OnceLock;

use platform::collateral::Collateral;
use platform::tdx::TdxFormat;
use rats::{EvidenceFormat, TrustAnchors, UnixSeconds};

const COLLATERAL: &[u8] = include_bytes!("../../tls/platform/testdata/tdx_quote_collateral.json");
/// 2025-07-01, when the collateral was valid.
const NOW: UnixSeconds = UnixSeconds(1_751_328_000);

/// Collateral as PCCS clients write it.
pub fn collateral(octets: &[u8]) {
    if let Ok(collateral) = Collateral::from_json(octets) {
        let _ = TdxFormat::new([collateral]);
    }
}

/// A quote, under Intel's root, with collateral for one platform.
pub fn quote(octets: &[u8]) {
    static FORMAT: OnceLock<TdxFormat> = OnceLock::new();
    let format = FORMAT.get_or_init(|| {
        TdxFormat::new([Collateral::from_json(COLLATERAL).expect("collateral of Intel's")])
    });
    // Who finds another quote that Intel's root endorses has found a quote.
    if let Ok(claims) = format.verify(octets, &TrustAnchors::default(), NOW) {
        assert_eq!(claims.challenge.len(), 64);
    }
}

/// Each decoder and the name of its corpus.
pub const ALL: [(&str, fn(&[u8])); 2] = [("collateral", collateral), ("quote", quote)];
