// Part of cross-runner: reads the stacks of a program's threads from its core.
#include <stdbool.h>
#include <sys/types.h>

// The most threads whose names are kept. More would not help a reader.
#define NAMED_THREADS 64

// The names of a program's threads.
struct names {
    size_t count;
    struct {
        pid_t thread;
        char name[32];
    } of[NAMED_THREADS];
};

// A means to answer calls of execve while the functions below wait for output: `answer(with)` is called when the descriptor `calls`
// becomes readable.
struct answers {
    int calls;
    void (*answer)(void *);
    void *with;
};

struct stacks;

// Reads all stacks in a core of the program at a path. Returns NULL if the place of no function is known, as on some machines.
struct stacks *read_stacks(const char *core, const char *path, const struct answers *answers);

// Writes the stacks of all threads, or only the thread `only` if it is not 0. Paths below the directory are written relative to it.
void write_stacks(int to, const struct stacks *stacks, const struct names *names, pid_t only, const char *directory);

// The name that a thread has given itself. NULL if it has none, so that it still has the emulator's name.
const char *name_of(const struct names *names, pid_t thread);
