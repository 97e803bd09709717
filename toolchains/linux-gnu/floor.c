// Functions of newer glibc releases that GCC's own archives call. They are added to those archives as hidden symbols, so that results
// only need the C library of the floor. If the floor's glibc has a function, it is left out here.
#include <features.h>
#include <stddef.h>

// Weak, because each archive has a copy. The first copy that is linked counts.
#define HIDDEN __attribute__((weak, visibility("hidden")))

#if !__GLIBC_PREREQ(2, 38)
#include <stdlib.h>
HIDDEN long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
HIDDEN unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
HIDDEN long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }
HIDDEN unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }
#endif

#if !__GLIBC_PREREQ(2, 36)
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
HIDDEN uint32_t arc4random(void) {
    uint32_t value;
    if (getentropy(&value, sizeof value) != 0)
        abort();
    return value;
}
#endif

#if !__GLIBC_PREREQ(2, 32)
// With 0, which never claims that there is only one thread, libstdc++ counts references with atomic instructions.
HIDDEN char __libc_single_threaded = 0;
#endif

#if !__GLIBC_PREREQ(2, 32) && defined __powerpc64__ && defined __LITTLE_ENDIAN__
// Only code for long doubles in IEEE's format calls these functions. glibc before 2.32 does not have such numbers at all.
#include <stdlib.h>
#define NONE(name) HIDDEN void name(void) { abort(); }
NONE(__frexpieee128)
NONE(__snprintfieee128)
NONE(__sprintfieee128)
NONE(__strtoieee128)
NONE(__strtoieee128_l)
NONE(__vsnprintfieee128)
#endif

#if !__GLIBC_PREREQ(2, 35)
#include <link.h>

// The structure of <dlfcn.h> in glibc 2.35, with its additional fields on i386 and ARM.
// https://www.gnu.org/software/libc/manual/html_node/Dynamic-Linker-Introspection.html
struct dl_find_object {
    unsigned long long int dlfo_flags;
    void *dlfo_map_start;
    void *dlfo_map_end;
    struct link_map *dlfo_link_map;
    void *dlfo_eh_frame;
#if defined __i386__
    void *dlfo_eh_dbase;
#elif defined __arm__
    int dlfo_eh_count;
#endif
};

#ifdef __arm__
// The index of the unwinder, whose entries have eight bytes. https://github.com/ARM-software/abi-aa/blob/main/ehabi32/ehabi32.rst
#define FRAMES PT_ARM_EXIDX
#else
#define FRAMES PT_GNU_EH_FRAME
#endif

struct query {
    ElfW(Addr) address;
    struct dl_find_object *result;
};

// Fills in the result if this program or library contains the address.
static int look(struct dl_phdr_info *info, size_t size, void *data) {
    struct query *query = data;
    const ElfW(Phdr) *found = NULL, *frames = NULL, *dynamic = NULL;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        ElfW(Addr) start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && query->address >= start && query->address < start + header->p_memsz)
            found = header;
        else if (header->p_type == FRAMES)
            frames = header;
        else if (header->p_type == PT_DYNAMIC)
            dynamic = header;
    }
    if (!found || !frames)
        return 0;
    struct dl_find_object *result = query->result;
    result->dlfo_flags = 0;
    result->dlfo_map_start = (void *)(info->dlpi_addr + found->p_vaddr);
    result->dlfo_map_end = (void *)(info->dlpi_addr + found->p_vaddr + found->p_memsz);
    result->dlfo_link_map = NULL;
    result->dlfo_eh_frame = (void *)(info->dlpi_addr + frames->p_vaddr);
#if defined __i386__
    // Some addresses in unwind tables are relative to the global offset table.
    result->dlfo_eh_dbase = NULL;
    if (dynamic)
        for (const ElfW(Dyn) *entry = (void *)(info->dlpi_addr + dynamic->p_vaddr); entry->d_tag != DT_NULL; entry++)
            if (entry->d_tag == DT_PLTGOT)
                result->dlfo_eh_dbase = (void *)entry->d_un.d_ptr;
#else
    (void)dynamic;
#endif
#ifdef __arm__
    result->dlfo_eh_count = frames->p_memsz / 8;
#endif
    return 1;
}

HIDDEN int _dl_find_object(void *address, struct dl_find_object *result) {
    struct query query = {(ElfW(Addr))address, result};
    return dl_iterate_phdr(look, &query) ? 0 : -1;
}
#endif
