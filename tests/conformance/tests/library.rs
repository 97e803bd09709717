//! A program loads this crate's own library.
// A static program cannot load one.
#![cfg(not(target_env = "musl"))]

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

#[test]
fn a_library_of_the_crates_own_is_loaded() {
    let answer = system::load();
    let answer: extern "C" fn() -> i32 = unsafe { std::mem::transmute(answer) };
    assert_eq!(answer(), 42);
}

#[cfg(unix)]
mod unix {
    use std::ffi::{CStr, CString, c_void};

    /// Loads the library by its path, because its directory is none that the loader searches.
    pub(crate) fn load() -> *mut c_void {
        let own = std::env::current_exe().unwrap();
        let library = own.with_file_name("libconformance.so");
        let path = CString::new(library.to_str().unwrap()).unwrap();
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        let why = || unsafe { CStr::from_ptr(libc::dlerror()).to_owned() };
        assert!(!library.is_null(), "{:?}", why());
        let found = unsafe { libc::dlsym(library, c"conformance_answer".as_ptr()) };
        assert!(!found.is_null());
        found
    }
}

#[cfg(windows)]
mod windows {
    use std::ffi::{c_char, c_void};

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn LoadLibraryA(name: *const c_char) -> *mut c_void;
        fn GetProcAddress(library: *mut c_void, name: *const c_char) -> *mut c_void;
    }

    /// Loads the library by its name alone, because Windows looks beside the program.
    pub(crate) fn load() -> *mut c_void {
        let library = unsafe { LoadLibraryA(c"conformance.dll".as_ptr()) };
        assert!(!library.is_null(), "{}", std::io::Error::last_os_error());
        let found = unsafe { GetProcAddress(library, c"conformance_answer".as_ptr()) };
        assert!(!found.is_null());
        found
    }
}
