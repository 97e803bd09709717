#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int from_static(int);
int from_shared(int);

static int show(FILE *file) {
    char text[64];
    if (file == NULL || fgets(text, sizeof text, file) == NULL)
        return 1;
    fputs(text, stdout);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--read") == 0)
        return show(fopen(argv[2], "r"));
    if (argc == 2 && strcmp(argv[1], "--stdin") == 0)
        return show(stdin);
    if (argc == 3 && strcmp(argv[1], "--exit") == 0)
        return atoi(argv[2]);
    printf("C %d", from_static(40) + from_shared(2));
    for (int i = 1; i < argc; i++)
        printf(" [%s]", argv[i]);
    putchar('\n');
    return 0;
}
