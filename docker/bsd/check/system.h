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
#if defined(__FreeBSD__)
_Static_assert(__FreeBSD__ * 100000 <= __FreeBSD_version, "headers of another FreeBSD");
#elif !defined(__NetBSD_Version__)
_Static_assert(0, "headers of another system");
#endif
