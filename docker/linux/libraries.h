// Appends to LD_LIBRARY_PATH what build scripts have told the linker of directories of theirs.
void add_libraries_of_build_scripts(void);
