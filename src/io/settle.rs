//! A file that goes to the disk while it is written, so that the sync at its end has little left to wait for.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// A sync is asked for behind so many bytes: files that are smaller cost no thread.
const STEP_BYTES: usize = 32 << 20;

/// Writes a file and has it synced meanwhile, by a thread beside.
pub struct Settling {
    file: File,
    unasked: usize,
    beside: Option<Beside>,
}

struct Beside {
    ask: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Settling {
    /// Writes to `file` from where it stands.
    pub fn new(file: File) -> Self {
        Self { file, unasked: 0, beside: None }
    }

    /// Waits for what was asked for.
    ///
    /// # Errors
    /// Of a sync: the system tells of a failed one once, so that a later sync of the file may well succeed.
    pub fn finish(self) -> io::Result<()> {
        let Some(Beside { ask, thread }) = self.beside else { return Ok(()) };
        drop(ask);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread that syncs is gone")))
    }

    fn ask(&mut self) -> io::Result<()> {
        let beside = match &self.beside {
            Some(beside) => beside,
            None => self.beside.insert(Beside::new(self.file.try_clone()?)?),
        };
        // One that is asked for and not begun covers these bytes, too.
        let _ = beside.ask.try_send(());
        Ok(())
    }
}

impl Beside {
    fn new(file: File) -> io::Result<Self> {
        let (ask, asked) = sync_channel(1);
        let work = move || asked.iter().try_for_each(|()| file.sync_data());
        let thread = std::thread::Builder::new().name("untaint-sync".into()).spawn(work)?;
        Ok(Self { ask, thread })
    }
}

impl Write for Settling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.unasked += written;
        if self.unasked >= STEP_BYTES {
            self.unasked = 0;
            self.ask()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_there_however_often_it_was_synced() {
        let folder = tempfile::tempdir().unwrap();
        for (megabytes, threads) in [(1, false), (31, false), (32, true), (70, true)] {
            let path = folder.path().join("file");
            let mut file = Settling::new(File::create(&path).unwrap());
            (0..megabytes).for_each(|n| file.write_all(&vec![n; 1 << 20]).unwrap());
            assert_eq!(file.beside.is_some(), threads, "{megabytes} MiB");
            file.finish().unwrap();
            let bytes = std::fs::read(&path).unwrap();
            assert!(bytes.chunks(1 << 20).zip(0..).all(|(chunk, n)| chunk.iter().all(|b| *b == n)), "{megabytes} MiB");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_sync_that_fails_is_told() {
        // A pipe cannot be synced.
        let (reader, writer) = io::pipe().unwrap();
        let drain = std::thread::spawn(move || io::copy(&mut { reader }, &mut io::sink()));
        let mut file = Settling::new(File::from(std::os::fd::OwnedFd::from(writer)));
        (0..40).for_each(|_| file.write_all(&vec![0; 1 << 20]).unwrap());
        assert!(file.finish().is_err());
        drain.join().unwrap().unwrap();
    }
}
