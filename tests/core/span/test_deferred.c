// test_deferred.c - the stack of blocks that other threads freed.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/span/deferred.h"
#include "tests/core/threads.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 16, THREADS = 4 };

static struct span *span_make(void) {
    struct span *span = aligned_alloc(SPAN_BYTES, SPAN_BYTES);

    cr_assert(ne(ptr, span, NULL));
    memset(span, 0, SPAN_BYTES);
    span->block_bytes = SMALLEST;
    span->memory = (char *)span;
    span->start = SPAN_HEADER;
    span->capacity = (SPAN_BYTES - SPAN_HEADER) / SMALLEST;
    span->reciprocal = rp_size_classes[1].reciprocal;
    return span;
}

static int push_one(struct span *span, uint32_t index) {
    struct block *block = span_block(span, index);

    return deferred_push(span, block, block, 1);
}

static struct block *take(struct span *span, uint32_t *count) {
    uint32_t head = deferred_take(span);

    *count = deferred_count(head);
    return deferred_first(span, head);
}

Test(deferred, only_the_push_that_finds_the_stack_empty_says_so) {
    struct span *span = span_make();
    uint32_t count;

    cr_assert(eq(int, push_one(span, 0), 1));
    cr_assert(eq(int, push_one(span, 1), 0));
    take(span, &count);
    cr_assert(eq(int, push_one(span, 2), 1));
}

Test(deferred, the_newest_is_taken_first) {
    struct span *span = span_make();
    uint32_t count;
    push_one(span, 7);
    push_one(span, 3);

    struct block *first = take(span, &count);

    cr_assert(eq(uint, count, 2));
    cr_assert(eq(ptr, first, span_block(span, 3)));
    cr_assert(eq(ptr, first->next, span_block(span, 7)));
    cr_assert(eq(ptr, first->next->next, NULL));
}

Test(deferred, a_chain_is_pushed_whole) {
    struct span *span = span_make();
    struct block *a = span_block(span, 1), *b = span_block(span, 2);
    uint32_t count;
    push_one(span, 0);
    a->next = b;

    deferred_push(span, a, b, 2);
    struct block *first = take(span, &count);

    cr_assert(eq(uint, count, 3));
    cr_assert(eq(ptr, first, a));
    cr_assert(eq(ptr, first->next, b));
    cr_assert(eq(ptr, first->next->next, span_block(span, 0)));
}

Test(deferred, nothing_is_taken_from_an_empty_stack) {
    struct span *span = span_make();
    uint32_t count = 1;

    cr_assert(eq(ptr, take(span, &count), NULL));
    cr_assert(zero(uint, count));
}

Test(deferred, every_block_of_a_span_fits_on_the_stack) {
    struct span *span = span_make();
    uint32_t count, length = 0;

    for (uint32_t i = 0; i < span->capacity; ++i)
        push_one(span, i);
    const struct block *block = take(span, &count);
    for (; block != NULL; block = block->next)
        ++length;

    cr_assert(eq(uint, count, span->capacity));
    cr_assert(eq(uint, length, span->capacity));
}

Test(deferred, a_block_at_the_start_of_its_span_is_one_like_others) {
    static struct span apart;
    struct span *span = span_make();
    struct block *block = (struct block *)(void *)span;
    apart = *span;
    apart.start = 0;
    apart.memory = (char *)span;
    uint32_t count;

    cr_assert(eq(int, deferred_push(&apart, block, block, 1), 1));

    cr_assert(eq(ptr, take(&apart, &count), block));
    cr_assert(eq(uint, count, 1));
}

// ---- a span that loses its memory ----

static uint32_t push_all_but_one(struct span *span) {
    uint32_t head;

    for (uint32_t i = 1; i < span->capacity; ++i)
        push_one(span, i);
    cr_assert(deferred_completes(span, 1, &head));
    return head;
}

Test(deferred, only_the_last_blocks_complete_a_span) {
    struct span *span = span_make();
    uint32_t head;

    cr_assert(not(deferred_completes(span, 1, &head)));
    cr_assert(deferred_completes(span, span->capacity, &head));
    push_one(span, 0);
    cr_assert(not(deferred_completes(span, span->capacity, &head)));
    cr_assert(deferred_completes(span, span->capacity - 1, &head));
}

Test(deferred, of_a_span_that_is_gone_the_count_is_left) {
    struct span *span = span_make();
    uint32_t count, head = push_all_but_one(span);

    cr_assert(deferred_leave(span, &head));
    cr_assert(zero(int, deferred_left(span, DEFERRED_GONE)), "it is listed");

    cr_assert(eq(ptr, take(span, &count), NULL));
    cr_assert(eq(uint, count, span->capacity));
}

Test(deferred, an_owner_that_comes_in_between_takes_nothing_and_is_told) {
    struct span *span = span_make();
    uint32_t head = push_all_but_one(span);

    cr_assert(deferred_leave(span, &head));
    uint32_t taken = deferred_take(span);
    cr_assert(eq(uint, deferred_place(taken), DEFERRED_LEAVING));
    cr_assert(eq(int, deferred_left(span, DEFERRED_GONE), 1));
    cr_assert(eq(uint, deferred_place(deferred_take(span)), DEFERRED_GONE));
}

Test(deferred, a_span_that_the_owner_has_taken_from_does_not_leave) {
    struct span *span = span_make();
    uint32_t head = push_all_but_one(span);

    deferred_take(span);

    cr_assert(zero(int, deferred_leave(span, &head)));
}

Test(deferred, what_could_not_leave_is_a_chain_again) {
    struct span *span = span_make();
    struct block *last = span_block(span, 0);
    uint32_t count, head = push_all_but_one(span);

    cr_assert(deferred_leave(span, &head));
    last->next = deferred_first(span, head);
    deferred_left(span, deferred_place_of(span, last));

    struct block *first = take(span, &count);
    cr_assert(eq(uint, count, span->capacity));
    cr_assert(eq(ptr, first, last));
    cr_assert(eq(ptr, first->next, span_block(span, span->capacity - 1)));
}

// ---- races ----

struct race {
    struct span *span;
    _Atomic(int) pushing;
    _Atomic(uint32_t) notices; // pushes that found the stack empty
    uint32_t takes;            // that found something
    uint32_t seen[SPAN_BYTES / SMALLEST];
};

// The last one takes, all others push every block once among them.
static void push_or_take(int index, void *context) {
    struct race *race = context;
    uint32_t count;

    if (index < THREADS - 1) {
        for (uint32_t i = (uint32_t)index; i < race->span->capacity;
             i += THREADS - 1)
            add_relaxed(&race->notices, (uint32_t)push_one(race->span, i));
        sub_relaxed(&race->pushing, 1);
        return;
    }
    for (int is_last = 0; !is_last;) {
        is_last = load_acquire(&race->pushing) == 0;
        const struct block *b = take(race->span, &count);
        race->takes += b != NULL;
        for (; b != NULL; b = b->next, --count)
            ++race->seen[span_block_index(race->span, b)];
        if (count != 0)
            abort();
    }
}

Test(deferred, every_block_is_taken_once_whoever_pushes) {
    static struct race race;

    for (int round = 0; round < 50; ++round) {
        unsigned wrong = 0;
        memset(&race, 0, sizeof race);
        race.span = span_make();
        store_relaxed(&race.pushing, THREADS - 1);

        threads_run(THREADS, push_or_take, &race);

        for (uint32_t i = 0; i < race.span->capacity; ++i)
            wrong += race.seen[i] != 1;
        cr_assert(zero(uint, wrong));
        cr_assert(eq(uint, load_relaxed(&race.notices), race.takes));
        free(race.span);
    }
}
