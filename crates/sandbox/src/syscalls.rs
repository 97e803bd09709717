//! System calls for which no library has a safe function. No other code in the program is `unsafe`.
//! Each function here checks the memory that it passes to the kernel, which reads it during the
//! call and keeps no reference.
#![expect(
    unsafe_code,
    reason = "rustix has neither of these calls, and without them mounts could only be made read-only after they can be reached"
)]

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd as _};

use rustix::io::Errno;

/// Restrictions of mounts. <https://man7.org/linux/man-pages/man2/mount_setattr.2.html>
pub(super) mod attr {
    pub(crate) const RDONLY: u64 = 0x1;
    pub(crate) const NOSUID: u64 = 0x2;
    pub(crate) const NODEV: u64 = 0x4;
    pub(crate) const NOEXEC: u64 = 0x8;
}

/// The kernel's `struct mount_attr`.
#[repr(C)]
struct MountAttr {
    set: u64,
    clear: u64,
    propagation: u64,
    userns: u64,
}

/// Adds restrictions to a mount and all mounts below it, before or after it is attached.
///
/// # Errors
///
/// The kernel's error.
pub(super) fn restrict(mount: impl AsFd, attributes: u64) -> Result<(), Errno> {
    let wanted = MountAttr {
        set: attributes,
        clear: 0,
        propagation: 0,
        userns: 0,
    };
    let path: &CStr = c"";
    // SAFETY: the descriptor is open, the path is a C string, and the structure is as long as is
    // said; the kernel only reads them, during the call.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            path.as_ptr(),
            libc::AT_EMPTY_PATH | libc::AT_RECURSIVE,
            &raw const wanted,
            size_of::<MountAttr>(),
        )
    };
    outcome(done)
}

/// Replaces the session keyring by an empty one, which no other process has.
/// <https://man7.org/linux/man-pages/man2/keyctl.2.html>
///
/// # Errors
///
/// The kernel's error.
pub(super) fn join_new_keyring() -> Result<(), Errno> {
    const JOIN_SESSION_KEYRING: libc::c_int = 1;
    // SAFETY: no name is handed over, so the kernel reads no memory of ours.
    let done = unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            JOIN_SESSION_KEYRING,
            std::ptr::null::<u8>(),
        )
    };
    outcome(done)
}

/// An instruction of a filter: the kernel's `struct sock_filter`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub(super) code: u16,
    pub(super) jt: u8,
    pub(super) jf: u8,
    pub(super) k: u32,
}

/// A filter: the kernel's `struct sock_fprog`.
#[repr(C)]
struct Program {
    length: u16,
    instructions: *const Instruction,
}

/// Filters the system calls of this process and all its children. Without the flag `SPEC_ALLOW`,
/// kernels before 5.16 would slow programs down with a mitigation of speculative execution.
/// <https://man7.org/linux/man-pages/man2/seccomp.2.html>
///
/// # Errors
///
/// The kernel's error.
pub(super) fn set_filter(instructions: &[Instruction]) -> Result<(), Errno> {
    let program = Program {
        length: u16::try_from(instructions.len()).map_err(|_| Errno::INVAL)?,
        instructions: instructions.as_ptr(),
    };
    // SAFETY: the program's length is that of the slice, which lives until the call is over; the
    // kernel copies it.
    let done = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW,
            &raw const program,
        )
    };
    outcome(done)
}

fn outcome(returned: libc::c_long) -> Result<(), Errno> {
    if returned < 0 {
        let error = std::io::Error::last_os_error();
        return Err(Errno::from_io_error(&error).unwrap_or(Errno::INVAL));
    }
    Ok(())
}
