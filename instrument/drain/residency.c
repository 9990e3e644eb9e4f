// residency.c - how much of the program's memory is really there.
//
// The system tells by /proc/PID/pagemap, eight bytes a page, to other processes
// of the same user too. Only what is mapped is looked at, in big pieces, and by
// nobody but the drainer.
#include "instrument/os/clock.h"
#include "instrument/drain/drainer_parts.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include "core/os/os.h"

enum { READ_BYTES = 1 << 20 };
#define PAGE_IS_PRESENT (UINT64_C(1) << 63)

struct sample {
    struct rp_drainer *drainer;
    int pagemap;
    uint64_t *entries; // READ_BYTES of them
    uint64_t page, time;
    bool any;   // mapping was there
    bool ended; // there is no such process any more
};

// How many of the bytes from `address` to `end` lie in pages that are present.
static uint64_t count(struct sample *sample, uint64_t address, uint64_t end) {
    uint64_t present = 0, at = address - address % sample->page;

    while (at < end && !sample->ended) {
        uint64_t pages = (end - at + sample->page - 1) / sample->page;
        size_t bytes = pages * 8 < READ_BYTES ? (size_t)pages * 8 : READ_BYTES;
        size_t got = rp_system_read_at(sample->pagemap, sample->entries, bytes,
                                       at / sample->page * 8);
        sample->ended = got < 8;
        for (size_t i = 0; i < got / 8; i++, at += sample->page) {
            uint64_t from = at < address ? address : at;
            uint64_t to = at + sample->page < end ? at + sample->page : end;
            if ((sample->entries[i] & PAGE_IS_PRESENT) != 0)
                present += to - from;
        }
    }
    return present;
}

static void write_block(struct rp_drainer *drainer) {
    uint64_t *sequence = &drainer->shared->drained.own_sequence;
    uint32_t events = drainer->encoder.events;

    if (events == 0)
        return;
    if (drainer->file.error == 0 && rp_drainer_has_space(drainer)) {
        rp_drainer_end_block(drainer, 0, *sequence);
        *sequence += events;
    }
    rp_encoder_begin(&drainer->encoder, UINT64_MAX);
}

static void look_at(void *context, const struct rp_mapping_place *place) {
    struct sample *sample = context;
    struct rp_drainer *drainer = sample->drainer;
    uint64_t present =
        count(sample, place->address, place->address + place->bytes);

    sample->any = true;
    if (sample->ended)
        return;
    if (drainer->encoder.events == RP_BLOCK_EVENTS)
        write_block(drainer);
    rp_encoder_add(
        &drainer->encoder, TRACE_EVENT_RESIDENCY, sample->time,
        (uint64_t[TRACE_MAX_FIELDS]){place->address, place->bytes, present});
}

bool rp_residency_is_due(struct rp_drainer *drainer, bool all) {
    uint64_t every = drainer->shared->residency_ns, ns = rp_drainer_ns(drainer);

    if (every == 0 || (!all && ns - drainer->resident_ns < every))
        return false;
    drainer->resident_ns = ns;
    return true;
}

void rp_residency_sample(struct rp_drainer *drainer) {
    struct rp_shared *shared = drainer->shared;
    struct sample sample = {.drainer = drainer, .page = rp_os_page_bytes()};
    char path[64];
    struct rp_line line = rp_line_start(path, sizeof path);

    if (drainer->tally.mappings == NULL)
        return;
    rp_line_text(&line, "/proc/");
    rp_line_number(&line, shared->process);
    rp_line_text(&line, "/pagemap");
    if (rp_system_open(path, &sample.pagemap) != 0)
        return;
    sample.entries = rp_system_map(READ_BYTES, RP_MAP_OWN);
    sample.time = (rp_clock_now() - shared->base_ticks) >> drainer->shift;
    sample.time++; // as of all events in ring 0
    if (sample.time <= shared->drained.start)
        sample.time = shared->drained.start + 1;
    if (sample.entries != NULL) {
        rp_encoder_begin(&drainer->encoder, UINT64_MAX);
        rp_mappings_each(&drainer->mappings, look_at, &sample);
        if (!sample.any)
            rp_encoder_add(&drainer->encoder, TRACE_EVENT_RESIDENCY,
                           sample.time, (uint64_t[TRACE_MAX_FIELDS]){0});
        if (!sample.ended)
            write_block(drainer);
        rp_system_unmap(sample.entries, READ_BYTES);
    }
    rp_system_close(sample.pagemap);
}
