//! Acts of the actor that only Unix has.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio, exit};

use crate::own;

pub(crate) fn act(act: &str, rest: &[String]) {
    match act {
        "signal" => signal(rest[0].parse().unwrap()),
        "hour" => hour(),
        "become" => fail(Command::new(&rest[0]).args(&rest[1..]).exec()),
        "become-in-a-thread" => become_in_a_thread(rest),
        "become-open" => become_open(rest),
        "become-in-memory" => become_in_memory(rest),
        "descriptors" => descriptors(),
        "leave" => leave(rest),
        other => panic!("no such act: `{other}`"),
    }
}

fn signal(number: i32) {
    unsafe {
        libc::signal(number, libc::SIG_DFL);
        libc::raise(number);
    }
}

/// Prints the hour of the time 0 in the program's time zone.
fn hour() {
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    assert!(!unsafe { libc::localtime_r(&0, &mut parts) }.is_null());
    println!("{}", parts.tm_hour);
}

fn become_in_a_thread(rest: &[String]) {
    std::thread::spawn(|| {
        loop {
            std::thread::yield_now();
        }
    });
    let become_it = || fail(Command::new(&rest[0]).args(&rest[1..]).exec());
    std::thread::scope(|scope| drop(scope.spawn(become_it)));
}

fn fail(error: std::io::Error) {
    println!("{:?}", error.kind());
    exit(3);
}

/// Replaces this program by one that it has open, rather than by one with a path.
fn become_open(rest: &[String]) {
    let program = File::open(&rest[0]).unwrap();
    // Scripts, and programs that the kernel starts by an emulator, are read through this
    // descriptor, so it must not be closed.
    unsafe { libc::fcntl(program.as_raw_fd(), libc::F_SETFD, 0) };
    execute(&program, rest)
}

/// Replaces this program by a copy of another in memory, which has no path, and whose descriptor
/// is closed on the way. The system cannot start a script like this.
fn become_in_memory(rest: &[String]) {
    let copy = unsafe { libc::memfd_create(c"copy".as_ptr(), libc::MFD_CLOEXEC) };
    assert!(copy >= 0);
    let mut copy = unsafe { File::from_raw_fd(copy) };
    std::io::copy(&mut File::open(&rest[0]).unwrap(), &mut copy).unwrap();
    execute(&copy, rest)
}

fn execute(program: &File, rest: &[String]) {
    let words: Vec<CString> = rest
        .iter()
        .map(|word| CString::new(word.as_str()).unwrap())
        .collect();
    let mut addresses: Vec<_> = words.iter().map(|word| word.as_ptr()).collect();
    addresses.push(std::ptr::null());
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    unsafe { libc::fexecve(program.as_raw_fd(), addresses.as_ptr(), environ) };
    fail(std::io::Error::last_os_error());
}

/// Prints the number of descriptors that are open.
fn descriptors() {
    println!("{}", std::fs::read_dir("/proc/self/fd").unwrap().count());
}

/// Leaves a process behind, which starts another program after this one has ended.
fn leave(rest: &[String]) {
    let parent = unsafe { libc::getpid() };
    if unsafe { libc::fork() } != 0 {
        return;
    }
    unsafe {
        libc::setsid();
        for stream in 0..3 {
            libc::close(stream);
        }
    }
    while unsafe { libc::getppid() } == parent {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    let said = Command::new(own())
        .args(["say", "later"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    std::fs::write(
        &rest[0],
        said.map_or_else(|e| e.to_string().into_bytes(), |said| said.stdout),
    )
    .unwrap();
    exit(0);
}
