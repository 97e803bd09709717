// Part of cross-runner: the second process, which answers calls of execve and questions for the limit of cores as long as it has
// descendants.
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "watch.h"

#if defined(__x86_64__)

static void send_status(const struct watch *watch, int what, int value) {
    const struct status_message message = {what, value};
    // The first process may have been killed (MSG_NOSIGNAL). While it is stopped it reads nothing, and calls must still be answered, so
    // a message about a stop is lost, rather than waited for, when the socket is full.
    const bool may_be_lost = what == CHANGED && !WIFEXITED(value) && !WIFSIGNALED(value);
    send(watch->front, &message, sizeof message, MSG_NOSIGNAL | (may_be_lost ? MSG_DONTWAIT : 0));
}

// The call of execve or execveat in a notification of the kernel.
static struct call call_in(const struct seccomp_notif *asked, int memory) {
    const __u64 *given = asked->data.args;
    const bool is_at = asked->data.nr == SYS_execveat;
    return (struct call){
        .thread = (pid_t)asked->pid,
        .memory = memory,
        .directory = is_at ? (int)given[0] : AT_FDCWD,
        .path = given[is_at],
        .arguments = given[1 + is_at],
        .environment = given[2 + is_at],
        .flags = is_at ? (int)given[4] : 0,
    };
}

// Begins an exchange if the call would start a program for the target's machine. Returns whether it has begun.
static bool is_taken(struct watch *watch, const struct seccomp_notif *asked) {
    bool has_begun = false;
    char name[32];
    struct command command;
    snprintf(name, sizeof name, "/proc/%u/mem", asked->pid);
    const int memory = open(name, O_RDWR | O_CLOEXEC);
    // The thread may have ended and another have got its number. If the notification is still valid now, the memory is that of the
    // caller.
    if (memory >= 0 && ioctl(watch->calls, SECCOMP_IOCTL_NOTIF_ID_VALID, &asked->id) == 0) {
        const struct call call = call_in(asked, memory);
        if (is_foreign(&call, &watch->machine, &command)) {
            has_begun = (!watch->is_registered || command.held >= 0) && begin_exchange(&watch->exchanges, &call, &command);
            free_command(&command);
        }
    }
    if (memory >= 0)
        close(memory);
    return has_begun;
}

// Memory for a structure of the kernel, which may be larger than the one in the headers.
static void *room_for(size_t known, size_t kernels) {
    void *room = calloc(1, known > kernels ? known : kernels);
    if (room == NULL)
        abort();
    return room;
}

// Reads one notification of the kernel and answers it.
static void answer(void *with) {
    struct watch *watch = with;
    static struct seccomp_notif_sizes sizes;
    static struct seccomp_notif *asked;
    static struct seccomp_notif_resp *answer;
    if (asked == NULL) {
        syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes);
        asked = room_for(sizeof *asked, sizes.seccomp_notif);
        answer = room_for(sizeof *answer, sizes.seccomp_notif_resp);
    }
    memset(asked, 0, sizes.seccomp_notif > sizeof *asked ? sizes.seccomp_notif : sizeof *asked);
    if (ioctl(watch->calls, SECCOMP_IOCTL_NOTIF_RECV, asked) != 0)
        return;
    *answer = (struct seccomp_notif_resp){.id = asked->id};
    const bool is_start = asked->data.nr != SYS_prlimit64;
    if (!is_start && watch->shows_stacks && watch->program != 0)
        collect_crash(&watch->crash, watch->program, (pid_t)asked->pid);
    // RESTARTNOINTR interrupts the call as a signal does. The thread, which is traced now, stops before the kernel restarts the call.
    if (is_start && !is_exchanged(&watch->exchanges, (pid_t)asked->pid) && is_taken(watch, asked))
        answer->error = -RESTARTNOINTR;
    else
        answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(watch->calls, SECCOMP_IOCTL_NOTIF_SEND, answer);
}

// Wakes the first process. It may have stopped with the program, and the SIGCONT that continued the program need not have reached it.
static void wake(const struct watch *watch) {
    if (getppid() == watch->first)
        kill(watch->first, SIGCONT);
}

// Waits for changes of the program, of descendants that have lost their parents, and of threads that are traced. Ends this process when
// no descendant is left.
static void see_changes(struct watch *watch) {
    int status, end = -1;
    pid_t changed;
    while ((changed = waitpid(-1, &status, __WALL | WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        if (go_on_with_exchange(&watch->exchanges, changed, status) || changed != watch->program)
            continue;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (WIFSIGNALED(status))
                status = report_crash(&watch->crash, watch->program, status, &(struct answers){watch->calls, answer, watch});
            end = status;
            watch->program = 0;
        } else {
            send_status(watch, CHANGED, status);
            if (WIFCONTINUED(status))
                wake(watch);
        }
    }
    const bool is_last = changed < 0 && errno == ECHILD;
    if (end >= 0) {
        send_status(watch, is_last ? LAST : CHANGED, end);
        wake(watch);
    }
    if (is_last)
        _exit(0);
}

void watch(struct watch *watch) {
    watch->exchanges.held = epoll_create1(EPOLL_CLOEXEC);
    struct pollfd waits[] = {{.fd = watch->calls, .events = POLLIN},
                             {.fd = watch->signals, .events = POLLIN},
                             {.fd = watch->front, .events = POLLIN},
                             {.fd = watch->exchanges.held, .events = POLLIN}};
    struct signalfd_siginfo about;
    send_status(watch, STARTED, watch->program);
    for (;;) {
        see_changes(watch);
        poll(waits, 4, -1);
        while (read(watch->signals, &about, sizeof about) == sizeof about)
            continue;
        if (waits[0].revents & POLLIN)
            answer(watch);
        if (waits[2].revents != 0) {
            // The first process has ended. If the program still runs, the first process was killed, so the program is killed too.
            if (watch->program != 0)
                kill(watch->program, SIGKILL);
            close(watch->front);
            waits[2].fd = -1;
        }
        if (waits[3].revents != 0)
            close_held(&watch->exchanges);
    }
}
#endif
