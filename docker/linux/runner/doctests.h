// If the program is one that rustdoc has made of a crate's doctests, tells it to start each doctest as a process of its own.
void separate_doctests(const char *program);
