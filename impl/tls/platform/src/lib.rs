//! Evidence of real hardware, appraised by the one path of rats.
