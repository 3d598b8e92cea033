//! The command line: what was typed becomes a policy, inputs and options; what a run says becomes words and an exit code.
//!
//! The only place that prints, and the only one that knows the environment.

mod args;
mod decisions;
mod detectors;
mod init;
mod profiles;
mod progress;
mod report;
mod restore;
mod runs;

use crate::error::{Error, Result};
use crate::job::Stop;
use crate::report::Colour;
use args::{Cli, Verb, Voice, When};
use clap::{CommandFactory, Parser};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

/// Runs the command that was typed and gives its exit code.
#[must_use]
pub fn run() -> ExitCode {
    quiet_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let stop = Stop(Arc::new(AtomicI32::new(0)));
    let hint = if is_staged(&cli.verb) { "; the same call with --resume goes on" } else { "" };
    watch_signals(&stop, hint);
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| verb(cli.verb, &stop)));
    match ended.unwrap_or_else(|_| Err(Error::Bug(format!("a panic at {}", last_panic())))) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let hint = if matches!(error, Error::Interrupted(_)) { hint } else { "" };
            tell(&format!("untaint: {}{hint}", crate::report::shown_up_to(&error.to_string(), 2000)));
            ExitCode::from(error.exit_code())
        }
    }
}

/// Whether what a verb did so far is kept when it is interrupted, and gone on with by --resume: a run that replaces another
/// begins anew.
fn is_staged(verb: &Verb) -> bool {
    match verb {
        Verb::Clean(args) => !args.dry_run && !args.existing.overwrite,
        Verb::Scan(args) => args.out.is_some() && !args.existing.overwrite,
        Verb::Restore(_) => true,
        _ => false,
    }
}

fn verb(verb: Verb, stop: &Stop) -> Result<u8> {
    match verb {
        Verb::Clean(args) => runs::clean(args, stop),
        Verb::Scan(args) => runs::scan(args, stop),
        Verb::Verify { out, detectors, voice } => runs::verify(&out, &detectors, &voice, stop),
        Verb::Init(args) => init::init(&args, stop),
        Verb::Detectors { what } => detectors::run(what),
        Verb::Profile(args) => profiles::profile(args, stop),
        Verb::Baseline(args) => profiles::baseline(args, stop),
        Verb::Merge { files, out } => profiles::merge(&files, &out),
        Verb::Judge { file, out, ask, policy, baseline, trusted, fail_on, voice } => profiles::judge(profiles::Judging {
            file: &file,
            out: &out,
            policy: policy.as_deref(),
            ask: ask.as_deref(),
            baseline,
            trusted,
            fail_on,
            voice: &voice,
        }),
        Verb::Report { out, export } => report::report(&out, &export),
        Verb::Purge { out, voice } => decisions::purge(&out, &voice),
        Verb::Release(args) => decisions::release(&args, stop),
        Verb::Restore(args) => restore::restore(*args, stop),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "untaint", &mut script);
            print(&script)
        }
        Verb::Man => {
            let mut command = Cli::command();
            // Gives every verb its whole name: untaint-clean.
            command.build();
            let mut page = Vec::new();
            manual(&command, &mut page).map_err(|e| Error::Bug(format!("the manual page: {e}")))?;
            print(&page)
        }
    }
}

/// The page of a command and those of the verbs below it, one after the other.
fn manual(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(page)?;
    command.get_subcommands().filter(|verb| verb.get_name() != "help").try_for_each(|verb| manual(verb, page))
}

/// Prints a line for people, to standard error. A closed pipe is no error.
pub(crate) fn tell(line: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(line.as_bytes()).and_then(|()| err.write_all(b"\n"));
}

/// Prints what was asked for as data, to standard output. A closed pipe is no error.
fn print(bytes: &[u8]) -> Result<u8> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::store("standard output", "cannot write")(e)),
        _ => Ok(0),
    }
}

fn colour(voice: &Voice) -> Colour {
    let wanted = match voice.color {
        When::Always => true,
        When::Never => false,
        When::Auto => std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::io::stderr().is_terminal(),
    };
    if wanted { Colour::On } else { Colour::Off }
}

/// Where the last panic was.
static PANICKED: Mutex<Option<String>> = Mutex::new(None);

/// A panic says where, never what: its message could hold a value. Panics of decoders are caught and told as reasons of
/// files; one that comes through to the top is told there.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
        *PANICKED.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
}

fn last_panic() -> String {
    PANICKED.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_else(|| "an unknown place".to_owned())
}

/// The first INT or TERM asks the run to stop; the second ends the process at once.
fn watch_signals(stop: &Stop, hint: &'static str) {
    // A stage is whole whenever the process ends; temporary folders are not kept.
    let end = move |signal: i32| {
        crate::job::remove_temporary();
        tell(&format!("untaint: {}{hint}", Error::Interrupted(signal)));
        std::process::exit(128 + signal);
    };
    let flag = Arc::clone(&stop.0);
    let signals = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
    let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if flag.swap(signal, SeqCst) != 0 {
                end(signal);
            }
            // What does not stop by itself in time, such as waiting for standard input, is ended.
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(1500));
                end(signal);
            });
        }
    });
}
