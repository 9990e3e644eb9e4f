// directory.c - fulfils directory.h.
#include "core/memory/directory.h"

#include "core/memory/bookkeeping.h"

static struct directory_leaf *leaf_at(struct directory *directory,
                                      uint32_t index) {
    _Atomic(struct directory_leaf *) *slot = &directory->leaves[index];
    // acquire [leaf]: its zeroes.
    struct directory_leaf *leaf = load_acquire(slot);

    if (leaf != NULL)
        return leaf;
    struct directory_leaf *made = rp_bookkeeping_alloc(sizeof *made);
    if (made == NULL)
        return NULL;
    // release [leaf]: its zeroes. The loser's leaf is left to bookkeeping.
    return cas_strong_acq_rel(slot, &leaf, made) ? made : leaf;
}

void *rp_directory_fill(struct directory *directory, uint32_t number,
                        void *what) {
    struct directory_leaf *leaf =
        number < DIRECTORY_ENTRIES ? leaf_at(directory, number / LEAF_ENTRIES)
                                   : NULL;
    void *present = NULL;

    if (leaf == NULL)
        return NULL;
    // release [entry]: what we did with it.
    // acquire [entry]: the same of who was first.
    return cas_strong_acq_rel(&leaf->entries[number % LEAF_ENTRIES], &present,
                              what)
               ? what
               : present;
}

void rp_directory_reset(struct directory *directory) {
    __builtin_memset((void *)directory, 0, sizeof *directory);
}
