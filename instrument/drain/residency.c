// residency.c - see residency.h.
//
// The system tells by /proc/PID/pagemap, eight bytes a page, to other processes
// of the same user too. Only what is mapped is looked at, in big pieces, and by
// nobody but the drainer.
#include "instrument/drain/residency.h"

#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include "core/os/os.h"

enum {
    READ_BYTES = 1 << 20,
    MOST_RUNS = 1 << 16, // of a sample that are told
    PRESENT = 2,         // beside enum trace_page_state
};
#define PAGE_IS_PRESENT (UINT64_C(1) << 63)
#define PAGE_IS_SWAPPED (UINT64_C(1) << 62)

struct sample {
    struct rp_trace_writer *writer;
    int pagemap;
    uint64_t *entries; // READ_BYTES of them
    uint64_t page, time;
    // Pages in a row of one state, which is told where it is not PRESENT.
    uint64_t run_start, run_end;
    unsigned run_state, runs;
    bool any;   // a region was there
    bool ended; // there is no such process any more
};

static void write_block(struct rp_trace_writer *writer) {
    uint64_t *sequence = &writer->notes->own_sequence;
    uint32_t events = writer->encoder.events;

    if (events == 0)
        return;
    if (writer->file.error == 0 && rp_trace_writer_has_space(writer)) {
        rp_trace_writer_end_block(writer, 0, *sequence);
        *sequence += events;
    }
    rp_encoder_begin(&writer->encoder, UINT64_MAX);
}

static void add(struct sample *sample, unsigned type, uint64_t a, uint64_t b,
                uint64_t c) {
    struct rp_trace_writer *writer = sample->writer;

    if (writer->encoder.events == RP_BLOCK_EVENTS)
        write_block(writer);
    rp_encoder_add(&writer->encoder, type, sample->time,
                   (uint64_t[TRACE_MAX_FIELDS]){a, b, c});
}

// ---- pages ----

static unsigned state_of(uint64_t entry) {
    return (entry & PAGE_IS_PRESENT) != 0   ? PRESENT
           : (entry & PAGE_IS_SWAPPED) != 0 ? TRACE_PAGE_SWAPPED
                                            : TRACE_PAGE_NONE;
}

static void end_run(struct sample *sample) {
    if (sample->run_end > sample->run_start && sample->run_state != PRESENT &&
        sample->runs < MOST_RUNS) {
        add(sample, TRACE_EVENT_PAGES, sample->run_start,
            sample->run_end - sample->run_start, sample->run_state);
        sample->runs++;
    }
    sample->run_start = sample->run_end;
}

// The next page of a region.
static void go_on(struct sample *sample, uint64_t from, uint64_t to,
                  unsigned state) {
    if (from != sample->run_end || state != sample->run_state) {
        end_run(sample);
        sample->run_start = from;
        sample->run_state = state;
    }
    sample->run_end = to;
}

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
            unsigned state = state_of(sample->entries[i]);
            if (state == PRESENT)
                present += to - from;
            go_on(sample, from, to, state);
        }
    }
    end_run(sample);
    return present;
}

static void look_at(void *context, const struct rp_region *region) {
    struct sample *sample = context;
    uint64_t present =
        count(sample, region->address, region->address + region->bytes);

    sample->any = true;
    if (!sample->ended)
        add(sample, TRACE_EVENT_RESIDENCY, region->address, region->bytes,
            present);
}

bool rp_residency_is_due(const struct rp_trace_writer *writer, bool all,
                         uint64_t *last) {
    uint64_t every = writer->own->residency_ns;
    uint64_t ns = rp_trace_writer_ns(writer);

    if (every == 0 || (!all && ns - *last < every))
        return false;
    *last = ns;
    return true;
}

void rp_residency_sample(struct rp_trace_writer *writer) {
    struct sample sample = {.writer = writer, .page = rp_os_page_bytes()};
    char path[64];
    struct rp_line line = rp_line_start(path, sizeof path);

    if (writer->totals.regions == NULL)
        return;
    rp_line_text(&line, "/proc/");
    rp_line_number(&line, writer->own->process);
    rp_line_text(&line, "/pagemap");
    if (rp_system_open(path, &sample.pagemap) != 0)
        return;
    sample.entries = rp_system_map(READ_BYTES, RP_MAP_OWN);
    sample.time = rp_trace_writer_steps(writer);
    sample.time++; // as of all events in ring 0
    if (sample.time <= writer->notes->start)
        sample.time = writer->notes->start + 1;
    if (sample.entries != NULL) {
        rp_encoder_begin(&writer->encoder, UINT64_MAX);
        rp_regions_each(&writer->regions, look_at, &sample);
        if (!sample.any)
            add(&sample, TRACE_EVENT_RESIDENCY, 0, 0, 0);
        if (!sample.ended)
            write_block(writer);
        rp_system_unmap(sample.entries, READ_BYTES);
    }
    rp_system_close(sample.pagemap);
}
