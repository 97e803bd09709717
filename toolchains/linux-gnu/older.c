// What GCC's archives call of glibc that an older one lacks than the toolchain's own: an archive that stands beside libraries with what
// the older one has. FLOOR is the second number of its version.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIDDEN __attribute__((weak, visibility("hidden")))

// Where the toolchain's own library is an older one, these are in an archive of its own.
#if FLOOR < 38 && __GLIBC_PREREQ(2, 38)
HIDDEN long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
HIDDEN unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
HIDDEN long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }
HIDDEN unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }
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
// With the precision of a long double, which is the widest number that an older library reads and writes.
#include <stdio.h>
HIDDEN _Float128 strtof128(const char *text, char **end) { return strtold(text, end); }
HIDDEN int strfromf128(char *text, size_t size, const char *format, _Float128 value) {
    // "%.5g" becomes "%.5Lg".
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
// Systems of that age may have a kernel without the call.
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
// Destructors of a thread's own objects, the last that was made first.
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
    // Any value but NULL: with it the key's function is called when the thread ends.
    pthread_setspecific(key, &once);
    *entry = (struct entry){destroy, object, entries};
    entries = entry;
    return 0;
}
#endif
