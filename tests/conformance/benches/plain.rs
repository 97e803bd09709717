//! A benchmark without Rust's harness. Cargo passes `--bench` to it.

fn main() {
    assert!(std::env::args().any(|word| word == "--bench"));
    println!("plain bench");
}
