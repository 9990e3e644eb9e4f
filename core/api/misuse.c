// misuse.c - fulfils misuse.h.
#include "core/api/misuse.h"

#include "core/os/check.h"
#include "core/span/size_class.h"

void rp_free_again(void) {
    rp_fatal("double free: the block is the one that was freed last");
}

void rp_free_refuse(const void *pointer) {
    rp_fatal((uintptr_t)pointer % BLOCK_ALIGN != 0
                 ? "free of a pointer that is no block's: blocks start at "
                   "multiples of 16"
                 : "free of a pointer that is no block's: there is no header "
                   "of ours in front of it");
}
