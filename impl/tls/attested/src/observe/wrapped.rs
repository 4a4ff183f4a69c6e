//! Wrapped providers, each for one connection at a time.
//!
//! rustls wants much of a provider to be `'static`, and an event must name its
//! connection. A wrapped provider is therefore made once and never freed, and
//! its taps ask a [`Slot`] whose they are. When everything of a connection is
//! gone its provider is free for the next one, so there are never more of them
//! than connections that were observed at one time.
//!
//! Invariant: a slot changes hands only after the last [`Shared`] of the one
//! before was dropped. What a live connection may still report through holds
//! one: the endpoint's instrument, the configuration's key log, the decrypter
//! in use.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use event::Kind;
use event::kind::DrawSource;
use rustls::SupportedCipherSuite;
use rustls::crypto::CryptoProvider;

use super::{Shared, hash, kx, random, verify};

/// Who the taps of a wrapped provider report to now.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<Weak<Shared>>);

impl Slot {
    /// The connection, while there is one.
    pub(super) fn current(&self) -> Option<Arc<Shared>> {
        lock(&self.0).upgrade()
    }

    /// Nobody's events are nobody's.
    pub(super) fn record(&self, kind: Kind) {
        if let Some(shared) = self.current() {
            shared.record(kind);
        }
    }

    pub(super) fn draw_source(&self) -> DrawSource {
        self.current()
            .map_or(DrawSource::Application, |shared| shared.draw_source())
    }
}

/// A provider whose taps report to its slot.
#[derive(Debug)]
pub(super) struct Wrapped {
    slot: &'static Slot,
    provider: CryptoProvider,
    /// What was wrapped.
    base: CryptoProvider,
}

/// Wrapped providers that no connection has.
#[derive(Debug, Default)]
pub(super) struct Pool {
    free: Mutex<Vec<&'static Wrapped>>,
    made: Mutex<usize>,
}

/// The pool of this process.
pub(super) static POOL: Pool = Pool {
    free: Mutex::new(Vec::new()),
    made: Mutex::new(0),
};

impl Pool {
    /// A wrapped `base` whose taps report to `shared` until that is dropped.
    pub(super) fn lease(
        &'static self,
        base: &CryptoProvider,
        shared: &Arc<Shared>,
    ) -> Arc<CryptoProvider> {
        let wrapped = self.free_of(base).unwrap_or_else(|| self.make(base));
        *lock(&wrapped.slot.0) = Arc::downgrade(shared);
        lock(&shared.leases).push(Lease {
            wrapped,
            pool: self,
        });
        Arc::new(wrapped.provider.clone())
    }

    /// How many were ever made.
    pub(super) fn made(&self) -> usize {
        *lock(&self.made)
    }

    fn free_of(&self, base: &CryptoProvider) -> Option<&'static Wrapped> {
        let mut free = lock(&self.free);
        let place = free.iter().rposition(|it| are_same(&it.base, base))?;
        Some(free.swap_remove(place))
    }

    fn make(&self, base: &CryptoProvider) -> &'static Wrapped {
        *lock(&self.made) += 1;
        let slot: &'static Slot = Box::leak(Box::default());
        Box::leak(Box::new(Wrapped {
            slot,
            provider: CryptoProvider {
                cipher_suites: hash::cipher_suites(base, slot),
                kx_groups: kx::groups(base, slot),
                signature_verification_algorithms: verify::algorithms(base, slot),
                secure_random: random::source(base, slot),
                key_provider: base.key_provider,
            },
            base: base.clone(),
        }))
    }
}

/// A connection's hold of a wrapped provider.
#[derive(Debug)]
pub(super) struct Lease {
    wrapped: &'static Wrapped,
    pool: &'static Pool,
}

/// The last holder of [`Shared`] is gone, and with it the lease.
impl Drop for Lease {
    fn drop(&mut self) {
        lock(&self.pool.free).push(self.wrapped);
    }
}

/// Whether two providers have the very same parts; in doubt they have not.
fn are_same(one: &CryptoProvider, other: &CryptoProvider) -> bool {
    // Others than those of TLS 1.3 are left out when wrapping.
    let suite = |one: &SupportedCipherSuite, other: &SupportedCipherSuite| match (
        one.tls13(),
        other.tls13(),
    ) {
        (Some(one), Some(other)) => std::ptr::eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    };
    let (one_verify, other_verify) = (
        &one.signature_verification_algorithms,
        &other.signature_verification_algorithms,
    );
    one.cipher_suites.len() == other.cipher_suites.len()
        && one.kx_groups.len() == other.kx_groups.len()
        && (one.cipher_suites.iter().zip(&other.cipher_suites)).all(|(a, b)| suite(a, b))
        && (one.kx_groups.iter().zip(&other.kx_groups)).all(|(a, b)| is_same(*a, *b))
        && std::ptr::eq(one_verify.all, other_verify.all)
        && std::ptr::eq(one_verify.mapping, other_verify.mapping)
        && is_same(one.secure_random, other.secure_random)
        && is_same(one.key_provider, other.key_provider)
}

/// Where it lies and what it is: two of no size may lie in one place.
fn is_same<T: ?Sized>(one: &'static T, other: &'static T) -> bool {
    std::ptr::eq(one, other)
}

/// Whole at any time: what is done under a lock is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use authenticator::Role;
    use event::Recorder;
    use rustls::crypto::ring;

    use super::*;
    use crate::observe::Instrument;

    fn shared(recorder: &Recorder) -> Arc<Shared> {
        Instrument::new(recorder.tap(1, 1), Role::Client).shared
    }

    #[test]
    fn one_after_the_other_connections_share_a_provider() {
        let pool: &'static Pool = Box::leak(Box::default());
        let base = ring::default_provider();
        for _ in 0..100 {
            let recorder = Recorder::new();
            let shared = shared(&recorder);
            let provider = pool.lease(&base, &shared);
            provider
                .secure_random
                .fill(&mut [0; 32])
                .expect("it is drawn");
            assert_eq!(recorder.count(), 1);
        }
        assert_eq!(pool.made(), 1);
    }

    #[test]
    fn connections_at_one_time_have_a_provider_each() {
        let pool: &'static Pool = Box::leak(Box::default());
        let base = ring::default_provider();
        for _ in 0..3 {
            let recorders: Vec<Recorder> = (0..5).map(|_| Recorder::new()).collect();
            let all: Vec<_> = recorders.iter().map(shared).collect();
            let providers = all.iter().map(|shared| pool.lease(&base, shared));
            for (number, provider) in providers.enumerate() {
                for _ in 0..=number {
                    provider
                        .secure_random
                        .fill(&mut [0; 8])
                        .expect("it is drawn");
                }
            }
            let counts: Vec<u64> = recorders.iter().map(Recorder::count).collect();
            assert_eq!(counts, [1, 2, 3, 4, 5]);
        }
        assert_eq!(pool.made(), 5);
    }

    #[test]
    fn a_provider_that_outlives_its_connection_reports_to_nobody() {
        let pool: &'static Pool = Box::leak(Box::default());
        let recorder = Recorder::new();
        let first = shared(&recorder);
        let provider = pool.lease(&ring::default_provider(), &first);
        drop(first);
        provider
            .secure_random
            .fill(&mut [0; 8])
            .expect("it is drawn");
        assert_eq!(recorder.count(), 0);
    }

    #[test]
    fn another_base_has_another_wrapping() {
        let pool: &'static Pool = Box::leak(Box::default());
        let all = ring::default_provider();
        let fewer = CryptoProvider {
            cipher_suites: vec![ring::cipher_suite::TLS13_AES_256_GCM_SHA384],
            ..all.clone()
        };
        for base in [&all, &fewer, &all, &fewer] {
            let recorder = Recorder::new();
            let provider = pool.lease(base, &shared(&recorder));
            let tls13 = base.cipher_suites.iter().filter(|it| it.tls13().is_some());
            assert_eq!(provider.cipher_suites.len(), tls13.count());
        }
        assert_eq!(pool.made(), 2);
    }
}
