// Part of cross-runner: doctests of one program are processes of their own, as they are without a runner.
//
// rustdoc makes one program of a crate's examples (since edition 2024). It tells this program where it is, so that it starts itself for each
// example, but not when a runner starts it: all examples then run in one process, where one that ends takes the others with it, and what
// has not run counts as passed.
// https://doc.rust-lang.org/edition-guide/rust-2024/rustdoc-doctests.html
// https://github.com/rust-lang/rust/pull/126245
#include <stdlib.h>
#include <string.h>

#include "doctests.h"

void separate_doctests(const char *program) {
    const char *slash = strrchr(program, '/');
    if (slash != NULL && strcmp(slash, "/rust_out") == 0)
        setenv("RUSTDOC_DOCTEST_BIN_PATH", program, 0);
}
