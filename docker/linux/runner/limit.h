// Part of cross-runner: a limit for the time that a program of tests may take.

// Starts a process that ends this one after CROSS_TEST_TIMEOUT seconds. To be called before this process becomes the program or starts to
// stand for it. At the limit a message names the program and its threads: Rust's test harness names each thread after its test.
void begin_limit(const char *program);
