//! The program that tests start. Its first argument says what it does.

#[cfg(unix)]
mod unix;

use std::io::{Read as _, Write as _};
use std::process::{Command, exit};

fn main() {
    let mut args = std::env::args().skip(1);
    let act = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    match act.as_str() {
        "say" => say(&rest),
        "name" => println!("{}", std::env::args().next().unwrap()),
        "count" => println!(
            "{} {}",
            rest.len(),
            rest.iter().map(String::len).sum::<usize>()
        ),
        "variables" => std::env::vars_os().for_each(|(name, value)| println!("{name:?}={value:?}")),
        "place" => println!("{}", std::env::current_dir().unwrap().display()),
        "copy" => copy(),
        "exit" => exit(rest[0].parse().unwrap()),
        "abort" => std::process::abort(),
        "panic" => fall(),
        "deep" => deep(rest[0].parse().unwrap()),
        #[cfg(unix)]
        other => unix::act(other, &rest),
        #[cfg(not(unix))]
        other => panic!("no such act: `{other}`"),
    }
}

/// Prints the machine that this program was compiled for, which shows which program was started.
fn say(words: &[String]) {
    println!("{} {}", std::env::consts::ARCH, words.join(" "));
}

fn copy() {
    let mut all = Vec::new();
    std::io::stdin().read_to_end(&mut all).unwrap();
    std::io::stdout().write_all(&all).unwrap();
}

#[inline(never)]
fn fall() {
    panic!("as expected");
}

pub(crate) fn own() -> std::path::PathBuf {
    std::env::current_exe().unwrap()
}

fn deep(levels: u32) {
    println!("{} {levels}", std::env::consts::ARCH);
    if levels > 0 {
        let status = Command::new(own())
            .args(["deep", &(levels - 1).to_string()])
            .status();
        exit(status.unwrap().code().unwrap());
    }
}
