//! Compiles `proto/` with a pure Rust compiler: generated code is built, never committed.
use std::{error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    let mut folders = vec![root.join("watchtower")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "proto")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    let descriptors = protox::compile(files, [root])?;
    tonic_prost_build::configure()
        // Maps keep an order, so that the same message is always the same bytes.
        .btree_map(".")
        // Passed on as it came: no copy.
        .bytes(".watchtower.results.v1.ListExposuresResponse.page_json")
        .include_file("watchtower.rs")
        .compile_fds(descriptors)?;
    Ok(())
}
