#include <android/log.h>
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

_Static_assert(sizeof(long) == LONG, "long is not the target's");
_Static_assert(sizeof(void *) == sizeof(size_t), "pointers are not the target's");
_Static_assert(__ANDROID_API__ == LEVEL, "headers of another API level");
