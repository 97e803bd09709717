// Debian's C++ library for WASI has no exceptions. With these functions, code that could throw compiles and links, and a program that
// throws ends.
// https://itanium-cxx-abi.github.io/cxx-abi/abi-eh.html
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static _Noreturn void end(void) {
    fputs("terminating: a C++ exception was thrown, and there are none on WASI\n", stderr);
    abort();
}

void *__cxa_allocate_exception(size_t size) {
    (void)size;
    end();
}

void __cxa_free_exception(void *exception) {
    (void)exception;
}

_Noreturn void __cxa_throw(void *exception, void *type, void (*destructor)(void *)) {
    (void)exception, (void)type, (void)destructor;
    end();
}

_Noreturn void __cxa_rethrow(void) {
    end();
}

void *__cxa_begin_catch(void *exception) {
    return exception;
}

void __cxa_end_catch(void) {
}
