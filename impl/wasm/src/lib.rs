//! Nothing but its dependencies: what compiles here opens no socket and no file.
#![forbid(unsafe_code)]

pub use {attested, authenticator, event, rats};
