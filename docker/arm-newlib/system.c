// The functions of a system or of GCC's start files that newlib and libstdc++ call. They are weak, so a program may define its own.
// https://sourceware.org/newlib/libc.html#Syscalls
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define WEAK __attribute__((weak))

extern char end WEAK;
extern char __sheap WEAK;

// Hands out the memory behind a program's data. Linker scripts name its beginning `end` (newlib's) or `__sheap` (cortex-m-rt's). The
// stack grows down from the end of memory, so the limit is where the stack is now.
WEAK void *_sbrk(ptrdiff_t size) {
    static uintptr_t top;
    uintptr_t start = (uintptr_t)&end != 0 ? (uintptr_t)&end : (uintptr_t)&__sheap;
    uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
    if (top == 0)
        top = (start + 7) & ~(uintptr_t)7;
    if (start == 0 || top + size < start || (top < stack && top + size >= stack)) {
        errno = ENOMEM;
        return (void *)-1;
    }
    uintptr_t old = top;
    top += size;
    return (void *)old;
}

WEAK int _getentropy(void *to, size_t size) {
    (void)to, (void)size;
    errno = ENOSYS;
    return -1;
}

WEAK void _init(void) {
}

WEAK void _fini(void) {
}
