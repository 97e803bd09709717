#include <stdio.h>

static volatile unsigned char one = 1;
static volatile unsigned short two = 2;
static volatile unsigned long long eight = 8;

int main(void) {
    unsigned sum = __atomic_exchange_n(&one, 5, __ATOMIC_SEQ_CST) + __atomic_fetch_add(&two, 3, __ATOMIC_SEQ_CST);
    sum += (unsigned)__atomic_fetch_add(&eight, 4, __ATOMIC_SEQ_CST);
    printf("atomics %u %u\n", sum, one + two + (unsigned)eight);
    return 0;
}
