// drain.c - how many events a second the drainer puts into a trace.
//
// Blocks of 1,000 slots are replaced at random, as in churn. What a recorder
// would have written of it lies in a ring; then the ring is drained, and the
// processor time of that alone is taken: encoding, compression, checksums, and
// the handing over to the system. Again and again, since the first round has
// the page faults.
//
// Arguments: rounds, the trace to write. Prints millions of events a second of
// the median round, and bytes of trace for an event.
#include "core/rpmalloc.h"
#include "core/span/size_class.h"
#include "instrument/os/clock.h"
#include "instrument/drain/drainer.h"
#include "instrument/os/system.h"
#include "programs/bench.h"

#include <fcntl.h>
#include <time.h>

enum {
    LIVE = 1000,
    SIZE_LOW = 16,
    SIZE_HIGH = 512,
    WAYS = 16, // different stacks
    DEPTH = 10,
    CHANGING = 4, // their innermost frames
    ROOM = 1 << 20,
    ROUNDS_MAX = 1000,
};

static struct rp_shm shm;
static struct rp_ring_producer producer;
static uint32_t stacks[WAYS];
static void *blocks[LIVE];
static size_t sizes[LIVE];
static struct bench_random source;

static void need(bool holds, const char *what) {
    if (!holds) {
        bench_fail(what);
    }
}

static struct rp_shared *shared(void) {
    return rp_shared_of(&shm);
}

// A stack for each way: the same frames but for the innermost.
static void make_stacks(void) {
    struct rp_tree tree = {.shm = NULL};
    bool added;

    shared()->stacks = rp_tree_make(&shm);
    need(rp_tree_open(&tree, &shm, shared()->stacks), "no memory");
    for (uint32_t way = 0; way < WAYS; way++) {
        uint32_t node = 0;
        uint64_t hash = 0;
        for (uint32_t i = 0; i < DEPTH; i++) {
            bool other = i >= DEPTH - CHANGING && (way >> (DEPTH - 1 - i) & 1);
            uint64_t address = 0x400000 + i * 0x100 + (other ? 0x10000 : 0);
            hash = rp_tree_hash(hash, address);
            node = rp_tree_child(&tree, node, hash, address, &added);
        }
        stacks[way] = node;
    }
}

static void start(void) {
    need(rp_shm_make_private(&shm, sizeof(struct rp_shared)), "no memory");
    shared()->layout = rp_layout();
    for (unsigned i = 0; i < shared()->layout.class_count; i++) {
        shared()->classes[i] = rp_class(i);
    }
    shared()->base_ticks = rp_clock_now();
    shared()->base_ns = rp_clock_monotonic();
    make_stacks();
    size_t bytes = rp_ring_bytes(ROOM);
    uint64_t offset = rp_shm_take(&shm, bytes, bytes);
    need(offset != 0, "no memory");
    rp_ring_producer_start(
        &producer, rp_ring_make(rp_shm_at(&shm, offset), ROOM, ROOM, 1));
    store_relaxed(&shared()->rings, offset); // relaxed: no other thread
}

static uint32_t block_bytes(size_t size) {
    unsigned class = 0;

    while (shared()->classes[class].block_bytes < size) {
        class ++;
    }
    return shared()->classes[class].block_bytes;
}

static void write_event(unsigned type, uint32_t slot) {
    struct rpmalloc_place at = rpmalloc_place_of(blocks[slot]);
    uint64_t c[4] = {sizes[slot], stacks[bench_below(&source, WAYS)], 0, 0};
    uint32_t bytes = (uint32_t)block_bytes(sizes[slot]);
    uint32_t block = (at.offset - class_start(bytes)) / bytes;

    rp_record_write(&producer, rp_clock_now(), type, at.span, block, c);
}

// Fills the ring; returns how many events that is.
static uint64_t fill(void) {
    uint64_t events = 0;

    while (rp_ring_producer_refresh(&producer, 2 * RP_RECORD_MAX_SLOTS)) {
        uint32_t slot = bench_below(&source, LIVE);
        if (blocks[slot] != NULL) {
            write_event(TRACE_EVENT_FREE, slot);
            rpfree(blocks[slot]);
            events++;
        }
        sizes[slot] = bench_between(&source, SIZE_LOW, SIZE_HIGH);
        blocks[slot] = rpmalloc(sizes[slot]);
        write_event(TRACE_EVENT_ALLOC, slot);
        events++;
    }
    return events;
}

static double seconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

int main(int argc, char **argv) {
    static double rates[ROUNDS_MAX];
    unsigned long rounds = bench_argument(argc, argv, 1, 20);
    const char *path = argc > 2 ? argv[2] : "/dev/null";
    uint64_t events = 0;

    need(rounds >= 1 && rounds <= ROUNDS_MAX, "1 to 1000 rounds");
    setenv("RPSCOPE_RECORD", "off", 1);
    rp_clock_start();
    rpmalloc_initialize();
    start();
    source = bench_seed(1);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct rp_drainer *drainer = rp_drainer_make(&shm, -1, file, 0, 0);
    need(file >= 0 && drainer != NULL, "the trace cannot be written");
    rp_drainer_begin(drainer);
    for (unsigned long i = 0; i < rounds; i++) {
        uint64_t count = fill();
        double before = seconds();
        rp_drainer_look(drainer, true);
        rates[i] = (double)count / (seconds() - before) / 1e6;
        need(drainer->writer.file.error == 0, "the trace cannot be written");
        need(drainer->writer.totals.events >= events + count,
             "an event is missing");
        events += count;
    }
    qsort(rates, rounds, sizeof *rates, by_size);
    printf("%.1f %.2f\n", rates[rounds / 2],
           (double)drainer->writer.file.bytes / (double)events);
    return 0;
}
