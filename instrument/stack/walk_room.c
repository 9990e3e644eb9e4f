// walk_room.c - where a thread keeps its last stack: room for few frames, which
// is a part of its state, or for all.
#include "instrument/os/system.h"
#include "instrument/stack/walk_state.h"

#include <string.h>

struct all_frames {
    struct rp_word returns[RP_STACK_FRAMES];
    struct rp_walk_frame frames[RP_STACK_FRAMES];
    struct rp_word words[2 * RP_STACK_FRAMES];
    struct rp_walk_step steps[RP_STACK_FRAMES];
    uint64_t raw[RP_STACK_FRAMES + RP_OWN_FRAMES];
};

void rp_walk_start(struct rp_walk *walk) {
    walk->room = RP_FEW_FRAMES;
    walk->returns = walk->few.returns;
    walk->frames = walk->few.frames;
    walk->words = walk->few.words;
    walk->steps = walk->few.steps;
    rp_stack_cache_start(&walk->cache);
}

__attribute__((cold, noinline)) bool rp_walk_grow(struct rp_walk *walk) {
    if (walk->raw != NULL)
        return true;
    struct all_frames *all = rp_system_map(sizeof *all, RP_MAP_WIPED);
    if (all == NULL)
        return false;

    memcpy(all->returns, walk->few.returns, sizeof walk->few.returns);
    memcpy(all->frames, walk->few.frames, sizeof walk->few.frames);
    memcpy(all->words, walk->few.words, sizeof walk->few.words);
    memcpy(all->steps, walk->few.steps, sizeof walk->few.steps);
    walk->room = RP_STACK_FRAMES;
    walk->returns = all->returns;
    walk->frames = all->frames;
    walk->words = all->words;
    walk->steps = all->steps;
    walk->raw = all->raw;
    return true;
}
