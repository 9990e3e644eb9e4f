// test_holders.c - who held something, one after the other.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "viewer/answer/holders.h"

enum { MOST = 3000 };

static struct holders holders;

// One that holds from..to, by the time when it began.
struct interval {
    uint64_t from, to;
};

static struct interval intervals[MOST];
static size_t count;

static void begin(uint64_t id, uint64_t from) {
    holders_begin(&holders, id, &(struct holder_facts){.block = (uint32_t)id},
                  from);
    intervals[count++] = (struct interval){from, UINT64_MAX};
}

static void end(uint64_t id, uint64_t to) {
    struct holder *holder = holders_find(&holders, id);
    cr_assert(ne(ptr, holder, NULL));
    for (size_t i = 0; i < count; i++)
        if (intervals[i].from == holder->from)
            intervals[i].to = to;
    holders_end(&holders, holder, to);
}

// Of those that hold at the time, the one that began first; count: nobody.
static size_t oldest_at(uint64_t time) {
    for (size_t i = 0; i < count; i++)
        if (intervals[i].from < time && intervals[i].to >= time)
            return i;
    return count;
}

Test(holders, are_those_that_a_look_at_all_intervals_finds) {
    for (unsigned seed = 1; seed <= 40; seed++) {
        uint64_t live[8], lives = 0, next = 1, time = 1;
        srand(seed);
        holders_start(&holders, NULL);
        count = 0;
        for (int step = 0; step < 600; step++, time++) {
            if (lives < 8 && (lives == 0 || rand() % 2)) {
                begin(next, time);
                live[lives++] = next++;
            } else {
                size_t gone = (size_t)rand() % lives;
                end(live[gone], time);
                live[gone] = live[--lives];
            }
        }
        size_t expected = oldest_at(time);

        for (struct holder *h = holders.oldest; h; h = h->before) {
            cr_assert(lt(sz, expected, count));
            cr_expect(eq(u64, h->from, intervals[expected].from));
            cr_expect(eq(u64, h->to, intervals[expected].to));
            cr_expect(not(h->is_cut));
            expected = oldest_at(h->from);
        }

        cr_expect(eq(sz, expected, count)); // and nobody before
        holders_free(&holders);
    }
}

Test(holders, a_row_without_an_end_is_cut_and_says_so) {
    holders_start(&holders, NULL);
    uint32_t length = 0;
    begin(0, 1);
    for (uint64_t i = 1; i < MOST; i++) { // each takes over from the last
        begin(i, i + 1);
        end(i - 1, i + 1);
    }
    const struct holder *h = holders.oldest;
    for (; h->before; h = h->before)
        length++;

    cr_expect(h->is_cut);
    cr_expect(ge(u32, length, HOLDERS_MOST));
    cr_expect(le(u32, length, 2 * HOLDERS_MOST));
    holders_free(&holders);
}
