// Appends to LD_LIBRARY_PATH the directories of their own that build scripts have named to the linker.
void add_libraries_of_build_scripts(void);
