// Part of cross-runner: changes a thread's call of execve so that it starts the emulator.
#include "foreign.h"

struct exchange;

// All exchanges that are not finished.
struct exchanges {
    struct exchange *first;
    // the path of the emulator, which is started in place of the program
    const char *emulator;
    // What emulators find through descriptors of this process (`command.held`): an epoll instance of their processes, which tells when one
    // ends and its file can be closed. -1 if there is none.
    int held;
};

// The kernel's internal results for an interrupted call that it will restart. No program ever sees them. From include/linux/errno.h.
#define RESTARTSYS 512
#define RESTARTNOINTR 513

// Begins to trace the thread of a call, so that it starts the emulator with this command in place of its call. Returns whether tracing is
// possible. The exchange takes over the file that the command holds.
bool begin_exchange(struct exchanges *all, const struct call *call, struct command *command);

// Whether the thread's present call of execve is the changed one, which starts the emulator.
bool is_exchanged(struct exchanges *all, pid_t thread);

// Takes the next step with a thread for which waitpid has returned this status. Returns false if the thread or process has really ended,
// stopped or continued, and true if it only stopped for its tracer.
bool go_on_with_exchange(struct exchanges *all, pid_t thread, int status);

// Closes the files of processes that have ended.
void close_held(const struct exchanges *all);
