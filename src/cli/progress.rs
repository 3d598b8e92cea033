//! Progress on a terminal, else a line now and then. The only place that draws.

use super::args::{Voice, When};
use crate::job::Observer;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long a run without a terminal is silent between two lines.
const QUIET_SECONDS: u64 = 30;

/// The bar where it is known how much there is to do.
const WITH_END: &str = "{bar:28} {bytes:>10} of {total_bytes}  {binary_bytes_per_sec:>13}  {eta:>4} left  {msg}";
/// The bar where it is not.
const WITHOUT_END: &str = "{spinner} {bytes:>10}  {binary_bytes_per_sec:>13}  {msg}";

/// Shows a run as it goes.
pub struct Progress {
    bar: ProgressBar,
    rows: AtomicU64,
    findings: AtomicU64,
    bytes: AtomicU64,
    started: Instant,
    /// Seconds after the start when the last line was printed; without a terminal only.
    spoke: Option<AtomicU64>,
    quiet: bool,
    verbose: bool,
}

impl Progress {
    /// A progress display as the flags ask for.
    pub fn new(voice: &Voice) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let drawn = match voice.progress {
            When::Auto => terminal && !voice.quiet,
            When::Always => true,
            When::Never => false,
        };
        let bar = if drawn {
            let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::term_like(Box::new(Plain)) };
            ProgressBar::with_draw_target(None, target)
        } else {
            ProgressBar::hidden()
        };
        let spoke = (!drawn && !voice.quiet && voice.progress == When::Auto).then(AtomicU64::default);
        Self {
            bar,
            rows: AtomicU64::new(0),
            findings: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            started: Instant::now(),
            spoke,
            quiet: voice.quiet,
            verbose: voice.verbose,
        }
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸ "));
        }
    }

    fn say(&self, line: &str) {
        let shown = crate::report::shown(line);
        self.bar.suspend(|| super::tell(&shown));
    }
}

impl Observer for Progress {
    fn begins(&self, bytes: Option<u64>) {
        match bytes {
            // The style first: a length is drawn at once.
            Some(bytes) => {
                self.style(WITH_END);
                self.bar.set_length(bytes);
            }
            None => self.style(WITHOUT_END),
        }
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn advance(&self, bytes: u64, rows: u64, findings: u64) {
        let rows = self.rows.fetch_add(rows, Relaxed) + rows;
        let findings = self.findings.fetch_add(findings, Relaxed) + findings;
        let bytes_sum = self.bytes.fetch_add(bytes, Relaxed) + bytes;
        if !self.bar.is_hidden() {
            self.bar.inc(bytes);
            // Compressed input is more than was seen from outside: how much more shows in the end.
            if self.bar.length().is_some_and(|all| self.bar.position() > all) {
                self.bar.unset_length();
                self.style(WITHOUT_END);
            }
            self.bar.set_message(format!("{} rows, {} findings", HumanCount(rows), HumanCount(findings)));
        }
        if let Some(spoke) = &self.spoke {
            let now = self.started.elapsed().as_secs();
            if now >= spoke.load(Relaxed) + QUIET_SECONDS {
                spoke.store(now, Relaxed);
                super::tell(&format!(
                    "{now} s: {} read, {} rows, {} findings",
                    HumanBytes(bytes_sum),
                    HumanCount(rows),
                    HumanCount(findings)
                ));
            }
        }
    }

    fn file(&self, name: &str, what: &str) {
        if self.verbose {
            self.say(&format!("{name}: {what}"));
        }
    }

    fn phase(&self, name: &'static str) {
        if self.verbose {
            self.say(name);
        }
    }

    fn warn(&self, message: &str) {
        if !self.quiet {
            self.say(&format!("warning: {message}"));
        }
    }

    fn ends(&self) {
        self.bar.finish_and_clear();
    }
}

/// A terminal that is none: `--progress always` into a file or pipe.
#[derive(Debug)]
struct Plain;

impl indicatif::TermLike for Plain {
    fn width(&self) -> u16 {
        100
    }
    fn move_cursor_up(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn write_line(&self, line: &str) -> std::io::Result<()> {
        super::tell(line.trim_end());
        Ok(())
    }
    fn write_str(&self, text: &str) -> std::io::Result<()> {
        if !text.trim().is_empty() {
            super::tell(text.trim_end());
        }
        Ok(())
    }
    fn clear_line(&self) -> std::io::Result<()> {
        Ok(())
    }
    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}
