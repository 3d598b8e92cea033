//! The `untaint` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    untaint::cli::run()
}
