//! Whether a verdict means what it says: alive, tight, and under which leaks.
