//! What the fuzz targets feed.

pub mod decoders;
pub mod gate;
pub mod platforms;
