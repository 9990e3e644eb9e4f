// memory.c - the source of memory, chosen once.
#include "core/memory/memory.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "core/os/check.h"
#include "core/os/os.h"

#include <stdint.h>

// Written by rp_memory_configure before any other thread uses the allocator.
static void *(*configured_allocate)(size_t);
static void (*configured_deallocate)(void *);

static const char *configured_name;
static int wants_huge_pages;

static _Atomic(size_t) mapped;
static _Atomic(size_t) mapped_peak;

void rp_memory_configure(const struct rpmalloc_config *config) {
    configured_allocate = config != NULL ? config->allocate_memory : NULL;
    configured_deallocate = config != NULL ? config->deallocate_memory : NULL;
    configured_name = config != NULL ? config->name : NULL;
    wants_huge_pages = config != NULL && config->huge_pages;
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
    if (config == NULL ||
        (config->allocate_memory == NULL && config->deallocate_memory == NULL))
        return link_is_whole();
    return config->allocate_memory != NULL && config->deallocate_memory != NULL;
}

int rp_memory_is_paged(void) {
    return configured_allocate == NULL && !is_linked();
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

    if (rp_os_map(bytes, align, &address) != 0)
        return NULL;
    if (wants_huge_pages)
        rp_os_advise_huge_pages(address, bytes);
    if (configured_name != NULL)
        rp_os_name(address, bytes, configured_name);
    return address;
}

void *rp_memory_map(size_t bytes, size_t align) {
    void *address = NULL;

    if (configured_allocate == NULL && !link_is_whole())
        rp_fatal("the program defines one of rpmalloc_allocate_memory_external "
                 "and rpmalloc_deallocate_memory_external: define both, or "
                 "none");
    if (configured_allocate != NULL)
        address = configured_allocate(bytes);
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
    if (configured_allocate != NULL)
        configured_deallocate(address);
    else if (is_linked())
        rp_os_external.deallocate(address);
    else
        rp_os_unmap(address, round_up(bytes, rp_os_page_bytes()));
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
    if (wants_huge_pages)
        rp_os_advise_huge_pages(result, to);
    if (configured_name != NULL)
        rp_os_name(result, to, configured_name);
    return result;
}

size_t rp_memory_mapped(void) {
    return load_relaxed(&mapped); // relaxed: a statistic
}

size_t rp_memory_mapped_peak(void) {
    return load_relaxed(&mapped_peak); // relaxed: a statistic
}
