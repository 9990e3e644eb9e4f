// classes.c - size classes: how full the spans of each block size are.
#include "viewer/ui/view/classes.h"
#include "instrument/format/trace_format.h"
#include "viewer/ui/table_draw.h"

#include <stdio.h>

enum {
    CLASS_BLOCK,
    CLASS_SPANS,
    CLASS_PART,
    CLASS_LIVE,
    CLASS_USED,
    CLASS_ROUNDING,
    CLASS_FREE,
    CLASS_UTIL,
    CLASS_FULLNESS,
    CLASS_COLUMNS
};

static const struct column class_columns[CLASS_COLUMNS] = {
    [CLASS_BLOCK] = {"block size", NULL, 10, 0, COLUMN_NUMBER, true},
    [CLASS_SPANS] = {"spans", "in use", 7, 4, COLUMN_NUMBER, false},
    [CLASS_PART] = {"part", "full", 6, 5, COLUMN_NUMBER, false},
    [CLASS_LIVE] = {"live", "blocks", 7, 3, COLUMN_NUMBER, false},
    [CLASS_USED] = {"used", "bytes", 9, 0, COLUMN_BYTES, false},
    [CLASS_ROUNDING] = {"rounding", "in blocks", 9, 2, COLUMN_BYTES, false},
    [CLASS_FREE] = {"free", "in spans", 9, 0, COLUMN_BYTES, false},
    [CLASS_UTIL] = {"filled", "of spans", 8, 0, COLUMN_NUMBER, false},
    [CLASS_FULLNESS] = {"spans by fill", "0 \xe2\x80\xa6 100 %", 13, 6,
                        COLUMN_NAME, false},
};

static const char *const class_words[] = {
    "block size",
    "A request is rounded up to the next of a fixed list of sizes. \"large\" "
    "blocks are runs of whole spans, \"huge\" ones have memory of their own.",
    "spans",
    "Pieces of memory, each cut into blocks of one size.",
    "part full",
    "Spans with live and free blocks. Many of them, with few live blocks, is "
    "fragmentation.",
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

// Blocks that the spans of a class have room for.
static double class_room(const struct answer_class *c) {
    return (double)c->spans * (double)c->blocks_per_span;
}

static double class_key(const struct answer_class *c, int column) {
    switch (column) {
    case CLASS_SPANS:
        return (double)c->spans;
    case CLASS_PART:
        return (double)c->part_spans;
    case CLASS_LIVE:
        return (double)c->live_blocks;
    case CLASS_USED:
        return (double)c->used_bytes;
    case CLASS_ROUNDING:
        return (double)c->rounding_bytes;
    case CLASS_FREE:
        return (double)c->free_bytes;
    case CLASS_UTIL:
        return class_room(c) > 0 ? (double)c->live_blocks / class_room(c) : 2;
    case CLASS_FULLNESS: // the sparse ones
        return (double)(c->fullness[0] + c->fullness[1] + c->fullness[2]);
    default: // large and huge come after all sizes
        return c->block_bytes ? (double)c->block_bytes
                              : 1e12 + (c->index == TRACE_CLASS_HUGE);
    }
}

static int class_compare(const struct shown *shown, uint32_t a, uint32_t b,
                         int column) {
    const struct answer_class *classes = shown->answer->classes;
    return table_order(class_key(&classes[a], column),
                       class_key(&classes[b], column));
}

static void class_name(const struct shown *shown, uint32_t item, char *out,
                       size_t size) {
    const struct answer_class *c = &shown->answer->classes[item];
    if (c->index == TRACE_CLASS_LARGE)
        snprintf(out, size, "large");
    else if (c->index == TRACE_CLASS_HUGE)
        snprintf(out, size, "huge");
    else
        snprintf(out, size, "%s B", number_exact(c->block_bytes).text);
}

static void class_cell(const struct table *t, uint32_t item, int column,
                       struct cell_text *cell) {
    const struct shown *shown = t->shown;
    const struct answer_class *c = &shown->answer->classes[item];
    struct number n = {"-"};
    switch (column) {
    case CLASS_BLOCK:
        class_name(shown, item, cell->text, sizeof cell->text);
        return;
    case CLASS_SPANS:
        n = number_count(c->spans);
        break;
    case CLASS_PART:
        if (c->block_bytes)
            n = number_count(c->part_spans);
        break;
    case CLASS_LIVE:
        n = number_count(c->live_blocks);
        break;
    case CLASS_USED:
        n = shown_bytes(shown, c->used_bytes);
        break;
    case CLASS_ROUNDING:
        n = shown_bytes(shown, c->rounding_bytes);
        break;
    case CLASS_FREE:
        if (c->block_bytes)
            n = shown_bytes(shown, c->free_bytes);
        break;
    case CLASS_UTIL:
        n = number_percent((double)c->live_blocks, class_room(c));
        break;
    default:
        cell->spark = c->block_bytes && c->spans;
        cell->style = STYLE_SPAN_FREE;
        cell->value_count = ANSWER_FULLNESS_BINS;
        for (int i = 0; i < ANSWER_FULLNESS_BINS; i++)
            cell->values[i] = c->fullness[i];
        return;
    }
    if (column == t->sort)
        cell->style = STYLE_STRONG;
    snprintf(cell->text, sizeof cell->text, "%s", n.text);
}

static const struct table_ops class_table = {
    .columns = class_columns,
    .column_count = CLASS_COLUMNS,
    .sorted = CLASS_FREE,
    .count = class_count,
    .compare = class_compare,
    .cell = class_cell,
    .name = class_name,
};

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

static void class_draw_detail(const struct shown *shown, struct screen *s,
                              struct box box, uint32_t item) {
    const struct answer *a = shown->answer;
    const struct answer_class *c = &a->classes[item];
    char name[64], text[512];
    class_name(shown, item, name, sizeof name);
    bool wide = box.width >= 96 && c->block_bytes;
    int width = wide ? box.width / 2 : box.width;
    int y = box.y;
    cells_print(s, 1, y++, STYLE_STRONG, "Blocks of %s", name);
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
    if (row)
        class_draw_detail(pane->shown, s, below, row->item);
}

const struct view classes_view = {
    .name = "classes",
    .title = "Classes",
    .scope = SCOPE_CLASSES,
    .words = class_words,
    .table = &class_table,
    .draw = class_draw,
};
