// sized.h - blocks that are given back by their size.
//
// The size is the program's word only, and not needed. The instrumented library
// compares it with the block, and ends the program when it is wrong: then the
// type that is deleted is not the one that was made, say. The size that was
// asked for is not known any more; what a block of that size would have is.
#ifndef RP_CORE_MALLOC_SIZED_H
#define RP_CORE_MALLOC_SIZED_H

#include <stddef.h>

enum { IS_SIZE_CHECKED = RP_CHECK };

// By operator delete, of a block that operator new made with `size`, without an
// alignment. block: not NULL.
void rp_sized_check_new(const void *block, size_t size);
// Whatever made it, and realloc may have changed it; `name` gives it back.
void rp_sized_check(const char *name, const void *block, size_t size);
void rp_sized_check_aligned(const char *name, const void *block,
                            size_t alignment, size_t size);

#endif
