// Part of cross-runner: how a call of execve is made to start something else.
#include "foreign.h"

struct exchange;

// Those that are going on.
struct exchanges {
    struct exchange *first;
    // the program that is started instead, and the one argument before the name of the program
    const char *emulator;
};

// What interrupted calls that are to be restarted return, which no program ever sees. From the kernel's include/linux/errno.h.
#define RESTARTSYS 512
#define RESTARTNOINTR 513

// Takes hold of the thread, whose call is to be this command instead; whether that was possible.
bool begin_exchange(struct exchanges *all, const struct call *call, const struct command *command);

// Whether this thread was made to call the emulator, and that call is what it makes now.
bool is_exchanged(struct exchanges *all, pid_t thread);

// Goes on with the thread whose change this is, as waitpid tells it. Whether the change was one that only we see.
bool go_on_with_exchange(struct exchanges *all, pid_t thread, int status);
