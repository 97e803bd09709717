// usage: cross-runner <program> [argument]...
// Runs a program for the target TRIPLE. CROSS_RUNNER says how: `native` or `qemu-user`. If it is not set, QEMU is used if the image has
// one.
//
// A shell script would not do: shells drop variables whose names they do not accept, such as CARGO_BIN_EXE_my-tool.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "children.h"
#include "doctests.h"
#include "limit.h"
#include "libraries.h"
#include "local.h"
#include "stack.h"

#define EMULATOR "/opt/cross/bin/qemu-" QEMU_ARCH

static int emulates(void) {
    const int can = QEMU_ARCH[0] != '\0';
    const char *wanted = getenv("CROSS_RUNNER");
    if (wanted == NULL || wanted[0] == '\0')
        return can;
    if (strcmp(wanted, "native") == 0)
        return 0;
    if (strcmp(wanted, "qemu-user") != 0) {
        fprintf(stderr, "cross-runner: CROSS_RUNNER=%s is none of: native, qemu-user\n", wanted);
        exit(2);
    }
    if (!can) {
        fputs("cross-runner: CROSS_RUNNER=qemu-user: programs for " TRIPLE " run natively, this image has no emulator\n", stderr);
        exit(2);
    }
    return 1;
}

int main(int argc, char **argv) {
    int emulated = emulates();
    if (argc < 2) {
        fputs("cross-runner: usage: cross-runner <program> [argument]...\n", stderr);
        return 2;
    }
    add_libraries_of_build_scripts();
    if (emulated) {
        add_libraries_of_the_user();
        remember_caller(argv[1]);
    }
    begin_limit(argv[1]);
    if (emulated) {
        argv[0] = EMULATOR;
        run_with_children(EMULATOR, argv);
        execv(EMULATOR, argv);
    } else {
        argv++;
        separate_doctests(argv[0]);
        execvp(argv[0], argv);
    }
    int error = errno;
    fprintf(stderr, "cross-runner: cannot run `%s`: %s\n", argv[0], strerror(error));
    // a shell's exit codes for a command that is not found, and for one that cannot be executed
    return error == ENOENT ? 127 : 126;
}
