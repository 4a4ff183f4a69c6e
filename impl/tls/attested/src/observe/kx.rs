//! Key shares and the secrets they are joined into.
//!
//! Each share gets a number, by which its join names it.

use std::fmt;
use std::sync::Arc;

use event::{Bytes, Kind};
use rustls::crypto::{
    ActiveKeyExchange, CompletedKeyExchange, CryptoProvider, SharedSecret, SupportedKxGroup,
};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, ProtocolVersion};

use super::Shared;
use super::wrapped::Slot;

pub(super) fn groups(
    base: &CryptoProvider,
    shared: &'static Slot,
) -> Vec<&'static dyn SupportedKxGroup> {
    base.kx_groups
        .iter()
        .map(|&inner| {
            let group: &'static dyn SupportedKxGroup =
                Box::leak(Box::new(ObservedGroup { inner, shared }));
            group
        })
        .collect()
}

struct ObservedGroup {
    inner: &'static dyn SupportedKxGroup,
    shared: &'static Slot,
}

impl SupportedKxGroup for ObservedGroup {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let inner = self.inner.start()?;
        let Some(shared) = self.shared.current() else {
            return Ok(inner);
        };
        let share = shared.next_share();
        shared.record(Kind::KeyShare {
            group: inner.group().into(),
            share,
            public: Bytes::clear(inner.pub_key()),
        });
        Ok(Box::new(ObservedExchange {
            inner,
            shared,
            share,
        }))
    }

    fn start_and_complete(&self, peer: &[u8]) -> Result<CompletedKeyExchange, Error> {
        let completed = self.inner.start_and_complete(peer)?;
        let Some(shared) = self.shared.current() else {
            return Ok(completed);
        };
        let share = shared.next_share();
        let group = completed.group.into();
        shared.record(Kind::KeyShare {
            group,
            share,
            public: Bytes::clear(completed.pub_key.as_slice()),
        });
        shared.record(Kind::KeyExchange {
            group,
            share,
            peer: Bytes::clear(peer),
            shared: Bytes::session_secret(completed.secret.secret_bytes()),
        });
        Ok(completed)
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        self.inner.ffdhe_group()
    }

    fn name(&self) -> NamedGroup {
        self.inner.name()
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        self.inner.usable_for_version(version)
    }
}

impl fmt::Debug for ObservedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObservedGroup({:?})", self.inner)
    }
}

struct ObservedExchange {
    inner: Box<dyn ActiveKeyExchange>,
    shared: Arc<Shared>,
    share: u32,
}

impl ActiveKeyExchange for ObservedExchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let group = self.inner.group();
        let secret = self.inner.complete(peer)?;
        record_join(&self.shared, group, self.share, peer, &secret);
        Ok(secret)
    }

    fn hybrid_component(&self) -> Option<(NamedGroup, &[u8])> {
        self.inner.hybrid_component()
    }

    fn complete_hybrid_component(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let group = self
            .inner
            .hybrid_component()
            .map_or(self.inner.group(), |(group, _)| group);
        let secret = self.inner.complete_hybrid_component(peer)?;
        record_join(&self.shared, group, self.share, peer, &secret);
        Ok(secret)
    }

    fn pub_key(&self) -> &[u8] {
        self.inner.pub_key()
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        self.inner.ffdhe_group()
    }

    fn group(&self) -> NamedGroup {
        self.inner.group()
    }
}

fn record_join(shared: &Shared, group: NamedGroup, share: u32, peer: &[u8], secret: &SharedSecret) {
    shared.record(Kind::KeyExchange {
        group: group.into(),
        share,
        peer: Bytes::clear(peer),
        shared: Bytes::session_secret(secret.secret_bytes()),
    });
}
