// Part of cross-runner: programs for the row's machine that are started by programs. The kernel can start them by itself where the emulator
// is registered (binfmt_misc). Docker's and podman's containers cannot register one, so there each call of execve is watched:
// seccomp stops its thread and tells us, `foreign.c` finds out what would be started, and `exchange.c` makes it the emulator that is.
// No other system call is changed or delayed. https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html
//
// There are three processes. The first has the number that the caller knows, and stands for the program: it passes on signals, and
// stops and ends as the program does. The second watches, for as long as there is any descendant; so it may outlive the program. It is
// an ancestor of all of them, as Yama lets only an ancestor take hold of a process; and it stays, as every execve fails once
// its listener is closed. The third becomes the program.
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

// Whether calls can be let through as they are: since Linux 5.5.
static int is_new_enough(void) {
    struct utsname name;
    int major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 && (major > 5 || (major == 5 && minor >= 5));
}

// Whether the kernel has this emulator registered in what we see, as in the built-in engine's sandbox.
static int is_registered(const char *emulator) {
    char entry[128];
    snprintf(entry, sizeof entry, "/proc/sys/fs/binfmt_misc/%s", strrchr(emulator, '/') + 1);
    return access(entry, F_OK) == 0;
}

// The lower half of an argument of a call.
#define ARGUMENT(number) offsetof(struct seccomp_data, args[number])
#define NO_CALL ~0U

// Has each execve of this process and its descendants wait for an answer, if these are to be watched, and each question for the limit of
// cores; returns where they are asked for. A process can have one such listener only: below another cross-runner, that one answers.
static int watch_calls(bool starts) {
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 11),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, starts ? SYS_execve : NO_CALL, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, starts ? SYS_execveat : NO_CALL, 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 7),
        // Of whom, which limit, and whether there is a new one. This process and the second ask by number.
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
    // Where the kernel can (Linux 5.19), no signal interrupts a call that is being looked at: programs do not expect that of execve.
    const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    const long calls = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &filter);
    return (int)(calls >= 0 || errno != EINVAL ? calls : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter));
}

// The reader of a pipe waits until every copy of its other end is closed.
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

static void die_as(int status) {
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    const int signal_number = WTERMSIG(status);
    const struct rlimit no_core = {0, 0};
    sigset_t all;
    // The core that counts is the program's.
    setrlimit(RLIMIT_CORE, &no_core);
    signal(signal_number, SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    raise(signal_number);
    // the first process of a container, which no signal ends
    _exit(128 + signal_number);
}

// Reads the news from the second process; whether the program has stopped, by the last of them.
static bool hear(int socket, pid_t watcher, pid_t *program) {
    bool has_stopped = false;
    struct news news;
    for (ssize_t got; (got = recv(socket, &news, sizeof news, MSG_DONTWAIT)) >= 0 || errno == EINTR;) {
        if (got == sizeof news && news.what == STARTED)
            *program = news.value;
        if (got == sizeof news && news.what == LAST) {
            // The first process of the container may be cargo, which takes no notice of the ends of others.
            waitpid(watcher, NULL, 0);
            die_as(news.value);
        }
        if (got == sizeof news && news.what == CHANGED) {
            if (WIFEXITED(news.value) || WIFSIGNALED(news.value))
                die_as(news.value);
            has_stopped = WIFSTOPPED(news.value);
        }
        // The second process is gone, and the program with it.
        if (got == 0)
            die_as(SIGKILL);
    }
    return has_stopped;
}

// Whether a terminal sends it to the whole process group.
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

// The first process. What a key sends reaches the program by itself, for it is in the same process group; what is sent to this process
// alone is passed on.
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
            // The second process only wakes this one.
            const bool is_news = about.ssi_signo == SIGCHLD || (about.ssi_signo == SIGCONT && about.ssi_pid == (uint32_t)watcher);
            if (!is_news && !is_sent_to_all(&about))
                kill(program, (int)about.ssi_signo);
        }
        if (has_stopped && !goes_on)
            raise(SIGSTOP);
    }
}

// The third process.
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
    if ((!starts && !wants_stacks()) || !is_new_enough() || !machine_of(arguments[1], &machine))
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
        show_stacks();
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
    // The place of the three is taken by nothing else that is opened.
    for (int null = 0; null >= 0 && null < STDERR_FILENO;)
        null = open("/dev/null", O_RDWR);
    setsid();
    if (chdir("/") != 0)
        errno = 0;
    watch(&(struct watch){.calls = calls, .signals = signals, .front = ends[1], .first = first, .program = program, .shows_stacks = wants_stacks(), .machine = machine, .exchanges.emulator = emulator});
}
#else
void run_with_children(const char *emulator, char **arguments) {
    (void)emulator;
    (void)arguments;
}
#endif
