//! Any bytes as the engine reads them from a target or a tool: see `wt_engine::foreign`.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = wt_engine::foreign::read_hello(bytes);
});
