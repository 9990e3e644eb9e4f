// cache.c - see cache.h.
#include "instrument/stack/cache.h"

#include "instrument/os/system.h"

__attribute__((cold, noinline)) void rp_stack_cache_grow(
    struct rp_stack_cache *cache) {
    struct rp_cached_stack *more =
        rp_system_map(RP_STACK_CACHE_MOST * sizeof *more, RP_MAP_WIPED);

    if (more == NULL)
        return;
    cache->all = more;
    cache->mask = RP_STACK_CACHE_MOST - 1;
}
