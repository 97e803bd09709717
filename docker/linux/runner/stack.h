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

// Returns the signal that ends a program which has reached the limit of time. If stacks are shown, QEMU has to write a core, in which all
// threads count. QEMU writes none for SIGABRT that it gets from outside. SIGTRAP is a signal that programs hardly ever ignore or handle;
// SIGQUIT would be ignored by every program that a shell has started in the background.
// https://gitlab.com/qemu-project/qemu/-/blob/v10.0.0/linux-user/signal.c (`core_dump_signal`)
int begin_end_by_limit(void);

// A thread asks how large a core may be. QEMU does so when a signal ends the program, which gets a core allowed then.
void begin_fall(struct fall *fall, pid_t program, pid_t thread);

// A signal has ended the program, as a status says: writes to its standard error where it was. Returns the status that the caller is to see.
int end_fall(struct fall *fall, pid_t program, int status, const struct answers *answers);
