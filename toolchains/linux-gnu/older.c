// Functions that an older glibc lacks and that programs call without naming them, because GCC's archives or glibc's headers do. They are
// compiled into an archive beside libraries that have only the older glibc's symbols. FLOOR is the minor version of the older glibc.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIDDEN __attribute__((weak, visibility("hidden")))

// The headers of glibc 2.38 and newer replace C17's functions by these. They do so in this file too, so it declares C17's functions under
// other names. If the toolchain's own glibc is older, GCC's archives have these functions (`floor.c`).
// https://www.gnu.org/software/libc/manual/html_node/Parsing-of-Integers.html
#if FLOOR < 38 && __GLIBC_PREREQ(2, 38)
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <wchar.h>

#define SAME_AS(symbol, name, type, declared, given) \
    type of_c17_##name declared __asm__(symbol); \
    HIDDEN type __isoc23_##name declared { return of_c17_##name given; }
#define NUMBER(name, type, character) \
    SAME_AS(#name, name, type, (const character *text, character **end, int base), (text, end, base))
#define NUMBER_IN_LOCALE(name, type, character) \
    SAME_AS("__" #name, name, type, (const character *text, character **end, int base, locale_t locale), (text, end, base, locale))
NUMBER(strtol, long, char)
NUMBER(strtoul, unsigned long, char)
NUMBER(strtoll, long long, char)
NUMBER(strtoull, unsigned long long, char)
NUMBER(strtoimax, intmax_t, char)
NUMBER(strtoumax, uintmax_t, char)
NUMBER(wcstol, long, wchar_t)
NUMBER(wcstoul, unsigned long, wchar_t)
NUMBER(wcstoll, long long, wchar_t)
NUMBER(wcstoull, unsigned long long, wchar_t)
NUMBER(wcstoimax, intmax_t, wchar_t)
NUMBER(wcstoumax, uintmax_t, wchar_t)
NUMBER_IN_LOCALE(strtol_l, long, char)
NUMBER_IN_LOCALE(strtoul_l, unsigned long, char)
NUMBER_IN_LOCALE(strtoll_l, long long, char)
NUMBER_IN_LOCALE(strtoull_l, unsigned long long, char)
NUMBER_IN_LOCALE(wcstol_l, long, wchar_t)
NUMBER_IN_LOCALE(wcstoul_l, unsigned long, wchar_t)
NUMBER_IN_LOCALE(wcstoll_l, long long, wchar_t)
NUMBER_IN_LOCALE(wcstoull_l, unsigned long long, wchar_t)

int of_c17_vsscanf(const char *text, const char *format, va_list list) __asm__("__isoc99_vsscanf");
int of_c17_vfscanf(FILE *file, const char *format, va_list list) __asm__("__isoc99_vfscanf");
int of_c17_vswscanf(const wchar_t *text, const wchar_t *format, va_list list) __asm__("__isoc99_vswscanf");
int of_c17_vfwscanf(FILE *file, const wchar_t *format, va_list list) __asm__("__isoc99_vfwscanf");
// Defines two functions: one that takes a va_list, and one that takes the arguments themselves. The last argument is the declaration of
// their first parameter with a comma behind it. It is empty for those that read standard input.
#define SCAN(name, character, called, source, ...) \
    HIDDEN int __isoc23_v##name(__VA_ARGS__ const character *format, va_list list) { return called(source, format, list); } \
    HIDDEN int __isoc23_##name(__VA_ARGS__ const character *format, ...) { \
        va_list list; \
        va_start(list, format); \
        const int read = called(source, format, list); \
        va_end(list); \
        return read; \
    }
SCAN(sscanf, char, of_c17_vsscanf, text, const char *text, )
SCAN(fscanf, char, of_c17_vfscanf, file, FILE *file, )
SCAN(scanf, char, of_c17_vfscanf, stdin, )
SCAN(swscanf, wchar_t, of_c17_vswscanf, text, const wchar_t *text, )
SCAN(fwscanf, wchar_t, of_c17_vfwscanf, file, FILE *file, )
SCAN(wscanf, wchar_t, of_c17_vfwscanf, stdin, )
#endif

#if FLOOR < 36 && __GLIBC_PREREQ(2, 36)
HIDDEN unsigned arc4random(void) {
    unsigned value;
    if (getentropy(&value, sizeof value) != 0)
        abort();
    return value;
}
#endif

#if FLOOR < 28 && defined SYS_fcntl64
HIDDEN int fcntl64(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return syscall(SYS_fcntl64, fd, command, argument);
}
#endif

#if FLOOR < 26 && (defined __i386__ || defined __x86_64__)
// These have only the precision of a long double, the widest type that an older glibc can read and write.
#include <stdio.h>
HIDDEN _Float128 strtof128(const char *text, char **end) { return strtold(text, end); }
HIDDEN int strfromf128(char *text, size_t size, const char *format, _Float128 value) {
    // Changes a format such as "%.5g" to "%.5Lg".
    char longer[32];
    size_t length = 0;
    while (format[length] && length < sizeof longer - 3) {
        longer[length] = format[length];
        length++;
    }
    if (length == 0)
        return -1;
    longer[length] = longer[length - 1];
    longer[length - 1] = 'L';
    longer[length + 1] = 0;
    return snprintf(text, size, longer, (long double)value);
}
#endif

#if FLOOR < 25
// An old system's kernel may lack the system call getrandom. Then this reads from a file.
HIDDEN int getentropy(void *buffer, size_t length) {
    char *place = buffer;
    int file = -1;
    if (length > 256) {
        errno = EIO;
        return -1;
    }
    while (length > 0) {
        long got = file < 0 ? syscall(SYS_getrandom, place, length, 0) : read(file, place, length);
        if (got < 0 && errno == ENOSYS && file < 0 && (file = open("/dev/urandom", O_RDONLY | O_CLOEXEC)) >= 0)
            continue;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        place += got;
        length -= got;
    }
    if (file >= 0)
        close(file);
    if (length > 0)
        errno = EIO;
    return length > 0 ? -1 : 0;
}
#endif

#if FLOOR < 18
// The list of destructors for thread-local objects. The newest object is destroyed first.
struct entry {
    void (*destroy)(void *);
    void *object;
    struct entry *next;
};
static __thread struct entry *entries;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void destroy_all(void *unused) {
    (void)unused;
    while (entries) {
        struct entry *entry = entries;
        entries = entry->next;
        entry->destroy(entry->object);
        free(entry);
    }
}
static void of_main(void) { destroy_all(NULL); }
static void begin(void) {
    if (pthread_key_create(&key, destroy_all) != 0 || atexit(of_main) != 0)
        abort();
}

HIDDEN int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library) {
    (void)library;
    struct entry *entry = malloc(sizeof *entry);
    if (!entry)
        return -1;
    pthread_once(&once, begin);
    // The value only has to differ from NULL, so that the key's function is called when the thread ends.
    pthread_setspecific(key, &once);
    *entry = (struct entry){destroy, object, entries};
    entries = entry;
    return 0;
}
#endif
