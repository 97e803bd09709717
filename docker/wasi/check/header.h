#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wasi/api.h>

_Static_assert(sizeof(long) == 4 && sizeof(void *) == 4, "these are not the target's");
