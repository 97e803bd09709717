// usage: cross-runner <program> [argument]...
// Runs a program for TRIPLE in one of QEMU's machines, with semihosting: the program has this process's standard streams, and its exit
// code becomes this process's. CROSS_MACHINE names another machine. https://www.qemu.org/docs/master/about/emulation.html#semihosting
#include <errno.h>
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

// Makes QEMU's option `enable=on,target=native,arg=…`, in which two commas stand for one.
static char *semihosting(int count, char **words) {
    size_t size = sizeof "enable=on,target=native";
    for (int i = 0; i < count; i++)
        size += sizeof ",arg=" + 2 * strlen(words[i]);
    char *text = malloc(size);
    if (text == NULL)
        exit(fails(126, words[0]));
    char *to = stpcpy(text, "enable=on,target=native");
    for (int i = 0; i < count; i++) {
        to = stpcpy(to, ",arg=");
        for (const char *from = words[i]; *from != '\0'; from++) {
            if (*from == ',')
                *to++ = ',';
            *to++ = *from;
        }
        *to = '\0';
    }
    return text;
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
        // QEMU's monitor and serial ports are off, so that only the program uses the standard streams.
        execl(QEMU, QEMU, "-machine", machine, "-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config", options,
              "-kernel", argv[1], (char *)NULL);
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
