// Tells a program with the examples of a crate's documentation to start each as a process of its own.
void separate_doctests(const char *program);
