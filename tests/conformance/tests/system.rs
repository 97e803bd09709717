//! Signals, memory, Unix sockets, `/proc`, and the C library's locales and time zones.
#![cfg(unix)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::Command;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// The result of a call of the C library. Panics with the system's error if the call failed.
fn done(result: i32) -> i32 {
    assert!(result >= 0, "{}", std::io::Error::last_os_error());
    result
}

static SEEN: AtomicI32 = AtomicI32::new(0);
static STACK: AtomicUsize = AtomicUsize::new(0);

extern "C" fn note(signal: libc::c_int) {
    let local = 0_u8;
    STACK.store(std::ptr::addr_of!(local) as usize, Ordering::SeqCst);
    SEEN.store(signal, Ordering::SeqCst);
}

#[test]
fn a_signal_is_handled_on_a_stack_of_its_own() {
    std::thread::spawn(|| unsafe {
        let mut room = vec![0_u8; 64 << 10];
        let stack = libc::stack_t {
            ss_sp: room.as_mut_ptr().cast(),
            ss_flags: 0,
            ss_size: room.len(),
        };
        done(libc::sigaltstack(&stack, null_mut()));
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = note as *const () as usize;
        action.sa_flags = libc::SA_ONSTACK;
        done(libc::sigaction(libc::SIGUSR2, &action, null_mut()));
        done(libc::raise(libc::SIGUSR2));
        assert_eq!(SEEN.load(Ordering::SeqCst), libc::SIGUSR2);
        assert!(
            room.as_ptr_range()
                .contains(&(STACK.load(Ordering::SeqCst) as *const u8))
        );
        let off = libc::stack_t {
            ss_sp: null_mut(),
            ss_flags: libc::SS_DISABLE,
            ss_size: 0,
        };
        done(libc::sigaltstack(&off, null_mut()));
    })
    .join()
    .unwrap();
}

fn map(size: usize, protection: i32, flags: i32) -> *mut u8 {
    let flags = flags | libc::MAP_ANONYMOUS;
    let address = unsafe { libc::mmap(null_mut(), size, protection, flags, -1, 0) };
    assert_ne!(
        address,
        libc::MAP_FAILED,
        "{}",
        std::io::Error::last_os_error()
    );
    address.cast()
}

#[test]
fn memory_is_mapped_reserved_and_moved() {
    const READ_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;
    unsafe {
        let reserved = map(
            1 << 30,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_NORESERVE,
        );
        let part = reserved.add(512 << 20);
        done(libc::mprotect(part.cast(), 64 << 10, READ_WRITE));
        part.write(7);
        done(libc::munmap(reserved.cast(), 1 << 30));
        let small = map(64 << 10, READ_WRITE, libc::MAP_PRIVATE);
        small.write_bytes(5, 64 << 10);
        let large: *mut u8 =
            libc::mremap(small.cast(), 64 << 10, 8 << 20, libc::MREMAP_MAYMOVE).cast();
        assert_eq!(
            (large.add(65_535).read(), large.add(8 << 20).sub(1).read()),
            (5, 0)
        );
        done(libc::munmap(large.cast(), 8 << 20));
        let shared = map(64 << 10, READ_WRITE, libc::MAP_SHARED);
        let child = done(libc::fork());
        if child == 0 {
            shared.write_volatile(9);
            libc::_exit(0);
        }
        done(libc::waitpid(child, null_mut(), 0));
        assert_eq!(shared.read_volatile(), 9);
        done(libc::munmap(shared.cast(), 64 << 10));
    }
}

#[test]
fn a_file_is_mapped() {
    let path = std::env::temp_dir().join(format!("conformance-{}-map", std::process::id()));
    fs::write(&path, "text").unwrap();
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let address = libc::mmap(
            null_mut(),
            4,
            protection,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            0,
        );
        assert_ne!(address, libc::MAP_FAILED);
        address.cast::<u8>().write(b'n');
        done(libc::msync(address, 4, libc::MS_SYNC));
        done(libc::munmap(address, 4));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "next");
    fs::remove_file(&path).unwrap();
}

#[test]
fn local_sockets_carry_data_and_descriptors() {
    let path = std::env::temp_dir().join(format!("conformance-{}-socket", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let client = UnixStream::connect(&path).unwrap();
    let (server, _) = listener.accept().unwrap();
    fs::remove_file(&path).unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    send_descriptor(&server, writer.as_raw_fd());
    drop(writer);
    let mut received = fs::File::from(receive_descriptor(&client));
    received.write_all(b"passed on").unwrap();
    drop(received);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "passed on");
    let (one, other) = UnixDatagram::pair().unwrap();
    one.send(b"x").unwrap();
    assert_eq!(other.recv(&mut [0; 4]).unwrap(), 1);
}

/// Calls a function with a message of one byte that has room for one descriptor.
fn with_message<T>(call: impl FnOnce(&mut libc::msghdr) -> T) -> T {
    let (mut byte, mut room) = ([1_u8], [0_u64; 8]);
    let mut part = libc::iovec {
        iov_base: byte.as_mut_ptr().cast(),
        iov_len: 1,
    };
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    (message.msg_iov, message.msg_iovlen) = (&mut part, 1);
    message.msg_control = room.as_mut_ptr().cast();
    message.msg_controllen = unsafe { libc::CMSG_SPACE(4) } as _;
    call(&mut message)
}

fn send_descriptor(socket: &UnixStream, descriptor: i32) {
    with_message(|message| unsafe {
        let control = libc::CMSG_FIRSTHDR(message);
        (*control).cmsg_level = libc::SOL_SOCKET;
        (*control).cmsg_type = libc::SCM_RIGHTS;
        (*control).cmsg_len = libc::CMSG_LEN(4) as _;
        libc::CMSG_DATA(control)
            .cast::<i32>()
            .write_unaligned(descriptor);
        assert_eq!(libc::sendmsg(socket.as_raw_fd(), message, 0), 1);
    });
}

fn receive_descriptor(socket: &UnixStream) -> OwnedFd {
    with_message(|message| unsafe {
        assert_eq!(libc::recvmsg(socket.as_raw_fd(), message, 0), 1);
        let control = libc::CMSG_FIRSTHDR(message);
        assert!(!control.is_null());
        OwnedFd::from_raw_fd(libc::CMSG_DATA(control).cast::<i32>().read_unaligned())
    })
}

#[test]
fn the_system_tells_of_events() {
    unsafe {
        let (poll, event) = (
            done(libc::epoll_create1(libc::EPOLL_CLOEXEC)),
            done(libc::eventfd(0, libc::EFD_CLOEXEC)),
        );
        let timer = done(libc::timerfd_create(
            libc::CLOCK_MONOTONIC,
            libc::TFD_CLOEXEC,
        ));
        for source in [event, timer] {
            let mut wanted = libc::epoll_event {
                events: libc::EPOLLIN as u32,
                u64: source as u64,
            };
            done(libc::epoll_ctl(
                poll,
                libc::EPOLL_CTL_ADD,
                source,
                &mut wanted,
            ));
        }
        let mut time: libc::itimerspec = std::mem::zeroed();
        time.it_value.tv_nsec = 10_000_000;
        done(libc::timerfd_settime(timer, 0, &time, null_mut()));
        let (three, mut count) = (3_u64, 0_u64);
        let mut found = [libc::epoll_event { events: 0, u64: 0 }; 2];
        assert_eq!(libc::epoll_wait(poll, found.as_mut_ptr(), 2, 10_000), 1);
        assert_eq!({ found[0].u64 }, timer as u64);
        assert_eq!(libc::write(event, std::ptr::addr_of!(three).cast(), 8), 8);
        assert_eq!(libc::epoll_wait(poll, found.as_mut_ptr(), 2, 10_000), 2);
        assert_eq!(
            libc::read(event, std::ptr::addr_of_mut!(count).cast(), 8),
            8
        );
        assert_eq!(count, 3);
        for descriptor in [poll, event, timer] {
            done(libc::close(descriptor));
        }
    }
}

#[test]
fn a_change_of_a_directory_is_told() {
    let dir = std::env::temp_dir().join(format!("conformance-{}-watched", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let path = std::ffi::CString::new(dir.to_str().unwrap()).unwrap();
    let mut changes = unsafe { fs::File::from_raw_fd(done(libc::inotify_init1(libc::IN_CLOEXEC))) };
    done(unsafe { libc::inotify_add_watch(changes.as_raw_fd(), path.as_ptr(), libc::IN_CREATE) });
    fs::write(dir.join("new"), "").unwrap();
    let mut room = [0; 512];
    let length = changes.read(&mut room).unwrap();
    assert!(room[..length].windows(3).any(|part| part == b"new"));
    fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn proc_is_about_this_program() {
    let own = std::env::current_exe().unwrap();
    assert_eq!(fs::read_link("/proc/self/exe").unwrap(), own);
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(
        maps.lines()
            .any(|line| line.ends_with(own.to_str().unwrap())),
        "{maps}"
    );
    assert!(!fs::read_to_string("/proc/cpuinfo").unwrap().is_empty());
    let line = fs::read("/proc/self/cmdline").unwrap();
    let first = line.split(|byte| *byte == 0).next().unwrap();
    assert_eq!(
        first,
        std::env::args_os().next().unwrap().as_encoded_bytes()
    );
}

unsafe extern "C" {
    fn mbstowcs(to: *mut libc::wchar_t, from: *const libc::c_char, size: usize) -> usize;
}

/// The locales in an image are made for this machine. glibc reads their files in its own byte
/// order.
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
