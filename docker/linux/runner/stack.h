// Part of cross-runner: shows the stack of an emulated program that a signal has ended.
#include "frames.h"

// Facts about a program that a signal is about to end. They are collected while the process still exists.
struct crash {
    // the thread that has received the signal; 0 before there is one
    pid_t thread;
    // a descriptor of the program's standard error
    int errors;
    struct names names;
};

// Whether the user wants to see stacks. RUST_BACKTRACE=0 turns them off, and so does QEMU_GDB, with which a debugger looks at the
// program.
bool wants_stacks(void);

// Remembers the program's path, the current directory and the caller's limit for cores, which are no longer to be had when the program
// has ended.
void remember_caller(const char *program);

// Tells signal_for_time_limit() that collect_crash() and report_crash() will be called for the program.
void enable_stacks(void);

// Sets the limit for cores to 0. To be called in the process that becomes the program, so that no program which it starts writes a core.
void forbid_cores(void);

// Returns the signal with which to end a program that has reached the limit of time: SIGABRT, or SIGTRAP if stacks are shown. For the
// stacks of all threads QEMU has to write a core, which it does not for a SIGABRT from another process. Programs hardly ever ignore or
// handle SIGTRAP, while every program that a shell has started in the background ignores SIGQUIT.
// https://gitlab.com/qemu-project/qemu/-/blob/v10.0.0/linux-user/signal.c (`core_dump_signal`)
int signal_for_time_limit(void);

// To be called when a thread asks for the limit of cores. If QEMU asks, because a signal ends the program, this allows a core and fills
// in `crash`.
void collect_crash(struct crash *crash, pid_t program, pid_t thread);

// To be called when a signal has ended the program, with its status from waitpid. Writes the stacks to the program's standard error.
// Returns the status for the caller, in which SIGABRT replaces the SIGTRAP of signal_for_time_limit().
int report_crash(struct crash *crash, pid_t program, int status, const struct answers *answers);
