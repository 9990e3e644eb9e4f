// sample.c - an answer made by hand, with a pin, a leak and odd names.
#include "tests/viewer/sample.h"

#include "instrument/format/trace_format.h"
#include "viewer/answer/groups.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define KIB(n) ((uint64_t)((n)*1024.0))
#define MIB(n) ((uint64_t)((n)*1048576.0))

static struct answer_class sample_classes[] = {
    {.index = 1,
     .block_bytes = 32,
     .blocks_per_span = 2044,
     .spans = 144,
     .part_spans = 90,
     .empty_spans = 4,
     .live_blocks = 190112,
     .used_bytes = MIB(4.4),
     .rounding_bytes = MIB(1.4),
     .free_bytes = MIB(3.1),
     .allocations = 9000000,
     .frees = 8809888,
     .peak_live_blocks = 250000,
     .compactable_spans = 47,
     .fullness = {2, 8, 12, 18, 20, 30, 50}},
    {.index = 9,
     .block_bytes = 160,
     .blocks_per_span = 408,
     .spans = 2204,
     .part_spans = 2190,
     .empty_spans = 3,
     .live_blocks = 14902,
     .deferred_blocks = 12,
     .used_bytes = MIB(2.1),
     .rounding_bytes = KIB(210),
     .free_bytes = MIB(134.9),
     .allocations = 210400000,
     .frees = 210385098,
     .peak_live_blocks = 880000,
     .compactable_spans = 2164,
     .fullness = {121, 2010, 40, 9, 6, 4, 11}},
    {.index = 17,
     .block_bytes = 512,
     .blocks_per_span = 127,
     .spans = 401,
     .part_spans = 380,
     .live_blocks = 9120,
     .used_bytes = MIB(4.1),
     .rounding_bytes = KIB(400),
     .free_bytes = MIB(20.5),
     .allocations = 1200000,
     .frees = 1190880,
     .peak_live_blocks = 50000,
     .compactable_spans = 329,
     .fullness = {10, 120, 160, 60, 20, 10, 21}},
    {.index = TRACE_CLASS_HUGE,
     .spans = 3,
     .live_blocks = 3,
     .used_bytes = MIB(63.9),
     .rounding_bytes = 300,
     .allocations = 9,
     .frees = 6,
     .peak_live_blocks = 4},
    {.index = TRACE_CLASS_LARGE,
     .spans = 61,
     .live_blocks = 61,
     .used_bytes = MIB(38),
     .rounding_bytes = MIB(1.9),
     .allocations = 977,
     .frees = 916,
     .peak_live_blocks = 80},
};

static struct answer_site sample_sites[] = {
    {.where = {.function = "cache_insert",
               .file = "/src/kv/cache.c",
               .line = 210,
               .module = "/usr/bin/kv-server",
               .recorded = true},
     .first_stack = 0,
     .stack_count = 2,
     .counts = {.live_blocks = 170220,
                .live_bytes = MIB(81),
                .rounding_bytes = MIB(4.1),
                .allocations = 171000,
                .frees = 780,
                .allocated_bytes = MIB(81.4),
                .peak_used_bytes = MIB(51),
                .share_bytes = MIB(14),
                .alone_bytes = MIB(9.5),
                .spans = 1500,
                .alone_spans = 1210,
                .moved_bytes = MIB(9),
                .share_mean = 6291456}},
    {.where = {.function =
                   "std::vector<std::pair<std::string, kv::value>, "
                   "kv::arena_allocator<std::pair<std::string, kv::value>>>::"
                   "_M_realloc_insert",
               .file = "/usr/include/c++/12/bits/vector.tcc",
               .line = 440,
               .module = "/usr/bin/kv-server",
               .recorded = true},
     .first_stack = 2,
     .stack_count = 1,
     .counts = {.live_blocks = 310,
                .live_bytes = MIB(63.9),
                .rounding_bytes = 300,
                .allocations = 2400,
                .frees = 2090,
                .allocated_bytes = MIB(812),
                .peak_used_bytes = MIB(200),
                .temporary = 1800}},
    {.where = {.function = NULL,
               .module = "/usr/lib/libplugin.so.2",
               .offset = 0x1a2b3c,
               .recorded = true},
     .first_stack = 3,
     .stack_count = 1,
     .counts = {.live_blocks = 9000,
                .live_bytes = MIB(7.5),
                .allocations = 12000,
                .frees = 3000,
                .allocated_bytes = MIB(9),
                .peak_used_bytes = MIB(7.5),
                .share_bytes = MIB(9.8),
                .alone_bytes = MIB(4.4),
                .spans = 380,
                .alone_spans = 90,
                .moved_bytes = MIB(2),
                .share_mean = 4194304}},
    {.where = {.function = "req_parse",
               .file = "/src/kv/parse.c",
               .line = 40,
               .module = "/usr/bin/kv-server",
               .recorded = true},
     .first_stack = 4,
     .stack_count = 1,
     .counts = {.live_blocks = 20,
                .live_bytes = KIB(3),
                .allocations = 210000000,
                .frees = 209999980,
                .allocated_bytes = MIB(20000),
                .peak_used_bytes = MIB(120),
                .temporary = 209000000,
                .share_bytes = 400}},
    {.where = {.function = "session_new",
               .file = "/src/kv/session.c",
               .line = 88,
               .module = "/usr/bin/kv-server",
               .recorded = true},
     .first_stack = 5,
     .stack_count = 1,
     .counts = {.live_blocks = 14902,
                .live_bytes = MIB(2.1),
                .rounding_bytes = KIB(230),
                .allocations = 15102,
                .frees = 200,
                .allocated_bytes = MIB(2.2),
                .peak_used_bytes = MIB(1.9),
                .share_bytes = MIB(128.6),
                .alone_bytes = MIB(115.8),
                .spans = 2190,
                .alone_spans = 1891,
                .moved_bytes = MIB(116),
                .share_mean = 68157440}},
    {.where = {.recorded = false},
     .first_stack = 6,
     .stack_count = 1,
     .counts = {.live_blocks = 1, .live_bytes = 24, .allocations = 1}},
};

static struct answer_stack sample_stacks[] = {
    {.node = 11,
     .site = 0,
     .counts = {.live_blocks = 150000,
                .live_bytes = MIB(70),
                .allocations = 150500}},
    {.node = 12,
     .site = 0,
     .counts = {.live_blocks = 20220,
                .live_bytes = MIB(11),
                .allocations = 20500}},
    {.node = 13, .site = 1},
    {.node = 14, .site = 2},
    {.node = 15, .site = 3},
    {.node = 16, .site = 4},
    {.node = 0, .site = 5},
};

static uint32_t sample_pins[] = {4, 0, 2, 3};
static struct answer_together sample_together[] = {
    {4, MIB(115.8)}, {0, MIB(127.3)}, {2, MIB(134.1)}};

static struct answer_finding sample_findings[] = {
    {.severity = SEVERITY_ERROR,
     .kind = "double free",
     .certain = true,
     .count = 1,
     .time_ns = 22118004000,
     .thread = "io-3",
     .site = 3,
     .text = "A block of req_parse (parse.c:40) was freed twice."},
    {.severity = SEVERITY_WARNING,
     .kind = "pin",
     .certain = true,
     .site = 4,
     .text = "session_new (session.c:88) pins 128.6 MiB with 2.1 MiB of live "
             "data."},
    {.severity = SEVERITY_WARNING,
     .kind = "growing",
     .site = 0,
     .text = "cache_insert (cache.c:210) grows by 3.1 MiB/s and frees "
             "nearly nothing."},
    {.severity = SEVERITY_NOTE,
     .kind = "temporary",
     .certain = true,
     .site = 3,
     .text = "req_parse (parse.c:40) makes blocks that the next call "
             "frees."},
    {.severity = SEVERITY_NOTE,
     .kind = "cache",
     .certain = true,
     .site = ANSWER_NONE,
     .text = "54.5 MiB are kept in caches of empty spans."},
};

// Not constant: the answer owns its texts.
static char sample_used[] =
    "The program uses 187 MiB but holds 512 MiB: 2.74 bytes held per byte "
    "used.";
static char sample_excess[] =
    "70 % of the excess is free blocks in part-used spans, kept alive by 4 "
    "call sites.";
static char sample_lever[] =
    "Biggest lever: session_new (session.c:88) pins 129 MiB with only 2.1 "
    "MiB of data.";
static char sample_cut[] =
    "kv-server.rptrace: the file ends in the middle of a block of events "
    "(the recorder was killed?); shown are the 41.2 s that are whole.";
static char sample_nothing[] = "The program allocated nothing.";
static char *sample_verdict[] = {sample_used, sample_excess, sample_lever};

static struct answer_heap sample_heaps[] = {
    {.number = 1, .thread = "main", .thread_id = 4711},
    {.number = 2, .thread = "io-2", .thread_id = 4713},
    {.number = 3, .orphan = true},
};
static struct timeline_point sample_points[64];

static struct answer sample = {
    .path = "kv-server.rptrace",
    .program = "/usr/bin/kv-server",
    .command = "kv-server",
    .process_id = 4711,
    .duration_ns = 41300000000,
    .events = 1000000000,
    .trace_bytes = MIB(912),
    .span_bytes = 65536,
    .stacks_recorded = true,
    .now = {.time_ns = 41300000000,
            .event = 1000000000,
            .held_bytes = MIB(512),
            .part_bytes = {MIB(187), MIB(16.8), MIB(227.4), MIB(8.9), MIB(2.3),
                           MIB(3), MIB(30.5), MIB(24), MIB(11.1), MIB(1)},
            .live_blocks = 2843648},
    .peak_held = {.time_ns = 12900000000,
                  .held_bytes = MIB(576),
                  .part_bytes = {MIB(460.1), MIB(41.2), MIB(18.3), MIB(14),
                                 MIB(4), 0, MIB(2), 0, MIB(36.4), 0}},
    .mean_part_bytes = {201.9 * 1048576, 18.0 * 1048576, 171.4 * 1048576,
                        9.3 * 1048576, 2.1 * 1048576, 1.1 * 1048576,
                        26.8 * 1048576, 22.1 * 1048576, 11.8 * 1048576, 0},
    .mean_held_bytes = 464.5 * 1048576,
    .peak_held_bytes = MIB(576),
    .peak_used_bytes = MIB(460.1),
    .ratio_now = 2.74,
    .ratio_at_peak_used = 1.25,
    .ratio_at_peak_held = 1.25,
    .ratio_peak_to_peak = 1.25,
    .ratio_mean = 2.30,
    .allocations = 500120000,
    .frees = 497276352,
    .deferred_frees = 20885606,
    .temporary = 155037200,
    .free_block_bytes = MIB(227.4),
    .spans_used = 2800,
    .verdict = sample_verdict,
    .verdict_count = COUNT(sample_verdict),
    .verdict_part = PART_SPAN_FREE,
    .verdict_site = 4,
    .classes = sample_classes,
    .class_count = COUNT(sample_classes),
    .sites = sample_sites,
    .site_count = COUNT(sample_sites),
    .pins = sample_pins,
    .pin_count = COUNT(sample_pins),
    .together = sample_together,
    .together_count = COUNT(sample_together),
    .stacks = sample_stacks,
    .stack_count = COUNT(sample_stacks),
    .heaps = sample_heaps,
    .heap_count = COUNT(sample_heaps),
    .points = sample_points,
    .point_count = COUNT(sample_points),
    .findings = sample_findings,
    .finding_count = COUNT(sample_findings),
    .quality = {.complete = true, .ended = true},
};

// ---- over time ----

static void fill_points(void) {
    for (size_t i = 0; i < COUNT(sample_points); i++) {
        // Up to a peak, then down to a plain; used goes down further.
        uint64_t held = i < 20 ? 100 + 24 * i : i < 30 ? 576 - 6 * i : 512;
        uint64_t used = i < 20   ? held - 20
                        : i < 30 ? held - 20 * (i - 19)
                                 : 187;
        struct timeline_point *point = &sample_points[i];
        *point = (struct timeline_point){
            .time_ns = sample.duration_ns / COUNT(sample_points) * (i + 1),
            .used_bytes = used << 20,
            .held_bytes = held << 20,
            .used_max = used << 20,
            .used_min = used << 20,
            .held_max = held << 20,
            .held_min = (held - (i < 20 ? 24 : 0)) << 20,
            .allocations = i < 20 ? 9000000 : 3000000 + 10000 * i};
        point->part_bytes[PART_USED] = used << 20;
        point->part_bytes[PART_THREAD_CACHE] = (held - used) / 4 << 20;
        point->part_bytes[PART_SPAN_FREE] =
            ((held - used) << 20) - point->part_bytes[PART_THREAD_CACHE];
    }
    sample_points[40].held_max = MIB(560); // for a moment
}

// ---- spans ----

enum { SEGMENTS = 5, PER_SEGMENT = 64, HUGE_BLOCKS = 3, PLACES = 408 };
static struct answer_span sample_spans[SEGMENTS * PER_SEGMENT + HUGE_BLOCKS];
static struct answer_block sample_places[PLACES];

// What is in the span: full ones, sparse ones, large blocks, caches.
static void fill_span(struct answer_span *span, uint32_t i) {
    uint32_t segment = i / PER_SEGMENT, index = i % PER_SEGMENT;
    *span = (struct answer_span){.number = i,
                                 .segment = segment,
                                 .index = index,
                                 .kind = SPAN_OF_BLOCKS,
                                 .class_index = segment == 1 ? 17 : 9,
                                 .heap = 1 + index % 3,
                                 .run = 1,
                                 .blocks = PLACES,
                                 .live = PLACES,
                                 .block_bytes = 160,
                                 .bytes = 65536,
                                 .looked_at = true,
                                 .oldest_ns = UINT64_C(1000000000) * (i % 40),
                                 .newest_ns = 41000000000,
                                 .site = segment % 5};
    if (segment == 0 || (segment == 3 && index % 7 == 0))
        span->live = 6 + index % 5 * (index % 9 == 0 ? 60 : 1);
    if (segment == 2 && index < 24)
        span->kind = index % 8 == 0 ? SPAN_OF_LARGE : SPAN_MORE_LARGE;
    if (segment == 2 && index >= 56)
        span->kind = index == 60   ? SPAN_WAITS
                     : index == 61 ? SPAN_KEPT_EMPTY
                                   : SPAN_THREAD_CACHE;
    if (segment == 4)
        span->kind = index < 20 ? SPAN_GLOBAL_CACHE : SPAN_UNUSED;
    if (span->kind != SPAN_OF_BLOCKS) {
        bool large = span->kind == SPAN_OF_LARGE;
        span->live = large;
        span->block_bytes = span->kind == SPAN_WAITS ? 160 : 0;
        span->deferred = span->kind == SPAN_WAITS ? 17 : 0;
        span->used_bytes = large ? 500000 : 0;
        span->gone_bytes = span->kind == SPAN_UNUSED ? 65536 : 0;
        return;
    }
    span->used_bytes = (uint64_t)span->live * 144;
    span->free_bytes = 65536 - (uint64_t)span->live * 160;
}

static void fill_spans(void) {
    for (uint32_t i = 0; i < SEGMENTS * PER_SEGMENT; i++)
        fill_span(&sample_spans[i], i);
    for (uint32_t i = 0; i < HUGE_BLOCKS; i++)
        sample_spans[SEGMENTS * PER_SEGMENT + i] =
            (struct answer_span){.number = 0x80000000u + i,
                                 .segment = ANSWER_NONE,
                                 .kind = SPAN_OF_LARGE,
                                 .run = 1,
                                 .blocks = 1,
                                 .live = 1,
                                 .bytes = MIB(21.3),
                                 .used_bytes = MIB(21.2),
                                 .looked_at = true,
                                 .oldest_ns = 3000000000,
                                 .newest_ns = 3000000000,
                                 .site = 1};
}

const struct answer_block *sample_blocks(struct answer *answer, size_t index,
                                         size_t *count) {
    const struct answer_span *span = &answer->spans[index];
    *count = span->blocks;
    for (uint32_t i = 0; i < span->blocks; i++) {
        // Spread over the span.
        bool live = i * span->live / span->blocks !=
                    (i + 1) * span->live / span->blocks;
        sample_places[i] = (struct answer_block){
            .number = i,
            .live = live,
            .wanted = span->block_bytes ? 144 : span->used_bytes,
            .birth_ns = span->oldest_ns + i * UINT64_C(1000000),
            .site = !live && i % 5 == 2 ? ANSWER_NONE
                    : i % 3 == 1        ? 3
                                        : span->site};
    }
    return sample_places;
}

const struct answer_tenant *sample_tenants(struct answer *answer, size_t first,
                                           size_t count, size_t *tenants) {
    static struct answer_tenant list[6];
    uint64_t blocks = 0;
    for (size_t i = first; i < first + count; i++)
        blocks += answer->spans[i].live;
    *tenants = blocks == 0 ? 0 : blocks < 6 ? 1 : count == 1 ? 3 : 6;
    for (uint32_t i = 0; i < *tenants; i++)
        list[i] = (struct answer_tenant){
            (answer->spans[first].site + i) % COUNT(sample_sites),
            i == 0 ? blocks - 2 * (*tenants - 1) : 2, 288};
    return list;
}

const struct answer_span *sample_look_at(struct answer *answer, size_t span) {
    return &answer->spans[span];
}

// ---- the answers ----

struct answer *sample_answer(void) {
    fill_points();
    fill_spans();
    sample.spans = sample_spans;
    sample.span_count = COUNT(sample_spans);
    sample_history(&sample);
    return &sample;
}

struct answer *sample_damaged(void) {
    static char *sentences[] = {sample_cut};
    static struct answer damaged;
    damaged = *sample_answer();
    damaged.quality.complete = false;
    damaged.quality.sentences = sentences;
    damaged.quality.sentence_count = 1;
    damaged.finding_count = 0;
    return &damaged;
}

struct answer *sample_marked(void) {
    static struct answer_mark marks[] = {{1000000000, "loaded"},
                                         {9000000000, "level 2\033[1m"},
                                         {9100000000, "wave 1"}};
    static struct answer_snapshot snapshots[] = {
        {.number = 1, .time_ns = 5000000000},
        {.number = 2, .time_ns = 9500000000},
        {.number = 3, .time_ns = 40000000000}};
    static struct answer marked;
    marked = *sample_answer();
    marked.marks = marks;
    marked.mark_count = COUNT(marks);
    marked.snapshots = snapshots;
    marked.snapshot_count = COUNT(snapshots);
    return &marked;
}

struct answer *sample_empty(void) {
    static char *verdict[] = {sample_nothing};
    static struct answer empty = {.path = "true.rptrace",
                                  .process_id = 1,
                                  .duration_ns = 1000000,
                                  .verdict = verdict,
                                  .verdict_count = 1,
                                  .verdict_part = PART_USED,
                                  .verdict_site = ANSWER_NONE,
                                  .span_bytes = 65536,
                                  .quality = {.complete = true, .ended = true}};
    return &empty;
}

const struct frame *sample_frames(struct answer *answer, size_t stack,
                                  size_t *count) {
    static struct frame session[] = {
        {.function = "rpmalloc",
         .file = "/src/core/rpmalloc.c",
         .line = 120,
         .module = "/usr/lib/librpscope.so.1",
         .kind = FRAME_ALLOCATOR},
        {.function = "session_new",
         .file = "/src/kv/session.c",
         .line = 88,
         .module = "/usr/bin/kv-server",
         .inlined = true},
        {.function = "on_readable",
         .file = "/src/kv/conn.c",
         .line = 120,
         .module = "/usr/bin/kv-server"},
        {.function = "io_loop",
         .file = "/src/kv/io.c",
         .line = 88,
         .module = "/usr/bin/kv-server"},
        {.address = 0x7f0012345678,
         .module = "/usr/lib/libc.so.6",
         .offset = 0x8a3d1,
         .kind = FRAME_LIBRARY},
        // A name may try to do something to the terminal.
        {.function = "evil\033[2J\xff\xe2\x80\xae_name",
         .module = "/usr/bin/kv-server"},
        {.address = 0xdeadbeef},
    };
    static struct frame other[] = {
        {.function = "cache_insert",
         .file = "/src/kv/cache.c",
         .line = 210,
         .module = "/usr/bin/kv-server"},
        {.function = "main",
         .file = "/src/kv/main.c",
         .line = 12,
         .module = "/usr/bin/kv-server"},
    };
    (void)answer;
    *count = stack == 5 ? COUNT(session) : stack < 2 ? COUNT(other) : 0;
    return stack == 5 ? session : other;
}

// Of modules, whatever is asked for: one has no name, one a hostile one.
const struct group_row *sample_groups(struct answer *answer, size_t by,
                                      size_t *count) {
    static const struct group_row list[] = {
        {"kv-server", 310000, 190 << 20, 9 << 20, 40 << 20, 31 << 20, 4100,
         9000000, 8690000, UINT64_C(4) << 30},
        {"lib\033[31mplug.so", 9000, 12 << 20, 1 << 20, 22 << 20, 4 << 20, 900,
         90000, 81000, 300 << 20},
        {NULL, 12, 64 << 10, 0, 1 << 20, 0, 9, 0, 0, 0}};
    (void)answer, (void)by;
    *count = sizeof list / sizeof *list;
    return list;
}
