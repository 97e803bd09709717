// Part of cross-runner: shows the stack of an emulated program that a signal has ended.
//
// QEMU writes a core of the program if the limit for cores allows one. Cores are large, and all programs that the program starts would
// inherit the limit. So the limit is 0 until QEMU asks for it, which it does when a signal ends the program. The core is written to /tmp
// (`configure.sh`). If the caller wants one, it is copied to the path at which QEMU would have written it.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stack.h"

// The limit in bytes if the caller wants no core. Possibly nothing of a core that is cut off can be read; for a program that needs more,
// a debugger is better.
#define LARGEST_CORE (1UL << 28)

static char path[4200], directory[4096];
static const char *name = path;
// The caller's limit for cores. It is not 0 if the caller wants one.
static struct rlimit callers_limit;
// In memory that is shared with the process that waits for the limit of time (`limit.c`).
static struct {
    bool shows_stacks, is_over;
} *limit;

bool wants_stacks(void) {
    const char *said = getenv("RUST_BACKTRACE");
    return getenv("QEMU_GDB") == NULL && (said == NULL || strcmp(said, "0") != 0);
}

void remember_caller(const char *program) {
    getrlimit(RLIMIT_CORE, &callers_limit);
    if (getcwd(directory, sizeof directory) == NULL)
        directory[0] = '\0';
    const bool is_absolute = program[0] == '/';
    if (snprintf(path, sizeof path, "%s%s%s", is_absolute ? "" : directory, is_absolute ? "" : "/", program) >= (int)sizeof path)
        path[0] = '\0';
    const char *slash = strrchr(path, '/');
    name = slash == NULL ? path : slash + 1;
    limit = mmap(NULL, sizeof *limit, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (limit == MAP_FAILED)
        limit = NULL;
}

void enable_stacks(void) {
    if (limit != NULL)
        limit->shows_stacks = true;
}

void forbid_cores(void) {
    const struct rlimit none = {0, callers_limit.rlim_max};
    setrlimit(RLIMIT_CORE, &none);
}

int signal_for_time_limit(void) {
    if (limit == NULL || !limit->shows_stacks)
        return SIGABRT;
    limit->is_over = true;
    return SIGTRAP;
}

// Reads the names of all threads of the program.
static void note_names(struct names *names, pid_t program) {
    char file[300];
    snprintf(file, sizeof file, "/proc/%d/task", program);
    DIR *threads = opendir(file);
    names->count = 0;
    for (const struct dirent *thread; threads != NULL && names->count < NAMED_THREADS && (thread = readdir(threads)) != NULL;) {
        snprintf(file, sizeof file, "/proc/%d/task/%s/comm", program, thread->d_name);
        FILE *said = thread->d_name[0] == '.' ? NULL : fopen(file, "re");
        char *own = names->of[names->count].name;
        if (said != NULL && fgets(own, sizeof names->of->name, said) != NULL) {
            own[strcspn(own, "\n")] = '\0';
            names->of[names->count++].thread = atoi(thread->d_name);
        }
        if (said != NULL)
            fclose(said);
    }
    if (threads != NULL)
        closedir(threads);
}

// Opens a program's standard error. It is not held open from the beginning because its reader would then still wait after the program has
// closed it.
static int errors_of(pid_t program) {
    char file[64];
    const int process = (int)syscall(SYS_pidfd_open, program, 0);
    int errors = (int)syscall(SYS_pidfd_getfd, process, STDERR_FILENO, 0);
    if (process >= 0)
        close(process);
    // An engine's seccomp profile may forbid pidfd_getfd. The other way cannot open a socket.
    snprintf(file, sizeof file, "/proc/%d/fd/%d", program, STDERR_FILENO);
    if (errors < 0)
        errors = open(file, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    return errors;
}

// Whether QEMU itself has asked for the limit, rather than the program that it emulates: QEMU blocks all signals before it lets one end
// the program.
static bool is_ended(pid_t program, pid_t thread) {
    char file[64], line[128];
    unsigned long long blocked = 0;
    // signals 1 to 31 except those that cannot be blocked
    const unsigned long long all = 0x7fffffff & ~(1ULL << (SIGKILL - 1)) & ~(1ULL << (SIGSTOP - 1));
    snprintf(file, sizeof file, "/proc/%d/task/%d/status", program, thread);
    FILE *status = fopen(file, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "SigBlk: %llx", &blocked);
    if (status != NULL)
        fclose(status);
    return (blocked & all) == all;
}

void collect_crash(struct crash *crash, pid_t program, pid_t thread) {
    struct rlimit core;
    if (!is_ended(program, thread) || prlimit(program, RLIMIT_CORE, NULL, &core) != 0)
        return;
    if (core.rlim_cur == 0) {
        const rlim_t wanted = callers_limit.rlim_cur != 0 ? callers_limit.rlim_cur : LARGEST_CORE;
        core.rlim_cur = core.rlim_max < wanted ? core.rlim_max : wanted;
        if (core.rlim_cur == 0 || prlimit(program, RLIMIT_CORE, &core, NULL) != 0)
            return;
    }
    if (crash->thread != 0 && crash->errors >= 0)
        close(crash->errors);
    crash->errors = errors_of(program);
    crash->thread = thread;
    note_names(&crash->names, program);
}

// Writes the stacks to the program's standard error: of all threads at the limit of time, otherwise of the thread that got the signal.
static void write_report(struct crash *crash, const char *core, int signal_number, const struct answers *answers) {
    const bool of_all = limit != NULL && limit->is_over;
    const struct stacks *stacks = read_stacks(core, path, answers);
    const char *own = name_of(&crash->names, crash->thread);
    if (stacks == NULL)
        return;
    if (of_all)
        dprintf(crash->errors, "cross-runner: where `%s` was", name);
    else
        dprintf(crash->errors, "cross-runner: SIG%s has ended `%s`", sigabbrev_np(signal_number), name);
    if (!of_all && own != NULL)
        dprintf(crash->errors, ", in its thread `%s`", own);
    dprintf(crash->errors, ":\n");
    write_stacks(crash->errors, stacks, &crash->names, of_all ? 0 : crash->thread, directory);
}

// Copies a core to the path at which QEMU would have written it.
static void keep(const char *core, pid_t program) {
    char to[5000], when[32], block[1 << 16];
    const time_t now = time(NULL);
    strftime(when, sizeof when, "%Y%m%d-%H%M%S", localtime(&now));
    snprintf(to, sizeof to, "%s/qemu_%s_%s_%d.core", directory, name, when, program);
    const int from = open(core, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const int copy = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    for (ssize_t got; from >= 0 && copy >= 0 && (got = read(from, block, sizeof block)) > 0;)
        if (write(copy, block, (size_t)got) != got)
            break;
    close(from);
    close(copy);
}

int report_crash(struct crash *crash, pid_t program, int status, const struct answers *answers) {
    char core[32];
    const bool is_over = limit != NULL && limit->is_over && WTERMSIG(status) == SIGTRAP;
    if (crash->thread != 0) {
        snprintf(core, sizeof core, "/tmp/c.%d", program);
        if (access(core, R_OK) == 0 && crash->errors >= 0)
            write_report(crash, core, WTERMSIG(status), answers);
        if (callers_limit.rlim_cur != 0)
            keep(core, program);
        unlink(core);
        if (crash->errors >= 0)
            close(crash->errors);
        crash->thread = 0;
    }
    return is_over ? W_EXITCODE(0, SIGABRT) : status;
}
