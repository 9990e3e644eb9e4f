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
    const char *name, *meaning;
} part_words[PARTS] = {
    [PART_USED] = {"used (requested)",
                   "bytes that the program asked for and has not freed"},
    [PART_ROUNDING] = {"rounding inside blocks",
                       "blocks are larger than what was asked for"},
    [PART_SPAN_FREE] = {"free blocks in part-used spans",
                        "free, but a live block beside them keeps the span"},
    [PART_DEFERRED] = {"waiting to be taken back",
                       "freed by another thread, not yet taken back by its "
                       "owner"},
    [PART_OVERHEAD] = {"headers and tables",
                       "span headers, ends of spans, the allocator's own "
                       "tables"},
    [PART_EMPTY] = {"empty spans kept by heaps",
                    "no live block; kept by a heap for its next blocks"},
    [PART_THREAD_CACHE] = {"thread caches",
                           "empty spans that threads keep for themselves"},
    [PART_GLOBAL_CACHE] = {"global cache", "empty spans kept for all threads"},
    [PART_SEGMENT] = {"segment space not in use",
                      "obtained from the system, and not used now"},
    [PART_SLACK] = {"ends of large blocks",
                    "large and huge blocks take whole spans or pages"},
};

const char *answer_part_name(enum part part) {
    return part_words[part].name;
}

const char *answer_part_meaning(enum part part) {
    return part_words[part].meaning;
}
