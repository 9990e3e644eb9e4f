// threads.c - the threads of the program, and which heaps they have.
#include "viewer/metric/threads.h"

#include <stdlib.h>

static struct thread_counts *add(struct threads *threads, uint32_t ring,
                                 uint64_t time) {
    threads->list = pool_grow(threads->pool, threads->list, threads->count,
                              &threads->capacity, sizeof *threads->list);
    ring_index_set(&threads->rings, ring, (uint32_t)threads->count);
    struct thread_counts *thread = &threads->list[threads->count++];
    *thread = (struct thread_counts){.ring = ring,
                                     .name = UINT64_MAX,
                                     .first_time = time,
                                     .last_time = time};
    return thread;
}

static struct thread_counts *thread_of(struct threads *threads, uint32_t ring,
                                       uint64_t time) {
    uint32_t place = ring_index_find(&threads->rings, ring);
    return place == (uint32_t)RING_NONE ? add(threads, ring, time)
                                        : &threads->list[place];
}

static void thread_note(struct threads *threads,
                        const struct heap_change *change) {
    struct thread_counts *thread =
        thread_of(threads, change->ring, change->time);
    uint32_t id = (uint32_t)change->value[0];
    if (change->part == TRACE_EVENT_THREAD_NAME) {
        // Seen by somebody else, mostly: by the ring of the recorder.
        for (size_t i = threads->count; i-- > 0;)
            if (threads->list[i].thread_id == id) {
                thread = &threads->list[i];
                break;
            }
        if (thread->thread_id != id)
            return;
    } else if (thread->thread_id != 0 && thread->thread_id != id) {
        thread->last_time = change->time;
        thread = add(threads, change->ring, change->time);
    }
    thread->thread_id = id;
    if (change->value[1] != 0)
        thread->name = change->value[1];
}

static void heap_note_of(struct threads *threads,
                         const struct heap_change *change) {
    uint64_t number = change->value[0];
    while (threads->heap_count <= number) {
        threads->heaps =
            pool_grow(threads->pool, threads->heaps, threads->heap_count,
                      &threads->heap_capacity, sizeof *threads->heaps);
        threads->heaps[threads->heap_count++] = (struct heap_owner){0};
    }
    struct heap_owner *heap = &threads->heaps[number];
    heap->known = true;
    heap->orphan = change->part == TRACE_EVENT_HEAP_ORPHAN;
    if (change->part != TRACE_EVENT_HEAP_CREATE &&
        change->part != TRACE_EVENT_HEAP_ADOPT)
        return;
    heap->thread = (uint32_t)(thread_of(threads, change->ring, change->time) -
                              threads->list);
    threads->turns =
        pool_grow(threads->pool, threads->turns, threads->turn_count,
                  &threads->turn_capacity, sizeof *threads->turns);
    threads->turns[threads->turn_count++] =
        (struct heap_turn){(uint32_t)number, heap->thread, change->time};
}

static void note(struct threads *threads, const struct heap_change *change) {
    switch (change->part) {
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_NAME:
        thread_note(threads, change);
        return;
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_RESET:
    case TRACE_EVENT_HEAP_ORPHAN:
        heap_note_of(threads, change);
        return;
    case TRACE_EVENT_HEAP_NAME:
        if (change->value[0] < threads->heap_count)
            threads->heaps[change->value[0]].name = change->value[1];
        return;
    default:
        return;
    }
}

static void threads_feed(void *metric, const struct metric_context *context,
                         const struct heap_change *changes, size_t count) {
    struct threads *threads = metric;
    struct thread_counts *thread = NULL;
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (!thread || thread->ring != change->ring)
            thread = thread_of(threads, change->ring, change->time);
        switch (change->kind) {
        case CHANGE_EVENTS:
            thread->events += change->events;
            thread->last_time = change->last_time;
            break;
        case CHANGE_BORN:
            if (!(change->flags & CHANGE_COUNTS))
                break;
            thread->allocations++;
            thread->allocated_bytes += change->wanted;
            break;
        case CHANGE_DIED:
            if (!(change->flags & CHANGE_COUNTS))
                break;
            thread->frees++;
            thread->deferred_frees += (change->flags & CHANGE_DEFERRED) != 0;
            break;
        case CHANGE_STATE_BEGINS:
            for (size_t j = 0; j < threads->heap_count; j++)
                threads->heaps[j] = (struct heap_owner){.known = false};
            break;
        case CHANGE_NOTE:
            note(threads, change);
            thread = NULL; // the list may have moved
            break;
        default:
            break;
        }
    }
}

static void threads_start(void *metric, const struct metric_context *context) {
    struct threads *threads = metric;
    threads->pool = threads->rings.pool = context->pool;
}

static void threads_free(void *metric) {
    struct threads *threads = metric;
    pool_give(threads->pool, threads->list);
    pool_give(threads->pool, threads->heaps);
    pool_give(threads->pool, threads->turns);
    ring_index_free(&threads->rings);
}

static void threads_save(const void *metric,
                         const struct metric_context *context,
                         struct pack *pack) {
    (void)context;
    const struct threads *threads = metric;
    pack_put_array(pack, threads->list, threads->count, sizeof *threads->list);
    pack_put_array(pack, threads->heaps, threads->heap_count,
                   sizeof *threads->heaps);
    pack_put_array(pack, threads->turns, threads->turn_count,
                   sizeof *threads->turns);
}

static bool threads_restore(void *metric, const struct metric_context *context,
                            struct pack *pack) {
    struct threads *threads = metric;
    (void)context;
    bool whole =
        pack_take_array(pack, threads->pool, (void **)&threads->list,
                        &threads->count, sizeof *threads->list) &&
        pack_take_array(pack, threads->pool, (void **)&threads->heaps,
                        &threads->heap_count, sizeof *threads->heaps) &&
        pack_take_array(pack, threads->pool, (void **)&threads->turns,
                        &threads->turn_count, sizeof *threads->turns);
    threads->capacity = threads->count;
    threads->heap_capacity = threads->heap_count;
    threads->turn_capacity = threads->turn_count;
    for (size_t i = 0; i < threads->count; i++)
        ring_index_set(&threads->rings, threads->list[i].ring, (uint32_t)i);
    for (size_t i = 0; whole && i < threads->heap_count; i++)
        whole = pack_is_bool(&threads->heaps[i].known) &&
                pack_is_bool(&threads->heaps[i].orphan);
    return whole;
}

const struct metric threads_metric = {
    .key = "threads",
    .kinds = UINT32_MAX,
    .start = threads_start,
    .feed = threads_feed,
    .free = threads_free,
    .save = threads_save,
    .restore = threads_restore,
};

uint32_t threads_at(const struct threads *threads, uint32_t ring,
                    uint64_t time) {
    uint32_t found = 0;
    for (size_t i = 0; i < threads->count; i++)
        if (threads->list[i].ring == ring &&
            threads->list[i].first_time <= time)
            found = (uint32_t)i;
    return found;
}
