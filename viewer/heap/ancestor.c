// ancestor.c - see ancestor.h.
#include "viewer/heap/ancestor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"
#include "viewer/heap/apply.h"
#include "viewer/trace/family.h"
#include "viewer/trace/order.h"
#include "viewer/trace/past.h"

enum {
    LOG_CHANGES = 256,
    READINGS = 32, // of traces that may be a parent's, and of its parent's
};

// A block that was born, or resized, between the two.
struct newcomer {
    uint32_t span, block;
};

// The reading of a parent; all of it is of the past's pool.
struct reading {
    struct trace_past *past;
    uint64_t fork;
    struct trace_file file;
    struct trace_tables tables;
    struct trace_order order;
    struct heap heap;
    struct change_log log;
    bool forking; // the first of the two has come
    bool lossy;   // what came before is not known as a whole
    struct newcomer *newcomers;
    size_t newcomer_count, newcomer_capacity;
    uint32_t *numbers; // by node of the parent: in the past + 1; 0: not yet
};

static void read_ancestor(struct trace_tables *tables, struct trace_file *file,
                          int *readings);

// ---- up to the fork ----

static void see_changes(struct change_log *log, void *context) {
    struct reading *r = context;
    for (size_t i = 0; i < log->count; i++) {
        const struct heap_change *change = &log->list[i];
        if (change->kind == CHANGE_CONTRADICTION ||
            (change->kind == CHANGE_NOTE && change->part == TRACE_EVENT_LOST))
            r->lossy = true;
        if (!r->forking || change->kind != CHANGE_BORN)
            continue;
        r->newcomers =
            pool_grow(&r->past->pool, r->newcomers, r->newcomer_count,
                      &r->newcomer_capacity, sizeof *r->newcomers);
        r->newcomers[r->newcomer_count++] =
            (struct newcomer){change->span, change->block};
    }
    log->count = log->kinds = 0;
}

// Whether the second of the two has come.
static bool see_events(struct reading *r, const struct trace_event *events,
                       size_t count) {
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        if (events[i].type != TRACE_EVENT_FORK || events[i].value[0] != r->fork)
            continue;
        // Without an end, the last events of other rings may be missing, and
        // with them what this ring's follow from.
        r->lossy |= !r->tables.has_trailer && events[i].value[1] > 1;
        apply_events(&r->heap, events + done, i + 1 - done);
        heap_flush(&r->heap);
        done = i + 1;
        if (r->forking)
            return true;
        r->forking = true;
    }
    apply_events(&r->heap, events + done, count - done);
    return false;
}

static bool read_up_to_fork(struct reading *r) {
    const struct trace_event *events;
    size_t count;
    bool found = false;
    while (!found && (events = trace_order_next(&r->order, &count)))
        found = see_events(r, events, count);
    return found && !r->lossy && r->heap.waiting == 0 &&
           r->order.source.missing_events == 0 && r->file.damaged_blocks == 0 &&
           r->tables.trailer.lost_events == 0;
}

// ---- what is kept of it ----

static uint32_t keep_stack(struct reading *r, uint32_t node) {
    struct trace_past *past = r->past;
    uint32_t chain[1 << 11], length = 0;
    while (trace_node(&r->tables, node) && !r->numbers[node]) {
        if (length == sizeof chain / sizeof *chain)
            return 0;
        chain[length++] = node;
        node = trace_node(&r->tables, node)->parent;
    }
    while (length > 0) {
        uint32_t next = chain[--length];
        past->nodes = pool_grow(&past->pool, past->nodes, past->node_count,
                                &past->node_capacity, sizeof *past->nodes);
        past->nodes[past->node_count++] = (struct past_node){
            trace_node(&r->tables, next)->address,
            node < r->tables.node_count ? r->numbers[node] : 0};
        r->numbers[next] = (uint32_t)past->node_count;
        node = next;
    }
    return node < r->tables.node_count ? r->numbers[node] : 0;
}

static void keep_span(struct span *span, void *context) {
    struct reading *r = context;
    struct trace_past *past = r->past;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    past->spans = pool_grow(&past->pool, past->spans, past->span_count,
                            &past->span_capacity, sizeof *past->spans);
    struct past_span *kept = &past->spans[past->span_count++];
    *kept = (struct past_span){
        .number = span->number,
        .count = span->touched,
        .wanted = span->used,
        .blocks = pool_get(&past->pool, span->touched * sizeof *kept->blocks)};
    for (uint32_t i = 0; i < span->touched; i++) {
        bool lives = span_has(span, i);
        kept->blocks[i] = (struct past_block){
            lives ? keep_stack(r, span->slots[i].stack) : PAST_UNKNOWN,
            lives ? span->slots[i].wanted : 0};
        past->block_count += lives;
    }
}

static int compare_spans(const void *left, const void *right) {
    const struct past_span *a = left, *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

static void keep(struct reading *r) {
    struct trace_past *past = r->past;
    r->numbers =
        pool_zeroed(&past->pool, r->tables.node_count + 1, sizeof *r->numbers);
    spans_each(&r->heap.spans, keep_span, r);
    if (past->span_count > 0)
        qsort(past->spans, past->span_count, sizeof *past->spans,
              compare_spans);
    for (size_t i = 0; i < r->newcomer_count; i++) {
        const struct past_span *span = past_find(past, r->newcomers[i].span);
        if (!past_block(span, r->newcomers[i].block))
            continue;
        span->blocks[r->newcomers[i].block].stack = PAST_UNKNOWN;
        past->block_count--;
    }
    past->names = r->tables.names;
    r->tables.names = (struct trace_names){.calls = NULL};
    past->older = r->tables.past;
    r->tables.past = NULL;
    snprintf(past->path, sizeof past->path, "%s", r->file.path);
}

// ---- a parent ----

static uint64_t explained(const void *context) {
    const struct reading *r = context;
    return trace_file_memory(r->file.size, r->heap.most_blocks);
}

static void finish(struct reading *r) {
    trace_order_close(&r->order);
    apply_free(&r->heap);
    pool_give(&r->past->pool, r->log.list);
    pool_give(&r->past->pool, r->newcomers);
    pool_give(&r->past->pool, r->numbers);
}

// True when it tells of the fork.
static bool read_parent(struct reading *r, const char *path, int *readings) {
    struct pool *pool = &r->past->pool;
    struct failure ignored;
    if (!trace_file_open_in(&r->file, pool, path, &ignored))
        return false;
    trace_tables_load(&r->tables, &r->file);
    read_ancestor(&r->tables, &r->file, readings);
    trace_order_open(&r->order, &r->file);
    r->log = (struct change_log){
        .list = pool_get(pool, LOG_CHANGES * sizeof *r->log.list),
        .capacity = LOG_CHANGES,
        .flush = see_changes,
        .context = r};
    apply_start(&r->heap, &r->tables, r->order.first_time, &r->log);
    bool known = read_up_to_fork(r);
    if (known)
        keep(r);
    finish(r);
    past_free(r->tables.past);
    r->tables.past = NULL;
    trace_tables_free(&r->tables);
    return known;
}

// Ids may go round, and a folder may be full of one: so only so many are read.
struct search {
    uint64_t fork;
    int *readings;           // that may still be made
    struct trace_past *past; // what was found
};

static bool visit(void *context, const char *path) {
    struct search *search = context;
    if (*search->readings == 0)
        return false;
    --*search->readings;
    struct trace_past *past = memory_zeroed(1, sizeof *past);
    struct reading *r = memory_zeroed(1, sizeof *r);
    volatile bool known = false;
    jmp_buf out;
    r->past = past;
    r->fork = search->fork;
    r->file.fd = -1;
    pool_start(&past->pool, trace_file_memory(0, 0));
    past->pool.explained = explained;
    past->pool.context = r;
    if (pool_try(&past->pool, out)) {
        known = read_parent(r, path, search->readings);
        pool_done(&past->pool);
    } else {
        past_free(r->tables.past);
    }
    trace_file_close(&r->file);
    free(r);
    past->pool.explained = NULL;
    if (known)
        search->past = past;
    else
        past_free(past);
    return known;
}

// Its stacks become some of the child's.
static void number_stacks(struct trace_tables *tables,
                          struct trace_past *past) {
    uint32_t *numbers =
        pool_get(tables->pool, (past->node_count + 1) * sizeof *numbers);
    numbers[0] = 0;
    for (size_t i = 0; i < past->node_count; i++)
        numbers[i + 1] = trace_tables_add_node(tables, past->nodes[i].address,
                                               numbers[past->nodes[i].parent]);
    for (size_t i = 0; i < past->span_count; i++)
        for (uint32_t j = 0; j < past->spans[i].count; j++) {
            struct past_block *block = &past->spans[i].blocks[j];
            if (block->stack != PAST_UNKNOWN)
                block->stack = numbers[block->stack];
        }
    pool_give(tables->pool, numbers);
}

static void read_ancestor(struct trace_tables *tables, struct trace_file *file,
                          int *readings) {
    struct search search = {.fork = trace_fact_number(tables, "fork", 0),
                            .readings = readings};
    if (search.fork == 0 || file->header.parent_id == 0)
        return;
    family_find(file->path, file->header.parent_id, visit, &search);
    tables->past = search.past;
    if (!search.past)
        return;
    file->past_digest = past_digest(search.past);
    number_stacks(tables, search.past);
}

void ancestor_read(struct trace_tables *tables, struct trace_file *file) {
    int readings = READINGS;
    read_ancestor(tables, file, &readings);
}
