//! Output that ends quietly when nobody reads on.
//!
//! The standard library's `println!` panics where a reader has gone, as in
//! `seatproof prove FILE.pv | head -1`. The macros below take its place in this crate:
//! they end the process with the status that a shell gives for a broken pipe, so that
//! a half-printed answer is never mistaken for a whole one.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// 128 and the number of SIGPIPE, as shells report it.
const BROKEN_PIPE: i32 = 141;
/// As for input that cannot be read.
const NOT_WRITTEN: i32 = 3;

macro_rules! print {
    ($($text:tt)*) => { $crate::output::write(format_args!($($text)*)) };
}

macro_rules! println {
    () => { $crate::output::write(format_args!("\n")) };
    ($($text:tt)*) => { $crate::output::write(format_args!("{}\n", format_args!($($text)*))) };
}

macro_rules! eprint {
    ($($text:tt)*) => { $crate::output::tell(format_args!($($text)*)) };
}

macro_rules! eprintln {
    () => { $crate::output::tell(format_args!("\n")) };
    ($($text:tt)*) => { $crate::output::tell(format_args!("{}\n", format_args!($($text)*))) };
}

/// Writes to standard output, or ends the process.
pub(crate) fn write(text: Arguments<'_>) {
    let written = std::io::stdout().lock().write_fmt(text);
    if let Err(error) = written {
        if error.kind() == ErrorKind::BrokenPipe {
            std::process::exit(BROKEN_PIPE);
        }
        tell(format_args!("standard output cannot be written: {error}\n"));
        std::process::exit(NOT_WRITTEN);
    }
}

/// Writes to standard error. Where that cannot be written there is nobody to tell.
pub(crate) fn tell(text: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(text);
}
