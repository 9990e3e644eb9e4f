// sample_range.c - what happened to the sample between 9 s and its end, to all
// blocks and to some.
#include "tests/viewer/sample.h"

#include "instrument/format/trace_format.h"
#include "viewer/answer/block_filter.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define KIB(n) ((n)*INT64_C(1024))
#define MIB(n) ((n)*INT64_C(1048576))

static char grown[] =
    "From 9.00 s to 41.3 s: 31.0 MiB less is used and 200 MiB more held.";
static char born[] = "150 M blocks were born and 149 M freed; of those born, "
                     "184 k (83.1 MiB) live on.";
static char most[] = "Most grew cache_insert: by 80.6 MiB.";
static char *sentences[] = {grown, born, most};

static struct answer_between_class classes[] = {
    {.index = 1,
     .block_bytes = 32,
     .counts = {.births = 6000000,
                .deaths = 6010000,
                .survivors = 2000,
                .survivor_bytes = KIB(60),
                .growth_blocks = -10000,
                .growth_bytes = -KIB(300)},
     .spans_growth = -12,
     .free_growth = KIB(900)},
    {.index = 9,
     .block_bytes = 160,
     .counts = {.births = 143000000,
                .deaths = 142830000,
                .survivors = 170220,
                .survivor_bytes = MIB(81),
                .growth_blocks = 170000,
                .growth_bytes = MIB(80)},
     .spans_growth = 900,
     .free_growth = MIB(51)},
    {.index = TRACE_CLASS_HUGE,
     .counts = {.births = 2,
                .deaths = 3,
                .survivors = 2,
                .survivor_bytes = MIB(40),
                .growth_blocks = -1,
                .growth_bytes = -MIB(20)}},
};

static struct answer_between sites[] = {
    {.site = 0,
     .counts = {.births = 171000,
                .birth_bytes = (uint64_t)MIB(81),
                .deaths = 1000,
                .survivors = 170000,
                .survivor_bytes = (uint64_t)MIB(80),
                .growth_blocks = 170000,
                .growth_bytes = MIB(80)},
     .share_mean = 9e6,
     .share_before = 1e6,
     .share_after = 14680064,
     .share_growth = 13680064},
    {.site = 4,
     .counts = {.births = 10000,
                .birth_bytes = (uint64_t)KIB(1500),
                .survivors = 10000,
                .survivor_bytes = (uint64_t)KIB(1500),
                .growth_blocks = 10000,
                .growth_bytes = KIB(1500)},
     .share_mean = 98e6,
     .share_before = 41e6,
     .share_after = 134846873,
     .share_growth = 93846873},
    {.site = 2, .share_mean = 8e6, .share_before = 8e6, .share_after = 8e6},
    {.site = 3,
     .counts = {.births = 149000000,
                .birth_bytes = (uint64_t)MIB(19000),
                .deaths = 149100000,
                .survivors = 20,
                .survivor_bytes = (uint64_t)KIB(3),
                .growth_blocks = -100000,
                .growth_bytes = -MIB(112)},
     .share_before = 5e6,
     .share_after = 400,
     .share_growth = -4999600},
};

static bool holds_all(const struct block_filter *filter,
                      const struct answer_live_block *block) {
    (void)filter, (void)block;
    return true;
}

static const struct block_filter filter = {.holds = holds_all,
                                           .text = "bytes >= 64"};

void sample_range(struct answer *a) {
    struct answer_range *range = &a->range;
    a->has_since = true;
    a->since_ns = range->from_ns = 9000000000;
    range->to_ns = a->now.time_ns;
    for (size_t i = 0; i < COUNT(sites); i++)
        sites[i].where = a->sites[sites[i].site].where;
    range->sites = sites;
    range->site_count = COUNT(sites);
    range->classes = classes;
    range->class_count = COUNT(classes);
    range->sentences = sentences;
    range->sentence_count = COUNT(sentences);
    for (int i = 0; i < PARTS; i++) {
        uint64_t after = a->now.part_bytes[i], before = after / (i % 3 + 1);
        range->parts[i] = (struct answer_between_part){
            .before_bytes = before,
            .after_bytes = after,
            .growth_bytes = (int64_t)(after - before),
            .mean_bytes = (double)(before + after) / 2};
        range->mean_held_bytes += range->parts[i].mean_bytes;
    }
}

void sample_filtered(struct answer *a) {
    static char some[] = "90,210 live blocks for which bytes >= 64: 120 MiB "
                         "asked for, 64 % of all that is used.";
    static char *verdict[] = {some};
    sample_range(a);
    a->filter = &filter;
    a->verdict = verdict;
    a->verdict_count = COUNT(verdict);
    a->finding_count = 0;
}
