// wait_table.c - the table of who frees blocks of other threads' heaps, and how
// long they wait until they are taken back.
#include "viewer/answer/wait_table.h"

#include <stdlib.h>

#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"

TABLE_ROWS(waits, waits[i], wait_count)

// ---- its rows ----

// By thread and heap, as they are gathered.
struct gathered {
    uint32_t thread, heap;
    uint64_t taken_back, unseen, waiting, bytes, waiting_bytes;
    uint64_t wait_steps, longest, oldest;
};

static int compare_gathered(const void *left, const void *right) {
    const struct gathered *a = left, *b = right;
    if (a->thread != b->thread)
        return a->thread < b->thread ? -1 : 1;
    return (a->heap > b->heap) - (a->heap < b->heap);
}

static int compare_rows(const void *left, const void *right) {
    const struct answer_wait *a = left, *b = right;
    if (a->frees != b->frees)
        return a->frees > b->frees ? -1 : 1;
    if (a->heap != b->heap)
        return a->heap < b->heap ? -1 : 1;
    if (a->thread_id != b->thread_id)
        return a->thread_id < b->thread_id ? -1 : 1;
    return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

// What waits no more, and a row for each span with what does.
static size_t gather(const struct answer *a, struct gathered *list) {
    const struct waits *waits = &a->state->now->metrics.waits;
    const struct spans *spans = &a->state->now->heap.spans;
    size_t count = 0;
    for (size_t i = 0; i < waits->count; i++) {
        const struct wait_pair *pair = &waits->list[i];
        list[count++] = (struct gathered){.thread = pair->thread,
                                          .heap = pair->heap,
                                          .taken_back = pair->taken_back,
                                          .unseen = pair->unseen,
                                          .bytes = pair->bytes,
                                          .wait_steps = pair->wait_steps,
                                          .longest = pair->longest,
                                          .oldest = UINT64_MAX};
    }
    for (size_t i = 0; i < waits->span_count; i++) {
        const struct wait_span *at = &waits->spans[i];
        const struct span *span = spans_find(spans, at->span);
        for (size_t k = at->first; k < at->count; k++)
            list[count++] =
                (struct gathered){.thread = at->list[k].thread,
                                  .heap = span ? span->heap : 0,
                                  .waiting = 1,
                                  .bytes = at->list[k].bytes,
                                  .waiting_bytes = at->list[k].bytes,
                                  .oldest = at->list[k].time};
    }
    return count;
}

static size_t most_rows(const struct waits *waits) {
    size_t count = waits->count;
    for (size_t i = 0; i < waits->span_count; i++)
        count += waits->spans[i].count - waits->spans[i].first;
    return count;
}

static void add(struct gathered *to, const struct gathered *from) {
    to->taken_back += from->taken_back;
    to->unseen += from->unseen;
    to->waiting += from->waiting;
    to->bytes += from->bytes;
    to->waiting_bytes += from->waiting_bytes;
    to->wait_steps += from->wait_steps;
    to->longest = from->longest > to->longest ? from->longest : to->longest;
    to->oldest = from->oldest < to->oldest ? from->oldest : to->oldest;
}

// The name of the thread that had the ring with this id.
static const char *name_of(const struct answer *a,
                           const struct wait_thread *thread) {
    const struct threads *threads = &a->state->now->metrics.threads;
    for (size_t i = 0; i < threads->count; i++)
        if (threads->list[i].ring == thread->ring &&
            threads->list[i].thread_id == thread->thread_id)
            return state_thread_name(a->state, threads, (uint32_t)i);
    return NULL;
}

static const char *owner_of(const struct answer *a, uint32_t heap) {
    for (size_t i = 0; i < a->heap_count; i++)
        if (a->heaps[i].number == heap)
            return a->heaps[i].thread;
    return NULL;
}

static struct answer_wait row_of(const struct answer *a,
                                 const struct gathered *g) {
    const struct heap *heap = &a->state->now->heap;
    const struct wait_thread *thread =
        &a->state->now->metrics.waits.threads[g->thread];
    uint64_t start = heap_ns(heap, 0);
    struct answer_wait row = {.thread = name_of(a, thread),
                              .thread_id = thread->thread_id,
                              .heap = g->heap,
                              .owner = owner_of(a, g->heap),
                              .frees = g->taken_back + g->unseen + g->waiting,
                              .bytes = g->bytes,
                              .taken_back = g->taken_back,
                              .longest_ns = heap_ns(heap, g->longest) - start,
                              .waiting = g->waiting,
                              .waiting_bytes = g->waiting_bytes,
                              .unseen = g->unseen};
    if (g->taken_back > 0)
        row.mean_ns = heap_ns(heap, g->wait_steps / g->taken_back) - start;
    if (g->waiting > 0)
        row.oldest_ns = heap_ns(heap, heap->time) - heap_ns(heap, g->oldest);
    return row;
}

void waits_fill(struct answer *a) {
    const struct waits *waits = &a->state->now->metrics.waits;
    struct pool *pool = &a->state->pool;
    struct gathered *list = pool_get(pool, most_rows(waits) * sizeof *list);
    size_t all = gather(a, list), count = 0;
    if (all > 0)
        qsort(list, all, sizeof *list, compare_gathered);
    for (size_t i = 0; i < all; i++) {
        if (count > 0 && compare_gathered(&list[count - 1], &list[i]) == 0)
            add(&list[count - 1], &list[i]);
        else
            list[count++] = list[i];
    }
    a->waits = pool_get(pool, count * sizeof *a->waits);
    for (size_t i = 0; i < count; i++)
        a->waits[a->wait_count++] = row_of(a, &list[i]);
    pool_give(pool, list);
    if (count > 0)
        qsort(a->waits, count, sizeof *a->waits, compare_rows);
}

// ---- the table ----

const struct data_table waits_table = {
    TABLE(waits, "who frees blocks of other threads, and how long they wait"),
    .of_all = true,
    .columns = {
        COLUMN(answer_wait, thread, .key = "thread", .title = "freed by",
               .kind = TABLE_TEXT, .help = "the thread that frees"),
        COLUMN(answer_wait, thread_id, .key = "thread_id", .title = "id",
               .kind = TABLE_SMALL, .optional = true,
               .help = "its number in the system"),
        COLUMN(answer_wait, heap, .key = "heap", .title = "of heap",
               .kind = TABLE_SMALL, .help = "that has the blocks"),
        COLUMN(answer_wait, owner, .key = "owner", .title = "of",
               .kind = TABLE_TEXT, .help = "thread of that heap, or the last"),
        COLUMN(answer_wait, frees, .key = "frees", .title = "frees",
               .unit = TABLE_COUNT, .help = "of small blocks, since the start"),
        COLUMN(answer_wait, bytes, .key = "bytes", .title = "bytes",
               .unit = TABLE_BYTES, .help = "of these blocks, with rounding"),
        COLUMN(answer_wait, taken_back, .key = "taken_back",
               .title = "taken back", .unit = TABLE_COUNT,
               .help = "of the frees, by the heap"),
        COLUMN(answer_wait, mean_ns, .key = "mean_wait_ns", .title = "wait",
               .unit = TABLE_NS, .help = "from free to that, in the mean"),
        COLUMN(answer_wait, longest_ns, .key = "longest_wait_ns",
               .title = "longest", .unit = TABLE_NS, .help = "of these waits"),
        COLUMN(answer_wait, waiting, .key = "waiting", .title = "waiting",
               .unit = TABLE_COUNT, .help = "of the frees, still"),
        COLUMN(answer_wait, waiting_bytes, .key = "waiting_bytes",
               .title = "waiting", .unit = TABLE_BYTES,
               .help = "of their blocks, with rounding"),
        COLUMN(answer_wait, oldest_ns, .key = "oldest_ns", .title = "for",
               .unit = TABLE_NS, .help = "age of the oldest of these"),
        COLUMN(answer_wait, unseen, .key = "unseen", .title = "unseen",
               .unit = TABLE_COUNT,
               .help = "of the frees: in a pause, what became of them is not "
                       "recorded"),
    }};
