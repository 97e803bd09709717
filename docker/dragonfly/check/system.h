#include <dlfcn.h>
#include <execinfo.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

_Static_assert(sizeof(long) == LONG, "long is not the target's");
_Static_assert(sizeof(void *) == sizeof(size_t), "pointers are not the target's");
#if !defined(__DragonFly__) || !defined(__DragonFly_version)
_Static_assert(0, "headers of another system");
#endif
