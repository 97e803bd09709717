#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>

_Static_assert(sizeof(long) == LONG, "long is not the target's");
_Static_assert(sizeof(void *) == sizeof(size_t), "pointers are not the target's");
#if !defined(__sun) || !defined(__svr4__)
_Static_assert(0, "headers of another system");
#endif
