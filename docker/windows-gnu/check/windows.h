#include <stdint.h>
#include <stdio.h>
#include <windows.h>
#include <immintrin.h>

_Static_assert(sizeof(long) == 4 && sizeof(void *) == POINTER, "these are not the target's");
