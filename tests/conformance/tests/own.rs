//! What a program loads and asks the C library for.

use std::ffi::CStr;
use std::process::Command;

/// A static program cannot load a library.
#[cfg(not(target_env = "musl"))]
#[test]
fn a_library_of_the_crates_own_is_loaded() {
    let own = std::env::current_exe().unwrap();
    let library = own.with_file_name("libconformance.so");
    let path = std::ffi::CString::new(library.to_str().unwrap()).unwrap();
    let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
    let why = || unsafe { CStr::from_ptr(libc::dlerror()).to_owned() };
    assert!(!library.is_null(), "{:?}", why());
    let found = unsafe { libc::dlsym(library, c"conformance_answer".as_ptr()) };
    assert!(!found.is_null());
    let answer: extern "C" fn() -> i32 = unsafe { std::mem::transmute(found) };
    assert_eq!(answer(), 42);
    assert_eq!(unsafe { libc::dlclose(library) }, 0);
}

unsafe extern "C" {
    fn mbstowcs(to: *mut libc::wchar_t, from: *const libc::c_char, size: usize) -> usize;
}

/// The locales in an image are the machine's, whose files glibc reads in its own order of bytes.
#[cfg_attr(
    all(target_endian = "big", target_env = "gnu"),
    ignore = "docs/testing.md"
)]
#[test]
fn letters_of_the_locale_are_known() {
    let locale = unsafe { libc::setlocale(libc::LC_ALL, c"C.UTF-8".as_ptr()) };
    assert!(!locale.is_null());
    let mut letter: libc::wchar_t = 0;
    let read = unsafe { mbstowcs(&mut letter, c"\u{e4}".as_ptr(), 1) };
    assert_eq!((read, letter as u32), (1, 0xe4));
}

#[test]
fn hours_are_those_of_the_zone() {
    for (zone, hour) in [("JST-9", "9"), ("UTC0", "0")] {
        let mut actor = Command::new(env!("CARGO_BIN_EXE_actor"));
        let said = actor.arg("hour").env("TZ", zone).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), hour);
    }
}

/// With debugging information of lines alone, too, as in this crate's release.
#[test]
fn a_panic_names_the_lines_that_lead_to_it() {
    let mut actor = Command::new(env!("CARGO_BIN_EXE_actor"));
    let died = actor
        .arg("panic")
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&died.stderr);
    assert_eq!(died.status.code(), Some(101), "{said}");
    for words in ["stack backtrace:", "actor::fall", "actor.rs:"] {
        assert!(said.contains(words), "{said}");
    }
}
