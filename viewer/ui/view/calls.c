// calls.c - call sites: who allocated what is live, with stacks and source.
#include "viewer/ui/view/calls.h"
#include "viewer/answer/site_tables.h"
#include "viewer/base/text.h"
#include "viewer/names/site.h"
#include "viewer/names/source.h"
#include "viewer/query/filter.h"
#include "viewer/ui/table_draw.h"
#include "viewer/ui/view/call_groups.h"
#include "viewer/ui/view/range_sites.h"
#include "viewer/ui/view/site_stacks.h"

#include <stdio.h>
#include <string.h>

static const char *const site_words[] = {
    "call site",
    "The innermost function of your own code on the stack: allocator and "
    "standard library functions are passed over.",
    "growth",
    "Of a range (m): what lives at its end less what lived where it begins.",
    "survive",
    "Blocks that were born in the range and live at its end.",
    "live",
    "Allocated there and not freed yet.",
    "at peak of use",
    "What was live when the program used most.",
    "allocs",
    "How many allocations there were from the start to now.",
    "temp.",
    "Blocks that their thread freed before it allocated the next one. Much of "
    "it costs time, not memory.",
    "inlined",
    "The compiler put this function into the one below it; the debug "
    "information tells where.",
    NULL,
};

static const struct answer_counts *site_counts(const struct shown *shown,
                                               uint32_t item) {
    return &shown->answer->sites[item].counts;
}

static uint32_t site_count(const struct shown *shown) {
    return (uint32_t)shown->answer->site_count;
}

const void *calls_row(const struct shown *shown, uint32_t item) {
    return &shown->answer->sites[item];
}

void calls_item_name(const struct shown *shown, uint32_t item, char *out,
                     size_t size) {
    const struct answer_site *site = &shown->answer->sites[item];
    site_full_name(&site->where, out, size);
    size_t length = strlen(out);
    if (length + 2 < size) { // a filter may also name the file
        out[length] = ' ';
        site_place(&site->where, out + length + 1, size - length - 1);
    }
}

void calls_conditions(const struct shown *shown, uint32_t item, char *out,
                      size_t size) {
    char text[FILTER_BYTES];
    filter_of_site(&shown->answer->sites[item].where, text);
    snprintf(out, size, "%s", text);
}

static const struct table_ops site_table = {
    .data = &sites_table,
    .sorted = "live_bytes",
    .count = site_count,
    .row = calls_row,
    .name = calls_item_name,
    .conditions = calls_conditions,
    .lines = site_stacks_lines,
    .line = site_stacks_draw_line,
};

// ---- the frame under the cursor, with its source ----

static const struct frame *site_frames(const struct table *t, size_t *frame,
                                       size_t *count) {
    bool groups = t->ops == &call_groups_table;
    const struct table_row *row = groups ? NULL : table_current(t);
    uint32_t site = row ? range_site_of(t, row->item) : ANSWER_NONE;
    return site == ANSWER_NONE ? NULL
                               : site_stacks_selected(t, site, frame, count);
}

static const struct frame *site_frame(const struct table *t) {
    size_t frame, count;
    const struct frame *frames = site_frames(t, &frame, &count);
    return frames ? &frames[frame] : NULL;
}

// Who called the selected frame, on one line.
static void site_draw_path(const struct table *t, struct screen *s, int y,
                           int width) {
    size_t frame, count;
    const struct frame *frames = site_frames(t, &frame, &count);
    if (!frames)
        return;
    int x = 1 + cells_text(s, 1, y, width, "called by", STYLE_DIM);
    if (frame + 1 == count)
        cells_text(s, x + 1, y, width - x - 2, "nobody that was recorded",
                   STYLE_DIM);
    for (size_t i = frame + 1; i < count && x + 4 < width; i++) {
        char name[SITE_NAME_BYTES];
        frame_name(&frames[i], name, sizeof name);
        if (i > frame + 1)
            x += 1 + cells_text(s, x + 1, y, 2, "\xe2\x80\xb9", STYLE_DIM);
        int room = width - x - 2;
        x += 1 + cells_text_middle(s, x + 1, y, room < 40 ? room : 40, name,
                                   STYLE_TEXT);
    }
}

static void site_draw_source(struct screen *s, struct box box,
                             const struct frame *frame) {
    char text[512];
    if (!frame->file || !frame->line) {
        snprintf(
            text, sizeof text, "No line is known: %s has no debug information.",
            frame->module ? text_base_name(frame->module) : "this address");
        cells_text(s, 1, box.y, box.width - 2, text, STYLE_DIM);
        return;
    }
    uint32_t before = (uint32_t)(box.height - 1) / 2;
    uint32_t first = frame->line > before ? frame->line - before : 1;
    if (!source_line(frame->file, frame->line, text, sizeof text)) {
        cells_text(s, 1, box.y, 26, "The source is not here:", STYLE_DIM);
        cells_text_middle(s, 25, box.y, box.width - 26, frame->file, STYLE_DIM);
        return;
    }
    for (int i = 0; i < box.height; i++) {
        uint32_t line = first + (uint32_t)i;
        if (!source_line(frame->file, line, text, sizeof text))
            break;
        bool here = line == frame->line;
        if (here)
            cells_put(s, 1, box.y + i, 0x25b6, STYLE_KEY);
        char number[16];
        snprintf(number, sizeof number, "%u", line);
        cells_right(s, 2, box.y + i, 6, number, STYLE_DIM);
        cells_text(s, 10, box.y + i, box.width - 11, text,
                   here ? STYLE_STRONG : STYLE_TEXT);
    }
}

static void site_draw_detail(const struct table *t, struct screen *s,
                             struct box box, uint32_t item) {
    item = range_site_of(t, item);
    if (item == ANSWER_NONE) {
        cells_text(s, 1, box.y, box.width - 2,
                   "They had no block yet at the moment of the cursor.",
                   STYLE_DIM);
        return;
    }
    const struct answer_counts *c = site_counts(t->shown, item);
    const struct frame *frame = site_frame(t);
    int y = box.y;
    if (frame) {
        char name[SITE_NAME_BYTES], place[SITE_PLACE_BYTES];
        frame_full_name(frame, name, sizeof name);
        frame_place(frame, place, sizeof place);
        int right = text_width(place) + 1;
        cells_text_middle(s, 1, y, box.width - right - 3, name, STYLE_STRONG);
        cells_right(s, box.width - right, y, right - 1, place, STYLE_DIM);
    } else {
        cells_text(s, 1, y, box.width - 2, "No stack was recorded.", STYLE_DIM);
    }
    y++;
    uint64_t untouched = t->shown->answer->sites[item].untouched_bytes;
    cells_print(
        s, 1, y++, STYLE_TEXT,
        "%s%s of %s blocks are live; they pin %s (alone %s); rounding "
        "%s%s%s",
        t->shown->answer->has_since ? "at the cursor " : "",
        number_count(c->live_blocks).text, number_count(c->allocations).text,
        number_iec(c->share_bytes).text, number_iec(c->alone_bytes).text,
        number_iec(c->rounding_bytes).text,
        untouched > 0 ? "; never touched " : "",
        untouched > 0 ? number_iec(untouched).text : "");
    if (box.height >= 7)
        site_draw_path(t, s, y++, box.width);
    struct box source = {box.x, y, box.width, box.y + box.height - y};
    if (frame && source.height > 0)
        site_draw_source(s, source, frame);
}

static void site_draw(struct pane *pane, struct screen *s, struct box box) {
    struct table *t = &pane->table;
    int detail = box.height >= 40   ? 13
                 : box.height >= 24 ? 8
                 : box.height >= 16 ? 5
                                    : 0;
    struct box below;
    const struct table_row *row = table_draw_above(t, s, box, detail, &below);
    if (row && t->ops == &call_groups_table)
        call_groups_draw_detail(t, s, below, row->item);
    else if (row)
        site_draw_detail(t, s, below, row->item);
}

static const struct table_ops *site_pick(const struct shown *shown) {
    return shown->group_by != 0 ? &call_groups_table : &site_table;
}

static bool site_act(struct pane *pane, enum action action,
                     struct request *request) {
    if (action == ACTION_GROUP) {
        call_groups_next(pane->shown, request);
        return true;
    }
    if (action != ACTION_EDIT)
        return false;
    const struct frame *frame = site_frame(&pane->table);
    char text[8];
    if (!frame || !frame->file || !frame->line)
        snprintf(request->message, sizeof request->message,
                 "No source line is known for this frame.");
    else if (!source_line(frame->file, frame->line, text, sizeof text))
        snprintf(request->message, sizeof request->message,
                 "The source file is not on this machine: %.100s", frame->file);
    else
        request->edit = frame;
    return true;
}

// clang-format off
static const struct binding calls_keys[] = {
    {ACTION_ENTER, {PRESS_ENTER, PRESS_DOUBLE_CLICK},
     "stack", "show or hide the call stack", 2, KEYS_OWN},
    {ACTION_UNFOLD, {PRESS_ARROW_RIGHT, 'l', '+'},
     "unfold", "show the call stack", 0, KEYS_OWN},
    {ACTION_FOLD, {PRESS_ARROW_LEFT, 'h', '-'},
     "fold", "hide the call stack", 0, KEYS_OWN},
    {ACTION_UNFOLD_ALL, {'*'},
     "all stacks", "show or hide all call stacks", 6, KEYS_OWN},
    {ACTION_EDIT, {'o'},
     "editor", "open the source line in $VISUAL or $EDITOR", 6, KEYS_OWN},
    {ACTION_GROUP, {'v'},
     "by",
     "live blocks by another thing that they have in common: stack, function, "
     "file, module, thread, heap, tag, class, mark, frame, then the call site",
     10, KEYS_OWN},
};
// clang-format on

const struct view calls_view = {
    .name = "calls",
    .title = "Calls",
    .digit = '5',
    .says = "which calls allocated what is live, with their stacks",
    .keys = OWN_KEYS(calls_keys, KEYS_SCREENS | KEYS_TABLES),
    .words = site_words,
    .table = &site_table,
    .range_table = &calls_range_table,
    .pick = site_pick,
    .draw = site_draw,
    .act = site_act,
};
