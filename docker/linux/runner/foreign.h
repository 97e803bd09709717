// Part of cross-runner: what a call of execve would start.
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// What all programs for one kind of machine begin with alike.
struct machine {
    unsigned char class, data, number[2];
};

// A call of execve or execveat, its thread being held by the kernel. Addresses are that thread's.
struct call {
    pid_t thread;
    // its memory
    int memory;
    int directory, flags;
    unsigned long path, arguments, environment;
};

// The scripts that may stand before a program, as many as the kernel takes.
#define SCRIPTS 5

// The first words of the command that does what the call wants, less the emulator's own. The call's first argument belongs to none of them.
struct command {
    size_t count;
    char *words[2 * SCRIPTS + 1];
    // whether the program is to be told the first argument of the call as its name; else the first word
    bool keeps_name;
};

// Whether this is a program; its machine.
bool machine_of(const char *program, struct machine *machine);

// Whether the call would start a program for the machine, in the end; the command, to be freed.
bool is_foreign(const struct call *call, const struct machine *machine, struct command *command);

void free_command(struct command *command);

bool read_memory(int memory, unsigned long address, void *to, size_t size);
