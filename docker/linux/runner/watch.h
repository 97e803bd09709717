// Part of cross-runner: the process that answers calls of execve, and of getrlimit.
#include "exchange.h"
#include "stack.h"

// What the process that answers tells the one that stands for the program: the program's number, or how it has changed, as waitpid says it.
// With the last news it ends itself, as there is no descendant any more.
struct news {
    enum { STARTED, CHANGED, LAST } what;
    int value;
};

struct watch {
    // where the kernel asks, where signals come, and where the process that stands for the program is
    int calls, signals, front;
    // the process that stands for the program, and the program
    pid_t first, program;
    bool shows_stacks;
    struct fall fall;
    struct machine machine;
    struct exchanges exchanges;
};

// Answers until there is no descendant any more, and ends.
void watch(struct watch *watch) __attribute__((noreturn));
