// Appends to LD_LIBRARY_PATH the directories below /usr/local in which there are shared libraries.
void add_libraries_of_the_user(void);
