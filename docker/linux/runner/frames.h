// Part of cross-runner: the functions that threads were in, as a core tells.
#include <stdbool.h>
#include <sys/types.h>

// More threads than that are no help.
#define NAMED_THREADS 64

// The names of a program's threads.
struct names {
    size_t count;
    struct {
        pid_t thread;
        char name[32];
    } of[NAMED_THREADS];
};

// What the functions below need: calls of execve, for which `calls` becomes readable, are answered meanwhile.
struct answers {
    int calls;
    void (*answer)(void *);
    void *with;
};

struct stacks;

// Finds the stacks in a core of the program at a path; nothing where no source is known, as of some machines.
struct stacks *read_stacks(const char *core, const char *path, const struct answers *answers);

// Writes those of all threads, or of one. Paths below the directory are shortened.
void write_stacks(int to, const struct stacks *stacks, const struct names *names, pid_t only, const char *directory);

// The name that a thread has given itself; nothing if it has none, and is called as the emulator.
const char *name_of(const struct names *names, pid_t thread);
