// Calls functions of newlib that need memory from the system, although there is no system.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void write0(const char *text);

int main(void) {
    volatile double zero = 0.0;
    char *text = malloc(64);
    if (text == NULL || malloc(1 << 24) != NULL || write(1, text, 1) != -1)
        return 1;
    snprintf(text, 64, "linked %.2f\n", 42.0 + sin(zero));
    write0(text);
    return 3;
}
