//! A test without Rust's harness is a program: its arguments are the caller's, and its exit code
//! says how it went.

fn main() {
    let said: Vec<String> = std::env::args().skip(1).collect();
    println!("plain test: {said:?}");
}
