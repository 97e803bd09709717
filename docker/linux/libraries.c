// Part of cross-runner: lets a program find the shared libraries that build scripts have made.
//
// Cargo names their directories in LD_LIBRARY_PATH if they are below the target directory. With cross the build directory is elsewhere,
// so cargo leaves them out. CROSS_BUILD_SCRIPTS is the directory in which cargo keeps a directory for each build script. The file
// `output` in it has the script's output, in which some lines name directories for the linker.
// https://doc.rust-lang.org/cargo/reference/environment-variables.html#dynamic-library-paths
// https://doc.rust-lang.org/cargo/reference/build-scripts.html#rustc-link-search
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libraries.h"

#define VARIABLE "LD_LIBRARY_PATH"

struct output {
    char *file;
    struct timespec written;
};

// Sorts the newest output first, because older builds may have left directories with libraries of the same names.
static int newest_first(const void *one, const void *other) {
    const struct timespec *a = &((const struct output *)one)->written;
    const struct timespec *b = &((const struct output *)other)->written;
    if (a->tv_sec != b->tv_sec)
        return a->tv_sec < b->tv_sec ? 1 : -1;
    return a->tv_nsec < b->tv_nsec ? 1 : a->tv_nsec > b->tv_nsec ? -1 : 0;
}

// Appends a directory to LD_LIBRARY_PATH.
static void append(const char *dir) {
    const char *old = getenv(VARIABLE);
    char *path = NULL;
    if (old == NULL || old[0] == '\0')
        setenv(VARIABLE, dir, 1);
    else if (asprintf(&path, "%s:%s", old, dir) >= 0)
        setenv(VARIABLE, path, 1);
    free(path);
}

// The directory in a line such as `cargo:rustc-link-search=native=/w/p/target/…/out`. NULL for any other line.
static const char *link_search(const char *line) {
    static const char *const keys[] = {"cargo:rustc-link-search=", "cargo::rustc-link-search="};
    static const char *const kinds[] = {"dependency=", "crate=", "native=", "framework=", "all="};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strncmp(line, keys[i], strlen(keys[i])) != 0)
            continue;
        line += strlen(keys[i]);
        for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++) {
            if (strncmp(line, kinds[j], strlen(kinds[j])) == 0)
                return line + strlen(kinds[j]);
        }
        return line;
    }
    return NULL;
}

static void append_from(const char *file, const char *root) {
    FILE *output = fopen(file, "re");
    char *line = NULL;
    size_t size = 0;
    if (output == NULL)
        return;
    while (getline(&line, &size, output) > 0) {
        line[strcspn(line, "\r\n")] = '\0';
        const char *dir = link_search(line);
        // Like cargo, this only takes directories below the build directory. The variable cannot hold a path with a colon.
        if (dir != NULL && strncmp(dir, root, strlen(root)) == 0 && dir[strlen(root)] == '/' && strchr(dir, ':') == NULL)
            append(dir);
    }
    free(line);
    fclose(output);
}

void add_libraries_of_build_scripts(void) {
    const char *root = getenv("CROSS_BUILD_SCRIPTS");
    DIR *dir = root == NULL ? NULL : opendir(root);
    struct output *found = NULL;
    size_t count = 0;
    if (dir == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        struct stat about;
        char *file = NULL;
        if (entry->d_name[0] == '.' || asprintf(&file, "%s/%s/output", root, entry->d_name) < 0)
            continue;
        struct output *more = stat(file, &about) == 0 ? realloc(found, (count + 1) * sizeof *found) : NULL;
        if (more == NULL) {
            free(file);
            continue;
        }
        found = more;
        found[count++] = (struct output){file, about.st_mtim};
    }
    closedir(dir);
    if (count > 0)
        qsort(found, count, sizeof *found, newest_first);
    for (size_t i = 0; i < count; i++) {
        append_from(found[i].file, root);
        free(found[i].file);
    }
    free(found);
}
