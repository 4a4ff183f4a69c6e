//! What the fuzz targets feed.

pub mod decoders;
pub mod platforms;
