// site_tables.c - the tables of call sites: all, what they pin, what they pin
// together.
#include "viewer/answer/site_tables.h"

#include "viewer/answer/table_columns.h"

TABLE_ROWS(sites, sites[i], site_count)
TABLE_ROWS(pins, sites[a->pins[i]], pin_count)
TABLE_ROWS(together, together[i], together_count)

static uint32_t site_index(const struct answer *answer, const void *row) {
    return (uint32_t)((const struct answer_site *)row - answer->sites);
}

// ---- columns of several tables ----

#define SITE_NAME                                                              \
    COLUMN(answer_site, where.function, .key = "function",                     \
           .title = "function", .kind = TABLE_TEXT,                            \
           .help = "the nearest frame of the user's own"),                     \
        COLUMN(answer_site, where.file, .key = "file", .title = "file",        \
               .kind = TABLE_TEXT, .help = "of its source"),                   \
        COLUMN(answer_site, where.line, .key = "line", .title = "line",        \
               .kind = TABLE_SMALL, .optional = true, .help = "in that file"), \
        COLUMN(answer_site, where.module, .key = "module", .title = "module",  \
               .kind = TABLE_TEXT, .help = "the loaded file it is in"),        \
        COLUMN(answer_site, where.caller, .key = "caller", .title = "caller",  \
               .kind = TABLE_TEXT,                                             \
               .help = "where another site would be called alike")

#define LIVE_BLOCKS(...)                                                       \
    COLUMN(answer_site, counts.live_blocks, .key = "live_blocks",              \
           .title = "blocks", .unit = TABLE_COUNT, .help = "live now",         \
           __VA_ARGS__)
#define LIVE_BYTES(...)                                                        \
    COLUMN(answer_site, counts.live_bytes, .key = "live_bytes",                \
           .title = "live data", .unit = TABLE_BYTES,                          \
           .help = "what its live blocks asked for", __VA_ARGS__)

#define SHARE(...)                                                             \
    COLUMN(answer_site, counts.share_bytes, .key = "share_bytes",              \
           .title = "share", .unit = TABLE_BYTES,                              \
           .help = "free bytes of the spans its blocks live in, split evenly " \
                   "among the live blocks there",                              \
           __VA_ARGS__)
#define ALONE(...)                                                             \
    COLUMN(answer_site, counts.alone_bytes, .key = "alone_bytes",              \
           .title = "alone", .unit = TABLE_BYTES,                              \
           .help = "free bytes of spans where no other site has a block",      \
           __VA_ARGS__)
#define IF_MOVED(...)                                                          \
    COLUMN(answer_site, counts.moved_bytes, .key = "moved_bytes",              \
           .scope = TABLE_OF_ALL, .title = "if moved", .unit = TABLE_BYTES,    \
           .help = "estimate: saved by packing the blocks of those spans "     \
                   "into half full ones of their class, and then into new "    \
                   "ones",                                                     \
           __VA_ARGS__)
#define PIN_SPANS                                                              \
    COLUMN(answer_site, counts.spans, .key = "spans", .title = "spans",        \
           .unit = TABLE_COUNT, .help = "with live blocks of the site"),       \
        COLUMN(answer_site, counts.alone_spans, .key = "alone_spans",          \
               .title = "alone spans", .unit = TABLE_COUNT,                    \
               .help = "with live blocks of this site only")
#define MEAN_SHARE(...)                                                        \
    COLUMN(answer_site, counts.share_mean, .key = "share_mean_bytes",          \
           .scope = TABLE_OF_SITES, .title = "mean share",                     \
           .unit = TABLE_BYTES, .kind = TABLE_MEAN,                            \
           .help = "the share in the mean over time", __VA_ARGS__)

#define TAG                                                                    \
    COLUMN(answer_site, tag, .key = "tag", .title = "tag", .kind = TABLE_TEXT, \
           .help = "of its blocks, or several")
#define UNTOUCHED                                                              \
    COLUMN(answer_site, untouched_bytes, .key = "untouched_bytes",             \
           .scope = TABLE_OF_ALL, .title = "never touched",                    \
           .unit = TABLE_BYTES,                                                \
           .help = "of its live data, by the last sample of residency")

#define FRAMES                                                                 \
    COLUMN(answer_site, first_stack, .key = "frames", .title = "stack",        \
           .kind = TABLE_FRAMES,                                               \
           .help = "the exact stack of the site that matters most")

// For people: where the call site is, and of what it has how much.
#define CALL_SITE(...)                                                         \
    COLUMN(answer_site, where, .key = "site", .title = "call site",            \
           .kind = TABLE_SITE, __VA_ARGS__)

static struct table_part of_all_used(const struct answer *answer,
                                     const void *row) {
    const struct answer_site *site = row;
    return (struct table_part){(double)site->counts.live_bytes,
                               (double)answer->now.part_bytes[PART_USED], 0};
}

static struct table_part freed(const struct answer *answer, const void *row) {
    const struct answer_counts *c = &((const struct answer_site *)row)->counts;
    (void)answer;
    return (struct table_part){(double)c->frees, (double)c->allocations, 0};
}

static struct table_part temporary(const struct answer *answer,
                                   const void *row) {
    const struct answer_counts *c = &((const struct answer_site *)row)->counts;
    (void)answer;
    return (struct table_part){(double)c->temporary, (double)c->allocations, 0};
}

static struct table_part share_per_byte(const struct answer *answer,
                                        const void *row) {
    const struct answer_counts *c = &((const struct answer_site *)row)->counts;
    (void)answer;
    return (struct table_part){(double)c->share_bytes, (double)c->live_bytes,
                               0};
}

// ---- the tables ----

const struct data_table sites_table = {
    TABLE(sites, "call sites"),
    .columns =
        {
            SITE_NAME,
            COLUMN(answer_site, stack_count, .key = "stacks", .title = "stacks",
                   .unit = TABLE_COUNT, .help = "exact ones that the site has"),
            LIVE_BLOCKS(REPORT(2, 8), SCREEN(4, 7, .under = "live")),
            LIVE_BYTES(REPORT(1, 10), SCREEN(2, 9, "live", .under = "bytes")),
            COLUMN(answer_site, counts.rounding_bytes, .key = "rounding_bytes",
                   .title = "rounding", .unit = TABLE_BYTES, REPORT(3, 10),
                   .help = "what its live blocks are larger than that"),
            COLUMN(answer_site, counts.allocations, .key = "allocations",
                   .scope = TABLE_OF_SITES, .title = "allocations",
                   .unit = TABLE_COUNT, REPORT(4, 11),
                   SCREEN(6, 8, "allocs", .under = "all time", .rank = 2),
                   .help = "since the start"),
            COLUMN(answer_site, counts.frees, .key = "frees",
                   .scope = TABLE_OF_SITES, .title = "frees",
                   .unit = TABLE_COUNT, .help = "since the start"),
            COLUMN(answer_site, counts.allocated_bytes,
                   .key = "allocated_bytes", .scope = TABLE_OF_SITES,
                   .title = "allocated", .unit = TABLE_BYTES,
                   SCREEN(7, 9, .under = "all time", .rank = 5),
                   .help = "since the start"),
            COLUMN(answer_site, counts.temporary, .key = "temporary",
                   .scope = TABLE_OF_SITES, .title = "temporary",
                   .unit = TABLE_COUNT,
                   .help = "freed by its thread before its next allocation"),
            COLUMN(answer_site, counts.peak_used_bytes,
                   .key = "at_peak_used_bytes", .scope = TABLE_OF_SITES,
                   .title = "at peak", .unit = TABLE_BYTES,
                   SCREEN(5, 9, .under = "of use", .rank = 4),
                   .help = "live when the program used most"),
            SHARE(),
            ALONE(),
            IF_MOVED(),
            PIN_SPANS,
            MEAN_SHARE(),
            UNTOUCHED,
            TAG,
            FRAMES,
        },
    .shown = {
        CALL_SITE(REPORT(6, 44),
                  SCREEN(1, 34, .under = "innermost function of your code",
                         .ascending = true)),
        {.key = "of_all",
         .title = "of all",
         .kind = TABLE_PART,
         .part = of_all_used,
         SCREEN(3, 6, .under = "used", .rank = 3)},
        {.key = "freed",
         .scope = TABLE_OF_SITES,
         .title = "freed",
         .kind = TABLE_PART,
         .part = freed,
         REPORT(5, 8)},
        {.key = "temporary_part",
         .scope = TABLE_OF_SITES,
         .title = "temp.",
         .kind = TABLE_PART,
         .part = temporary,
         SCREEN(8, 6, .rank = 6)},
    }};

const struct data_table pins_table = {
    TABLE(pins, "pins: whose blocks keep free memory in their spans"),
    .columns =
        {
            {.key = "site",
             .title = "site",
             .kind = TABLE_SMALL,
             .small = site_index,
             .help = "row in the table of call sites, from 0"},
            SITE_NAME,
            SHARE(REPORT(1, 10, .summed = true),
                  SCREEN(2, 9, .under = "of free")),
            ALONE(REPORT(2, 10, .summed = true),
                  SCREEN(3, 9, .under = "no other")),
            IF_MOVED(REPORT(3, 11), SCREEN(4, 9, .under = "(est.)", .rank = 3)),
            PIN_SPANS,
            MEAN_SHARE(SCREEN(7, 9, "mean", .under = "over time", .rank = 5)),
            LIVE_BLOCKS(REPORT(5, 8)),
            LIVE_BYTES(REPORT(4, 10, .summed = true),
                       SCREEN(5, 9, "live", .under = "data", .rank = 2)),
            TAG,
            FRAMES,
        },
    .shown = {
        CALL_SITE(REPORT(6, 44), SCREEN(1, 31, .under = "whose live blocks",
                                        .ascending = true)),
        {.key = "share_per_byte",
         .title = "pinned",
         .kind = TABLE_RATIO,
         .part = share_per_byte,
         SCREEN(6, 8, .under = "per byte", .rank = 4)},
    }};

const struct data_table together_table = {
    TABLE(together,
          "the smallest set of sites without which half becomes free"),
    .of_all = true,
    .columns = {
        COLUMN(answer_together, site, .key = "site", .title = "site",
               .kind = TABLE_SMALL, .help = "row in the table of call sites"),
        COLUMN(answer_together, bytes, .key = "bytes", .title = "free",
               .unit = TABLE_BYTES,
               .help = "what this site and those above free together"),
    }};
