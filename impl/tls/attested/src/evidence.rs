//! Our own Evidence on its way out.

use rats::Evidence;
use rats::cmw::Encoding;

use crate::error::ApiMisuse;

/// Evidence as every placement conveys it: a conceptual message wrapper, CBOR
/// record, one item.
pub(crate) fn to_cmw(evidence: &Evidence) -> Result<Vec<u8>, ApiMisuse> {
    evidence
        .to_cmw(Encoding::CborRecord)
        .map_err(|error| ApiMisuse::CmwEncoding {
            reason: error.to_string(),
        })
}
