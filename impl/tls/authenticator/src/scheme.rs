//! Which signature schemes an authenticator may use.
//!
//! RFC 9261 §5.2.2 takes the schemes valid in TLS 1.3 and excludes
//! RSASSA-PKCS1-v1_5; SHA-1 was never valid. The list is closed: a scheme that
//! is not named here is not used, whatever the provider can do.

use rustls::SignatureScheme;

/// ECDSA on its own curve, RSA-PSS, EdDSA, ML-DSA.
pub fn is_usable(scheme: SignatureScheme) -> bool {
    matches!(
        u16::from(scheme),
        0x0403 | 0x0503 | 0x0603   // ecdsa_secp256r1_sha256 and the larger two
        | 0x0804..=0x0806          // rsa_pss_rsae
        | 0x0807 | 0x0808          // ed25519, ed448
        | 0x0809..=0x080b          // rsa_pss_pss
        | 0x0904..=0x0906 // mldsa44, mldsa65, mldsa87
    )
}
