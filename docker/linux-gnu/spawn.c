// posix_spawn and posix_spawnp for programs that QEMU runs.
//
// glibc's functions expect what vfork promises: the child writes its error to memory that it shares with its parent, and the parent waits
// until the child has become the program. QEMU makes a plain fork of it, so the parent goes on at once and never sees the error. Here the
// child writes the error to a pipe, and the parent waits for that.
// https://sourceware.org/git/?p=glibc.git;a=blob;f=sysdeps/unix/sysv/linux/spawni.c;hb=refs/tags/glibc-2.31
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef SYS_setresuid32
#define SETRESUID SYS_setresuid32
#define SETRESGID SYS_setresgid32
#else
#define SETRESUID SYS_setresuid
#define SETRESGID SYS_setresgid
#endif

// The headers are older than this system call. On MIPS its number has an offset.
// https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/scripts/syscall.tbl
#ifndef SYS_close_range
#ifdef __NR_Linux
#define SYS_close_range (__NR_Linux + 436)
#else
#define SYS_close_range 436
#endif
#endif

typedef int become(const char *file, char *const argv[], char *const envp[]);

// The caller's request, for the child.
struct wanted {
    const char *file;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attributes;
    char *const *argv;
    char *const *envp;
    become *become;
    // The caller's signal mask.
    sigset_t mask;
};

// An entry in glibc's list of file actions. Programs keep the lists that glibc's functions have made, so their layout cannot change.
// https://sourceware.org/git/?p=glibc.git;a=blob;f=posix/spawn_int.h
struct action {
    enum { CLOSE, DUP2, OPEN, CHDIR, FCHDIR, CLOSEFROM, TCSETPGRP } kind;
    union {
        int fd;
        char *directory;
        struct {
            int fd, new_fd;
        } dup2;
        struct {
            int fd;
            char *path;
            int flags;
            mode_t mode;
        } open;
    };
};

static bool open_as(const struct action *action) {
    // The descriptor's number has to be free. It may not have been open.
    close(action->open.fd);
    const int fd = open(action->open.path, action->open.flags | O_LARGEFILE, action->open.mode);
    return fd >= 0 && (fd == action->open.fd || (dup2(fd, action->open.fd) >= 0 && close(fd) == 0));
}

// dup2, which with two equal numbers makes the descriptor stay open in the program.
static bool duplicate(int fd, int new_fd) {
    if (fd != new_fd)
        return dup2(fd, new_fd) >= 0;
    const int flags = fcntl(fd, F_GETFD);
    return flags >= 0 && fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) == 0;
}

// Closes a descriptor. As in glibc, one that is not open is no error, but a number that no descriptor can have is one.
static bool close_one(int fd) {
    return close(fd) == 0 || (fd >= 0 && fd < sysconf(_SC_OPEN_MAX));
}

// Closes all descriptors from a number on, except for the pipe.
static bool close_from(int fd, int report) {
    if (fd > report)
        return syscall(SYS_close_range, fd, ~0U, 0) == 0;
    return (fd == report || syscall(SYS_close_range, fd, report - 1, 0) == 0) && syscall(SYS_close_range, report + 1, ~0U, 0) == 0;
}

// Whether the action closes or replaces this descriptor.
static bool takes(const struct action *action, int fd) {
    return action->kind == DUP2 ? action->dup2.new_fd == fd : (action->kind == CLOSE || action->kind == OPEN) && action->fd == fd;
}

// Carries out an action. The pipe gets another number first if the action needs its number.
static bool act(const struct action *action, int *report) {
    if (takes(action, *report)) {
        const int moved = fcntl(*report, F_DUPFD_CLOEXEC, *report + 1);
        if (moved < 0)
            return false;
        close(*report);
        *report = moved;
    }
    switch (action->kind) {
    case CLOSE:
        return close_one(action->fd);
    case DUP2:
        return duplicate(action->dup2.fd, action->dup2.new_fd);
    case OPEN:
        return open_as(action);
    case CHDIR:
        return chdir(action->directory) == 0;
    case FCHDIR:
        return fchdir(action->fd) == 0;
    case CLOSEFROM:
        return close_from(action->fd, *report);
    case TCSETPGRP:
        return tcsetpgrp(action->fd, getpgrp()) == 0;
    }
    errno = EINVAL;
    return false;
}

// Sets signals to their defaults: those that the caller asked for, and those with a handler, because no handler may run in the child.
static void reset_signals(const sigset_t *wanted) {
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        struct sigaction is;
        if (sigaction(signal, NULL, &is) != 0)
            continue;
        const bool handled = is.sa_handler != SIG_IGN && is.sa_handler != SIG_DFL;
        if (handled || (sigismember(wanted, signal) == 1 && is.sa_handler != SIG_DFL)) {
            memset(&is, 0, sizeof is);
            is.sa_handler = SIG_DFL;
            sigaction(signal, &is, NULL);
        }
    }
}

static bool set_attributes(const posix_spawnattr_t *attributes, sigset_t *mask) {
    short flags = 0;
    sigset_t by_default;
    sigemptyset(&by_default);
    if (attributes != NULL)
        posix_spawnattr_getflags(attributes, &flags);
    if (flags & POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_getsigdefault(attributes, &by_default);
    reset_signals(&by_default);
    if (flags & POSIX_SPAWN_SETSIGMASK)
        posix_spawnattr_getsigmask(attributes, mask);
    if (flags & (POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSCHEDPARAM)) {
        struct sched_param parameters;
        int policy;
        posix_spawnattr_getschedparam(attributes, &parameters);
        posix_spawnattr_getschedpolicy(attributes, &policy);
        if ((flags & POSIX_SPAWN_SETSCHEDULER ? sched_setscheduler(0, policy, &parameters) : sched_setparam(0, &parameters)) != 0)
            return false;
    }
    if (flags & POSIX_SPAWN_SETSID && setsid() < 0)
        return false;
    pid_t group;
    if (flags & POSIX_SPAWN_SETPGROUP && (posix_spawnattr_getpgroup(attributes, &group) != 0 || setpgid(0, group) != 0))
        return false;
    // glibc's own functions for these calls would signal all threads. The child's memory still lists the parent's threads, but the child
    // has only one.
    return !(flags & POSIX_SPAWN_RESETIDS) ||
           (syscall(SETRESGID, -1, getgid(), -1) == 0 && syscall(SETRESUID, -1, getuid(), -1) == 0);
}

// The child: becomes the program, or writes the error to the pipe.
static void begin(struct wanted *wanted, int report) {
    bool is_ready = set_attributes(wanted->attributes, &wanted->mask);
    if (wanted->actions != NULL)
        for (int i = 0; is_ready && i < wanted->actions->__used; i++)
            is_ready = act((const struct action *)wanted->actions->__actions + i, &report);
    if (is_ready) {
        sigprocmask(SIG_SETMASK, &wanted->mask, NULL);
        wanted->become(wanted->file, wanted->argv, wanted->envp);
    }
    const int error = errno;
    while (write(report, &error, sizeof error) < 0 && errno == EINTR)
        ;
    _exit(127);
}

// Reads the child's error, which is 0 if it has become the program: that closes the pipe.
static int told(int report) {
    int error = 0;
    ssize_t size;
    while ((size = read(report, &error, sizeof error)) < 0 && errno == EINTR)
        ;
    return size == sizeof error ? error : 0;
}

static int start(pid_t *pid, struct wanted wanted) {
    int ends[2], cancelled;
    sigset_t all;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelled);
    sigfillset(&all);
    // On Linux this is the thread's mask, as with pthread_sigmask, which would need libpthread in programs without threads.
    sigprocmask(SIG_BLOCK, &all, &wanted.mask);
    // With vfork, as in glibc, no function that the program has registered with pthread_atfork is called.
    const pid_t child = vfork();
    if (child == 0)
        begin(&wanted, ends[1]);
    int error = child < 0 ? errno : 0;
    close(ends[1]);
    if (child > 0 && (error = told(ends[0])) != 0)
        waitpid(child, NULL, 0);
    close(ends[0]);
    if (error == 0 && pid != NULL)
        *pid = child;
    sigprocmask(SIG_SETMASK, &wanted.mask, NULL);
    pthread_setcancelstate(cancelled, NULL);
    return error;
}

// execvpe, except that a script without an interpreter's name is an error, as in glibc's posix_spawnp.
static int become_by_path(const char *file, char *const argv[], char *const envp[]) {
    if (strchr(file, '/') != NULL || file[0] == '\0')
        return execve(file, argv, envp);
    const char *list = getenv("PATH");
    bool is_denied = false;
    errno = ENOENT;
    for (const char *at = list == NULL ? "/bin:/usr/bin" : list; at != NULL; at = at[0] == '\0' ? NULL : at + 1) {
        const char *end = strchrnul(at, ':');
        char path[4096];
        const int length = snprintf(path, sizeof path, "%.*s%s%s", (int)(end - at), at, end == at ? "" : "/", file);
        if (length < (int)sizeof path)
            execve(path, argv, envp);
        is_denied |= errno == EACCES;
        if (errno != EACCES && errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ENODEV && errno != ETIMEDOUT)
            return -1;
        at = end;
    }
    if (is_denied)
        errno = EACCES;
    return -1;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *restrict actions,
                const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict]) {
    return start(pid, (struct wanted){path, actions, attributes, argv, envp, execve, {{0}}});
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *restrict actions,
                 const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict]) {
    return start(pid, (struct wanted){file, actions, attributes, argv, envp, become_by_path, {{0}}});
}
