#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int from_static(int);

static int show(const char *name) {
    char text[64];
    FILE *file = fopen(name, "r");
    if (file == NULL || fgets(text, sizeof text, file) == NULL)
        return 1;
    fputs(text, stdout);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--read") == 0)
        return show(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--exit") == 0)
        return atoi(argv[2]);
    printf("C %d", from_static((int)pow(6.0, 2.0)) + 6);
    for (int i = 1; i < argc; i++)
        printf(" %s", argv[i]);
    putchar('\n');
    return 0;
}
