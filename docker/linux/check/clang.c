// usage: clang <header> [argument]...
// Parses a header as bindgen does: with libclang, which is found by its file name at run time, and without an installed clang.
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>

typedef struct { const void *data; unsigned flags; } String;

#define SYMBOL(type, name, ...) type (*name)(__VA_ARGS__) = (type (*)(__VA_ARGS__))dlsym(library, "clang_" #name)

int main(int argc, const char **argv) {
    glob_t found;
    if (argc < 2 || glob("/usr/lib/*/libclang-*.so.*", 0, NULL, &found) != 0)
        return 1;
    void *library = dlopen(found.gl_pathv[0], RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    SYMBOL(void *, createIndex, int, int);
    SYMBOL(void *, parseTranslationUnit, void *, const char *, const char *const *, int, void *, unsigned, unsigned);
    SYMBOL(unsigned, getNumDiagnostics, void *);
    SYMBOL(void *, getDiagnostic, void *, unsigned);
    SYMBOL(String, formatDiagnostic, void *, unsigned);
    SYMBOL(const char *, getCString, String);

    void *unit = parseTranslationUnit(createIndex(0, 0), argv[1], argv + 2, argc - 2, NULL, 0, 0);
    if (unit == NULL)
        return 1;
    unsigned count = getNumDiagnostics(unit);
    for (unsigned i = 0; i < count; i++)
        fprintf(stderr, "%s\n", getCString(formatDiagnostic(getDiagnostic(unit, i), 1)));
    return count != 0;
}
