// Part of cross-runner: emulates the programs that an emulated program starts. If the emulator is registered (binfmt_misc), the kernel
// itself starts it for them. Docker's and podman's containers cannot register it, so each call of execve is watched there: seccomp stops
// the calling thread and notifies the runner, `foreign.c` finds the program that the call would start, and `exchange.c` makes the call
// start the emulator. With a registered emulator only execveat is watched, for programs that the caller has open and that are closed on
// execve: the kernel gives emulators a path, and refuses a program that has none. Of other system calls only the question for the limit of
// cores is delayed (`stack.c`).
// https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html
//
// There are three processes. The first has the process number that the caller knows. It stands for the program: it passes on signals, and
// stops and ends as the program does. The second watches calls as long as any descendant is left, so it may outlive the program: if it
// closed its listener, every execve of a descendant would fail. It is an ancestor of all of them because Yama lets only an ancestor trace
// a process. The third becomes the program.
// https://docs.kernel.org/admin-guide/LSM/Yama.html
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "children.h"
#include "doctests.h"

#if defined(__x86_64__)
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "watch.h"

// Whether the kernel can let a call through unchanged (SECCOMP_USER_NOTIF_FLAG_CONTINUE), as it can since Linux 5.5.
static int is_new_enough(void) {
    struct utsname name;
    int major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 && (major > 5 || (major == 5 && minor >= 5));
}

// Whether this emulator is registered with the kernel in this container, as it is in the sandbox.
static int is_registered(const char *emulator) {
    char entry[128];
    snprintf(entry, sizeof entry, "/proc/sys/fs/binfmt_misc/%s", strrchr(emulator, '/') + 1);
    return access(entry, F_OK) == 0;
}

// Where the filter finds the lower 32 bits of a system call's argument.
#define ARGUMENT(number) offsetof(struct seccomp_data, args[number])
#define NO_CALL ~0U

// Installs a filter that makes calls of this process and its descendants wait for an answer: questions for the limit of cores, execveat
// and, with `starts`, execve. Returns a descriptor from which the calls are read, or -1. It fails below another cross-runner, which
// then answers, because the kernel allows a process only one such listener.
static int watch_calls(bool starts) {
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 11),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, starts ? SYS_execve : NO_CALL, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 7),
        // Only a process that asks for its own limit of cores, and sets none, has to wait. The runner itself names the process by number.
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(1)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RLIMIT_CORE, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(2)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {sizeof instructions / sizeof *instructions, instructions};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    // Since Linux 5.19 the kernel can keep signals from interrupting a call that is being answered. Programs do not expect EINTR of
    // execve.
    const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    const long calls = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &filter);
    return (int)(calls >= 0 || errno != EINVAL ? calls : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter));
}

// Closes all descriptors but three. The caller's pipes must be closed because their readers wait until every copy of the other end is.
static void close_all_but(int one, int other, int third) {
    for (unsigned next = 0, end; next <= 1 << 20; next = end + 1) {
        const unsigned kept[] = {(unsigned)one, (unsigned)other, (unsigned)third};
        end = ~0U - 1;
        for (size_t i = 0; i < 3; i++) {
            if (kept[i] >= next && kept[i] <= end)
                end = kept[i];
        }
        if (end == next || close_range(next, end - 1, 0) == 0)
            continue;
        for (unsigned each = next; each < end && each < 1024; each++)
            close((int)each);
    }
}

// Ends this process in the way of a status from waitpid: with the same exit code, or by the same signal.
static void die_as(int status) {
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    const int signal_number = WTERMSIG(status);
    const struct rlimit no_core = {0, 0};
    sigset_t all;
    // This process must not write a core beside the program's.
    setrlimit(RLIMIT_CORE, &no_core);
    signal(signal_number, SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    raise(signal_number);
    // No signal that it sends itself ends the first process of a container.
    _exit(128 + signal_number);
}

// Reads all messages from the second process. Returns whether the program has stopped, by the last of them.
static bool hear(int socket, pid_t watcher, pid_t *program) {
    bool has_stopped = false;
    struct status_message message;
    for (ssize_t got; (got = recv(socket, &message, sizeof message, MSG_DONTWAIT)) >= 0 || errno == EINTR;) {
        if (got == sizeof message && message.what == STARTED)
            *program = message.value;
        if (got == sizeof message && message.what == LAST) {
            // Without this wait the second process could remain as a zombie: the container's first process may be cargo, which waits only
            // for its own children.
            waitpid(watcher, NULL, 0);
            die_as(message.value);
        }
        if (got == sizeof message && message.what == CHANGED) {
            if (WIFEXITED(message.value) || WIFSIGNALED(message.value))
                die_as(message.value);
            has_stopped = WIFSTOPPED(message.value);
        }
        // The second process has been killed, and the program with it (PR_SET_PDEATHSIG).
        if (got == 0)
            die_as(SIGKILL);
    }
    return has_stopped;
}

// Whether a signal came from a terminal, which sends it to the whole process group.
static bool is_sent_to_all(const struct signalfd_siginfo *about) {
    switch (about->ssi_signo) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGWINCH:
        return about->ssi_code == SI_KERNEL;
    default:
        return false;
    }
}

// The first process: stops and ends as the program does, and passes on signals that were sent to this process alone. The signal of a key
// reaches the program without help, because the program is in the same process group.
static void stand_for_program(int socket, pid_t watcher, int signals) {
    struct pollfd waits[] = {{.fd = socket, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    struct signalfd_siginfo about;
    pid_t program = 0;
    for (;;) {
        poll(waits, 2, -1);
        bool goes_on = false;
        const bool has_stopped = hear(socket, watcher, &program);
        while (program != 0 && read(signals, &about, sizeof about) == sizeof about) {
            goes_on |= about.ssi_signo == SIGCONT;
            // With its SIGCONT the second process only wakes this one (`wake`). It is not for the program.
            const bool is_news = about.ssi_signo == SIGCHLD || (about.ssi_signo == SIGCONT && about.ssi_pid == (uint32_t)watcher);
            if (!is_news && !is_sent_to_all(&about))
                kill(program, (int)about.ssi_signo);
        }
        if (has_stopped && !goes_on)
            raise(SIGSTOP);
    }
}

// The third process: restores the caller's handling of signals and becomes the program.
static void become_program(pid_t watcher, char **arguments, const sigset_t *mask, const struct sigaction *at_end) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != watcher)
        _exit(1);
    sigaction(SIGCHLD, at_end, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    if (wants_stacks())
        forbid_cores();
    execv(arguments[0], arguments);
    const int error = errno;
    fprintf(stderr, "cross-runner: cannot run `%s`: %s\n", arguments[0], strerror(error));
    _exit(error == ENOENT ? 127 : 126);
}

static void give_up(const char *what) {
    fprintf(stderr, "cross-runner: cannot start %s: %s\n", what, strerror(errno));
    _exit(126);
}

void run_with_children(const char *emulator, char **arguments) {
    struct machine machine;
    struct sigaction at_end;
    sigset_t all, mask;
    int ends[2];
    const bool starts = !is_registered(emulator);
    if (!starts)
        separate_doctests(arguments[1]);
    if (!is_new_enough() || !machine_of(arguments[1], &machine))
        return;
    const int calls = watch_calls(starts);
    if (calls < 0)
        return;
    separate_doctests(arguments[1]);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    const int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        give_up("the emulator");
    if (wants_stacks())
        enable_stacks();
    const pid_t first = getpid();
    const pid_t watcher = fork();
    if (watcher < 0)
        give_up("the emulator");
    if (watcher > 0) {
        close_all_but(ends[0], signals, signals);
        stand_for_program(ends[0], watcher, signals);
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigaction(SIGCHLD, NULL, &at_end);
    signal(SIGCHLD, SIG_DFL);
    const pid_t self = getpid();
    const pid_t program = fork();
    if (program < 0)
        give_up("the emulator");
    if (program == 0)
        become_program(self, arguments, &mask, &at_end);
    close_all_but(ends[1], signals, calls);
    // Standard input, output and error become /dev/null, so that no file which is opened later gets their numbers.
    for (int null = 0; null >= 0 && null < STDERR_FILENO;)
        null = open("/dev/null", O_RDWR);
    setsid();
    if (chdir("/") != 0)
        errno = 0;
    watch(&(struct watch){.calls = calls,
                          .signals = signals,
                          .front = ends[1],
                          .first = first,
                          .program = program,
                          .shows_stacks = wants_stacks(),
                          .is_registered = !starts,
                          .machine = machine,
                          .exchanges.emulator = emulator});
}
#else
void run_with_children(const char *emulator, char **arguments) {
    (void)emulator;
    (void)arguments;
}
#endif
