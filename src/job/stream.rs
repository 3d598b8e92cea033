//! The line for byte streams: one thread reads and writes in order, the workers do what is between.

use super::sink::FileSink;
use super::work::{Done, Scratch, Shared};
use super::{Observer, Stop};
use crate::batch::Part;
use crate::error::{Error, Result};
use crate::io::Split;
use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};

/// About how many bytes a part holds. A constant: where parts are cut must not depend on jobs or memory.
pub(super) const PART_BYTES: usize = 1 << 20;

/// Runs every part of a stream through the workers of `pool`.
///
/// # Errors
/// `Store` from the sink, `Interrupted`.
pub(super) fn run(
    pool: &rayon::ThreadPool,
    shared: &Shared<'_>,
    split: &mut dyn Split,
    sink: &mut FileSink<'_>,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<()> {
    let scratch: Mutex<Vec<Scratch>> = Mutex::default();
    // One part for each worker, one that waits for it, and some that are written or read: where this thread shares its core
    // with the workers, they must not run dry while it waits for its turn.
    let most = 2 * pool.current_num_threads() + 4;
    pool.in_place_scope(|scope| {
        let (send, receive) = mpsc::channel::<(u64, Part, Done)>();
        let mut spare: Vec<Part> = Vec::new();
        let mut early: BTreeMap<u64, (Part, Done)> = BTreeMap::new();
        let (mut given, mut taken, mut ended) = (0, 0, false);
        let (mut source, wide) = (sink.read_bytes, sink.wide);
        let source_len = |bytes: &[u8]| wide.map_or(bytes.len() as u64, |wide| wide.source_len(bytes));
        loop {
            stop.check()?;
            while !ended && given - taken < most as u64 {
                let mut part = spare.pop().unwrap_or_default();
                part.bytes.clear();
                if !split.next(&mut part) {
                    ended = true;
                    break;
                }
                let from = source;
                source += source_len(&part.bytes);
                if !shared.wants(part.index) {
                    spare.push(part);
                    continue;
                }
                let (send, scratch, number) = (send.clone(), &scratch, given);
                scope.spawn(move |_| {
                    let lend = || scratch.lock().unwrap_or_else(PoisonError::into_inner);
                    let mut own = lend().pop().unwrap_or_default();
                    let mut done = shared.work(&part, &mut own);
                    done.source = from;
                    if let Some(wide) = wide {
                        wide.to_source(&part.bytes, done.rejected.iter_mut().map(|r| &mut r.start));
                    }
                    lend().push(own);
                    let _ = send.send((number, part, done));
                });
                given += 1;
            }
            if given == taken {
                return Ok(());
            }
            let (number, part, done) = receive.recv().map_err(|_| Error::Bug("a worker is gone".into()))?;
            early.insert(number, (part, done));
            while let Some((part, done)) = early.remove(&taken) {
                let (rows, read) = (u64::from(done.rows), source_len(&part.bytes));
                let before = sink.occurrences;
                sink.read_bytes = sink.read_bytes.max(done.source + read);
                sink.take(done)?;
                observer.advance(read, rows, sink.occurrences - before);
                // A part that held one huge record gives its memory back.
                if part.bytes.capacity() <= 4 * PART_BYTES {
                    spare.push(part);
                }
                taken += 1;
            }
        }
    })
}
