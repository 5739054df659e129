//! The benchmark for guest disk-image formats.

fn main() {}
