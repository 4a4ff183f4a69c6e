//! Finished, RFC 8446 section 4.4.4: as long as the suite's hash.

use super::{Decoded, Profile, WireError, handshake};
use crate::octets::Octets;

pub(super) fn decode(octets: &Octets, profile: &Profile) -> Result<Decoded, WireError> {
    let body = handshake(octets, 20)?;
    let at = body.position();
    let verify_data = body.rest();
    if let Some(hash) = profile.hash
        && verify_data.len() != hash.length()
    {
        return Err(WireError::at(
            at,
            format!(
                "verify_data has {} octets, the suite's hash {}",
                verify_data.len(),
                hash.length()
            ),
        ));
    }
    let mut decoded = Decoded::of(octets);
    decoded.field("verify_data", verify_data);
    Ok(decoded)
}
