#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int from_static(int);

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--exit") == 0)
        return atoi(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--read") == 0) {
        char text[64];
        if (fgets(text, sizeof text, stdin) == NULL)
            return 1;
        fputs(text, stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--fault") == 0)
        __builtin_trap();
    volatile double six = 6.0;
    printf("C %d", from_static((int)pow(six, 2.0)) + 6);
    for (int i = 1; i < argc; i++)
        printf(" %s", argv[i]);
    putchar('\n');
    fprintf(stderr, "%s", argc == 2 && strcmp(argv[1], "--both") == 0 ? "error\n" : "");
    return 0;
}
