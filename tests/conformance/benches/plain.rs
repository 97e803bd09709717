//! A benchmark without Rust's harness: cargo tells it that it is one.

fn main() {
    assert!(std::env::args().any(|word| word == "--bench"));
    println!("plain bench");
}
