//! Certificates and noise as bytes.

use crate::common::{certificate, load};
use crate::models::MODELS;
use proptest::prelude::*;

#[test]
fn certificates_survive_the_way_to_bytes_and_back() {
    for (_, text) in MODELS {
        let certificate = certificate(&load(text), 0);
        let bytes = proof::to_bytes(&certificate).expect("representable");
        assert_eq!(proof::from_bytes(&bytes), Ok(certificate.clone()));
        assert_eq!(proof::to_bytes(&certificate), Ok(bytes.clone()));
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(
            proof::from_bytes(&longer),
            Err(proof::BytesError::Trailing(1))
        );
        assert!(proof::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }
}

proptest! {
    /// Noise is refused without a panic.
    #[test]
    fn noise_is_no_certificate(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(proof::from_bytes(&bytes).is_err());
    }

    /// A spoiled certificate is no certificate, or it reads as one and the
    /// checker has the last word; nobody panics.
    #[test]
    fn spoiled_bytes_prove_nothing_false(
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let program = load(crate::models::TWO);
        let mut certificate = certificate(&program, 0);
        certificate.query = 1;
        let mut bytes = proof::to_bytes(&certificate).expect("representable");
        for (at, value) in &spoils {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        if let Ok(read) = proof::from_bytes(&bytes) {
            let again = proof::to_bytes(&read).expect("representable");
            prop_assert_eq!(proof::from_bytes(&again), Ok(read.clone()));
            if let Ok(checked) = checker::check(&program, &read) {
                prop_assert_eq!(checked.query, 0);
            }
        }
    }
}
