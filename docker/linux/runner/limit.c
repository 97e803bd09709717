// Part of cross-runner: a limit for the time that a program of tests may take.
//
// A separate process waits for the limit. It is started by a process in between that ends at once, so that the program does not find a
// child that it has not started. Of the program's descriptors it keeps only standard error.
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limit.h"
#include "stack.h"

#define VARIABLE "CROSS_TEST_TIMEOUT"
// The most threads that are named. More would not help a reader.
#define THREADS 64
// How many generations of descendants are searched for threads, below the process that stands for the program.
#define DEPTH 4
// How many seconds a program has to end itself before SIGKILL.
#define GRACE 2

// Reads the first line of a file in /proc, without the line break.
static bool line_of(const char *path, char *line, int size) {
    FILE *file = fopen(path, "re");
    const bool is_read = file != NULL && fgets(line, size, file) != NULL;
    if (file != NULL)
        fclose(file);
    if (is_read)
        line[strcspn(line, "\n")] = '\0';
    return is_read;
}

// Writes the names of all threads of a process and its descendants. Returns `count`, increased by their number.
static int write_threads(pid_t process, int depth, int count) {
    char path[300], name[64], children[1024];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *threads = opendir(path);
    for (const struct dirent *thread; threads != NULL && (thread = readdir(threads)) != NULL;) {
        if (thread->d_name[0] == '.' || count >= THREADS)
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/comm", process, thread->d_name);
        if (line_of(path, name, sizeof name) && strcmp(name, "cross-runner") != 0 && strncmp(name, "qemu-", 5) != 0) {
            for (char *c = name; *c != '\0'; c++)
                if ((unsigned char)*c < ' ')
                    *c = '?';
            fprintf(stderr, "%s%s", count++ == 0 ? "; its threads: " : ", ", name);
        }
        snprintf(path, sizeof path, "/proc/%d/task/%s/children", process, thread->d_name);
        if (depth < DEPTH && line_of(path, children, sizeof children)) {
            char *rest = children;
            for (char *child; (child = strtok_r(rest, " ", &rest)) != NULL;)
                count = write_threads(atoi(child), depth + 1, count);
        }
    }
    if (threads != NULL)
        closedir(threads);
    return count;
}

// Waits for a process (a pidfd) to end. Returns whether it did within so many seconds.
static bool ends_within(int process, long seconds) {
    struct pollfd wait = {.fd = process, .events = POLLIN};
    for (; seconds > 0; seconds--) {
        const int ended = poll(&wait, 1, 1000);
        if (ended > 0)
            return true;
    }
    return false;
}

static void watch_time(pid_t program, int process, const char *name, long seconds) {
    if (ends_within(process, seconds))
        _exit(0);
    fprintf(stderr, "cross-runner: `%s` has not ended within %ld seconds", name, seconds);
    write_threads(program, 0, 0);
    fputs("\n", stderr);
    syscall(SYS_pidfd_send_signal, process, signal_for_time_limit(), NULL, 0);
    if (!ends_within(process, GRACE))
        syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0);
    _exit(0);
}

void begin_limit(const char *program) {
    const char *said = getenv(VARIABLE);
    const long seconds = said == NULL ? 0 : atol(said);
    // The program's limit covers the programs that it starts, so they need none of their own.
    unsetenv(VARIABLE);
    if (seconds <= 0)
        return;
    const pid_t self = getpid();
    const int process = (int)syscall(SYS_pidfd_open, self, 0);
    const pid_t between = process < 0 ? -1 : fork();
    if (between < 0) {
        fprintf(stderr, "cross-runner: cannot keep to %s: %s\n", VARIABLE, strerror(errno));
        exit(2);
    }
    if (between > 0) {
        waitpid(between, NULL, 0);
        close(process);
        return;
    }
    if (fork() != 0)
        _exit(0);
    // The reader of a pipe waits until every copy of its other end is closed.
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close_range(STDERR_FILENO + 1, (unsigned)process - 1, 0);
    close_range((unsigned)process + 1, ~0U, 0);
    watch_time(self, process, program, seconds);
}
