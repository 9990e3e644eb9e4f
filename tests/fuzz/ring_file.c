// ring_file.c - see ring_file.h.
#include "tests/fuzz/ring_file.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instrument/os/clock.h"
#include "instrument/shm/intern.h"
#include "instrument/shm/record.h"
#include "instrument/shm/shared.h"
#include "instrument/shm/spill.h"
#include "instrument/stack/tree.h"

enum { CAPACITY = 256, EVENTS = 48, SPILLED_FROM = 40, SPILLED = 60 };

static void part(struct ring_file *file, enum ring_file_part part,
                 uint64_t start, size_t length) {
    file->start[part] = start;
    file->length[part] = (uint32_t)length;
}

static void describe(struct rp_shared *shared, const char *trace) {
    memcpy(shared->header.magic, TRACE_MAGIC, sizeof shared->header.magic);
    shared->header.trace_id = RING_FILE_ID;
    shared->header.start_unix_ns = rp_clock_wall();
    shared->header.process_id = shared->process = RING_FILE_PROCESS;
    shared->base_ticks = rp_clock_now();
    shared->base_ns = rp_clock_monotonic();
    shared->layout = rp_layout();
    for (uint32_t i = 0; i < shared->layout.class_count; i++)
        shared->classes[i] = rp_class(i);
    shared->stack_frames = 16;
    shared->shift = 6;
    shared->spill.budget = RP_SPILL_LEAST;
    shared->spill.region = RP_SPILL_LEAST;
    snprintf(shared->trace, sizeof shared->trace, "%s", trace);
    snprintf(shared->wanted, sizeof shared->wanted, "%s", trace);
    snprintf(shared->program, sizeof shared->program, "fuzz");
    shared->exact = 1;
}

static struct rp_ring *add_ring(struct rp_shm *shm, uint32_t number,
                                uint64_t *offset) {
    struct rp_shared *shared = rp_shared_of(shm);
    size_t bytes = rp_ring_bytes(CAPACITY);
    *offset = rp_shm_take(shm, bytes, bytes);
    struct rp_ring *ring =
        rp_ring_make(rp_shm_at(shm, *offset), CAPACITY, CAPACITY, number);
    ring->next = load_relaxed(&shared->rings);
    store_relaxed(&shared->ring_count, number);
    store_release(&shared->rings, *offset); // release [ring list]
    return ring;
}

static void put(struct rp_ring_producer *producer, uint64_t ticks,
                unsigned type, uint32_t a, uint32_t b, uint64_t c0, uint64_t c1,
                uint64_t c2) {
    rp_record_write(producer, ticks, type, a, b, (uint64_t[4]){c0, c1, c2, 0});
}

// One of each kind that changes something.
static void tell(struct rp_ring_producer *p, uint64_t t, uint32_t text,
                 uint32_t stack, const struct rp_layout_info *layout) {
    uint64_t span = layout->span_bytes, one = 1 | UINT64_C(1) << 32;
    put(p, t, TRACE_EVENT_THREAD_START, 7, 0, text, 0, 0);
    put(p, t, TRACE_EVENT_MODULE_LOAD, 0, 0, 0, 0, 0);
    put(p, t, TRACE_EVENT_BOOKKEEPING_MAP, 0, 0, 0x900000, 65536, 0);
    put(p, t, TRACE_EVENT_HEAP_CREATE, 1, 0, 0, 0, 0);
    put(p, t, TRACE_EVENT_SEGMENT_MAP, 0, layout->spans_per_segment, 0x10000,
        layout->spans_per_segment * span, 0x10000);
    put(p, t, TRACE_EVENT_SPAN_ACQUIRE, 0, 1, one, RP_PLACE_SEGMENT, 0);
    put(p, t + 9, TRACE_EVENT_INHERITED, 0, 64, 0x305, 0, 0);
    put(p, t + 9, TRACE_EVENT_ALLOC, 0, 0, 30, stack, 0);
    put(p, t + 9, TRACE_EVENT_CALLOC, 0, 1, 30, stack, 0);
    put(p, t + 9, TRACE_EVENT_ALIGNED, 0, 2, 30, stack | UINT64_C(5) << 32, 0);
    put(p, t + 9, TRACE_EVENT_RESIZE, 0, 0, 31, stack, 0);
    put(p, t + 9, TRACE_EVENT_FREE_DEFERRED, 0, 1, 0, 0, 0);
    put(p, t + 9, TRACE_EVENT_DEFERRED_PUSH, 0, 1, 0, 0, 0);
    put(p, t + 9, TRACE_EVENT_DEFERRED_COLLECT, 0, 1, 1, 0, 0);
    put(p, t + 9, TRACE_EVENT_SPAN_STATE, 0, 1, 0, 0, 0);
    put(p, t + 9, TRACE_EVENT_SPAN_ACQUIRE, 1, RP_CLASS_LARGE, one + 2,
        RP_PLACE_SEGMENT, 0);
    put(p, t + 9, TRACE_EVENT_ALLOC, 1, 0, 2 * span, stack, 0);
    put(p, t + 9, TRACE_EVENT_FREE, 1, 0, 0, 0, 0);
    put(p, t + 9, TRACE_EVENT_SPAN_RELEASE, 1, RP_PLACE_SEGMENT, one + 2, 0, 0);
    put(p, t + 9, TRACE_EVENT_SPAN_DECOMMIT, 1, 0, 0, span, 0);
    put(p, t + 9, TRACE_EVENT_SPAN_COMMIT, 1, 0, 0, span, 0);
    put(p, t + 9, TRACE_EVENT_HUGE_MAP, RP_HUGE_BIT | 1, 0, 0x7000000, 8 << 20,
        0);
    put(p, t + 9, TRACE_EVENT_REALLOC, RP_HUGE_BIT | 1, 0, 8000000, stack, 0);
    put(p, t + 9, TRACE_EVENT_MARK, text, 0, 0, 0, 0);
    put(p, t + 9, TRACE_EVENT_HEAP_ORPHAN, 1, 0, 0, 0, 0);
    put(p, t + 9, TRACE_EVENT_THREAD_END, 7, 0, 0, 0, 0);
}

// From some slot on its events lie in a stage.
static void spill(struct ring_file *file, struct rp_shm *shm,
                  struct rp_ring *ring, uint64_t ticks) {
    size_t bytes = rp_ring_bytes(RP_SPILL_STAGE);
    uint64_t offset = rp_shm_take(shm, bytes, bytes);
    struct rp_ring *stage = rp_ring_make(rp_shm_at(shm, offset), RP_SPILL_STAGE,
                                         RP_SPILL_STAGE, ring->number);
    for (uint64_t i = 0; i < SPILLED_FROM + SPILLED; i++) {
        struct rp_slot *slot = i < SPILLED_FROM
                                   ? &ring->slots[i]
                                   : &stage->slots[i & (RP_SPILL_STAGE - 1)];
        slot->word[0] = ticks + i;
        slot->word[1] = rp_record_word(TRACE_EVENT_FREE, 0, (uint32_t)i);
    }
    ring->spill.stage = offset;
    store_relaxed(&ring->spill.from, SPILLED_FROM);
    store_relaxed(&ring->spill.written, SPILLED_FROM);
    store_relaxed(&ring->spill.passed, SPILLED_FROM);
    store_relaxed(&ring->spill.to, UINT64_MAX);
    store_relaxed(&ring->head, SPILLED_FROM + SPILLED);
    store_relaxed(&rp_shared_of(shm)->spill.state, RP_SPILL_READY);
    part(file, RING_FILE_STAGE,
         offset + sizeof *stage + SPILLED_FROM * sizeof(struct rp_slot),
         SPILLED * sizeof(struct rp_slot));
}

static uint32_t name_things(struct ring_file *file, struct rp_shm *shm) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_pool pool = {shm, &shared->names};
    static struct rp_intern texts;
    bool fresh;
    texts = (struct rp_intern){.pool = pool};
    uint32_t text = rp_intern_text(&texts, "worker", 6, &fresh), number;
    struct rp_module *module = rp_pool_take(&pool, 256, &number);
    *module = (struct rp_module){
        .start = 0x1000, .end = 0x9000, .id_bytes = 20, .path_bytes = 16};
    memcpy(module->path, "/nowhere/program", 16);
    shared->modules.pieces[0] = number;
    store_relaxed(&shared->modules.count, 1);
    part(file, RING_FILE_NAMES,
         load_relaxed(&shared->names.chunks[0]) + RP_POOL_UNIT, 512);
    return text;
}

static uint32_t name_stacks(struct ring_file *file, struct rp_shm *shm) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_tree tree = {.shm = shm};
    uint32_t node = 0;
    uint64_t hash = 0;
    bool added;
    shared->stacks = rp_tree_make(shm);
    if (!rp_tree_open(&tree, shm, shared->stacks))
        abort();
    for (uint64_t i = 1; i < 6; i++) {
        hash = rp_tree_hash(hash, 0x1000 * i);
        node = rp_tree_child(&tree, node, hash, 0x1000 * i, &added);
    }
    part(file, RING_FILE_STACKS,
         (uint64_t)((char *)rp_tree_at(&tree, node) - shm->base), 16);
    return node;
}

void ring_file_make(struct ring_file *file, const char *trace) {
    struct rp_shm shm;
    struct rp_ring_producer producer;
    uint64_t offset;

    rp_clock_start();
    if (!rp_shm_make_private(&shm, sizeof(struct rp_shared)))
        abort();
    struct rp_shared *shared = rp_shared_of(&shm);
    describe(shared, trace);
    uint32_t text = name_things(file, &shm), stack = name_stacks(file, &shm);
    uint64_t ticks = rp_clock_now();
    struct rp_ring *ring = add_ring(&shm, 1, &offset);
    part(file, RING_FILE_RING, offset,
         sizeof *ring + EVENTS * sizeof(struct rp_slot));
    rp_ring_producer_start(&producer, ring);
    tell(&producer, ticks, text, stack, &shared->layout);
    ring = add_ring(&shm, 2, &offset);
    part(file, RING_FILE_SPILL, offset,
         sizeof *ring + SPILLED_FROM * sizeof(struct rp_slot));
    spill(file, &shm, ring, ticks);
    part(file, RING_FILE_HEAD, 0, sizeof *shared);
    file->used = load_relaxed(&rp_shm_head(&shm)->used);
    file->size = file->used;
    store_relaxed(&rp_shm_head(&shm)->size, file->size);
    file->bytes = malloc(file->used);
    if (file->bytes == NULL)
        abort();
    memcpy(file->bytes, shm.base, file->used);
    rp_shm_close(&shm);
}

void ring_file_write(const struct ring_file *file, const char *path,
                     const void *spoilt, size_t bytes) {
    int made = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    if (made < 0 || ftruncate(made, (off_t)file->size) != 0 ||
        pwrite(made, file->bytes, file->used, 0) != (ssize_t)file->used ||
        pwrite(made, spoilt, bytes, 0) != (ssize_t)bytes)
        abort();
    close(made);
}

// What is shown of it must not move the cursor.
static char runtime[] = "/tmp/rpscope-fuzz-\033[1m-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static void remove_folder(void) {
    nftw(runtime, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *ring_file_folder(struct ring_file *file) {
    static char folder[64];
    char trace[128];

    if (mkdtemp(runtime) == NULL)
        abort();
    atexit(remove_folder);
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    snprintf(folder, sizeof folder, "%s/rpscope", runtime);
    snprintf(trace, sizeof trace, "%s/fuzz.rptrace", folder);
    if (mkdir(folder, 0700) != 0)
        abort();
    ring_file_make(file, trace);
    return folder;
}
