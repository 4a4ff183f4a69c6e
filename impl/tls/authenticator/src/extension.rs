//! Extensions: a type and opaque bytes, no two of one type in a list.
//!
//! RFC 8446 §4.2. An [`Extensions`] value cannot hold a duplicate: both ways to
//! make one refuse it.

use std::collections::BTreeSet;
use std::fmt;

use rustls::SignatureScheme;

use crate::codec::{Reader, put_u16, put_vec16};
use crate::error::{ApiMisuse, DecodeError, DecodeErrorKind};
use crate::scheme;

/// An extension's number in the IANA registry.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ExtensionType(pub u16);

impl ExtensionType {
    pub const SERVER_NAME: Self = Self(0);
    pub const SIGNATURE_ALGORITHMS: Self = Self(13);
    pub const SIGNATURE_ALGORITHMS_CERT: Self = Self(50);

    /// Registered for other messages only, so wrong in a request. An unknown
    /// number is not forbidden: receivers ignore what they do not know.
    pub(crate) fn is_forbidden_in_requests(self) -> bool {
        matches!(
            self.0,
            // max_fragment_length, supported_groups, use_srtp, heartbeat, alpn,
            // client and server certificate types, padding
            1 | 10 | 14 | 15 | 16 | 19 | 20 | 21
            // pre_shared_key, early_data, supported_versions, cookie,
            // psk_key_exchange_modes, post_handshake_auth, key_share
            | 41 | 42 | 43 | 44 | 45 | 49 | 51
        )
    }
}

impl fmt::Display for ExtensionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::SERVER_NAME => f.write_str("server_name(0)"),
            Self::SIGNATURE_ALGORITHMS => f.write_str("signature_algorithms(13)"),
            Self::SIGNATURE_ALGORITHMS_CERT => f.write_str("signature_algorithms_cert(50)"),
            Self(number) => write!(f, "{number:#06x}"),
        }
    }
}

/// One extension, its body uninterpreted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    pub typ: ExtensionType,
    pub data: Vec<u8>,
}

impl Extension {
    /// An extension with an empty body, which is how a request offers one.
    pub fn empty(typ: ExtensionType) -> Self {
        Self {
            typ,
            data: Vec::new(),
        }
    }

    /// `signature_algorithms` with the schemes in order of preference.
    ///
    /// # Errors
    /// [`ApiMisuse::SchemeForbidden`] for a scheme authenticators may not use,
    /// [`ApiMisuse::MissingSignatureAlgorithms`] for an empty list.
    pub fn signature_algorithms(schemes: &[SignatureScheme]) -> Result<Self, ApiMisuse> {
        if schemes.is_empty() {
            return Err(ApiMisuse::MissingSignatureAlgorithms);
        }
        let mut list = Vec::new();
        for &scheme in schemes {
            if !scheme::is_usable(scheme) {
                return Err(ApiMisuse::SchemeForbidden { scheme });
            }
            put_u16(&mut list, scheme.into());
        }
        let mut data = Vec::new();
        put_vec16(&mut data, &list, "signature_algorithms")?;
        Ok(Self {
            typ: ExtensionType::SIGNATURE_ALGORITHMS,
            data,
        })
    }

    /// `server_name` with one DNS name (RFC 6066 §3).
    ///
    /// # Errors
    /// [`ApiMisuse::TooLong`] if the name does not fit.
    pub fn server_name(name: &str) -> Result<Self, ApiMisuse> {
        let mut entry = vec![0]; // host_name
        put_vec16(&mut entry, name.as_bytes(), "server_name")?;
        let mut data = Vec::new();
        put_vec16(&mut data, &entry, "server_name")?;
        Ok(Self {
            typ: ExtensionType::SERVER_NAME,
            data,
        })
    }
}

/// A list of extensions, in order, each type at most once.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extensions(Vec<Extension>);

impl Extensions {
    /// # Errors
    /// [`ApiMisuse::DuplicateExtension`].
    pub fn new(list: Vec<Extension>) -> Result<Self, ApiMisuse> {
        let mut seen = BTreeSet::new();
        for extension in &list {
            if !seen.insert(extension.typ) {
                return Err(ApiMisuse::DuplicateExtension {
                    extension: extension.typ,
                });
            }
        }
        Ok(Self(list))
    }

    /// The body of the extension of this type.
    pub fn find(&self, typ: ExtensionType) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|extension| extension.typ == typ)
            .map(|extension| extension.data.as_slice())
    }

    pub fn contains(&self, typ: ExtensionType) -> bool {
        self.find(typ).is_some()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Extension> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends `Extension extensions<0..2^16-1>`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), ApiMisuse> {
        let mut list = Vec::new();
        for extension in &self.0 {
            put_u16(&mut list, extension.typ.0);
            put_vec16(&mut list, &extension.data, "extension")?;
        }
        put_vec16(out, &list, "extensions")
    }

    /// Reads `Extension extensions<0..2^16-1>`, asking `is_well_formed` about
    /// each body.
    pub(crate) fn decode(
        reader: &mut Reader<'_>,
        is_well_formed: fn(&Extension) -> bool,
    ) -> Result<Self, DecodeError> {
        let mut reader = reader.nested16()?;
        let mut list = Vec::new();
        let mut seen = BTreeSet::new();
        while !reader.is_empty() {
            let at = reader.at();
            let typ = ExtensionType(reader.u16()?);
            if !seen.insert(typ) {
                return Err(
                    reader.error_at(at, DecodeErrorKind::DuplicateExtension { extension: typ })
                );
            }
            let data = reader.vec16()?.to_vec();
            let extension = Extension { typ, data };
            if !is_well_formed(&extension) {
                return Err(
                    reader.error_at(at, DecodeErrorKind::MalformedExtension { extension: typ })
                );
            }
            list.push(extension);
        }
        Ok(Self(list))
    }
}

/// `SignatureScheme supported_signature_algorithms<2..2^16-2>`
pub(crate) fn parse_schemes(data: &[u8]) -> Option<Vec<SignatureScheme>> {
    let (length, list) = data.split_at_checked(2)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    if length != list.len() || length == 0 || !length.is_multiple_of(2) {
        return None;
    }
    Some(
        list.chunks_exact(2)
            .map(|pair| SignatureScheme::from(u16::from_be_bytes([pair[0], pair[1]])))
            .collect(),
    )
}

/// The first DNS name of a `server_name` body, or `None` if it is malformed.
pub(crate) fn parse_server_name(data: &[u8]) -> Option<&str> {
    let (length, list) = data.split_at_checked(2)?;
    if usize::from(u16::from_be_bytes([length[0], length[1]])) != list.len() {
        return None;
    }
    let (&[kind, high, low], name) = list.split_first_chunk::<3>()?;
    // RFC 6066 allows one name of each kind and defines one kind, so a second
    // entry can only be a mistake.
    if kind != 0 || usize::from(u16::from_be_bytes([high, low])) != name.len() || name.is_empty() {
        return None;
    }
    std::str::from_utf8(name)
        .ok()
        .filter(|name| name.is_ascii())
}
