// Part of cross-runner: finds the program that a call of execve would start.
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// The fields of an ELF header that name a kind of machine: word size, byte order and `e_machine`.
struct machine {
    unsigned char class, data, number[2];
};

// A call of execve or execveat. The kernel holds its thread until the call is answered.
struct call {
    pid_t thread;
    // a descriptor of the thread's memory (/proc/<thread>/mem)
    int memory;
    int directory, flags;
    // addresses in the thread's memory
    unsigned long path, arguments, environment;
};

// How many scripts may lead to a program, each the interpreter of the one before. This is the kernel's own limit.
#define SCRIPTS 5

// The command that a call leads to, without the emulator: the program's path or, for a script, its interpreter, the interpreter's
// argument and the script's path. The call's arguments follow these words, except for its first one, which is the name.
struct command {
    size_t count;
    char *words[2 * SCRIPTS + 1];
    // whether the program's `argv[0]` is the call's first argument. For a script it is the first word
    bool keeps_name;
    // A descriptor of this process through which the emulator opens the program, because the caller's own is closed on execve. It is -1
    // if there is none. The program must not end before it.
    int held;
};

// Reads the machine that a program is for. Returns false if the file is no executable ELF file.
bool machine_of(const char *program, struct machine *machine);

// Whether the call would start a program for the machine, directly or as the interpreter of a script. If so, `command` has to be freed
// with the function below.
bool is_foreign(const struct call *call, const struct machine *machine, struct command *command);

void free_command(struct command *command);

bool read_memory(int memory, unsigned long address, void *to, size_t size);
