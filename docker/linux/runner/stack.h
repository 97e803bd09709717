// Part of cross-runner: where an emulated program was when a signal ended it.
#include "frames.h"

// What is known of a program that a signal ends, while it still is there.
struct fall {
    // the thread that has got the signal; 0 before there is one
    pid_t thread;
    // the program's standard error
    int errors;
    struct names names;
};

// Whether stacks are wanted: not where RUST_BACKTRACE says no, and not below a debugger.
bool wants_stacks(void);

// Keeps in mind what is another when the program has ended: its directory, and whether the caller wants a core.
void remember_caller(const char *program);

// Says that the functions below will be called.
void show_stacks(void);

// To be called by what becomes the program: nothing that it starts writes a core.
void forbid_cores(void);

// The limit of time is about to end the program, by the signal returned. SIGABRT ends QEMU itself, so where stacks are shown it is another
// one, and all threads count.
int begin_end_by_limit(void);

// A thread asks how large a core may be. QEMU does so when a signal ends the program, which gets a core allowed then.
void begin_fall(struct fall *fall, pid_t program, pid_t thread);

// A signal has ended the program, as a status says: writes to its standard error where it was. Returns the status that the caller is to see.
int end_fall(struct fall *fall, pid_t program, int status, const struct answers *answers);
