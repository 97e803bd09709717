//! Says which machine it was compiled for.

fn main() {
    println!(
        "hello from {} ({})",
        std::env::consts::ARCH,
        std::env::consts::OS
    );
}
