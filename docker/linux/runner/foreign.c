// Part of cross-runner: finds the program that a call of execve would start. Paths are resolved as for the calling thread: with its root,
// its current directory and its descriptors. If anything is unclear the call is left unchanged, and the kernel reports what is wrong with
// it.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foreign.h"

// How many bytes the kernel reads of a program or script to tell what it is. https://man7.org/linux/man-pages/man2/execve.2.html
#define BEGINNING 256

// A file's path for this process (`here`), and its path for an emulator in the caller's process (`there`).
struct file {
    char here[PATH_MAX + 64];
    char there[PATH_MAX + 64];
    // whether the path leads through a descriptor of the caller's that is closed on execve
    bool closes;
    // a descriptor of this process that `there` leads through; -1 if it leads through none
    int held;
};

bool read_memory(int memory, unsigned long address, void *to, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t got = pread(memory, (char *)to + done, size - done, (off_t)(address + done));
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

// Reads page by page, because the page after the string's end may not be mapped.
static bool read_string(int memory, unsigned long address, char *to, size_t size) {
    for (size_t done = 0; done < size;) {
        const size_t to_page = 4096 - (address + done) % 4096;
        const size_t wanted = to_page < size - done ? to_page : size - done;
        if (!read_memory(memory, address + done, to + done, wanted))
            return false;
        if (memchr(to + done, '\0', wanted) != NULL)
            return true;
        done += wanted;
    }
    return false;
}

static bool fits(int length, size_t size) {
    return length >= 0 && (size_t)length < size;
}

static bool are_same(const struct stat *one, const struct stat *other) {
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

static bool is_closed_on_execve(pid_t thread, int descriptor) {
    char info[64], line[64];
    unsigned flags = O_CLOEXEC;
    snprintf(info, sizeof info, "/proc/%d/fdinfo/%d", thread, descriptor);
    FILE *about = fopen(info, "re");
    while (about != NULL && fgets(line, sizeof line, about) != NULL)
        sscanf(line, "flags: %o", &flags);
    if (about != NULL)
        fclose(about);
    return (flags & O_CLOEXEC) != 0;
}

static void let_go_of(struct file *file) {
    if (file->held >= 0)
        close(file->held);
    file->held = -1;
}

// Opens a file of the caller's in this process, through whose descriptor the emulator finds it. The caller's own descriptors must stay as
// they are, because the program would inherit one that is left open. Returns false if the caller does not see this process as this
// process does: it may have another root or other processes, or be another user's, who may not look at this one.
static bool hold(pid_t thread, struct file *file) {
    char caller[64], seen[128];
    struct stat owner, held, found;
    snprintf(caller, sizeof caller, "/proc/%d", thread);
    file->held = open(file->here, O_PATH | O_CLOEXEC);
    if (file->held < 0)
        return false;
    snprintf(file->there, sizeof file->there, "/proc/%d/fd/%d", getpid(), file->held);
    snprintf(seen, sizeof seen, "%s/root/proc/%d/fd/%d", caller, getpid(), file->held);
    if (stat(caller, &owner) == 0 && owner.st_uid == geteuid() && fstat(file->held, &held) == 0 && stat(seen, &found) == 0 &&
        are_same(&held, &found))
        return true;
    let_go_of(file);
    return false;
}

// Finds the paths of a file that the caller has open. The emulator gets the file's own name if that still leads to the same file.
// Otherwise it gets the caller's descriptor or, if that is closed on execve, one of this process.
static bool locate_open(pid_t thread, int descriptor, struct file *file) {
    struct stat named, open;
    if (!fits(snprintf(file->here, sizeof file->here, "/proc/%d/fd/%d", thread, descriptor), sizeof file->here))
        return false;
    const ssize_t length = readlink(file->here, file->there, sizeof file->there - 1);
    if (length < 0)
        return false;
    file->there[length] = '\0';
    file->closes = is_closed_on_execve(thread, descriptor);
    if (file->there[0] == '/' && stat(file->there, &named) == 0 && stat(file->here, &open) == 0 && are_same(&named, &open))
        return true;
    return file->closes ? hold(thread, file)
                        : fits(snprintf(file->there, sizeof file->there, "/proc/self/fd/%d", descriptor), sizeof file->there);
}

static bool locate(pid_t thread, int directory, const char *path, struct file *file) {
    static const char *const own[] = {"/proc/self/", "/proc/thread-self/"};
    int descriptor = -1, end = 0;
    file->closes = false;
    file->held = -1;
    if (path[0] == '\0')
        return locate_open(thread, directory, file);
    if ((sscanf(path, "/proc/self/fd/%d%n", &descriptor, &end) == 1 || sscanf(path, "/dev/fd/%d%n", &descriptor, &end) == 1) && path[end] == '\0')
        return locate_open(thread, descriptor, file);
    if (!fits(snprintf(file->there, sizeof file->there, "%s%s", path[0] == '-' ? "./" : "", path), sizeof file->there))
        return false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strncmp(path, own[i], strlen(own[i])) == 0)
            return fits(snprintf(file->here, sizeof file->here, "/proc/%d/%s", thread, path + strlen(own[i])), sizeof file->here);
    }
    if (path[0] == '/')
        return fits(snprintf(file->here, sizeof file->here, "/proc/%d/root%s", thread, path), sizeof file->here);
    if (directory == AT_FDCWD)
        return fits(snprintf(file->here, sizeof file->here, "/proc/%d/cwd/%s", thread, path), sizeof file->here);
    // A path below the directory's descriptor would not do, as execve may close that.
    struct file below = {.held = -1};
    if (!locate_open(thread, directory, &below))
        return false;
    file->closes = below.closes;
    file->held = below.held;
    if (fits(snprintf(file->here, sizeof file->here, "%s/%s", below.here, path), sizeof file->here) &&
        fits(snprintf(file->there, sizeof file->there, "%s/%s", below.there, path), sizeof file->there))
        return true;
    let_go_of(file);
    return false;
}

// Reads the beginning of a file that this process may execute, and appends a zero. Returns the length, which is 0 if there is no such
// file.
static size_t beginning_of(const char *file, char *beginning) {
    struct stat about;
    // To open a device or a named pipe could have an effect.
    if (stat(file, &about) != 0 || !S_ISREG(about.st_mode) || faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) != 0)
        return 0;
    const int opened = open(file, O_RDONLY | O_CLOEXEC);
    if (opened < 0)
        return 0;
    const ssize_t length = read(opened, beginning, BEGINNING);
    close(opened);
    if (length <= 0)
        return 0;
    beginning[length] = '\0';
    return (size_t)length;
}

static bool machine_in(const char *beginning, size_t length, struct machine *machine) {
    if (length < sizeof(Elf32_Ehdr) || memcmp(beginning, ELFMAG, SELFMAG) != 0)
        return false;
    const size_t number = offsetof(Elf32_Ehdr, e_machine);
    *machine = (struct machine){(unsigned char)beginning[EI_CLASS],
                                (unsigned char)beginning[EI_DATA],
                                {(unsigned char)beginning[number], (unsigned char)beginning[number + 1]}};
    return true;
}

bool machine_of(const char *program, struct machine *machine) {
    char beginning[BEGINNING + 1];
    return machine_in(beginning, beginning_of(program, beginning), machine);
}

// A copy of a text without blanks at its end. NULL if nothing is left.
static char *word(const char *text, size_t length) {
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return length == 0 ? NULL : strndup(text, length);
}

// Reads the first line of a script: the interpreter and its one argument, which is the rest of the line.
static bool interpreter_in(char *beginning, char **interpreter, char **argument) {
    char *line = beginning + 2;
    line[strcspn(line, "\n")] = '\0';
    line += strspn(line, " \t");
    const size_t length = strcspn(line, " \t");
    *interpreter = word(line, length);
    line += length + strspn(line + length, " \t");
    *argument = word(line, strlen(line));
    return *interpreter != NULL;
}

static bool put_before(struct command *command, char *text) {
    if (text == NULL || command->count >= sizeof command->words / sizeof *command->words) {
        free(text);
        return false;
    }
    memmove(command->words + 1, command->words, command->count * sizeof *command->words);
    command->words[0] = text;
    command->count++;
    return true;
}

void free_command(struct command *command) {
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
    command->count = 0;
    if (command->held >= 0)
        close(command->held);
    command->held = -1;
}

static bool has_machine(const char *beginning, size_t length, const struct machine *machine) {
    struct machine found;
    return machine_in(beginning, length, &found) && memcmp(&found, machine, sizeof found) == 0;
}

bool is_foreign(const struct call *call, const struct machine *machine, struct command *command) {
    char path[PATH_MAX], beginning[BEGINNING + 1];
    int directory = call->directory;
    struct file file;
    *command = (struct command){.keeps_name = true, .held = -1};
    if ((call->flags & ~AT_EMPTY_PATH) != 0 || !read_string(call->memory, call->path, path, sizeof path) ||
        (path[0] == '\0' && (call->flags & AT_EMPTY_PATH) == 0))
        return false;
    for (int scripts = 0; scripts <= SCRIPTS; scripts++) {
        if (!locate(call->thread, directory, path, &file))
            break;
        const size_t length = beginning_of(file.here, beginning);
        const bool is_script = length > 2 && beginning[0] == '#' && beginning[1] == '!';
        // The interpreter could not open a script through a descriptor that is closed, so the kernel refuses such a call.
        if (is_script ? file.closes : !has_machine(beginning, length, machine)) {
            let_go_of(&file);
            break;
        }
        command->held = file.held;
        if (!put_before(command, strdup(file.there)))
            break;
        if (!is_script)
            return true;
        char *interpreter = NULL, *argument = NULL;
        const bool has_interpreter = interpreter_in(beginning, &interpreter, &argument);
        const bool goes_on = has_interpreter && (argument == NULL || put_before(command, argument));
        if (goes_on)
            strcpy(path, interpreter);
        free(interpreter);
        if (!goes_on)
            break;
        command->keeps_name = false;
        directory = AT_FDCWD;
    }
    free_command(command);
    return false;
}
