//! System calls, with their numbers for all machines whose programs a supported kernel can run.
//!
//! Sources: `syscall_64.tbl` and `syscall_32.tbl` of <https://github.com/torvalds/linux/tree/master/arch/x86/entry/syscalls>,
//! <https://github.com/torvalds/linux/blob/master/scripts/syscall.tbl> (64-bit ARM), and
//! <https://github.com/torvalds/linux/blob/master/arch/arm/tools/syscall.tbl>.

/// The machines' numbers in the kernel's audit code, which a filter gets with each call.
/// <https://github.com/torvalds/linux/blob/master/include/uapi/linux/audit.h>
pub(super) const MACHINES: [u32; 4] = [0xc000_003e, 0x4000_0003, 0xc000_00b7, 0x4000_0028];
/// The machine with a second set of numbers (x32). Most of these are the usual numbers with [`X32`]
/// added.
pub(super) const X86_64: u32 = MACHINES[0];
/// The bit in the numbers of x32,
/// <https://github.com/torvalds/linux/blob/master/arch/x86/include/uapi/asm/unistd.h>
pub(super) const X32: u32 = 0x4000_0000;

/// A system call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for who reads the table or a failed test")
    )]
    pub(super) name: &'static str,
    /// The call's numbers for [`MACHINES`].
    pub(super) numbers: [u32; 4],
}

/// In place of a number: the machine has no such call.
pub(super) const NONE: u32 = u32::MAX;

const fn call(name: &'static str, numbers: [u32; 4]) -> Call {
    Call { name, numbers }
}

/// The calls that reach beyond a container and are refused, as docker's profile does: they change
/// mounts, namespaces, the clock, modules or the kernel itself, read the caller's keys, or look at
/// things that belong to other processes.
///
/// There are differences from <https://github.com/moby/profiles/blob/main/seccomp/default.json>.
/// `io_uring_*` is allowed for programs under test: it can do nothing that is refused here.
/// `personality` is allowed for debuggers. `mbind`, `set_mempolicy`, `move_pages` and
/// `migrate_pages` are allowed because they only affect memory of the same user's processes.
pub(super) const REFUSED: &[Call] = &[
    call("acct", [163, 51, 89, 51]),
    call("add_key", [248, 286, 217, 309]),
    call("bpf", [321, 357, 280, 386]),
    call("clock_settime", [227, 264, 112, 262]),
    call("clock_settime64", [NONE, 404, NONE, 404]),
    call("create_module", [174, 127, NONE, NONE]),
    call("delete_module", [176, 129, 106, 129]),
    call("fanotify_init", [300, 338, 262, 367]),
    call("finit_module", [313, 350, 273, 379]),
    call("fsconfig", [431, 431, 431, 431]),
    call("fsmount", [432, 432, 432, 432]),
    call("fsopen", [430, 430, 430, 430]),
    call("fspick", [433, 433, 433, 433]),
    call("get_kernel_syms", [177, 130, NONE, NONE]),
    call("init_module", [175, 128, 105, 128]),
    call("ioperm", [173, 101, NONE, NONE]),
    call("iopl", [172, 110, NONE, NONE]),
    call("kexec_file_load", [320, NONE, 294, 401]),
    call("kexec_load", [246, 283, 104, 347]),
    call("keyctl", [250, 288, 219, 311]),
    call("lookup_dcookie", [212, 253, 18, 249]),
    call("mount", [165, 21, 40, 21]),
    call("mount_setattr", [442, 442, 442, 442]),
    call("move_mount", [429, 429, 429, 429]),
    call("nfsservctl", [180, 169, 42, 169]),
    call("open_by_handle_at", [304, 342, 265, 371]),
    call("open_tree", [428, 428, 428, 428]),
    call("open_tree_attr", [467, 467, 467, 467]),
    call("perf_event_open", [298, 336, 241, 364]),
    call("pivot_root", [155, 217, 41, 218]),
    call("query_module", [178, 167, NONE, NONE]),
    call("quotactl", [179, 131, 60, 131]),
    call("quotactl_fd", [443, 443, 443, 443]),
    call("reboot", [169, 88, 142, 88]),
    call("request_key", [249, 287, 218, 310]),
    call("setdomainname", [171, 121, 162, 121]),
    call("sethostname", [170, 74, 161, 74]),
    call("setns", [308, 346, 268, 375]),
    call("settimeofday", [164, 79, 170, 79]),
    call("stime", [NONE, 25, NONE, NONE]),
    call("swapoff", [168, 115, 225, 115]),
    call("swapon", [167, 87, 224, 87]),
    call("_sysctl", [156, 149, NONE, 149]),
    call("sysfs", [139, 135, NONE, 135]),
    call("syslog", [103, 103, 116, 103]),
    call("umount", [NONE, 22, NONE, NONE]),
    call("umount2", [166, 52, 39, 52]),
    call("unshare", [272, 310, 97, 337]),
    call("uselib", [134, 86, NONE, 86]),
    call("userfaultfd", [323, 374, 282, 388]),
    call("ustat", [136, 62, NONE, 62]),
    call("vhangup", [153, 111, 58, 111]),
    call("vm86", [NONE, 166, NONE, NONE]),
    call("vm86old", [NONE, 113, NONE, NONE]),
    // Calls whose numbers for x32 are not the usual ones.
    call("kexec_load (x32)", [528, NONE, NONE, NONE]),
];

/// The calls that change a file's owner, or the process's user.
pub(super) const OWNERS: &[Call] = &[
    call("chown", [92, 182, NONE, 182]),
    call("fchown", [93, 95, 55, 95]),
    call("lchown", [94, 16, NONE, 16]),
    call("chown32", [NONE, 212, NONE, 212]),
    call("fchown32", [NONE, 207, NONE, 207]),
    call("lchown32", [NONE, 198, NONE, 198]),
    call("fchownat", [260, 298, 54, 325]),
    call("setuid", [105, 23, 146, 23]),
    call("setuid32", [NONE, 213, NONE, 213]),
    call("setgid", [106, 46, 144, 46]),
    call("setgid32", [NONE, 214, NONE, 214]),
    call("setreuid", [113, 70, 145, 70]),
    call("setreuid32", [NONE, 203, NONE, 203]),
    call("setregid", [114, 71, 143, 71]),
    call("setregid32", [NONE, 204, NONE, 204]),
    call("setgroups", [116, 81, 159, 81]),
    call("setgroups32", [NONE, 206, NONE, 206]),
    call("setresuid", [117, 164, 147, 164]),
    call("setresuid32", [NONE, 208, NONE, 208]),
    call("setresgid", [119, 170, 149, 170]),
    call("setresgid32", [NONE, 210, NONE, 210]),
    call("setfsuid", [122, 138, 151, 138]),
    call("setfsuid32", [NONE, 215, NONE, 215]),
    call("setfsgid", [123, 139, 152, 139]),
    call("setfsgid32", [NONE, 216, NONE, 216]),
];

/// The calls that create a file of a given type, with the index of the argument that has the type.
pub(super) const MAKING: &[(Call, u8)] = &[
    (call("mknod", [133, 14, NONE, 14]), 1),
    (call("mknodat", [259, 297, 33, 324]), 2),
];

/// Creates a process. Its first argument says which new namespaces it gets.
pub(super) const CLONE: Call = call("clone", [56, 120, 220, 120]);
/// Creates a process as well, with its arguments in memory, which a filter cannot read.
pub(super) const CLONE3: Call = call("clone3", [435, 435, 435, 435]);
/// Asks a device for something. The second argument has the request. The second row is for x32.
pub(super) const IOCTL: [Call; 2] = [
    call("ioctl", [16, 54, 29, 54]),
    call("ioctl (x32)", [514, NONE, NONE, NONE]),
];
