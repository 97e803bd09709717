// Part of cross-runner: changes a thread's call of execve so that it starts the emulator.
//
// The steps of an exchange:
// 1. ptrace stops the thread after its call was interrupted, before the kernel restarts it.
// 2. The thread is made to map new memory. Other memory may be in use: a stack may be small, and a child of vfork shares all memory with
//    its parent, which then keeps the new page.
// 3. The emulator's path and arguments are written there, and the thread is made to call execve with them.
// 4. When the emulator has started, the thread is no longer traced. If the call fails, the thread gets its registers back, and the error
//    as the result of its own call.
//
// A signal that arrives before step 4 goes first: the thread gets its registers back, and the kernel restarts the original call, which
// begins a new exchange.
// https://man7.org/linux/man-pages/man2/ptrace.2.html
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exchange.h"

#if defined(__x86_64__)

// the length of the instruction `syscall`
#define SYSCALL_INSTRUCTION 2

// The index of the program's name in the emulator's arguments, where it follows `-0`.
#define NAME 2

// The thread's progress. STOPS: the first stop is still to come. ENTERS: the next stop is at the beginning of the call. IN: it is at the
// end.
enum state { STOPS, ENTERS_MMAP, IN_MMAP, ENTERS_EXECVE, IN_EXECVE };

struct exchange {
    struct exchange *next;
    pid_t thread;
    int memory, held;
    enum state state;
    struct user_regs_struct registers;
    unsigned long environment;
    // The contents of the mapped memory: the array of addresses of the emulator's arguments, then the words of the command. The first
    // `words` addresses are offsets in this memory until its address is known (`call_emulator`). The others are the caller's own
    // addresses, and so is the name's with `has_callers_name`.
    unsigned char *image;
    size_t size, words;
    bool has_callers_name;
};

// The pointer to a thread's exchange. It points to NULL if the thread has none.
static struct exchange **find(struct exchanges *all, pid_t thread) {
    struct exchange **found = &all->first;
    while (*found != NULL && (*found)->thread != thread)
        found = &(*found)->next;
    return found;
}

static void forget(struct exchange **which) {
    struct exchange *exchange = *which;
    *which = exchange->next;
    close(exchange->memory);
    if (exchange->held >= 0)
        close(exchange->held);
    free(exchange->image);
    free(exchange);
}

// Keeps a file open until the process ends, because the emulator opens it some time after it has started.
static void keep_open(const struct exchanges *all, pid_t process, int file) {
    const int ended = (int)syscall(SYS_pidfd_open, process, 0);
    struct epoll_event waits = {.events = EPOLLIN, .data.u64 = (uint64_t)ended << 32 | (unsigned)file};
    if (ended >= 0 && epoll_ctl(all->held, EPOLL_CTL_ADD, ended, &waits) != 0)
        close(ended);
}

void close_held(const struct exchanges *all) {
    struct epoll_event over;
    while (epoll_wait(all->held, &over, 1, 0) == 1) {
        close((int)(over.data.u64 >> 32));
        close((int)(over.data.u64 & UINT32_MAX));
    }
}

// Reads the addresses of a call's arguments, with the zero at their end, which `count` does not include. The array has to be freed. NULL
// if the memory cannot be read.
static uint64_t *arguments_of(const struct call *call, size_t *count) {
    uint64_t *all = NULL;
    size_t room = 0;
    *count = 0;
    if (call->arguments == 0)
        return calloc(1, sizeof *all);
    for (;; ++*count) {
        if (*count == room) {
            room = room == 0 ? 64 : 2 * room;
            uint64_t *more = realloc(all, room * sizeof *all);
            if (more == NULL)
                break;
            all = more;
        }
        if (!read_memory(call->memory, call->arguments + *count * sizeof *all, all + *count, sizeof *all))
            break;
        if (all[*count] == 0)
            return all;
    }
    free(all);
    return NULL;
}

// Fills in the emulator's arguments: its path, `-0`, the program's name, the words of the command, and the call's arguments without the
// first.
static bool fill_image(struct exchange *exchange, const char *emulator, const struct call *call, const struct command *command) {
    size_t count = 0;
    uint64_t *old = arguments_of(call, &count);
    const size_t rest = count > 1 ? count - 1 : 0;
    const char *name = command->keeps_name ? "" : command->words[0];
    const size_t addresses = 3 + command->count + rest + 1;
    size_t at = addresses * sizeof *old, size = at + strlen(emulator) + strlen(name) + sizeof "-0" + 2;
    for (size_t i = 0; i < command->count; i++)
        size += strlen(command->words[i]) + 1;
    exchange->image = old == NULL ? NULL : calloc(1, size);
    if (exchange->image == NULL) {
        free(old);
        return false;
    }
    uint64_t *new = (uint64_t *)exchange->image;
    const char *first[] = {emulator, "-0", name};
    exchange->words = 3 + command->count;
    for (size_t i = 0; i < exchange->words; i++) {
        const char *word = i < 3 ? first[i] : command->words[i - 3];
        new[i] = at;
        at += (size_t)(stpcpy((char *)exchange->image + at, word) - ((char *)exchange->image + at)) + 1;
    }
    memcpy(new + exchange->words, old + 1, rest * sizeof *old);
    exchange->size = at;
    exchange->has_callers_name = command->keeps_name && count > 0;
    if (exchange->has_callers_name)
        new[NAME] = old[0];
    free(old);
    return true;
}

bool begin_exchange(struct exchanges *all, const struct call *call, struct command *command) {
    struct exchange **old = find(all, call->thread);
    // An old exchange of this number was never finished: another thread of the process started a program, and took over the number.
    if (*old != NULL)
        forget(old);
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return false;
    exchange->thread = call->thread;
    exchange->environment = call->environment;
    exchange->memory = dup(call->memory);
    exchange->held = command->held;
    command->held = -1;
    exchange->next = all->first;
    all->first = exchange;
    const long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD;
    // This fails for a thread that a debugger traces, and where the system forbids tracing. The call then goes on as it is, and the
    // kernel refuses the program.
    if (fill_image(exchange, all->emulator, call, command) && ptrace(PTRACE_SEIZE, call->thread, NULL, options) == 0 &&
        ptrace(PTRACE_INTERRUPT, call->thread, NULL, NULL) == 0)
        return true;
    forget(&all->first);
    return false;
}

bool is_exchanged(struct exchanges *all, pid_t thread) {
    struct exchange *exchange = *find(all, thread);
    return exchange != NULL && exchange->state == IN_EXECVE;
}

// Makes the thread go on with this system call, and stop at the beginning of it.
static bool make_call(const struct exchange *exchange, unsigned long number, const unsigned long arguments[6]) {
    struct user_regs_struct registers = exchange->registers;
    registers.rip -= SYSCALL_INSTRUCTION;
    registers.rax = number;
    // The thread counts as being in no call, so the kernel restarts none.
    registers.orig_rax = (unsigned long)-1;
    registers.rdi = arguments[0];
    registers.rsi = arguments[1];
    registers.rdx = arguments[2];
    registers.r10 = arguments[3];
    registers.r8 = arguments[4];
    registers.r9 = arguments[5];
    return ptrace(PTRACE_SETREGS, exchange->thread, NULL, &registers) == 0 && ptrace(PTRACE_SYSCALL, exchange->thread, NULL, NULL) == 0;
}

// Makes a thread that has stopped in an interrupted execve map memory. Returns false if it has stopped anywhere else.
static bool map(struct exchange *exchange) {
    if (ptrace(PTRACE_GETREGS, exchange->thread, NULL, &exchange->registers) != 0)
        return false;
    const long number = (long)exchange->registers.orig_rax, result = (long)exchange->registers.rax;
    if ((number != SYS_execve && number != SYS_execveat) || (result != -RESTARTSYS && result != -RESTARTNOINTR))
        return false;
    const unsigned long arguments[6] = {0, exchange->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, (unsigned long)-1, 0};
    return make_call(exchange, SYS_mmap, arguments);
}

// Writes the emulator's arguments to the mapped memory at this address, and makes the thread call execve with them.
static bool call_emulator(struct exchange *exchange, unsigned long address) {
    uint64_t *addresses = (uint64_t *)exchange->image;
    for (size_t i = 0; i < exchange->words; i++) {
        if (i != NAME || !exchange->has_callers_name)
            addresses[i] += address;
    }
    if (pwrite(exchange->memory, exchange->image, exchange->size, (off_t)address) != (ssize_t)exchange->size)
        return false;
    const unsigned long arguments[6] = {addresses[0], address, exchange->environment, 0, 0, 0};
    return make_call(exchange, SYS_execve, arguments);
}

// Ends the tracing of a thread and gives it its registers back. A result that is not 0 is that of its call. Otherwise the kernel restarts
// the call.
static void let_go(struct exchange **which, int signal, long result) {
    struct exchange *exchange = *which;
    if (exchange->state != STOPS) {
        if (result != 0)
            exchange->registers.rax = (unsigned long)result;
        ptrace(PTRACE_SETREGS, exchange->thread, NULL, &exchange->registers);
    }
    ptrace(PTRACE_DETACH, exchange->thread, NULL, (long)signal);
    forget(which);
}

// Takes the next step when a thread has stopped at the beginning or the end of a call that it was made to make.
static void at_call(struct exchange **which) {
    struct exchange *exchange = *which;
    struct user_regs_struct registers;
    if (exchange->state == ENTERS_MMAP || exchange->state == ENTERS_EXECVE) {
        exchange->state++;
        if (ptrace(PTRACE_SYSCALL, exchange->thread, NULL, NULL) != 0)
            forget(which);
        return;
    }
    if (ptrace(PTRACE_GETREGS, exchange->thread, NULL, &registers) != 0) {
        forget(which);
        return;
    }
    const long result = (long)registers.rax;
    if (exchange->state == IN_MMAP && (result > 0 || result < -4095) && call_emulator(exchange, registers.rax)) {
        exchange->state = ENTERS_EXECVE;
        return;
    }
    const bool is_interrupted = result == -RESTARTSYS || result == -RESTARTNOINTR;
    let_go(which, 0, exchange->state != IN_EXECVE ? -ENOMEM : is_interrupted ? 0 : result);
}

bool go_on_with_exchange(struct exchanges *all, pid_t thread, int status) {
    unsigned long caller = 0;
    const int event = status >> 16;
    // waitpid reports the start of a program for the first thread of a process. The event's message is the number of the thread that made
    // the call.
    const bool begins = WIFSTOPPED(status) && event == PTRACE_EVENT_EXEC;
    if (begins && ptrace(PTRACE_GETEVENTMSG, thread, NULL, &caller) != 0)
        caller = (unsigned long)thread;
    struct exchange **which = find(all, begins ? (pid_t)caller : thread);
    struct exchange *exchange = *which;
    if (!WIFSTOPPED(status)) {
        if (exchange != NULL && !WIFCONTINUED(status))
            forget(which);
        return false;
    }
    const int signal = WSTOPSIG(status);
    if (begins) {
        ptrace(PTRACE_DETACH, thread, NULL, NULL);
        if (exchange != NULL && exchange->held >= 0) {
            keep_open(all, thread, exchange->held);
            exchange->held = -1;
        }
        if (exchange != NULL)
            forget(which);
        // The start of a program ends all other threads. An exchange of the first thread is over with it.
        which = find(all, thread);
        if (*which != NULL)
            forget(which);
    } else if (exchange == NULL)
        // This succeeds only for a thread that is traced. If it fails, the thread has really stopped.
        return ptrace(PTRACE_DETACH, thread, NULL, NULL) == 0;
    else if (signal == (SIGTRAP | 0x80))
        at_call(which);
    else if (event == PTRACE_EVENT_STOP && signal == SIGTRAP && exchange->state == STOPS && map(exchange))
        exchange->state = ENTERS_MMAP;
    else
        let_go(which, event == 0 ? signal : 0, 0);
    return true;
}
#endif
