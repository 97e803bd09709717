#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

_Static_assert(sizeof(long) == LONG, "long is not the target's");
_Static_assert(sizeof(void *) == sizeof(size_t), "pointers are not the target's");
#ifdef GLIBC
_Static_assert(__GLIBC_MINOR__ == GLIBC, "headers of another glibc");
#elif defined(__GLIBC__)
_Static_assert(0, "headers of glibc");
#endif
