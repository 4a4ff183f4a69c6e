//! The subcommands, one file each.

pub(crate) mod appraise;
pub(crate) mod attack;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod conform;
pub(crate) mod coverage;
pub(crate) mod differential;
pub(crate) mod gate;
pub(crate) mod laboratory;
pub(crate) mod matrix;
pub(crate) mod models;
pub(crate) mod mutate;
pub(crate) mod prove;
pub(crate) mod proxy;
pub(crate) mod record;
pub(crate) mod scrutinise;
pub(crate) mod show;
pub(crate) mod sweep;
pub(crate) mod verify;
