// same_names.c - call sites that would be called alike, told apart.
//
// What is left out of a name for people (arguments, what is in <>, folders) can
// leave several sites with one. They are told apart by who calls them: the
// nearest caller in which their main stacks differ.
#include "viewer/answer/same_names.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/state.h"

enum {
    CALLERS = 16,   // that are looked at, from the site on
    TOGETHER = 256, // sites of one name; more stay as they are
};

struct named {
    uint64_t hash; // of name and place
    uint32_t site;
};

static uint64_t hash_text(uint64_t hash, const char *text) {
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static int compare(const void *left, const void *right) {
    const struct named *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->site > b->site) - (a->site < b->site);
}

// The names of the functions that its main stack came from, nearest first.
static size_t callers_of(struct answer *a, uint32_t index,
                         const char *callers[CALLERS]) {
    struct answer_state *state = a->state;
    const struct answer_site *site = &a->sites[index];
    size_t count, found = 0;
    struct frame *frames =
        stack_frames(state_names(state), &state->tables,
                     a->stacks[site->first_stack].node, &count);
    state_names_done(state);
    size_t i = site_find_frame(frames, count, &site->where) + 1;
    for (; i < count && found < CALLERS; i++)
        if (frames[i].function &&
            (frames[i].kind == FRAME_USER || frames[i].kind == FRAME_WRAPPER))
            callers[found++] = frames[i].function;
    pool_give(&state->pool, frames);
    return found;
}

// The first place, from the inside, at which not all of them are the same.
static size_t first_difference(const char *(*callers)[CALLERS],
                               const size_t *depths, size_t count) {
    for (size_t at = 0; at < CALLERS; at++)
        for (size_t i = 0; i < count; i++) {
            if (at >= depths[i])
                return at;
            if (strcmp(callers[i][at], callers[0][at]) != 0)
                return at;
        }
    return CALLERS;
}

static void tell_apart(struct answer *a, const struct named *same,
                       size_t count) {
    struct pool *pool = &a->state->pool;
    const char *(*callers)[CALLERS] = pool_get(pool, count * sizeof *callers);
    size_t *depths = pool_get(pool, count * sizeof *depths);
    for (size_t i = 0; i < count; i++)
        depths[i] = callers_of(a, same[i].site, callers[i]);
    size_t at = first_difference(callers, depths, count);
    for (size_t i = 0; i < count && at < CALLERS; i++)
        if (at < depths[i])
            a->sites[same[i].site].where.caller = callers[i][at];
    pool_give(pool, callers);
    pool_give(pool, depths);
}

void same_names_fill(struct answer *a) {
    struct pool *pool = &a->state->pool;
    struct named *all = pool_get(pool, a->site_count * sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < a->site_count; i++) {
        const struct site *where = &a->sites[i].where;
        struct site_text text;
        if (!where->function)
            continue; // the name says all that is known
        site_text(where, &text);
        all[count++] = (struct named){
            hash_text(hash_text(UINT64_C(0xcbf29ce484222325), text.name),
                      text.place),
            (uint32_t)i};
    }
    if (count > 0)
        qsort(all, count, sizeof *all, compare);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && all[end].hash == all[i].hash;)
            end++;
        if (end - i > 1 && end - i <= TOGETHER)
            tell_apart(a, &all[i], end - i);
    }
    pool_give(pool, all);
}
