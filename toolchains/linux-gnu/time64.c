// Functions with 64-bit times. On 32-bit machines GCC's archives call them, because Debian compiles the archives with such times. glibc
// has them since 2.34. On an older glibc, these functions call its functions for 32-bit times and convert the results.
#include <endian.h>
#include <features.h>
#include <limits.h>

#if __LONG_MAX__ == INT_MAX && !__GLIBC_PREREQ(2, 34)
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

#define HIDDEN __attribute__((weak, visibility("hidden")))

// The structures of glibc 2.34: bits/types/struct_timespec.h, bits/types/struct_timeval.h, bits/struct_stat_time64_helper.h.
struct time64 {
    int64_t seconds;
#if __BYTE_ORDER == __BIG_ENDIAN
    int32_t padding;
#endif
    int32_t nanoseconds;
#if __BYTE_ORDER == __LITTLE_ENDIAN
    int32_t padding;
#endif
};

struct timeval64 {
    int64_t seconds;
    int64_t microseconds;
};

struct status64 {
    dev_t dev;
    ino64_t ino;
    mode_t mode;
    nlink_t nlink;
    uid_t uid;
    gid_t gid;
    dev_t rdev;
    off64_t size;
    blksize_t blksize;
    blkcnt64_t blocks;
    struct time64 atime;
    struct time64 mtime;
    struct time64 ctime;
};

static struct time64 wide(struct timespec time) {
    struct time64 result = {.seconds = time.tv_sec, .nanoseconds = time.tv_nsec};
    return result;
}

// Converts a time to the older glibc's type.
static int narrow(const struct time64 *time, struct timespec *result) {
    result->tv_sec = time->seconds;
    result->tv_nsec = time->nanoseconds;
    if (result->tv_sec == time->seconds)
        return 1;
    errno = EOVERFLOW;
    return 0;
}

HIDDEN int __clock_gettime64(clockid_t clock, struct time64 *result) {
    struct timespec time;
    int status = clock_gettime(clock, &time);
    if (status == 0)
        *result = wide(time);
    return status;
}

HIDDEN int __clock_getres64(clockid_t clock, struct time64 *result) {
    struct timespec time;
    int status = clock_getres(clock, &time);
    if (status == 0 && result)
        *result = wide(time);
    return status;
}

HIDDEN int __gettimeofday64(struct timeval64 *result, void *zone) {
    struct timeval time;
    (void)zone;
    int status = gettimeofday(&time, NULL);
    if (status == 0) {
        result->seconds = time.tv_sec;
        result->microseconds = time.tv_usec;
    }
    return status;
}

HIDDEN int __nanosleep64(const struct time64 *wanted, struct time64 *left) {
    struct timespec time, rest;
    if (!narrow(wanted, &time))
        return -1;
    int status = nanosleep(&time, &rest);
    if (status != 0 && left && errno == EINTR)
        *left = wide(rest);
    return status;
}

HIDDEN int __utimensat64(int directory, const char *path, const struct time64 wanted[2], int flags) {
    struct timespec times[2];
    if (!wanted)
        return utimensat(directory, path, NULL, flags);
    if (!narrow(&wanted[0], &times[0]) || !narrow(&wanted[1], &times[1]))
        return -1;
    return utimensat(directory, path, times, flags);
}

HIDDEN int __fcntl_time64(int file, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return fcntl64(file, command, argument);
}

HIDDEN int __ioctl_time64(int file, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return ioctl(file, request, argument);
}

static int told(int status, const struct stat64 *from, struct status64 *to) {
    if (status != 0)
        return status;
    to->dev = from->st_dev;
    to->ino = from->st_ino;
    to->mode = from->st_mode;
    to->nlink = from->st_nlink;
    to->uid = from->st_uid;
    to->gid = from->st_gid;
    to->rdev = from->st_rdev;
    to->size = from->st_size;
    to->blksize = from->st_blksize;
    to->blocks = from->st_blocks;
    to->atime = wide(from->st_atim);
    to->mtime = wide(from->st_mtim);
    to->ctime = wide(from->st_ctim);
    return 0;
}

HIDDEN int __stat64_time64(const char *path, struct status64 *result) {
    struct stat64 status;
    return told(stat64(path, &status), &status, result);
}

HIDDEN int __lstat64_time64(const char *path, struct status64 *result) {
    struct stat64 status;
    return told(lstat64(path, &status), &status, result);
}

HIDDEN int __fstat64_time64(int file, struct status64 *result) {
    struct stat64 status;
    return told(fstat64(file, &status), &status, result);
}
#endif
