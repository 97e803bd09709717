// usage: cross-umask <mask> <program> [argument]...
// Runs a program with a mask for new files, in octal digits. docker has no option for it, and a shell would drop variables whose names it
// does not accept.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("cross-umask: usage: cross-umask <mask> <program> [argument]...\n", stderr);
        return 2;
    }
    umask((mode_t)strtoul(argv[1], NULL, 8));
    execvp(argv[2], argv + 2);
    int error = errno;
    fprintf(stderr, "cross-umask: cannot run `%s`: %s\n", argv[2], strerror(error));
    return error == ENOENT ? 127 : 126;
}
