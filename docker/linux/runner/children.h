// Part of cross-runner: programs for the row's machine that are started by programs.

// Runs a program with its emulator, and all programs for the same machine that it or its descendants start; ends as that program
// does. Returns where the kernel sees to these itself, or does not let us.
void run_with_children(const char *emulator, char **arguments);
