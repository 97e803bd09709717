// Part of cross-runner: runs each doctest in a process of its own, as happens without a runner.
//
// Since edition 2024 rustdoc makes one program of all doctests of a crate, and tells it its own path in RUSTDOC_DOCTEST_BIN_PATH. The
// program then starts itself once for each doctest. With a runner rustdoc does not set the variable, so all doctests run in one process:
// one that ends the process ends the others too, and those that have not run count as passed.
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
