//! The subcommands, one file each.

pub(crate) mod check;
pub(crate) mod conform;
pub(crate) mod coverage;
pub(crate) mod gate;
pub(crate) mod differential;
pub(crate) mod laboratory;
pub(crate) mod prove;
pub(crate) mod proxy;
pub(crate) mod record;
pub(crate) mod show;
pub(crate) mod verify;
