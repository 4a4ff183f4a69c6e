//! Secrets of the key schedule, under their key-log labels.

use std::fmt;
use std::sync::Arc;

use event::{Bytes, Kind};
use rustls::KeyLog;

use super::Shared;

pub(super) fn log(shared: &Arc<Shared>) -> Arc<dyn KeyLog> {
    Arc::new(ObservedKeyLog {
        shared: Arc::clone(shared),
    })
}

struct ObservedKeyLog {
    shared: Arc<Shared>,
}

impl KeyLog for ObservedKeyLog {
    fn log(&self, label: &str, _client_random: &[u8], secret: &[u8]) {
        self.shared.record(Kind::Secret {
            label: label.to_owned(),
            octets: Bytes::session_secret(secret),
        });
    }
}

impl fmt::Debug for ObservedKeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObservedKeyLog")
    }
}
