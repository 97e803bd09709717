// Part of cross-runner: lets an emulated program find the shared libraries that the user has compiled into /usr/local.
//
// On a machine of the target's kind, the loader knows them from the cache that ldconfig writes. This machine's ldconfig leaves out what is
// for another one.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local.h"

#define VARIABLE "LD_LIBRARY_PATH"

static int has_libraries(const char *path) {
    DIR *dir = opendir(path);
    int has = 0;
    if (dir == NULL)
        return 0;
    for (struct dirent *entry; !has && (entry = readdir(dir)) != NULL;)
        has = strstr(entry->d_name, ".so") != NULL;
    closedir(dir);
    return has;
}

void add_libraries_of_the_user(void) {
    static const char *const dirs[] = {"/usr/local/lib/" MULTIARCH, "/usr/local/lib"};
    // The second one may have libraries for this machine, which musl's loader would take.
    const size_t count = strstr(MULTIARCH, "musl") == NULL ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        const char *old = getenv(VARIABLE);
        char *path = NULL;
        if (!has_libraries(dirs[i]))
            continue;
        if (old == NULL || old[0] == '\0')
            setenv(VARIABLE, dirs[i], 1);
        else if (asprintf(&path, "%s:%s", old, dirs[i]) >= 0)
            setenv(VARIABLE, path, 1);
        free(path);
    }
}
