// causes.c - why more is held than used, and what will happen when it is cured.
#include "viewer/answer/causes.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/cause_list.h"
#include "viewer/answer/data_causes.h"
#include "viewer/answer/pin_causes.h"
#include "viewer/answer/state.h"
#include "viewer/base/number.h"

// ---- caches, and what is on its way ----

static uint32_t heap_with_most(const struct answer *a, bool deferred,
                               uint32_t *count) {
    uint32_t best = ANSWER_NONE;
    uint64_t most = 0;
    *count = 0;
    for (size_t i = 0; i < a->heap_count; i++) {
        uint64_t bytes =
            deferred ? a->heaps[i].deferred_bytes : a->heaps[i].cache_bytes;
        *count += bytes > 0;
        if (bytes > most) {
            most = bytes;
            best = (uint32_t)i;
        }
    }
    return best;
}

static const char *heap_name(struct answer *a, uint32_t index) {
    const struct answer_heap *heap = &a->heaps[index];
    return state_text(a->state, "heap %u%s%s%s", heap->number,
                      heap->thread ? " (thread " : "",
                      heap->thread ? heap->thread : "",
                      heap->thread ? ")" : "");
}

static void add_threads(struct answer *a) {
    const struct answer_keeper *keeper = &a->keepers[KEEPER_HEAPS];
    uint32_t heaps, most = heap_with_most(a, false, &heaps);
    struct answer_cause *cause = causes_add(a, "thread cache", keeper->bytes,
                                            keeper->bytes, keeper->back_bytes);
    if (!cause)
        return;
    cause->heap = most;
    cause->who = most == ANSWER_NONE ? "several heaps" : heap_name(a, most);
    cause->says = state_text(
        a->state,
        "%u heap%s %s of empty spans for %s next blocks, most of them %s. No "
        "live block is in the way: they are free for any size of that thread, "
        "and for others when it gives them up.",
        heaps, heaps == 1 ? " keeps" : "s keep", number_iec(keeper->bytes).text,
        heaps == 1 ? "its" : "their", cause->who);
    cause->cure = state_text(
        a->state,
        "Let each thread call rpmalloc_thread_collect before it rests: %s go "
        "back. rpmalloc_collect_all reaches those that allocate, and "
        "thread_cache_bytes of the config limits them all.",
        number_iec(keeper->back_bytes).text);
    cause->code = "rpmalloc_thread_collect(); // in the thread, before it "
                  "waits\n";
}

static void add_global(struct answer *a) {
    const struct answer_keeper *keeper = &a->keepers[KEEPER_GLOBAL];
    struct answer_cause *cause =
        causes_add(a, "global cache", keeper->bytes, 0, keeper->back_bytes);
    if (!cause)
        return;
    cause->says = state_text(
        a->state,
        "The allocator keeps %s of empty spans for all threads: they are free "
        "for any size, and go back by themselves while the program goes on "
        "allocating. No live block is in the way.",
        number_iec(keeper->bytes).text);
    cause->cure = state_text(
        a->state,
        "Call rpmalloc_collect_all (or malloc_trim) when much was freed and "
        "little follows: %s go back. global_cache_bytes of the config limits "
        "it.",
        number_iec(keeper->back_bytes).text);
    cause->code = causes_call_malloc(a) ? "malloc_trim(0); // malloc.h; or "
                                          "rpmalloc_collect_all()\n"
                                        : "rpmalloc_collect_all();\n";
}

static void add_deferred(struct answer *a) {
    const struct answer_keeper *keeper = &a->keepers[KEEPER_FREES];
    uint32_t heaps, most = heap_with_most(a, true, &heaps);
    struct answer_cause *cause = causes_add(
        a, "deferred", keeper->bytes, a->now.part_bytes[PART_DEFERRED],
        keeper->back_bytes + a->state->beside_frees);
    if (!cause)
        return;
    cause->resident_bytes = keeper->back_bytes;
    cause->heap = most;
    cause->who = most == ANSWER_NONE ? "several heaps" : heap_name(a, most);
    cause->says = state_text(
        a->state,
        "%s were freed by other threads and wait for their owner, most of them "
        "for %s. When it takes them back they become free; no live block is in "
        "the way of %s.",
        number_iec(a->now.part_bytes[PART_DEFERRED]).text, cause->who,
        number_iec(keeper->bytes).text);
    cause->cure = state_text(
        a->state,
        "Let that thread call rpmalloc_thread_collect now and then, or "
        "rpmalloc_thread_reset when it has nothing to do: %s go back.",
        number_iec(cause->back_bytes).text);
    cause->code = "rpmalloc_thread_collect(); // in the thread that allocated "
                  "them\n";
}

// ---- in order ----

static uint64_t weight(const struct answer_cause *cause) {
    return cause->back_bytes > 0 ? cause->back_bytes : cause->free_bytes;
}

static int compare_causes(const void *left, const void *right) {
    const struct answer_cause *a = left, *b = right;
    if (weight(a) != weight(b))
        return weight(a) > weight(b) ? -1 : 1;
    return strcmp(a->kind, b->kind);
}

void causes_fill(struct answer *a) {
    a->causes = pool_zeroed(&a->state->pool, CAUSES_MOST, sizeof *a->causes);
    pin_causes_add(a);
    add_threads(a);
    add_global(a);
    add_deferred(a);
    data_causes_add(a);
    if (a->cause_count > 0)
        qsort(a->causes, a->cause_count, sizeof *a->causes, compare_causes);
}
