// answer.c - everything that is known about one recording, ready to show.
#include "viewer/answer/answer.h"

#include <stdlib.h>

#include "viewer/answer/state.h"

void answer_free(struct answer *a) {
    if (!a)
        return;
    state_free(a->state);
    free(a);
}

const struct frame *answer_frames(struct answer *a, size_t stack,
                                  size_t *count) {
    struct pool *pool = &a->state->pool;
    const struct frame *volatile frames = NULL;
    jmp_buf out;

    *count = 0;
    if (stack >= a->stack_count)
        return NULL;
    if (pool_try(pool, out))
        frames = state_stack(a->state, stack, a->stacks[stack].node, count);
    else
        *count = 0; // there is no memory to say it
    state_names_done(a->state);
    pool_done(pool);
    return frames;
}

const char *answer_site_name(struct answer *a, uint32_t index) {
    char name[SITE_SENTENCE_BYTES];
    site_sentence(&a->sites[index].where, name, sizeof name);
    return state_text(a->state, "%s", name);
}

int answer_exit_code(const struct answer *a) {
    return a->quality.complete ? 0 : 4;
}

static const struct {
    const char *key, *name, *meaning, *cure;
} part_words[PARTS] = {
    [PART_USED] = {"used", "used (requested)",
                   "bytes that the program asked for and has not freed",
                   "free what is not needed any more; see sites by live_bytes, "
                   "those with few frees first"},
    [PART_ROUNDING] = {"rounding", "rounding inside blocks",
                       "blocks are larger than what was asked for",
                       "ask for sizes that there is a class for; see sites by "
                       "rounding_bytes, classes"},
    [PART_SPAN_FREE] = {"span_free", "free blocks in part-used spans",
                        "free, but a live block beside them keeps the span",
                        "give those live blocks a heap of their own "
                        "(rpmalloc_heap_acquire), or take them before the "
                        "others; see pins by share_bytes"},
    [PART_DEFERRED] = {"deferred", "waiting to be taken back",
                       "freed by another thread, not yet taken back by its "
                       "owner",
                       "let the thread that owns them allocate, or call "
                       "rpmalloc_thread_collect, or end; see heaps by "
                       "deferred_bytes"},
    [PART_OVERHEAD] = {"overhead", "headers and tables",
                       "span headers, ends of spans, the allocator's own "
                       "tables",
                       "fewer threads, fewer sizes; see classes by spans"},
    [PART_EMPTY] = {"empty", "empty spans kept by heaps",
                    "no live block; kept by a heap for its next blocks",
                    "let the thread that has them call "
                    "rpmalloc_thread_collect; see classes by empty_spans"},
    [PART_THREAD_CACHE] = {"thread_cache", "thread caches",
                           "empty spans that threads keep for themselves",
                           "let threads that rest call "
                           "rpmalloc_thread_collect; see heaps by cache_bytes"},
    [PART_GLOBAL_CACHE] = {"global_cache", "global cache",
                           "empty spans kept for all threads",
                           "none is needed: the next allocations take them "
                           "first"},
    [PART_SEGMENT] = {"segment", "segment space not in use",
                      "obtained from the system, and not used now",
                      "none is needed: the next allocations take it first"},
    [PART_SLACK] = {"slack", "ends of large blocks",
                    "large and huge blocks take whole spans or pages",
                    "ask for a little less than whole spans, or for several "
                    "at once; see classes large and huge, sites by live_bytes"},
};

const char *answer_part_key(enum part part) {
    return part_words[part].key;
}

const char *answer_part_name(enum part part) {
    return part_words[part].name;
}

const char *answer_part_meaning(enum part part) {
    return part_words[part].meaning;
}

const char *answer_part_cure(enum part part) {
    return part_words[part].cure;
}
