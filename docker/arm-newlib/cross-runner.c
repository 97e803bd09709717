// usage: cross-runner <program> [argument]...
// Runs a program for TRIPLE in one of QEMU's machines, with semihosting: the program has this process's standard streams, and its exit
// code becomes this process's. CROSS_MACHINE names another machine. https://www.qemu.org/docs/master/about/emulation.html#semihosting
//
// With QEMU_GDB the machine waits for a debugger, as programs do in QEMU's user-mode emulators: at the port of this number, or at a socket
// with this path, in which %d stands for the number of QEMU's process. A machine does not tell a debugger which program it runs, so a
// symbolic link beside the socket leads to the program.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define QEMU "/usr/bin/qemu-system-arm"

static int fails(int status, const char *name) {
    fprintf(stderr, "cross-runner: cannot run `%s`: %s\n", name, strerror(errno));
    return status;
}

// Copies a value into an option of QEMU's, in which two commas stand for one. Returns the end of the copy.
static char *escape(char *to, const char *from) {
    for (; *from != '\0'; from++) {
        if (*from == ',')
            *to++ = ',';
        *to++ = *from;
    }
    *to = '\0';
    return to;
}

// Makes QEMU's option `enable=on,target=native,arg=…`.
static char *semihosting(int count, char **words) {
    size_t size = sizeof "enable=on,target=native";
    for (int i = 0; i < count; i++)
        size += sizeof ",arg=" + 2 * strlen(words[i]);
    char *text = malloc(size);
    if (text == NULL)
        exit(fails(126, words[0]));
    char *to = stpcpy(text, "enable=on,target=native");
    for (int i = 0; i < count; i++)
        to = escape(stpcpy(to, ",arg="), words[i]);
    return text;
}

// Makes the value of QEMU's option -gdb of QEMU_GDB's.
static char *stub(const char *wanted, const char *program) {
    static char device[sizeof "unix:,server=on,wait=off" + 2 * PATH_MAX];
    char path[PATH_MAX], link[PATH_MAX];
    if (wanted[strspn(wanted, "0123456789")] == '\0') {
        snprintf(device, sizeof device, "tcp:127.0.0.1:%s", wanted);
        return device;
    }
    const char *number = strstr(wanted, "%d");
    int before = number == NULL ? (int)strlen(wanted) : (int)(number - wanted);
    int length = number == NULL ? snprintf(path, sizeof path, "%s", wanted)
                                : snprintf(path, sizeof path, "%.*s%d%s", before, wanted, (int)getpid(), number + 2);
    if (length >= PATH_MAX || snprintf(link, sizeof link, "%s.program", path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        _exit(fails(126, wanted));
    }
    char *target = realpath(program, NULL);
    if (target == NULL)
        _exit(fails(126, program));
    unlink(link);
    if (symlink(target, link) < 0)
        _exit(fails(126, link));
    strcpy(escape(stpcpy(device, "unix:"), path), ",server=on,wait=off");
    return device;
}

int main(int argc, char **argv) {
    const char *wanted = getenv("CROSS_RUNNER");
    const char *machine = getenv("CROSS_MACHINE");
    if (wanted != NULL && wanted[0] != '\0' && strcmp(wanted, "qemu-system") != 0) {
        fprintf(stderr, "cross-runner: CROSS_RUNNER=%s: programs for " TRIPLE " run in qemu-system alone\n", wanted);
        return 2;
    }
    if (machine == NULL || machine[0] == '\0')
        machine = MACHINE;
    if (argc < 2) {
        fputs("cross-runner: usage: cross-runner <program> [argument]...\n", stderr);
        return 2;
    }
    if (access(argv[1], R_OK) != 0)
        // a shell's exit codes for a command that is not found, and for one that cannot be executed
        return fails(errno == ENOENT ? 127 : 126, argv[1]);

    // A program that locks up ends QEMU with SIGABRT. A core of QEMU would be of no use.
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    char *options = semihosting(argc - 1, argv + 1);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0)
        return fails(126, QEMU);
    if (child == 0) {
        // If this process's parent is killed, the program has to end too.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(126);
        const char *debugger = getenv("QEMU_GDB");
        const char *waits = NULL, *gdb = NULL, *device = NULL;
        if (debugger != NULL && debugger[0] != '\0') {
            waits = "-S";
            gdb = "-gdb";
            device = stub(debugger, argv[1]);
        }
        // QEMU's monitor and serial ports are off, so that only the program uses the standard streams.
        execl(QEMU, QEMU, "-machine", machine, "-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config", options,
              "-kernel", argv[1], waits, gdb, device, (char *)NULL);
        _exit(fails(126, QEMU));
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return fails(126, QEMU);
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    int number = WTERMSIG(status);
    if (number == SIGABRT)
        fprintf(stderr,
                "cross-runner: the program has ended with a fault that it does not handle, or memory and core are not those of the machine `%s`: "
                "`machine` below `[target." TRIPLE "]` in Cross.toml names another\n",
                machine);
    signal(number, SIG_DFL);
    raise(number);
    return 128 + number;
}
