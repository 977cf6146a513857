//! Lets libFuzzer look for a peer that makes the Modbus client panic, take a value that it did
//! not ask for, or wait for ever. What a byte of the script does is told at [`modbus::exercise`].

#![no_main]

libfuzzer_sys::fuzz_target!(|script: &[u8]| modbus::exercise(script));
