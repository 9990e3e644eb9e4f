// site.c - see site.h.
#include "instrument/check/site.h"

#include "core/base/atomic.h"
#include "instrument/check/thread.h"
#include "instrument/options/checking.h"
#include "instrument/os/places.h"

#include <string.h>

enum { FRAMES = 64, KNOWN = 1 << 14 };

static bool is_chosen; // some code was
static struct rp_page_site site;
// By stack: its number * 2 + whether it leads there; 0: nothing is known.
static _Atomic uint64_t known[KNOWN];

void rp_site_start(void) {
    is_chosen = rp_page_site_read(rp_checking.pages.site, &site);
}

static bool is_there(const struct rp_places *places, uint64_t frame) {
    struct rp_mapped place;
    uint64_t own;

    // The call is before the address that it returns to.
    return rp_places_in_file(places, frame - 1, &place, &own) &&
           own >= site.start && own < site.end &&
           strlen(site.file) == place.name_bytes &&
           memcmp(site.file, place.name, place.name_bytes) == 0;
}

__attribute__((cold, noinline)) static bool look(uint32_t stack) {
    uint64_t frames[FRAMES];
    unsigned count = rp_check_thread_frames(stack, frames, FRAMES);
    struct rp_places places;
    bool has = false;

    rp_places_read(&places);
    for (unsigned i = 0; i < count && !has; i++)
        has = is_there(&places, frames[i]);
    rp_places_drop(&places);
    return has;
}

bool rp_site_has(uint32_t stack) {
    if (!is_chosen)
        return true;
    if (stack == 0)
        return false;
    _Atomic uint64_t *at = &known[(stack * 0x9e3779b9u >> 12) % KNOWN];
    uint64_t had = load_relaxed(at); // relaxed: a word says all
    if (had >> 1 != stack) {
        had = (uint64_t)stack << 1 | look(stack);
        store_relaxed(at, had); // relaxed: as above
    }
    return (had & 1) != 0;
}
