// tag.c - see tag.h.
//
// Open addressing; a place is taken once, written, and then shown. Two threads
// that add the same name at once may give it two numbers.
#include "instrument/check/tag.h"

#include "core/base/atomic.h"

#include <stddef.h>
#include <string.h>

enum { FREE, TAKEN, SHOWN };

static struct {
    _Atomic uint32_t state;
    char name[RP_CHECK_TAG_BYTES];
} tags[RP_CHECK_TAGS];

static uint32_t hash_of(const char *name) {
    uint32_t hash = 2166136261u;

    for (unsigned i = 0; i < RP_CHECK_TAG_BYTES - 1 && name[i] != 0; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return hash;
}

uint32_t rp_check_tag_number(const char *name) {
    if (name == NULL)
        return 0;
    uint32_t first = hash_of(name) % RP_CHECK_TAGS;
    for (unsigned i = 0; i < RP_CHECK_TAGS; i++) {
        uint32_t at = (first + i) % RP_CHECK_TAGS;
        // acquire [tag]: its name
        uint32_t state = load_acquire(&tags[at].state);
        if (state == SHOWN &&
            strncmp(tags[at].name, name, RP_CHECK_TAG_BYTES - 1) == 0)
            return at + 1;
        // relaxed: who takes it has it alone
        if (state != FREE ||
            !cas_strong_relaxed(&tags[at].state, &state, TAKEN))
            continue;
        strncpy(tags[at].name, name, RP_CHECK_TAG_BYTES - 1);
        store_release(&tags[at].state, SHOWN); // release [tag]: its name
        return at + 1;
    }
    return 0;
}

const char *rp_check_tag_name(uint32_t number) {
    return tags[number - 1].name;
}
