// holders.c - who held something, one after the other, up to now.
#include "viewer/answer/holders.h"

enum { PLACES_FIRST = 64 };

void holders_start(struct holders *h, struct pool *pool) {
    *h = (struct holders){.pool = pool, .places = PLACES_FIRST};
    h->by_id = pool_zeroed(pool, h->places, sizeof(struct holder *));
}

// ---- found by id ----

static struct holder **place_of(struct holder **by_id, size_t places,
                                uint64_t id) {
    return &by_id[id * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (places - 1)];
}

static void grow(struct holders *h) {
    size_t places = h->places * 2;
    struct holder **by_id =
        pool_zeroed(h->pool, places, sizeof(struct holder *));
    for (struct holder *each = h->oldest; each; each = each->younger) {
        struct holder **at = place_of(by_id, places, each->id);
        each->next = *at;
        *at = each;
    }
    pool_give(h->pool, h->by_id);
    h->by_id = by_id;
    h->places = places;
}

struct holder *holders_find(const struct holders *h, uint64_t id) {
    struct holder *each = *place_of(h->by_id, h->places, id);
    while (each && each->id != id)
        each = each->next;
    return each;
}

// ---- the row ----

// It is not wanted any more, and neither are those that only it led to.
static void forget(struct holders *h, struct holder *holder) {
    while (holder && holder->to != UINT64_MAX && holder->links == 0) {
        struct holder *before = holder->before;
        pool_give(h->pool, holder);
        if (before)
            before->links--;
        holder = before;
    }
}

// Lets go of those that are too far back.
static void cut(struct holders *h, struct holder *holder) {
    for (int i = 0; holder->before && i < HOLDERS_MOST; i++)
        holder = holder->before;
    struct holder *before = holder->before;
    if (!before) // another one has let go of them
        return;
    holder->before = NULL;
    holder->is_cut = true;
    before->links--;
    forget(h, before);
}

struct holder *holders_begin(struct holders *h, uint64_t id,
                             const struct holder_facts *facts, uint64_t from) {
    struct holder *holder = pool_zeroed(h->pool, 1, sizeof *holder);
    holder->facts = *facts;
    holder->from = from;
    holder->to = UINT64_MAX;
    holder->id = id;
    holder->before = h->oldest;
    if (h->oldest) {
        h->oldest->links++;
        holder->depth = h->oldest->depth + 1;
    }
    holder->older = h->youngest;
    *(h->youngest ? &h->youngest->younger : &h->oldest) = holder;
    h->youngest = holder;
    struct holder **at = place_of(h->by_id, h->places, id);
    holder->next = *at;
    *at = holder;
    if (++h->count > h->places)
        grow(h);
    if (holder->depth >= 2 * HOLDERS_MOST) {
        cut(h, holder);
        holder->depth = HOLDERS_MOST;
    }
    return holder;
}

void holders_end(struct holders *h, struct holder *holder, uint64_t to) {
    if (!holder)
        return;
    holder->to = to;
    *(holder->older ? &holder->older->younger : &h->oldest) = holder->younger;
    *(holder->younger ? &holder->younger->older : &h->youngest) = holder->older;
    struct holder **at = place_of(h->by_id, h->places, holder->id);
    while (*at != holder)
        at = &(*at)->next;
    *at = holder->next;
    h->count--;
    forget(h, holder);
}

void holders_free(struct holders *h) {
    while (h->oldest)
        holders_end(h, h->oldest, 0);
    pool_give(h->pool, h->by_id);
    *h = (struct holders){.pool = NULL};
}
