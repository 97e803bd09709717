// Part of cross-runner: runs an emulated program, and the emulator for programs of its kind that it starts.

// Runs a command, whose first word is the emulator and whose second is the program, and ends as the program does. Programs for the same
// machine that it or its descendants start run in the emulator too. Returns if nothing has to be watched, because the kernel itself
// starts the emulator (binfmt_misc), or if the kernel does not allow watching. The caller then starts the emulator.
void run_with_children(const char *emulator, char **arguments);
