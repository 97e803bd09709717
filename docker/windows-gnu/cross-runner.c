// usage: cross-runner <program> [argument]...
// Runs a Windows program in Wine. The first one in a container waits until wine-prefix.sh has made a prefix and started Wine's server.
//
// A shell script would not do: shells drop variables whose names they do not accept, such as CARGO_BIN_EXE_my-tool.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libraries.h"

#define WINE "/usr/lib/wine/wine64"

static void fail(const char *what, int error) {
    fprintf(stderr, "cross-runner: %s: %s\n", what, strerror(error));
    exit(126);
}

// Runs wine-prefix.sh for a prefix, with its output in a log. It gets none of this process's files: Wine's services would keep them open,
// and readers of the program's output would wait for the services to end.
static int make(const char *prefix) {
    char log[300];
    snprintf(log, sizeof log, "%s.log", prefix);
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
        if (null < 0 || out < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
            _exit(127);
        // Signals of the keyboard are for the program, not for Wine's services.
        setsid();
        execl("/bin/sh", "sh", "/opt/cross/libexec/wine-prefix.sh", prefix, NULL);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 1;
    fprintf(stderr, "cross-runner: Wine cannot be started; %s says why\n", log);
    return 0;
}

// Sets WINEPREFIX to the prefix of this user and container, and has it made if it is not there. Other containers may share this /tmp, so
// the name has the number of the PID namespace in it.
static void use_prefix(void) {
    struct stat space;
    char prefix[200], path[300];
    if (stat("/proc/self/ns/pid", &space) != 0)
        fail("/proc/self/ns/pid", errno);
    snprintf(prefix, sizeof prefix, "/tmp/.cross-wine-%u-%llu", (unsigned)getuid(), (unsigned long long)space.st_ino);
    if (mkdir(prefix, 0700) != 0 && errno != EEXIST)
        fail(prefix, errno);
    if (lstat(prefix, &space) != 0 || !S_ISDIR(space.st_mode) || space.st_uid != getuid())
        fail(prefix, EPERM);
    snprintf(path, sizeof path, "%s/lock", prefix);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0)
        fail(path, errno);
    snprintf(path, sizeof path, "%s/prefix", prefix);
    setenv("WINEPREFIX", path, 1);
    snprintf(path, sizeof path, "%s/prefix/ready", prefix);
    if (access(path, F_OK) != 0) {
        path[strlen(path) - strlen("/ready")] = '\0';
        if (!make(path))
            exit(126);
    }
    close(lock);
}

// Writes an absolute path as Wine has it on drive Z:, and returns the end of what was written.
static char *write_for_windows(char *to, const char *path, size_t length) {
    to += sprintf(to, "Z:");
    for (size_t i = 0; i < length; i++)
        *to++ = path[i] == '/' ? '\\' : path[i];
    *to = '\0';
    return to;
}

// A program of doctests starts itself once for each doctest if this variable has its path. With a runner rustdoc does not set the
// variable. linux/runner/doctests.c explains that.
static void separate_doctests(const char *program) {
    const char *slash = strrchr(program, '/');
    if (program[0] != '/' || strcmp(slash, "/rust_out.exe") != 0)
        return;
    char *path = malloc(strlen(program) + 3);
    if (path == NULL)
        fail(program, ENOMEM);
    write_for_windows(path, program, strlen(program));
    setenv("RUSTDOC_DOCTEST_BIN_PATH", path, 0);
    free(path);
}

// Cargo names directories of libraries in LD_LIBRARY_PATH. Windows looks for DLLs in PATH, which Wine begins with the contents of
// WINEPATH.
static void pass_library_path(void) {
    const char *dirs = getenv("LD_LIBRARY_PATH");
    const char *old = getenv("WINEPATH");
    if (dirs == NULL)
        return;
    char *path = malloc(4 * strlen(dirs) + (old == NULL ? 0 : strlen(old)) + 8);
    if (path == NULL)
        fail("WINEPATH", ENOMEM);
    char *end = path;
    while (*dirs != '\0') {
        size_t length = strcspn(dirs, ":");
        if (*dirs == '/') {
            if (end != path)
                *end++ = ';';
            end = write_for_windows(end, dirs, length);
        }
        dirs += length + (dirs[length] == ':');
    }
    sprintf(end, "%s%s", old == NULL || end == path ? "" : ";", old == NULL ? "" : old);
    setenv("WINEPATH", path, 1);
    free(path);
    unsetenv("LD_LIBRARY_PATH");
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("cross-runner: usage: cross-runner <program> [argument]...\n", stderr);
        return 2;
    }
    const char *wanted = getenv("CROSS_RUNNER");
    if (wanted != NULL && wanted[0] != '\0') {
        fprintf(stderr, "cross-runner: CROSS_RUNNER=%s: programs for Windows run in Wine alone\n", wanted);
        return 2;
    }
    if (access(argv[1], R_OK) != 0) {
        int error = errno;
        fprintf(stderr, "cross-runner: cannot run `%s`: %s\n", argv[1], strerror(error));
        // a shell's exit codes for a command that is not found, and for one that cannot be executed
        return error == ENOENT ? 127 : 126;
    }
    // Programs must not show windows.
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    // Wine reads file names and arguments by the locale. The image has none for the caller's language, so they would not be UTF-8.
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("WINESERVER", "/usr/lib/wine/wineserver64", 0);
    // Wine's own messages are left out, except for those on DLLs that a program needs and that are missing.
    setenv("WINEDEBUG", "-all,err+module", 0);
    add_libraries_of_build_scripts();
    pass_library_path();
    separate_doctests(argv[1]);
    if (getenv("WINEPREFIX") == NULL)
        use_prefix();
    argv[0] = WINE;
    execv(WINE, argv);
    fail(WINE, errno);
}
