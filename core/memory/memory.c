// memory.c - the source of memory, chosen once.
#include "core/memory/memory.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "core/memory/stuck.h"
#include "core/os/check.h"
#include "core/os/os.h"

#include <stdint.h>

// Written by rp_memory_configure before any other thread uses the allocator.
static struct rpmalloc_config source;

static _Atomic(size_t) mapped;
static _Atomic(size_t) mapped_peak;

void rp_memory_configure(const struct rpmalloc_config *config) {
    source = config != NULL ? *config : (struct rpmalloc_config){0};
}

// Whether the program was linked with functions of its own.
static int is_linked(void) {
    return rp_os_external.allocate != rp_os_external.no_allocate;
}

static int link_is_whole(void) {
    return is_linked() ==
           (rp_os_external.deallocate != rp_os_external.no_deallocate);
}

int rp_memory_config_is_whole(const struct rpmalloc_config *config) {
    static const struct rpmalloc_config none;
    const struct rpmalloc_config *c = config != NULL ? config : &none;
    int pairs = (c->allocate_memory != NULL) + (c->map_memory != NULL);

    if ((c->allocate_memory == NULL) != (c->deallocate_memory == NULL) ||
        (c->map_memory == NULL) != (c->unmap_memory == NULL) ||
        (c->commit_memory == NULL) != (c->decommit_memory == NULL) || pairs > 1)
        return 0;
    if (pairs == 0 && !link_is_whole())
        return 0;
    return pairs > 0 || is_linked() || c->commit_memory == NULL;
}

static int is_configured(void) {
    return source.allocate_memory != NULL || source.map_memory != NULL;
}

int rp_memory_is_paged(void) {
    return !is_configured() && !is_linked();
}

int rp_memory_is_divisible(void) {
    return rp_memory_is_paged() && rp_os_is_divisible();
}

int rp_memory_may_decommit(void) {
    return rp_memory_is_paged() || source.decommit_memory != NULL;
}

int rp_memory_decommit(void *address, size_t bytes) {
    if (rp_memory_is_paged())
        return rp_os_decommit(address, bytes);
    int saved = rp_os_errno(); // free keeps it, whatever the embedder does
    int error = source.decommit_memory(source.user, address, bytes);
    rp_os_set_errno(saved);
    return error;
}

int rp_memory_commit(void *address, size_t bytes) {
    return rp_memory_is_paged()
               ? rp_os_commit(address, bytes)
               : source.commit_memory(source.user, address, bytes);
}

static void count_mapped(size_t bytes) {
    // relaxed, all of them: statistics, which order nothing.
    size_t now = add_relaxed(&mapped, bytes) + bytes;
    size_t peak = load_relaxed(&mapped_peak);

    while (now > peak && !cas_relaxed(&mapped_peak, &peak, now))
        continue;
}

static void *map_from_system(size_t bytes, size_t align) {
    void *address;

    if (rp_os_map(bytes, align, &address) != 0) {
        // There may be too many mappings.
        rp_stuck_retry();
        if (rp_os_map(bytes, align, &address) != 0)
            return NULL;
    }
    if (source.name != NULL)
        rp_os_name(address, bytes, source.name);
    return address;
}

void *rp_memory_map(size_t bytes, size_t align) {
    void *address = NULL;

    if (!is_configured() && !link_is_whole())
        rp_fatal("the program defines one of rpmalloc_allocate_memory_external "
                 "and rpmalloc_deallocate_memory_external: define both, or "
                 "none");
    if (source.map_memory != NULL)
        address = source.map_memory(source.user, bytes);
    else if (source.allocate_memory != NULL)
        address = source.allocate_memory(bytes);
    else if (is_linked())
        address = rp_os_external.allocate(bytes);
    else
        address = map_from_system(round_up(bytes, rp_os_page_bytes()), align);
    if (address != NULL)
        count_mapped(bytes);
    return address;
}

void rp_memory_unmap(void *address, size_t bytes) {
    int saved = rp_os_errno(); // free keeps it, whatever the embedder does

    sub_relaxed(&mapped, bytes); // relaxed: a statistic
    if (source.unmap_memory != NULL)
        source.unmap_memory(source.user, address, bytes);
    else if (source.deallocate_memory != NULL)
        source.deallocate_memory(address);
    else if (is_linked())
        rp_os_external.deallocate(address);
    else
        rp_stuck_unmap(address, round_up(bytes, rp_os_page_bytes()));
    rp_os_set_errno(saved);
}

void *rp_memory_resize(void *address, size_t from, size_t to, size_t align) {
    void *result;

    if (!rp_memory_is_paged() ||
        rp_os_resize(address, from, to, align, &result) != 0)
        return NULL;
    if (to > from)
        count_mapped(to - from);
    else
        sub_relaxed(&mapped, from - to); // relaxed: a statistic
    if (source.name != NULL)
        rp_os_name(result, to, source.name);
    return result;
}

size_t rp_memory_mapped(void) {
    return load_relaxed(&mapped); // relaxed: a statistic
}

size_t rp_memory_mapped_peak(void) {
    return load_relaxed(&mapped_peak); // relaxed: a statistic
}
