//! The `untaint` command.

fn main() {}
