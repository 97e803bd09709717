// Part of cross-runner: the second process, which answers calls of execve and questions for the limit of cores.
#include "exchange.h"
#include "stack.h"

// A message from the second process to the first, which stands for the program. The value of STARTED is the program's process number. The
// value of CHANGED and LAST is the program's status from waitpid. After LAST the second process ends, because it has no descendants.
struct status_message {
    enum { STARTED, CHANGED, LAST } what;
    int value;
};

struct watch {
    // descriptors: the kernel's questions (seccomp), signals of this process (signalfd), and a socket to the first process
    int calls, signals, front;
    // process numbers: the first process, and the program (0 once it has ended)
    pid_t first, program;
    bool shows_stacks;
    // whether the kernel starts the emulator for all programs but those that it cannot open by a path
    bool is_registered;
    struct crash crash;
    struct machine machine;
    struct exchanges exchanges;
};

// Answers until no descendant is left, then ends this process.
void watch(struct watch *watch) __attribute__((noreturn));
