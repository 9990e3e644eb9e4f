// own.c - see own.h.
#include "instrument/shm/own.h"

#include "instrument/os/system.h"

#include <string.h>

enum { MOST_SPANS = 4096, MOST_BLOCKS = 1 << 16, MOST_SHIFT = 40 };

static bool is_text(const char *text, size_t room) {
    return memchr(text, 0, room) != NULL;
}

static bool are_texts(const struct rp_shared *shared) {
    return is_text(shared->wanted, sizeof shared->wanted) &&
           is_text(shared->program, sizeof shared->program) &&
           is_text(shared->trace, sizeof shared->trace) &&
           is_text(shared->rings_path, sizeof shared->rings_path) &&
           is_text(shared->spill.path, sizeof shared->spill.path);
}

// What is multiplied and divided by.
static bool is_layout(const struct rp_own *own) {
    const struct rp_layout_info *layout = &own->layout;
    bool good =
        layout->span_bytes >= 4096 && layout->span_bytes <= UINT32_C(1) << 30 &&
        (layout->span_bytes & (layout->span_bytes - 1)) == 0 &&
        layout->span_header_bytes < layout->span_bytes &&
        layout->large_header_bytes < layout->span_bytes &&
        layout->spans_per_segment != 0 &&
        layout->spans_per_segment <= MOST_SPANS && layout->class_count <= 256;

    for (uint32_t i = 0; good && i < layout->class_count; i++)
        good = own->classes[i].block_bytes != 0 &&
               own->classes[i].blocks_per_span <= MOST_BLOCKS;
    return good;
}

bool rp_own_is_moment(const struct rp_shm *shm, uint64_t *ticks) {
    if (!rp_command_is_moment(&rp_shared_of(shm)->command, ticks))
        return false;
    uint64_t base = shm->own->base_ticks, now = rp_own_now(shm);
    if (*ticks - base > now - base)
        *ticks = now;
    return true;
}

bool rp_own_is_sound(const struct rp_shared *shared) {
    return are_texts(shared) && shared->shift <= MOST_SHIFT;
}

bool rp_own_make(struct rp_shm *shm) {
    const struct rp_shared *shared = rp_shared_of(shm);
    struct rp_own *own;

    if (!rp_own_is_sound(shared))
        return false;
    own = rp_system_map(sizeof *own, RP_MAP_OWN);
    if (own == NULL)
        return false;
    memcpy(own->trace, shared->trace, sizeof own->trace - 1);
    memcpy(own->rings, shared->rings_path, sizeof own->rings - 1);
    own->header = shared->header;
    own->process = shared->process;
    own->base_ticks = shared->base_ticks;
    own->base_ns = shared->base_ns;
    own->shift = shared->shift;
    own->limit = shared->limit;
    own->residency_ns = shared->residency_ns;
    own->layout = shared->layout;
    memcpy(own->classes, shared->classes, sizeof own->classes);
    if (!is_layout(own) || own->shift > MOST_SHIFT) {
        rp_system_unmap(own, sizeof *own);
        return false;
    }
    rp_sources_start(&own->sources, own->base_ticks,
                     shared->coarse != 0 ? &rp_shared_of(shm)->clock : NULL);
    shm->own = own;
    return true;
}

void rp_own_free(struct rp_shm *shm) {
    if (shm->own == NULL)
        return;
    rp_sources_free(&shm->own->sources);
    rp_system_unmap(shm->own, sizeof *shm->own);
    shm->own = NULL;
}
