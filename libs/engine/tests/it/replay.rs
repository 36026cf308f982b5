//! Replays the seeds of the fuzz targets: each is read without panic and in little time, also
//! when it is cut short or a byte of it is another.
#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use wt_engine::foreign;

/// Longest that one reading may take, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(2);

type Reader = fn(&[u8]);

const READERS: [(&str, Reader); 5] = [
    ("engine_greeting", foreign::read_greeting),
    ("engine_hello", foreign::read_hello),
    ("engine_http", |bytes| foreign::read_http(bytes).unwrap()),
    ("engine_name", foreign::read_name_answer),
    ("engine_tool", foreign::read_tool),
];

/// A seed, cut short in eight places and changed in eight.
fn variants(seed: &[u8]) -> Vec<Vec<u8>> {
    let at = |part: usize| seed.len() * part / 8;
    let cut = (0..8).map(|part| seed.iter().copied().take(at(part)).collect());
    let changed = (0..8).map(|part| {
        let mut other = seed.to_vec();
        if let Some(byte) = other.get_mut(at(part)) {
            *byte ^= 0xff;
        }
        other
    });
    std::iter::once(seed.to_vec())
        .chain(cut)
        .chain(changed)
        .collect()
}

#[test]
fn every_seed_of_foreign_bytes_is_read_to_its_end() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (folder, read) in READERS {
        let mut seeds: Vec<_> = fs::read_dir(corpus.join(folder))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        seeds.sort();
        assert!(seeds.len() >= 2, "{folder} has seeds");
        for seed in seeds {
            for bytes in variants(&fs::read(&seed).unwrap()) {
                let started = Instant::now();
                read(&bytes);
                let took = started.elapsed();
                assert!(took < PATIENCE, "{} took {took:?}", seed.display());
            }
        }
    }
}
