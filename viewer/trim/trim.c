// trim.c - a part of a recording as a trace of its own.
#include "viewer/trim/trim.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/heap/ancestor.h"
#include "viewer/heap/apply.h"
#include "viewer/heap/blocks.h"
#include "viewer/trace/order.h"
#include "viewer/trace/past.h"
#include "viewer/trim/encoder.h"
#include "viewer/trim/rules.h"
#include "viewer/trim/state.h"
#include "viewer/trim/tables.h"

enum { LOG_CHANGES = 256 };

struct trimming {
    struct pool pool;
    struct trace_file file;
    struct trace_tables tables;
    struct needed needed;
    uint64_t from, to; // steps; from: up to and with that the state is told
    bool from_start;   // nothing is left out before
    bool to_end;
    uint64_t missing_events;
    const struct heap *heap; // of the reading under way; NULL: none is
    uint64_t most_blocks;    // that were live at one time, so far
};

// One reading of the trace.
struct reading {
    struct trimming *of;
    struct trace_order order;
    struct heap heap;
    struct change_log log;
    struct around around;
    struct event_sink sink;
    bool begun;
    uint64_t snapshots; // told so far
    uint64_t last_time; // of all events up to here
    uint64_t begin_time, end_time;
    uint64_t lost;
    uint64_t added; // events that stand for one, less that one
    uint64_t peak_held, peak_held_time;
    int64_t in_use, peak_in_use; // bytes of blocks
};

// ---- the heap ----

static void take_log(struct change_log *log, void *context) {
    struct reading *r = context;
    if (!r->begun)
        around_changes(&r->around, &r->heap, log->list, log->count);
    for (size_t i = 0; i < log->count; i++) {
        const struct heap_change *change = &log->list[i];
        if (change->kind == CHANGE_STATE_BEGINS)
            r->in_use = 0;
        else if (change->kind == CHANGE_BORN)
            r->in_use += (int64_t)change->taken;
        else if (change->kind == CHANGE_DIED)
            r->in_use -= (int64_t)change->taken;
        if (r->begun && r->in_use > r->peak_in_use)
            r->peak_in_use = r->in_use;
    }
    log->count = log->kinds = 0;
}

static void start(struct reading *r, struct trimming *t,
                  const struct event_sink *sink) {
    memset(r, 0, sizeof *r);
    r->of = t;
    r->sink = *sink;
    trace_order_open(&r->order, &t->file);
    r->log = (struct change_log){
        .list = pool_get(&t->pool, LOG_CHANGES * sizeof *r->log.list),
        .capacity = LOG_CHANGES,
        .flush = take_log,
        .context = r};
    around_start(&r->around, &t->pool);
    apply_start(&r->heap, &t->tables, r->order.first_time, &r->log);
    t->heap = &r->heap;
    r->begun = t->from_start;
    r->begin_time = r->order.first_time;
}

static void finish(struct reading *r) {
    struct trimming *t = r->of;
    t->missing_events = r->order.source.missing_events;
    t->most_blocks = r->heap.most_blocks;
    t->heap = NULL;
    trace_order_close(&r->order);
    around_free(&r->around);
    apply_free(&r->heap);
    pool_give(&t->pool, r->log.list);
}

static void note_held(struct reading *r) {
    if (r->heap.held <= r->peak_held || r->heap.telling)
        return;
    r->peak_held = r->heap.held;
    r->peak_held_time = r->last_time;
}

// ---- events ----

static void put(struct reading *r, const struct trace_event *event) {
    struct trace_event now = *event;
    if (event->type == TRACE_EVENT_SNAPSHOT)
        now.value[0] = ++r->snapshots;
    if (event->type == TRACE_EVENT_LOST)
        r->lost += event->value[0];
    r->sink.put(r->sink.context, &now);
}

static void put_state_event(void *context, const struct trace_event *event) {
    put(context, event);
}

// The state is told where no event waits for its cause: between two times.
static bool may_begin(const struct reading *r, uint64_t next) {
    return next > r->last_time && next > r->of->from && r->heap.waiting == 0 &&
           !r->around.walking;
}

static void begin(struct reading *r) {
    struct event_sink sink = {put_state_event, r};
    heap_flush(&r->heap);
    r->begun = true;
    r->begin_time = r->of->from > r->last_time ? r->of->from : r->last_time;
    r->last_time = r->begin_time;
    state_tell(&r->heap, &r->around, r->begin_time, &sink);
    r->peak_in_use = r->in_use;
    note_held(r);
}

// Whether its blocks are known by another trace, beside which this one may not
// lie.
static bool is_of_parent(const struct reading *r,
                         const struct trace_event *event) {
    if (event->type != TRACE_EVENT_INHERITED || !r->of->tables.past)
        return false;
    const struct span *span = spans_find(&r->heap.spans, event->value[0]);
    return span && span->place == SPAN_IN_HEAP;
}

static void put_past(struct reading *r, const struct trace_event *event) {
    struct trace_event block;
    for (uint64_t bits = event->value[2]; bits != 0; bits &= bits - 1) {
        blocks_past(&r->heap, event, (unsigned)__builtin_ctzll(bits), &block);
        put(r, &block);
        r->added++;
    }
    r->added--;
}

static void see(struct reading *r, const struct trace_event *event) {
    if (!r->begun && may_begin(r, event->time))
        begin(r);
    if (r->begun && is_of_parent(r, event))
        put_past(r, event);
    else if (r->begun)
        put(r, event);
    else if (trim_rule_of(event->type) == TRIM_AROUND)
        around_see(&r->around, &r->heap, event);
    if (event->time > r->last_time)
        r->last_time = event->time;
    apply_events(&r->heap, event, 1);
    if (r->begun)
        note_held(r);
}

static void read_events(struct reading *r) {
    const struct trace_event *run;
    size_t count;
    bool ended = false;
    while (!ended && (run = trace_order_next(&r->order, &count)))
        for (size_t i = 0; i < count && !ended; i++) {
            ended = run[i].time > r->of->to;
            if (!ended)
                see(r, &run[i]);
        }
    apply_end(&r->heap);
    // A part behind the last event is the state at its end.
    if (!r->begun && r->last_time > 0 && !r->around.walking)
        begin(r);
    r->end_time = ended ? r->of->to : r->last_time;
}

// ---- the two readings ----

static void mark_needed(void *context, const struct trace_event *event) {
    struct trimming *t = context;
    const struct trace_event_info *info = trace_event_info(event->type);
    for (int i = 0; i < TRACE_MAX_FIELDS && info->columns[i]; i++)
        if (info->columns[i] == TRACE_COLUMN_STACK)
            needed_node(&t->needed, &t->tables, event->value[i]);
        else if (info->columns[i] == TRACE_COLUMN_TEXT)
            needed_text(&t->needed, &t->tables, event->value[i]);
}

struct writing {
    struct trimming *of;
    struct encoder encoder;
};

static void encode(void *context, const struct trace_event *event) {
    struct writing *w = context;
    struct trace_event now = *event;
    const struct trace_event_info *info = trace_event_info(event->type);
    for (int i = 0; i < TRACE_MAX_FIELDS && info->columns[i]; i++)
        if (info->columns[i] == TRACE_COLUMN_STACK)
            now.value[i] = event->value[i] < w->of->tables.node_count
                               ? w->of->needed.nodes[event->value[i]]
                               : 0;
    encoder_add(&w->encoder, &now);
}

static void write_trailer(const struct reading *r, FILE *out, uint64_t events) {
    const struct trimming *t = r->of;
    struct column payload = {.bytes = NULL};
    struct trace_trailer trailer = {
        .events = events,
        .lost_events = r->lost,
        .duration_ns = t->to_end && t->tables.has_trailer
                           ? t->tables.trailer.duration_ns
                           : trace_clock_ns(&t->tables, r->end_time),
        .held_bytes = r->heap.held,
        .peak_held_bytes = r->peak_held,
        .peak_held_time = r->peak_held_time,
        .in_use_bytes = (uint64_t)r->in_use,
        .peak_in_use_bytes = (uint64_t)r->peak_in_use,
        .exit_kind =
            t->to_end ? t->tables.trailer.exit_kind : TRACE_EXIT_STOPPED};
    column_bytes(&payload, &trailer, sizeof trailer);
    writer_plain(out, TRACE_TRAILER, &payload);
    column_free(&payload);
}

static void write_all(struct trimming *t, FILE *out, struct trim_told *told) {
    struct writing w = {.of = t, .encoder = {.out = out}};
    struct reading r;
    writer_header(out, &t->file.header);
    tables_write(out, &t->tables, &t->needed);
    start(&r, t, &(struct event_sink){encode, &w});
    read_events(&r);
    encoder_end(&w.encoder);
    if (!t->to_end)
        tables_write_fact(out, "stopped", "it was asked to");
    // Of a recording that is not there to its end neither is this.
    if (!t->to_end || t->tables.has_trailer)
        write_trailer(&r, out, w.encoder.events);
    tables_write_names(out, &t->tables, &t->needed);
    told->from_ns = trace_clock_ns(&t->tables, r.begin_time);
    told->to_ns = trace_clock_ns(&t->tables, r.end_time);
    told->events = w.encoder.events;
    told->all_events = r.added;
    finish(&r);
}

static void find_needed(struct trimming *t) {
    struct reading r;
    start(&r, t, &(struct event_sink){mark_needed, t});
    read_events(&r);
    finish(&r);
    needed_number(&t->needed, &t->tables);
}

static bool set_part(struct trimming *t, const struct trim_wish *wish,
                     struct failure *failure) {
    uint64_t last = 0, first = UINT64_MAX;
    for (size_t i = 0; i < t->file.block_count; i++) {
        const struct trace_block_header *header = &t->file.blocks[i].header;
        if (header->kind != TRACE_EVENTS)
            continue;
        last = header->last_time > last ? header->last_time : last;
        first = header->first_time < first ? header->first_time : first;
    }
    if (first > last)
        return fail(failure, "%s: there are no events in it", t->file.path);
    t->from = trace_clock_steps(&t->tables, wish->from_ns);
    t->to = wish->to_ns == UINT64_MAX
                ? UINT64_MAX
                : trace_clock_steps(&t->tables, wish->to_ns);
    t->from_start = wish->from_ns == 0 || t->from < first;
    t->to_end = t->to >= last;
    if (t->from > last)
        failure->asked = true;
    return t->from <= last ||
           fail(failure, "%s: the part begins behind its end", t->file.path);
}

static bool trim_tables(struct trimming *t, const char *path,
                        const struct trim_wish *wish, FILE *out,
                        struct trim_told *told, struct failure *failure) {
    if (!trace_file_open_in(&t->file, &t->pool, path, failure))
        return false;
    trace_tables_load(&t->tables, &t->file);
    ancestor_read(&t->tables, &t->file);
    if (!set_part(t, wish, failure))
        return false;
    hiding_apply(&wish->hiding, &t->tables);
    needed_start(&t->needed, &t->tables);
    find_needed(t);
    write_all(t, out, told);
    for (size_t i = 0; i < t->file.block_count; i++)
        told->all_events += t->file.blocks[i].header.event_count;
    told->damaged = t->missing_events > 0 || t->file.damaged_blocks > 0 ||
                    t->file.truncated;
    needed_free(&t->needed);
    return told->events > 0 ||
           fail(failure, "%s: no event of that part can be read", path);
}

static uint64_t explained(const void *context) {
    const struct trimming *t = context;
    return trace_file_memory(t->file.size,
                             t->heap ? t->heap->most_blocks : t->most_blocks);
}

bool trim(const char *path, const struct trim_wish *wish, FILE *to,
          struct trim_told *told, struct failure *failure) {
    struct trimming *t = calloc(1, sizeof *t);
    volatile bool good = false;
    jmp_buf out;
    if (!t)
        return fail(failure, "no memory");
    t->file.fd = -1;
    pool_start(&t->pool, trace_file_memory(0, 0));
    t->pool.explained = explained;
    t->pool.context = t;
    if (pool_try(&t->pool, out))
        good = trim_tables(t, path, wish, to, told, failure);
    else
        pool_fail(&t->pool, path, failure);
    pool_done(&t->pool);
    trace_file_close(&t->file);
    past_free(t->tables.past);
    pool_free(&t->pool);
    free(t);
    return good;
}
