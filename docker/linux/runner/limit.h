// Part of cross-runner: a limit for how long a program of tests may run.

// Has this process, which is about to become the program or stands for it, ended when it is still there after so many seconds as
// CROSS_TEST_TIMEOUT says, with a line that names the program and its threads. Rust's test harness names a thread as the test that it runs.
void begin_limit(const char *program);
