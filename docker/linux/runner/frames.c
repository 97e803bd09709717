// Part of cross-runner: reads the stacks of a program's threads from its core. eu-stack finds the functions. addr2line finds the places
// in the sources, and the functions that the compiler has inlined.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"

// The most frames of a thread that are shown: the innermost ones.
#define FRAMES 50
#define LARGEST_OUTPUT (1UL << 20)

struct frame {
    pid_t thread;
    const char *function, *place;
    // the address that addr2line takes for the program's file; 0 if the frame is in a library
    unsigned long address;
};

struct stacks {
    // the outputs of eu-stack and addr2line. Frames point into the first
    char *found, *places;
    size_t count;
    struct frame frames[NAMED_THREADS * FRAMES];
};

const char *name_of(const struct names *names, pid_t thread) {
    for (size_t i = 0; i < names->count; i++)
        if (names->of[i].thread == thread && strncmp(names->of[i].name, "qemu-", 5) != 0)
            return names->of[i].name;
    return NULL;
}

// Starts a command whose standard input is the descriptor `input`, which is closed here. Returns a descriptor with the command's output.
static int start(const char *const *command, int input) {
    static char *const environment[] = {NULL};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    if (fork() == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        dup2(input, STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        execve(command[0], (char *const *)command, environment);
        _exit(127);
    }
    close(ends[1]);
    close(input);
    return ends[0];
}

// Reads all output of a command, which has to be freed. Calls of execve are answered meanwhile: the command is a descendant too, so its
// own execve waits for an answer.
static char *all_of(int from, const struct answers *answers) {
    struct pollfd waits[] = {{.fd = from, .events = POLLIN}, {.fd = answers->calls, .events = POLLIN}};
    char *all = from < 0 ? NULL : malloc(LARGEST_OUTPUT + 1);
    size_t length = 0;
    for (ssize_t got = 1; all != NULL && got > 0 && length < LARGEST_OUTPUT;) {
        poll(waits, 2, -1);
        if (waits[1].revents & POLLIN)
            answers->answer(answers->with);
        if (waits[0].revents == 0)
            continue;
        got = read(from, all + length, LARGEST_OUTPUT - length);
        if (got > 0)
            length += (size_t)got;
    }
    if (from >= 0)
        close(from);
    if (all != NULL)
        all[length] = '\0';
    return all;
}

static int nothing(void) {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

// Whether a program is loaded at the addresses in its file (ET_EXEC) because it is not position-independent.
static bool is_fixed(const char *path) {
    // The type of an ELF file is in bytes 16 and 17, in the byte order of its machine. The sum does not depend on the order.
    unsigned char beginning[18] = {0};
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const bool is_read = file >= 0 && read(file, beginning, sizeof beginning) == sizeof beginning;
    if (file >= 0)
        close(file);
    return is_read && beginning[16] + beginning[17] == 2;
}

// Reads the output of eu-stack. A thread begins with a line `TID 7:`, and each of its frames with `#0  0x1234 function - file`. Below a
// frame are, indented, its address in the file, as `[id]@0x1000+0x234`, and its place in the sources.
static void read_frames(struct stacks *stacks, const char *path) {
    const char *slash = strrchr(path, '/');
    const bool fixed = is_fixed(path);
    struct frame *frame = NULL;
    pid_t thread = 0;
    int count = 0;
    bool is_own = false;
    for (char *line, *rest = stacks->found; (line = strsep(&rest, "\n")) != NULL;) {
        unsigned long base, offset;
        int function = 0;
        const char *at = strchr(line, '@');
        if (sscanf(line, "TID %d:", &thread) == 1) {
            frame = NULL;
            count = 0;
        } else if (line[0] == '#') {
            frame = NULL;
            sscanf(line, "#%*d 0x%lx %n", &base, &function);
            if (function == 0 || count++ >= FRAMES || stacks->count >= sizeof stacks->frames / sizeof *stacks->frames)
                continue;
            frame = &stacks->frames[stacks->count++];
            *frame = (struct frame){.thread = thread, .function = line + function};
            char *file = strstr(line + function, " - ");
            is_own = file != NULL && slash != NULL && strcmp(file + 3, slash + 1) == 0;
            if (file != NULL)
                *file = '\0';
            else if (fixed)
                // eu-stack names no file for a frame of a static program, which has no list of loaded files. All addresses but the
                // innermost are those to which calls return, so the call is before the address.
                frame->address = base - (count > 1);
        } else if (frame != NULL && strspn(line, " ") == 4) {
            if (line[4] != '[' || at == NULL || sscanf(at, "@0x%lx+0x%lx", &base, &offset) != 2)
                frame->place = line + 4;
            else if (is_own)
                frame->address = fixed ? base + offset : offset;
        }
    }
}

// Runs addr2line for the addresses of all frames in the program's file.
static char *places_of(const struct stacks *stacks, const char *path, const struct answers *answers) {
    static const char *const command[] = {"/usr/bin/addr2line", "-a", "-f", "-i", "-C", "-e"};
    const size_t words = sizeof command / sizeof *command;
    const char **all = calloc(words + stacks->count + 2, sizeof *all);
    char(*numbers)[20] = calloc(stacks->count + 1, sizeof *numbers);
    char *places = NULL;
    if (all != NULL && numbers != NULL) {
        size_t count = words;
        memcpy(all, command, sizeof command);
        all[count++] = path;
        for (size_t i = 0; i < stacks->count; i++) {
            snprintf(numbers[i], sizeof *numbers, "0x%lx", stacks->frames[i].address);
            if (stacks->frames[i].address != 0)
                all[count++] = numbers[i];
        }
        places = all_of(start(all, nothing()), answers);
    }
    free(all);
    free(numbers);
    return places;
}

struct stacks *read_stacks(const char *core, const char *path, const struct answers *answers) {
    const char *const eu_stack[] = {"/usr/bin/eu-stack", "-r", "-b", "-m", "-s", "--core", core, "--executable", path, NULL};
    const char *const filter[] = {"/usr/bin/c++filt", NULL};
    struct stacks *stacks = calloc(1, sizeof *stacks);
    const int raw = stacks == NULL ? -1 : start(eu_stack, nothing());
    if (raw < 0)
        return NULL;
    stacks->found = all_of(start(filter, raw), answers);
    if (stacks->found != NULL)
        read_frames(stacks, path);
    bool is_known = false;
    for (size_t i = 0; i < stacks->count; i++)
        is_known |= stacks->frames[i].place != NULL || stacks->frames[i].address != 0;
    if (!is_known)
        return NULL;
    stacks->places = places_of(stacks, path, answers);
    return stacks;
}

// Writes a frame's line. Digests in rustc's names are left out: `::h` and 16 digits at the end, or digits in brackets behind a crate's
// name.
static void write_function(int to, int number, const char *function) {
    static const char digits[] = "0123456789abcdef";
    char shown[1024];
    size_t length = 0;
    for (const char *next = function; *next != '\0' && length < sizeof shown - 1; next++) {
        const size_t size = *next == '[' ? strspn(next + 1, digits) : 0;
        if (strncmp(next, "::h", 3) == 0 && strspn(next + 3, digits) == 16 && next[19] == '\0')
            break;
        if (size >= 8 && next[size + 1] == ']')
            next += size + 1;
        else
            shown[length++] = *next;
    }
    dprintf(to, "%4d: %.*s\n", number, (int)length, shown);
}

static void write_place(int to, const char *place, const char *directory) {
    const size_t length = strlen(directory);
    // addr2line may add a remark behind a space. A `?` at the end stands for a line that is not known.
    const int end = (int)strcspn(place, " ");
    if (end > 1 && place[end - 1] == '?')
        return;
    const bool is_below = strncmp(place, directory, length) == 0 && place[length] == '/';
    dprintf(to, "             at %.*s\n", is_below ? end - (int)length - 1 : end, is_below ? place + length + 1 : place);
}

// Cuts the first line off a text and returns it. NULL if no text is left.
static char *take(char **text) {
    return *text == NULL || **text == '\0' ? NULL : strsep(text, "\n");
}

// Whether the frames from this function outwards are left out, as in Rust's own backtraces. RUST_BACKTRACE=full shows all.
static bool is_end(const char *function) {
    const char *said = getenv("RUST_BACKTRACE");
    return strstr(function, "__rust_begin_short_backtrace") != NULL && (said == NULL || strcmp(said, "full") != 0);
}

void write_stacks(int to, const struct stacks *stacks, const struct names *names, pid_t only, const char *directory) {
    char *places = stacks->places;
    bool is_shown = false;
    pid_t thread = 0;
    int number = 0;
    // The output of addr2line has a line with the address before the lines of each frame. This is the first frame's.
    take(&places);
    for (const struct frame *frame = stacks->frames; frame < stacks->frames + stacks->count; frame++) {
        if (frame->thread != thread) {
            thread = frame->thread;
            number = 0;
            is_shown = only == 0 || thread == only;
            const char *own = name_of(names, thread);
            if (only == 0)
                dprintf(to, "  thread `%s`:\n", own == NULL ? "unnamed" : own);
        }
        bool has_place = false;
        for (char *function; frame->address != 0 && (function = take(&places)) != NULL && strncmp(function, "0x", 2) != 0;) {
            const char *place = take(&places);
            is_shown &= !is_end(function);
            if (!is_shown || place == NULL || place[0] == '?')
                continue;
            write_function(to, number++, function);
            write_place(to, place, directory);
            has_place = true;
        }
        is_shown &= !is_end(frame->function);
        if (!is_shown || has_place || frame->function[0] == '\0')
            continue;
        write_function(to, number++, frame->function);
        if (frame->place != NULL)
            write_place(to, frame->place, directory);
    }
}
