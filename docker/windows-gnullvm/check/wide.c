#include <stdio.h>
#include <wchar.h>

int wmain(int argc, wchar_t **argv) {
    wprintf(L"wide %d\n", argc + (argv[argc] != NULL));
    return 0;
}
