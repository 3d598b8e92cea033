//! The `untaint` command.

use std::process::ExitCode;

/// Workers allocate much and briefly; glibc's allocator costs a tenth of a run over dense tables.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    untaint::cli::run()
}
