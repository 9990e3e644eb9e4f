// group_keys.c - which group a block is of.
#include "viewer/answer/group_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/state.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/names/short_name.h"

enum { NO_MARK = UINT32_MAX, STACK_BYTES = 1024 };

static const struct frame_words words = {"", ""};

static struct group_row *add_row(struct group_keys *keys, const char *name) {
    keys->rows = pool_grow(&keys->answer->state->pool, keys->rows, keys->count,
                           &keys->capacity, sizeof *keys->rows);
    keys->rows[keys->count] = (struct group_row){.name = name};
    return &keys->rows[keys->count++];
}

// ---- what a stack says ----

// "inner < outer < ...", as far as there is room.
static const char *say_stack(struct answer_state *state, uint32_t node) {
    char text[STACK_BYTES] = "";
    size_t count, at = 0;
    struct frame *frames =
        stack_frames(state_names(state), &state->tables, node, &count);
    state_names_done(state);
    for (size_t i = 0; i < count && at < sizeof text; i++) {
        char name[FRAME_NAME_BYTES];
        if (frames[i].kind == FRAME_ALLOCATOR)
            continue;
        frame_call(&frames[i], true, &words, name, sizeof name);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s",
                               at > 0 ? " < " : "", name);
    }
    pool_give(&state->pool, frames);
    return *text ? state_text(state, "%s", text) : NULL;
}

// A name of each stack, which those of one group share.
static const char *name_of_stack(struct group_keys *keys, size_t stack) {
    struct answer *a = keys->answer;
    struct answer_state *state = a->state;
    uint32_t index = state->site_of_stack[stack];
    const struct site *where = &a->sites[index].where;
    char name[SITE_SENTENCE_BYTES];
    switch (keys->by) {
    case GROUP_STACK:
        return say_stack(state, state->now->metrics.stacks.list[stack].node);
    case GROUP_FUNCTION:
        if (!where->function)
            return NULL;
        short_function(name, sizeof name, where->function);
        return state_text(state, "%s", name);
    case GROUP_FILE:
        return where->file;
    case GROUP_MODULE:
        return where->module ? text_base_name(where->module) : NULL;
    default:
        site_sentence(where, name, sizeof name);
        return state_text(state, "%s", name);
    }
}

struct named_stack {
    const char *name;
    uint32_t stack;
};

static int compare_names(const void *left, const void *right) {
    const struct named_stack *a = left, *b = right;
    if (!a->name || !b->name)
        return (a->name != NULL) - (b->name != NULL);
    return strcmp(a->name, b->name);
}

static void add_counts(struct group_row *row, const struct stack_counts *from) {
    row->allocations += from->allocations;
    row->frees += from->frees;
    row->allocated_bytes += from->allocated_bytes;
}

// Stacks one by one, or those with one name together.
static void group_stacks(struct group_keys *keys) {
    struct answer_state *state = keys->answer->state;
    const struct stacks *stacks = &state->now->metrics.stacks;
    struct named_stack *named =
        pool_get(&state->pool, stacks->count * sizeof *named);
    keys->of_stack =
        pool_get(&state->pool, stacks->count * sizeof *keys->of_stack);
    for (size_t i = 0; i < stacks->count; i++)
        named[i] = (struct named_stack){name_of_stack(keys, i), (uint32_t)i};
    if (stacks->count > 0)
        qsort(named, stacks->count, sizeof *named, compare_names);
    for (size_t i = 0; i < stacks->count; i++) {
        bool same = i > 0 && keys->by != GROUP_STACK &&
                    compare_names(&named[i], &named[i - 1]) == 0;
        if (!same)
            add_row(keys, named[i].name);
        keys->of_stack[named[i].stack] = (uint32_t)keys->count - 1;
        add_counts(&keys->rows[keys->count - 1], &stacks->list[named[i].stack]);
    }
    pool_give(&state->pool, named);
}

// ---- the others ----

static struct group_row *row_of(struct group_keys *keys, uint32_t number,
                                const char *name) {
    ring_index_set(&keys->places, number, (uint32_t)keys->count);
    return add_row(keys, name);
}

static void start_classes(struct group_keys *keys) {
    struct answer *a = keys->answer;
    for (size_t i = 0; i < a->class_count; i++) {
        const struct answer_class *class = &a->classes[i];
        const char *name =
            class->index == TRACE_CLASS_LARGE ? "large"
            : class->index == TRACE_CLASS_HUGE
                ? "huge"
                : state_text(a->state, "%" PRIu32 " B", class->block_bytes);
        struct group_row *row = row_of(keys, class->index, name);
        row->allocations = class->allocations;
        row->frees = class->frees;
    }
}

static void start_tags(struct group_keys *keys) {
    const struct answer_state *state = keys->answer->state;
    const struct tags *tags = &state->now->metrics.tags;
    for (size_t i = 0; i < tags->count; i++) {
        const char *name = i == TAGS_NONE
                               ? NULL
                               : trace_text(&state->tables, tags->list[i].text);
        struct group_row *row = row_of(keys, (uint32_t)i, name);
        row->allocations = tags->list[i].allocations;
        row->allocated_bytes = tags->list[i].allocated_bytes;
    }
}

static void start_threads(struct group_keys *keys) {
    struct answer_state *state = keys->answer->state;
    const struct threads *threads = &state->now->metrics.threads;
    for (uint32_t i = 0; i < threads->count; i++) {
        const char *name = state_thread_name(state, threads, i);
        struct group_row *row =
            row_of(keys, i,
                   state_text(state, "%s%s%" PRIu32, name ? name : "",
                              name ? " " : "", threads->list[i].thread_id));
        row->allocations = threads->list[i].allocations;
        row->frees = threads->list[i].frees;
        row->allocated_bytes = threads->list[i].allocated_bytes;
    }
}

// The mark before the block was born; NO_MARK: there was none yet.
static uint32_t mark_before(const struct notes *notes, uint64_t birth) {
    size_t low = 0, high = notes->mark_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (notes->marks[middle].time <= birth)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? (uint32_t)low - 1 : NO_MARK;
}

static uint32_t number_of(const struct group_keys *keys,
                          const struct span *span, uint32_t block) {
    const struct metrics *metrics = &keys->answer->state->now->metrics;
    switch (keys->by) {
    case GROUP_CLASS:
        return span->class_index;
    case GROUP_TAG:
        return tags_of_block(&metrics->tags, span->number, block);
    case GROUP_THREAD:
        return span->heap < metrics->threads.heap_count
                   ? metrics->threads.heaps[span->heap].thread
                   : 0;
    case GROUP_FRAME:
        return mark_before(&metrics->notes, span->slots[block].birth);
    case GROUP_MARK: {
        uint32_t mark = mark_before(&metrics->notes, span->slots[block].birth);
        return mark == (uint32_t)NO_MARK
                   ? mark
                   : (uint32_t)metrics->notes.marks[mark].text;
    }
    default:
        return span->heap;
    }
}

static const char *name_of(const struct group_keys *keys, uint32_t number) {
    struct answer *a = keys->answer;
    struct answer_state *state = a->state;
    const struct notes *notes = &state->now->metrics.notes;
    if (keys->by == GROUP_HEAP) {
        for (size_t i = 0; i < a->heap_count; i++)
            if (a->heaps[i].number == number && a->heaps[i].name)
                return a->heaps[i].name;
        return state_text(state, "heap %" PRIu32, number);
    }
    if (keys->by == GROUP_MARK || keys->by == GROUP_FRAME) {
        if (number == (uint32_t)NO_MARK)
            return NULL;
        if (keys->by == GROUP_MARK)
            return trace_text(&state->tables, number);
        const char *text =
            trace_text(&state->tables, notes->marks[number].text);
        return state_text(
            state, "%s at %s", text ? text : "?",
            number_time(heap_ns(&state->now->heap, notes->marks[number].time))
                .text);
    }
    return NULL;
}

void group_keys_start(struct group_keys *keys, struct answer *answer,
                      enum group_by by) {
    *keys = (struct group_keys){.answer = answer, .by = by};
    keys->places.pool = &answer->state->pool;
    switch (by) {
    case GROUP_SITE:
    case GROUP_STACK:
    case GROUP_FUNCTION:
    case GROUP_FILE:
    case GROUP_MODULE:
        group_stacks(keys);
        return;
    case GROUP_CLASS:
        start_classes(keys);
        return;
    case GROUP_TAG:
        start_tags(keys);
        return;
    case GROUP_THREAD:
        start_threads(keys);
        return;
    default:
        return;
    }
}

void group_keys_end(struct group_keys *keys) {
    pool_give(&keys->answer->state->pool, keys->of_stack);
    ring_index_free(&keys->places);
}

uint32_t group_keys_of_block(struct group_keys *keys, const struct span *span,
                             uint32_t block) {
    const struct stacks *stacks = &keys->answer->state->now->metrics.stacks;
    if (keys->of_stack)
        return keys->of_stack[stacks_find(stacks, span->slots[block].stack)];
    uint32_t number = number_of(keys, span, block);
    uint32_t place = ring_index_find(&keys->places, number);
    if (place != (uint32_t)RING_NONE)
        return place;
    row_of(keys, number, name_of(keys, number));
    return (uint32_t)keys->count - 1;
}
