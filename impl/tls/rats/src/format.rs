//! Formats of Evidence, all behind one trait and found by media type.
//!
//! A test brings another root of trust, never another verifier: there is no
//! format whose `verify` does less because it is meant for tests.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    challenge::{Challenge, Hex},
    claims::Claims,
    cmw::MessageType,
    key::PublicKey,
    media_type::MediaType,
    refusal::FormatFault,
};

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds. The caller's
/// clock; this crate has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixSeconds(pub u64);

/// A format of Evidence.
pub trait EvidenceFormat: fmt::Debug + Send + Sync {
    fn media_type(&self) -> &MediaType;

    /// What Evidence of this format has in [`Claims::challenge`] if it has signed
    /// `challenge`: the challenge itself, or, in a field of fixed length, the
    /// challenge and padding.
    fn field(&self, challenge: &Challenge) -> Vec<u8> {
        challenge.as_slice().to_vec()
    }

    /// The CoAP content format registered for [`Self::media_type`], if any.
    fn content_format(&self) -> Option<u16> {
        None
    }

    /// Decodes `octets` and verifies every signature from the Evidence up to
    /// one of `anchors`, or to a vendor's root the format was made with, and the
    /// validity of what is on the way at `now`.
    ///
    /// An implementation returns claims only if all of it verified, and in
    /// [`Claims::challenge`] exactly the octets that were signed.
    fn verify(
        &self,
        octets: &[u8],
        anchors: &TrustAnchors,
        now: UnixSeconds,
    ) -> Result<Claims, FormatFault>;
}

/// The formats a Verifier understands.
#[derive(Clone, Debug, Default)]
pub struct Formats {
    by_media_type: BTreeMap<MediaType, Arc<dyn EvidenceFormat>>,
    by_content_format: BTreeMap<u16, Arc<dyn EvidenceFormat>>,
}

/// Two formats that answer to one name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a format for {name} is registered already")]
pub struct FormatConflict {
    pub name: String,
}

impl Formats {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn register(&mut self, format: Arc<dyn EvidenceFormat>) -> Result<(), FormatConflict> {
        let media_type = format.media_type().clone();
        if self.by_media_type.contains_key(&media_type) {
            let name = media_type.to_string();
            return Err(FormatConflict { name });
        }
        if let Some(number) = format.content_format() {
            if self.by_content_format.contains_key(&number) {
                let name = format!("content format {number}");
                return Err(FormatConflict { name });
            }
            self.by_content_format.insert(number, Arc::clone(&format));
        }
        self.by_media_type.insert(media_type, format);
        Ok(())
    }

    /// The format that reads messages of this type.
    pub fn find(&self, message_type: &MessageType) -> Option<&dyn EvidenceFormat> {
        match message_type {
            MessageType::ContentFormat(number) => self.by_content_format.get(number),
            MessageType::MediaType(media_type) => self.by_media_type.get(media_type),
        }
        .map(Arc::as_ref)
    }
}

/// The roots a Verifier trusts to endorse Attesters.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    by_id: BTreeMap<Vec<u8>, TrustAnchor>,
}

/// A root of trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchor {
    /// For people; decides nothing.
    pub name: String,
    pub key: PublicKey,
}

impl TrustAnchors {
    pub fn new(anchors: impl IntoIterator<Item = TrustAnchor>) -> Self {
        let by_id = anchors
            .into_iter()
            .map(|anchor| (anchor.key.id(), anchor))
            .collect();
        Self { by_id }
    }

    /// The anchor whose key has this id.
    pub fn find(&self, id: &[u8]) -> Result<&TrustAnchor, FormatFault> {
        self.by_id
            .get(id)
            .ok_or_else(|| FormatFault::UntrustedAttester {
                anchor: Hex(id).to_string(),
            })
    }
}
