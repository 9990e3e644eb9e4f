// threads.c - see threads.h.
#include "instrument/write/threads.h"

#include "instrument/os/system.h"

#include <string.h>

// false: so many cannot be. None is lost in less than a tick.
static bool tell_lost(struct rp_trace_writer *writer, uint64_t now,
                      uint64_t *told) {
    uint64_t more = now - *told;

    if (more > writer->own->sources.since)
        return false;
    if (more != 0)
        rp_trace_writer_tell(writer, TRACE_EVENT_LOST, more, 0);
    *told = now;
    return true;
}

static void tell_lost_of(struct rp_trace_writer *writer, struct rp_source *ring,
                         struct rp_ring_notes *notes) {
    // relaxed: a count
    if (!ring->is_cut &&
        !tell_lost(writer, load_relaxed(&ring->ring->lost), &notes->lost) &&
        writer->second == NULL)
        rp_source_cut(ring);
    tell_lost(writer, ring->gone, &notes->gone);
    if (writer->second == NULL)
        ring->ring->told_lost = notes->lost;
}

static void tell_name(struct rp_trace_writer *writer,
                      const struct rp_source *ring,
                      struct rp_ring_notes *notes) {
    // relaxed: at worst a name of a thread that has just ended
    uint32_t id = load_relaxed(&ring->ring->thread);
    char name[16] = {0};

    if (id == 0 || notes->named == ring->mark.tail)
        return;
    notes->named = ring->mark.tail;
    rp_system_thread_name(writer->own->process, id, name);
    if (name[0] == 0 || strcmp(name, notes->name) == 0)
        return;
    memcpy(notes->name, name, sizeof name);
    rp_trace_writer_tell(writer, TRACE_EVENT_THREAD_NAME, id,
                         rp_tables_text(&writer->tables, name, strlen(name)));
}

void rp_threads_tell(struct rp_trace_writer *writer, bool names) {
    struct rp_source *ring = rp_trace_writer_rings(writer);

    for (; ring != NULL; ring = ring->next) {
        struct rp_ring_notes *notes = rp_trace_writer_notes(writer, ring);
        tell_lost_of(writer, ring, notes);
        if (names)
            tell_name(writer, ring, notes);
    }
    // relaxed: a count
    tell_lost(writer, load_relaxed(&writer->shared->lost),
              &writer->notes->lost);
    if (writer->second == NULL)
        writer->shared->told_lost = writer->notes->lost;
}
