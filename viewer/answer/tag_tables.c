// tag_tables.c - the tables of what the program itself calls things: tags, and
// frames.
#include "viewer/answer/tag_tables.h"

#include <stdio.h>
#include <stdlib.h>

#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"

TABLE_ROWS(tags, tags[i], tag_count)
TABLE_ROWS(frames, frames[i], frames_count)

static int compare_tags(const void *left, const void *right) {
    const struct answer_tag *a = left, *b = right;
    if (a->live_bytes != b->live_bytes)
        return a->live_bytes > b->live_bytes ? -1 : 1;
    return (a->allocated_bytes < b->allocated_bytes) -
           (a->allocated_bytes > b->allocated_bytes);
}

static const char *name_of(const struct answer *a, uint64_t text) {
    const char *name = trace_text(&a->state->tables, text);
    return name ? name : "?";
}

static void fill_tags(struct answer *a, const struct tags *tags) {
    a->tags = pool_get(&a->state->pool, tags->count * sizeof *a->tags);
    for (size_t i = 0; i < tags->count; i++) {
        const struct tag_counts *from = &tags->list[i];
        a->tags[a->tag_count++] = (struct answer_tag){
            .name = i == TAGS_NONE ? NULL : name_of(a, from->text),
            .live_blocks = from->live_blocks,
            .live_bytes = from->live_bytes,
            .most_bytes = from->most_bytes,
            .allocations = from->allocations,
            .allocated_bytes = from->allocated_bytes};
    }
    if (a->tag_count > 0)
        qsort(a->tags, a->tag_count, sizeof *a->tags, compare_tags);
}

// Of all stacks of a site, when it is the same one.
static void tag_sites(struct answer *a, const struct tags *tags) {
    for (size_t i = 0; i < a->site_count; i++) {
        struct answer_site *site = &a->sites[i];
        uint32_t tag = tags_of_stack(tags, a->stacks[site->first_stack].node);
        for (size_t j = 1; j < site->stack_count; j++)
            if (tags_of_stack(tags, a->stacks[site->first_stack + j].node) !=
                tag)
                tag = TAGS_SEVERAL;
        site->tag = tag == TAGS_NONE      ? NULL
                    : tag == TAGS_SEVERAL ? "several"
                                          : name_of(a, tags->list[tag].text);
    }
}

static void fill_frames(struct answer *a) {
    const struct heap *heap = &a->state->of->whole.heap;
    const struct frames *frames = &a->state->of->whole.metrics.frames;
    a->frames = pool_get(&a->state->pool, frames->count * sizeof *a->frames);
    for (size_t i = 0; i < frames->count; i++) {
        const struct frame_series *from = &frames->list[i];
        uint64_t first = heap_ns(heap, from->first);
        uint64_t last = heap_ns(heap, from->last);
        uint64_t worst = heap_ns(heap, from->worst_start);
        const struct frame_spread *spread = frames->spreads[i];
        a->frames[a->frames_count++] = (struct answer_frames){
            .name = name_of(a, from->text),
            .first_ns = first,
            .last_ns = last,
            .frames = from->frames,
            .mean_ns = (last - first) / from->frames,
            .mean_allocations = from->all.allocations / from->frames,
            .mean_bytes = from->all.allocated_bytes / from->frames,
            .half_allocations = frames_quantile(&spread->allocations, 0.5),
            .half_bytes = frames_quantile(&spread->bytes, 0.5),
            .most_allocations = frames_quantile(&spread->allocations, 0.99),
            .most_bytes = frames_quantile(&spread->bytes, 0.99),
            .growth_bytes = from->all.growth,
            .worst = from->worst_number,
            .worst_at_ns = worst,
            .worst_ns =
                heap_ns(heap, from->worst_start + from->worst.steps) - worst,
            .worst_allocations = from->worst.allocations,
            .worst_bytes = from->worst.allocated_bytes};
    }
}

void tags_fill(struct answer *a) {
    const struct tags *tags = &a->state->now->metrics.tags;
    fill_tags(a, tags);
    tag_sites(a, tags);
    fill_frames(a);
}

static void say_tag(const void *row, enum table_reader reader, char *out,
                    size_t size) {
    const struct answer_tag *tag = row;
    (void)reader;
    snprintf(out, size, "%s", tag->name ? tag->name : "(no tag)");
}

static void say_mark(const void *row, enum table_reader reader, char *out,
                     size_t size) {
    (void)reader;
    snprintf(out, size, "%s", ((const struct answer_frames *)row)->name);
}

const struct data_table tags_table = {
    TABLE(tags, "tags: what the program says its blocks are for"),
    .columns =
        {
            COLUMN(answer_tag, name, .key = "tag", .title = "tag",
                   .kind = TABLE_TEXT, .help = "none: blocks without one"),
            COLUMN(answer_tag, live_blocks, .key = "live_blocks",
                   .title = "blocks", .unit = TABLE_COUNT, REPORT(2, 9),
                   .help = "live now"),
            COLUMN(answer_tag, live_bytes, .key = "live_bytes",
                   .title = "live data", .unit = TABLE_BYTES, REPORT(1, 10),
                   .help = "what its live blocks asked for"),
            COLUMN(answer_tag, most_bytes, .key = "most_bytes",
                   .scope = TABLE_OF_ALL, .title = "most", .unit = TABLE_BYTES,
                   REPORT(3, 10), .help = "live at one time, up to now"),
            COLUMN(answer_tag, allocations, .key = "allocations",
                   .scope = TABLE_OF_ALL, .title = "allocations",
                   .unit = TABLE_COUNT, REPORT(5, 11),
                   .help = "since the first tag"),
            COLUMN(answer_tag, allocated_bytes, .key = "allocated_bytes",
                   .scope = TABLE_OF_ALL, .title = "allocated",
                   .unit = TABLE_BYTES, REPORT(4, 10),
                   .help = "since the first tag"),
        },
    .shown = {{.key = "named",
               .title = "tag",
               .kind = TABLE_SAID,
               .left = true,
               .say = say_tag,
               REPORT(6, 60)}}};

const struct data_table frames_table = {
    TABLE(frames, "frames: marks of one name in a row"), .of_all = true,
    .columns =
        {
            COLUMN(answer_frames, name, .key = "name", .title = "mark",
                   .kind = TABLE_TEXT, .help = "what the marks say"),
            COLUMN(answer_frames, frames, .key = "frames", .title = "frames",
                   .unit = TABLE_COUNT, REPORT(1, 7),
                   .help = "from each mark to the next"),
            COLUMN(answer_frames, first_ns, .key = "first_ns", .title = "from",
                   .unit = TABLE_NS, .help = "the first mark"),
            COLUMN(answer_frames, last_ns, .key = "last_ns", .title = "to",
                   .unit = TABLE_NS, .help = "the last mark"),
            COLUMN(answer_frames, mean_ns, .key = "mean_ns",
                   .title = "mean time", .unit = TABLE_NS, REPORT(2, 10),
                   .help = "of a frame"),
            COLUMN(answer_frames, mean_allocations, .key = "mean_allocations",
                   .title = "mean allocations", .unit = TABLE_COUNT,
                   REPORT(3, 12, "allocations"), .help = "of a frame"),
            COLUMN(answer_frames, mean_bytes, .key = "mean_bytes",
                   .title = "mean allocated", .unit = TABLE_BYTES,
                   REPORT(4, 10, "allocated"), .help = "of a frame"),
            COLUMN(answer_frames, half_allocations, .key = "half_allocations",
                   .title = "p50 allocations", .unit = TABLE_COUNT,
                   .help = "half of the frames have no more, to an eighth"),
            COLUMN(answer_frames, most_allocations, .key = "most_allocations",
                   .title = "p99 allocations", .unit = TABLE_COUNT,
                   .help = "99 of 100 frames have no more, to an eighth"),
            COLUMN(answer_frames, half_bytes, .key = "half_bytes",
                   .title = "p50 allocated", .unit = TABLE_BYTES,
                   .help = "half of the frames have no more, to an eighth"),
            COLUMN(answer_frames, most_bytes, .key = "most_bytes",
                   .title = "p99 allocated", .unit = TABLE_BYTES,
                   .help = "99 of 100 frames have no more, to an eighth"),
            COLUMN(answer_frames, growth_bytes, .key = "growth_bytes",
                   .title = "growth", .unit = TABLE_BYTES, .kind = TABLE_SIGNED,
                   REPORT(5, 10),
                   .help = "of what is used, in all frames together"),
            COLUMN(answer_frames, worst, .key = "worst", .title = "worst",
                   .unit = TABLE_COUNT, REPORT(6, 7),
                   .help = "number of the frame that allocated most, from 1"),
            COLUMN(answer_frames, worst_at_ns, .key = "worst_at_ns",
                   .title = "worst at", .unit = TABLE_NS, .help = "its mark"),
            COLUMN(answer_frames, worst_ns, .key = "worst_ns",
                   .title = "worst time", .unit = TABLE_NS,
                   .help = "how long that frame was"),
            COLUMN(answer_frames, worst_allocations, .key = "worst_allocations",
                   .title = "worst allocations", .unit = TABLE_COUNT,
                   .help = "in that frame"),
            COLUMN(answer_frames, worst_bytes, .key = "worst_bytes",
                   .title = "worst allocated", .unit = TABLE_BYTES,
                   REPORT(7, 10, "allocated"), .help = "in that frame"),
        },
    .shown = {{.key = "named",
               .title = "mark",
               .kind = TABLE_SAID,
               .left = true,
               .say = say_mark,
               REPORT(8, 40)}}};
