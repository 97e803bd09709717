// The start code of a program for a microcontroller. With RDIMON it initialises newlib's library for semihosting. Without, a program has
// only what rustc's linker adds, and uses semihosting itself for its output.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern uint32_t data_start, data_end, data_load, bss_start, bss_end, stack_top;
void initialise_monitor_handles(void);
void __libc_init_array(void);
int main(int argc, char **argv);

// https://github.com/ARM-software/abi-aa/blob/main/semihosting/semihosting.rst
static int semihosting(int operation, const void *block) {
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void write0(const char *text) {
    semihosting(0x04, text);
}

static int arguments(char *line, int size, char **argv, int most) {
    struct {
        char *text;
        int size;
    } block = {line, size};
    int argc = 0;
    if (semihosting(0x15, &block) == 0)
        for (char *word = strtok(line, " "); word != NULL && argc < most; word = strtok(NULL, " "))
            argv[argc++] = word;
    return argc;
}

__attribute__((noreturn)) static void end(int status) {
    const int block[] = {0x20026, status};
    semihosting(0x20, block);
    for (;;)
        continue;
}

__attribute__((noreturn)) void reset(void) {
#ifdef __ARM_FP
    // The FPU is off after reset: bits 20 to 23 of the Coprocessor Access Control Register.
    *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20;
    __asm__ volatile("dsb\n\tisb");
#endif
    memcpy(&data_start, &data_load, (size_t)((char *)&data_end - (char *)&data_start));
    memset(&bss_start, 0, (size_t)((char *)&bss_end - (char *)&bss_start));
    static char line[128];
    static char *argv[8];
#ifdef RDIMON
    initialise_monitor_handles();
    __libc_init_array();
    exit(main(arguments(line, sizeof line, argv, 8), argv));
#else
    end(main(arguments(line, sizeof line, argv, 8), argv));
#endif
}

static void fault(void) {
    __asm__ volatile("udf");
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {&stack_top, reset, fault, fault};

#ifdef RDIMON
// GCC's start files would define the first three. QEMU offers no random numbers.
void *__dso_handle;
void _init(void) {
}
void _fini(void) {
}
int _getentropy(void *to, size_t size) {
    (void)to, (void)size;
    return -1;
}
#endif
