// lives.c - every block of a recording, when it came and when it went.
#include "viewer/export/lives.h"

#include <string.h>

#include "viewer/heap/ancestor.h"
#include "viewer/heap/apply.h"
#include "viewer/trace/order.h"
#include "viewer/trace/past.h"

enum { LOG_CHANGES = 256 };

struct reading {
    struct pool pool;
    struct trace_file file;
    struct trace_tables tables;
    struct trace_order order;
    struct heap heap;
    struct change_log log;
    void (*visit)(const struct life *life, void *context);
    void *context;
    uint64_t steps; // of the change at hand
};

static void tell(struct reading *r, bool comes, const struct heap_change *c) {
    r->visit(&(struct life){.comes = comes,
                            .span = c->span,
                            .block = c->block,
                            .birth = c->birth,
                            .bytes = c->wanted,
                            .stack = c->stack,
                            .ns = heap_ns(&r->heap, c->time)},
             r->context);
}

// A block that was there before a gap, and is not any more.
static void tell_gone(struct span *span, void *context) {
    struct reading *r = context;
    if (span->place != SPAN_IN_HEAP)
        return;
    for (uint32_t block = 0; block < span->touched; block++)
        if (span_has(span, block))
            r->visit(&(struct life){.comes = false,
                                    .span = span->number,
                                    .block = block,
                                    .birth = span->slots[block].birth,
                                    .bytes = span_wanted(span, block),
                                    .stack = span->slots[block].stack,
                                    .ns = heap_ns(&r->heap, r->steps)},
                     r->context);
}

// A block that lives at the end.
static void tell_staying(struct span *span, void *context) {
    struct reading *r = context;
    if (span->place != SPAN_IN_HEAP)
        return;
    for (uint32_t block = 0; block < span->touched; block++)
        if (span_has(span, block))
            r->visit(&(struct life){.stays = true,
                                    .span = span->number,
                                    .block = block,
                                    .birth = span->slots[block].birth,
                                    .bytes = span_wanted(span, block),
                                    .stack = span->slots[block].stack,
                                    .ns = heap_ns(&r->heap,
                                                  span->slots[block].birth)},
                     r->context);
}

static void tell_change(struct reading *r, const struct heap_change *change) {
    r->steps = change->time;
    switch (change->kind) {
    case CHANGE_BORN:
        if (!(change->flags & CHANGE_CONTINUES))
            tell(r, true, change);
        return;
    case CHANGE_DIED:
        tell(r, false, change);
        return;
    case CHANGE_STATE_ENDS:
        if (r->heap.before) // of which what was told again is out
            spans_each(&r->heap.before->spans, tell_gone, r);
        return;
    default:
        return;
    }
}

static void take_log(struct change_log *log, void *context) {
    for (size_t i = 0; i < log->count; i++)
        tell_change(context, &log->list[i]);
    log->count = log->kinds = 0;
}

static void apply_all(struct reading *r, uint64_t events) {
    size_t count;
    const struct trace_event *run;
    while (r->heap.events < events &&
           (run = trace_order_next(&r->order, &count))) {
        uint64_t left = events - r->heap.events;
        apply_events(&r->heap, run, count < left ? count : (size_t)left);
    }
    apply_end(&r->heap);
}

static bool read(struct reading *r, const char *path, uint64_t events,
                 struct failure *failure) {
    if (!trace_file_open_in(&r->file, &r->pool, path, failure))
        return false;
    trace_tables_load(&r->tables, &r->file);
    ancestor_read(&r->tables, &r->file);
    trace_order_open(&r->order, &r->file);
    r->log = (struct change_log){
        .list = pool_get(&r->pool, LOG_CHANGES * sizeof *r->log.list),
        .capacity = LOG_CHANGES,
        .flush = take_log,
        .context = r};
    apply_start(&r->heap, &r->tables, r->order.first_time, &r->log);
    apply_all(r, events);
    spans_each(&r->heap.spans, tell_staying, r);
    return true;
}

static uint64_t explained(const void *context) {
    const struct reading *r = context;
    return trace_file_memory(r->file.size, r->heap.most_blocks);
}

bool lives_each(const char *path, uint64_t events,
                void (*visit)(const struct life *life, void *context),
                void *context, struct failure *failure) {
    struct reading r = {.visit = visit, .context = context, .file.fd = -1};
    volatile bool good = false;
    jmp_buf out;
    pool_start(&r.pool, trace_file_memory(0, 0));
    r.pool.explained = explained;
    r.pool.context = &r;
    if (pool_try(&r.pool, out))
        good = read(&r, path, events, failure);
    else
        pool_fail(&r.pool, path, failure);
    pool_done(&r.pool);
    trace_file_close(&r.file);
    past_free(r.tables.past);
    pool_free(&r.pool);
    return good;
}
