//! Whom a policy means, where a peer has a certificate.
//!
//! Who relies on a server says which name it wants to reach, and PKI answers.
//! Who relies on a client has told nobody a name: any client that the roots
//! vouch for, which may be a whole company's, would do. So a policy for clients
//! names them, or says in as many words that it does not care; one that says
//! nothing refuses every client.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Whom the peer's certificate must name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// The one the endpoint was told to reach. A client is nobody's, and
    /// refused.
    #[default]
    AsTheEndpointSays,
    /// Any that the roots vouch for: `names = ["*"]`.
    Any,
    /// One of these. A server's must be the one the endpoint was told besides.
    OneOf(BTreeSet<PeerName>),
}

/// A name that a certificate's subjectAltName gives, RFC 5280 section 4.2.1.6.
///
/// Two names are the same if they are spelled the same, but for the case of DNS
/// names. A certificate's wildcard names nobody in particular, so it is not
/// the name of any client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeerName {
    /// A dNSName, in lower case.
    Dns(String),
    /// A uniformResourceIdentifier, such as a SPIFFE ID.
    Uri(String),
}

/// Who the peer is, as far as the channel tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerIdentity {
    /// Whether the endpoint was told whom it reaches: a name, which PKI has
    /// found in the certificate, or that Evidence takes the name's place.
    pub is_expected: bool,
    /// Names in the end-entity certificate; none without PKI.
    pub names: BTreeSet<PeerName>,
}

/// Text that is neither a DNS name nor a URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither a DNS name, such as device.example, nor a URI, such as spiffe://example/device"
)]
pub struct NotAName(pub String);

impl Names {
    /// One of these.
    ///
    /// # Errors
    /// The first that is no name.
    pub fn one_of<'t>(names: impl IntoIterator<Item = &'t str>) -> Result<Self, NotAName> {
        let names: Result<_, _> = names.into_iter().map(str::parse).collect();
        names.map(Self::OneOf)
    }

    /// Whether the peer is one of those meant.
    pub(crate) fn admit(&self, peer: &PeerIdentity) -> bool {
        match self {
            Self::AsTheEndpointSays => peer.is_expected,
            Self::Any => true,
            Self::OneOf(wanted) => !wanted.is_disjoint(&peer.names),
        }
    }
}

impl PeerName {
    /// A dNSName of a certificate.
    pub fn dns(name: &str) -> Self {
        Self::Dns(name.to_ascii_lowercase())
    }
}

impl FromStr for PeerName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        if let Some((scheme, rest)) = text.split_once("://") {
            let is_scheme = scheme.starts_with(|it: char| it.is_ascii_alphabetic())
                && scheme.chars().all(|it| it.is_ascii_alphanumeric());
            let is_visible = !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_graphic());
            return if is_scheme && is_visible {
                Ok(Self::Uri(text.to_owned()))
            } else {
                Err(NotAName(text.to_owned()))
            };
        }
        let is_label = |label: &str| {
            let inner = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
            (1..=63).contains(&label.len())
                && label.bytes().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // An address would be taken for a name of four numbers.
        let is_number = |label: &str| label.bytes().all(|it| it.is_ascii_digit());
        let last = text.rsplit('.').next().unwrap_or_default();
        if text.len() <= 253 && text.split('.').all(is_label) && !is_number(last) {
            Ok(Self::dns(text))
        } else {
            Err(NotAName(text.to_owned()))
        }
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) | Self::Uri(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(is_expected: bool, names: &[PeerName]) -> PeerIdentity {
        PeerIdentity {
            is_expected,
            names: names.iter().cloned().collect(),
        }
    }

    #[test]
    fn a_client_is_admitted_by_name_or_by_as_many_words() {
        let device = PeerName::dns("Device.Example");
        let client = peer(false, std::slice::from_ref(&device));
        assert!(!Names::AsTheEndpointSays.admit(&client));
        assert!(Names::Any.admit(&client));
        assert!(Names::one_of(["device.example"]).unwrap().admit(&client));
        assert!(!Names::one_of(["other.example"]).unwrap().admit(&client));
        assert!(!Names::one_of([]).unwrap().admit(&client));
        assert!(Names::AsTheEndpointSays.admit(&peer(true, &[])));
    }

    #[test]
    fn kinds_of_names_and_wildcards_are_not_confused() {
        let wanted = Names::one_of(["device.example", "spiffe://example/device"]).unwrap();
        for other in [
            PeerName::dns("*.example"),
            PeerName::dns("device.example."),
            PeerName::dns("spiffe://example/device"),
            PeerName::Uri("device.example".to_owned()),
            PeerName::Uri("SPIFFE://example/device".to_owned()),
        ] {
            assert!(!wanted.admit(&peer(true, &[other])));
        }
        let same = PeerName::Uri("spiffe://example/device".to_owned());
        assert!(wanted.admit(&peer(false, &[same])));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "*",
            "*.example",
            "a..b",
            ".a",
            "a.",
            "a b",
            "10.0.0.1",
            "-a",
            "a-",
            "é.example",
            "://x",
            "9p://x",
            "spiffe://",
            "spiffe:// x",
        ] {
            assert_eq!(text.parse::<PeerName>(), Err(NotAName(text.to_owned())));
        }
        assert!("a".repeat(64).parse::<PeerName>().is_err());
        assert_eq!("A_1.b-c".parse(), Ok(PeerName::Dns("a_1.b-c".to_owned())));
    }
}
