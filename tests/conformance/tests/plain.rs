//! A test without Rust's harness is an ordinary program: cargo passes the caller's arguments, and
//! its exit code is the result.

fn main() {
    let said: Vec<String> = std::env::args().skip(1).collect();
    println!("plain test: {said:?}");
}
