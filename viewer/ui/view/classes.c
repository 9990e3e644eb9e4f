// classes.c - size classes: how full the spans of each block size are.
#include "viewer/ui/view/classes.h"
#include "viewer/answer/between_tables.h"
#include "viewer/answer/heap_tables.h"
#include "viewer/ui/table_draw.h"

#include <stdio.h>

static const char *const class_words[] = {
    "block size",
    "A request is rounded up to the next of a fixed list of sizes. \"large\" "
    "blocks are runs of whole spans, \"huge\" ones have memory of their own.",
    "spans",
    "Pieces of memory, each cut into blocks of one size.",
    "part full",
    "Spans with live and free blocks. Many of them, with few live blocks, is "
    "fragmentation.",
    "growth",
    "Of a range (m): what lives at its end less what lived where it begins; of "
    "spans in heaps and of free blocks in them the same.",
    "rounding",
    "What live blocks are larger than what was asked for.",
    "free",
    "Free blocks in spans that hold live blocks: only requests of this size "
    "can use them.",
    "filled",
    "Live blocks among all blocks of the spans.",
    "spans by fill",
    "How many spans are how full: one block, up to 10 %, 25 %, 50 %, 75 %, "
    "less than 100 %, full. A high bar at the left is fragmentation.",
    "compactable",
    "What moving blocks within the class could free at most. C cannot move "
    "blocks: it is a bound.",
    NULL,
};

static uint32_t class_count(const struct shown *shown) {
    return (uint32_t)shown->answer->class_count;
}

static const void *class_row(const struct shown *shown, uint32_t item) {
    return &shown->answer->classes[item];
}

static void class_name(const struct shown *shown, uint32_t item, char *out,
                       size_t size) {
    table_class_name(class_row(shown, item), TABLE_SCREEN, out, size);
}

static void class_conditions(const struct shown *shown, uint32_t item,
                             char *out, size_t size) {
    snprintf(out, size, "class = %u", shown->answer->classes[item].index);
}

static const struct table_ops class_table = {
    .data = &classes_table,
    .sorted = "free_bytes",
    .count = class_count,
    .row = class_row,
    .name = class_name,
    .conditions = class_conditions,
};

// ---- in a range ----

static uint32_t range_count(const struct shown *shown) {
    return (uint32_t)shown->answer->range.class_count;
}

static const void *range_row(const struct shown *shown, uint32_t item) {
    return &shown->answer->range.classes[item];
}

static void range_name(const struct shown *shown, uint32_t item, char *out,
                       size_t size) {
    const struct answer_between_class *row = range_row(shown, item);
    const struct answer_class class = {.index = row->index,
                                       .block_bytes = row->block_bytes};
    table_class_name(&class, TABLE_SCREEN, out, size);
}

static void range_conditions(const struct shown *shown, uint32_t item,
                             char *out, size_t size) {
    const struct answer_between_class *row = range_row(shown, item);
    snprintf(out, size, "class = %u", row->index);
}

static const struct table_ops range_table = {
    .data = &between_classes_table,
    .sorted = "growth_bytes",
    .count = range_count,
    .row = range_row,
    .name = range_name,
    .conditions = range_conditions,
};

// The class of an item as it is at the cursor; NULL: it has nothing then.
static const struct answer_class *class_at_cursor(const struct table *t,
                                                  uint32_t item) {
    const struct answer *a = t->shown->answer;
    if (t->ops == &class_table)
        return &a->classes[item];
    const struct answer_between_class *row = range_row(t->shown, item);
    for (size_t i = 0; i < a->class_count; i++)
        if (a->classes[i].index == row->index)
            return &a->classes[i];
    return NULL;
}

// ---- the class under the cursor ----

static void class_draw_fullness(struct screen *s, int x, int y, int width,
                                const struct answer_class *c) {
    static const char *const bins[ANSWER_FULLNESS_BINS] = {
        "1 block", "<=10 %", "<=25 %", "<=50 %", "<=75 %", "<100 %", "full"};
    uint64_t most = 1;
    for (int i = 0; i < ANSWER_FULLNESS_BINS; i++)
        if (c->fullness[i] > most)
            most = c->fullness[i];
    cells_text(s, x, y, width, "SPANS BY FILL", STYLE_HEADING);
    for (int i = 0; i < ANSWER_FULLNESS_BINS; i++) {
        int row = y + 1 + i;
        cells_right(s, x, row, 7, bins[i], STYLE_DIM);
        cells_right(s, x + 8, row, 7, number_count(c->fullness[i]).text,
                    STYLE_TEXT);
        cells_bar(s, x + 16, row, width - 17,
                  (double)c->fullness[i] / (double)most, 0x2588,
                  STYLE_SPAN_FREE);
    }
}

static void class_draw_detail(const struct answer *a, struct screen *s,
                              struct box box, const struct answer_class *c) {
    char name[64], text[512];
    table_class_name(c, TABLE_SCREEN, name, sizeof name);
    bool wide = box.width >= 96 && c->block_bytes;
    int width = wide ? box.width / 2 : box.width;
    int y = box.y;
    cells_print(s, 1, y++, STYLE_STRONG, "Blocks of %s%s", name,
                a->has_since ? ", at the cursor" : "");
    if (!c->block_bytes) {
        snprintf(text, sizeof text,
                 "%s live blocks use %s; rounding up to whole pages costs "
                 "%s. %s allocations in all.",
                 number_count(c->live_blocks).text,
                 number_iec(c->used_bytes).text,
                 number_iec(c->rounding_bytes).text,
                 number_count(c->allocations).text);
        cells_wrap(s, 1, y, width - 2, box.height - 1, text, STYLE_TEXT);
        return;
    }
    uint64_t needed =
        c->blocks_per_span
            ? (c->live_blocks + c->blocks_per_span - 1) / c->blocks_per_span
            : 0;
    snprintf(text, sizeof text,
             "A span holds %s of them. The %s live ones would fit into %s "
             "span%s; they stand in %s, %s of them with free blocks. Moving "
             "blocks could free at most %s.",
             number_exact(c->blocks_per_span).text,
             number_exact(c->live_blocks).text, number_exact(needed).text,
             needed == 1 ? "" : "s",
             number_exact(c->spans - c->empty_spans).text,
             number_exact(c->part_spans).text,
             number_iec(c->compactable_spans * a->span_bytes).text);
    y += cells_wrap(s, 1, y, width - 2, box.height - 1, text, STYLE_TEXT);
    snprintf(text, sizeof text,
             "%s allocations, %s frees; at most %s blocks were live at a "
             "time. %s free blocks wait to be taken back, %s empty spans are "
             "kept.",
             number_count(c->allocations).text, number_count(c->frees).text,
             number_count(c->peak_live_blocks).text,
             number_count(c->deferred_blocks).text,
             number_count(c->empty_spans).text);
    if (y < box.y + box.height)
        cells_wrap(s, 1, y, width - 2, box.y + box.height - y, text,
                   STYLE_TEXT);
    if (wide)
        class_draw_fullness(s, width + 1, box.y, box.width - width - 2, c);
}

static void class_draw(struct pane *pane, struct screen *s, struct box box) {
    int detail = box.height >= 24 ? 8 : box.height >= 16 ? 5 : 0;
    struct box below;
    const struct table_row *row =
        table_draw_above(&pane->table, s, box, detail, &below);
    const struct answer_class *class =
        row ? class_at_cursor(&pane->table, row->item) : NULL;
    if (class)
        class_draw_detail(pane->shown->answer, s, below, class);
}

const struct view classes_view = {
    .name = "classes",
    .title = "Classes",
    .digit = '4',
    .says = "blocks of one size, and how full their spans are",
    .keys = {NULL, 0, KEYS_SCREENS | KEYS_TABLES},
    .words = class_words,
    .table = &class_table,
    .range_table = &range_table,
    .draw = class_draw,
};
