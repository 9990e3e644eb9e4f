// sites.c - call sites: who allocated what is live, with stacks and
// source.
#include "viewer/names/site.h"
#include "viewer/names/source.h"
#include "viewer/base/text.h"
#include "viewer/ui/view.h"

#include <stdio.h>
#include <string.h>

enum {
    SITE_NAME,
    SITE_LIVE,
    SITE_SHARE,
    SITE_BLOCKS,
    SITE_PEAK,
    SITE_ALLOCATIONS,
    SITE_ALLOCATED,
    SITE_TEMPORARY,
    SITE_COLUMNS,

    SITE_MAX_STACKS = 5,  // shown of an unfolded site
    SITE_MAX_FRAMES = 48, // shown of a stack
};

static const struct column site_columns[SITE_COLUMNS] = {
    [SITE_NAME] = {"call site", "innermost function of your code", 34, 0,
                   COLUMN_NAME, true},
    [SITE_LIVE] = {"live", "bytes", 9, 0, COLUMN_BYTES, false},
    [SITE_SHARE] = {"of all", "used", 6, 3, COLUMN_NUMBER, false},
    [SITE_BLOCKS] = {"blocks", "live", 7, 0, COLUMN_NUMBER, false},
    [SITE_PEAK] = {"at peak", "of use", 9, 4, COLUMN_BYTES, false},
    [SITE_ALLOCATIONS] = {"allocs", "all time", 8, 2, COLUMN_NUMBER, false},
    [SITE_ALLOCATED] = {"allocated", "all time", 9, 5, COLUMN_BYTES, false},
    [SITE_TEMPORARY] = {"temp.", NULL, 6, 6, COLUMN_NUMBER, false},
};

static const char *const site_words[] = {
    "call site",
    "The innermost function of your own code on the stack: allocator and "
    "standard library functions are passed over.",
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

static const struct answer_counts *site_counts(struct app *app, uint32_t item) {
    return &app->answer->sites[item].counts;
}

static uint32_t site_count(struct app *app) {
    return (uint32_t)app->answer->site_count;
}

static double site_key(const struct answer_counts *c, int column) {
    switch (column) {
    case SITE_BLOCKS:
        return (double)c->live_blocks;
    case SITE_PEAK:
        return (double)c->peak_used_bytes;
    case SITE_ALLOCATIONS:
        return (double)c->allocations;
    case SITE_ALLOCATED:
        return (double)c->allocated_bytes;
    case SITE_TEMPORARY:
        return c->allocations ? (double)c->temporary / (double)c->allocations
                              : 0;
    default:
        return (double)c->live_bytes;
    }
}

static void site_table_name(struct app *app, uint32_t item, char *out,
                            size_t size) {
    const struct answer_site *site = &app->answer->sites[item];
    site_full_name(&site->where, out, size);
    size_t length = strlen(out);
    if (length + 2 < size) { // a filter may also name the file
        out[length] = ' ';
        site_place(&site->where, out + length + 1, size - length - 1);
    }
}

static int site_compare(struct app *app, uint32_t a, uint32_t b, int column) {
    if (column == SITE_NAME) {
        char left[SITE_NAME_BYTES], right[SITE_NAME_BYTES];
        site_name(&app->answer->sites[a].where, left, sizeof left);
        site_name(&app->answer->sites[b].where, right, sizeof right);
        return strcmp(left, right);
    }
    double left = site_key(site_counts(app, a), column);
    double right = site_key(site_counts(app, b), column);
    return left < right ? -1 : left > right;
}

static void site_cell(struct app *app, uint32_t item, int column,
                      struct cell_text *cell) {
    const struct answer_site *site = &app->answer->sites[item];
    const struct answer_counts *c = &site->counts;
    struct number n;
    switch (column) {
    case SITE_NAME: {
        const struct table *t = app_table(app, &view_sites);
        char name[SITE_NAME_BYTES - 4];
        site_name(&site->where, name, sizeof name);
        snprintf(cell->text, sizeof cell->text, "%s %s",
                 t->unfolded[item] ? "\xe2\x96\xbe" : "\xe2\x96\xb8", name);
        site_place(&site->where, cell->after, sizeof cell->after);
        cell->after_first_to_go = !site->where.line;
        if (*t->search && text_contains(name, t->search))
            cell->style = STYLE_MATCH;
        return;
    }
    case SITE_LIVE:
        n = app_bytes(app, c->live_bytes);
        break;
    case SITE_SHARE:
        n = number_percent((double)c->live_bytes,
                           (double)app->answer->now.part_bytes[PART_USED]);
        break;
    case SITE_BLOCKS:
        n = number_count(c->live_blocks);
        break;
    case SITE_PEAK:
        n = app_bytes(app, c->peak_used_bytes);
        break;
    case SITE_ALLOCATIONS:
        n = number_count(c->allocations);
        break;
    case SITE_ALLOCATED:
        n = app_bytes(app, c->allocated_bytes);
        break;
    default:
        n = number_percent((double)c->temporary, (double)c->allocations);
        break;
    }
    if (column == app_table(app, &view_sites)->sort)
        cell->style = STYLE_STRONG;
    snprintf(cell->text, sizeof cell->text, "%s", n.text);
}

// ---- the lines of an unfolded site ----

struct site_line {
    enum { LINE_STACK, LINE_FRAME, LINE_MORE_FRAMES, LINE_MORE_STACKS } kind;
    size_t stack; // in the answer
    size_t frame;
    size_t more; // stacks or frames that are not shown
};

// What line `wanted` (from 0) of a site shows; false when there are fewer, and
// then *count is how many there are.
static bool site_find_line(struct app *app, uint32_t item, uint32_t wanted,
                           struct site_line *line, uint32_t *count) {
    struct answer *a = app->answer;
    const struct answer_site *site = &a->sites[item];
    size_t stacks = site->stack_count;
    uint32_t at = 0;
    for (size_t i = 0; i < stacks && i < SITE_MAX_STACKS; i++) {
        size_t stack = site->first_stack + i, frames;
        app->frames(a, stack, &frames);
        size_t shown = frames < SITE_MAX_FRAMES ? frames : SITE_MAX_FRAMES;
        *line = (struct site_line){LINE_STACK, stack, i, stacks};
        if (stacks > 1 && at++ == wanted)
            return true;
        if (wanted - at < shown) {
            *line = (struct site_line){LINE_FRAME, stack, wanted - at, 0};
            return true;
        }
        at += (uint32_t)shown;
        *line = (struct site_line){LINE_MORE_FRAMES, stack, 0, frames - shown};
        if (frames > shown && at++ == wanted)
            return true;
    }
    *line =
        (struct site_line){LINE_MORE_STACKS, 0, 0, stacks - SITE_MAX_STACKS};
    if (stacks > SITE_MAX_STACKS && at++ == wanted)
        return true;
    *count = at;
    return false;
}

static uint32_t site_lines(struct app *app, uint32_t item) {
    struct site_line line;
    uint32_t count = 0;
    site_find_line(app, item, UINT32_MAX, &line, &count);
    return count;
}

static void site_draw_frame(struct app *app, struct screen *s, struct box box,
                            const struct site_line *line) {
    size_t count;
    const struct frame *frames = app->frames(app->answer, line->stack, &count);
    const struct frame *frame = &frames[line->frame];
    const struct answer_site *site =
        &app->answer->sites[app->answer->stacks[line->stack].site];
    bool here = site_find_frame(frames, count, &site->where) == line->frame;
    enum style style = here                        ? STYLE_STRONG
                       : frame->kind == FRAME_USER ? STYLE_TEXT
                                                   : STYLE_DIM;
    char name[SITE_NAME_BYTES], place[SITE_PLACE_BYTES];
    frame_full_name(frame, name, sizeof name);
    frame_place(frame, place, sizeof place);
    scr_put(s, box.x + 2, box.y, line->frame + 1 == count ? 0x2514 : 0x251c,
            STYLE_RULE);
    int right = text_width(place), room = box.width - 4 - right - 12;
    int x = box.x + 4;
    x += scr_text_middle(s, x, box.y, room, name, style);
    if (frame->inlined)
        scr_text(s, x + 1, box.y, 10, "(inlined)", STYLE_DIM);
    scr_right(s, box.x, box.y, box.width, place, here ? STYLE_TEXT : STYLE_DIM);
}

static void site_draw_line(struct app *app, struct screen *s, struct box box,
                           uint32_t item, uint32_t wanted) {
    struct site_line line;
    uint32_t count;
    if (!site_find_line(app, item, wanted, &line, &count))
        return;
    char text[160];
    switch (line.kind) {
    case LINE_FRAME:
        site_draw_frame(app, s, box, &line);
        return;
    case LINE_STACK: {
        const struct answer_counts *c = &app->answer->stacks[line.stack].counts;
        snprintf(text, sizeof text,
                 "stack %zu of %zu: %s live in %s blocks, %s allocations",
                 line.frame + 1, line.more, number_iec(c->live_bytes).text,
                 number_count(c->live_blocks).text,
                 number_count(c->allocations).text);
        break;
    }
    case LINE_MORE_FRAMES:
        snprintf(text, sizeof text, "\xe2\x80\xa6 %zu more frames", line.more);
        break;
    default:
        snprintf(text, sizeof text,
                 "\xe2\x80\xa6 %zu more stacks lead here, with less",
                 line.more);
        break;
    }
    scr_text(s, box.x + 2, box.y, box.width - 2, text, STYLE_HEADING);
}

static const struct table_ops site_table = {
    .columns = site_columns,
    .column_count = SITE_COLUMNS,
    .sorted = SITE_LIVE,
    .count = site_count,
    .compare = site_compare,
    .cell = site_cell,
    .name = site_table_name,
    .lines = site_lines,
    .line = site_draw_line,
};

// ---- the frame under the cursor, with its source ----

// The stack and the frame in it that is selected, or that names the selected
// site. Returns the frames, or NULL when no stack was recorded.
static const struct frame *site_selected(struct app *app, size_t *frame,
                                         size_t *count) {
    const struct table_row *row = table_current(app_table(app, &view_sites));
    if (!row)
        return NULL;
    struct answer *a = app->answer;
    const struct answer_site *site = &a->sites[row->item];
    struct site_line line;
    uint32_t lines;
    size_t stack = site->first_stack;
    bool chosen =
        row->line > 0 &&
        site_find_line(app, row->item, row->line - 1, &line, &lines) &&
        line.kind == LINE_FRAME;
    if (chosen)
        stack = line.stack;
    const struct frame *frames = app->frames(a, stack, count);
    *frame =
        chosen ? line.frame : site_find_frame(frames, *count, &site->where);
    return *frame < *count ? frames : NULL;
}

static const struct frame *site_frame(struct app *app) {
    size_t frame, count;
    const struct frame *frames = site_selected(app, &frame, &count);
    return frames ? &frames[frame] : NULL;
}

// Who called the selected frame, on one line.
static void site_draw_path(struct app *app, struct screen *s, int y,
                           int width) {
    size_t frame, count;
    const struct frame *frames = site_selected(app, &frame, &count);
    if (!frames)
        return;
    int x = 1 + scr_text(s, 1, y, width, "called by", STYLE_DIM);
    if (frame + 1 == count)
        scr_text(s, x + 1, y, width - x - 2, "nobody that was recorded",
                 STYLE_DIM);
    for (size_t i = frame + 1; i < count && x + 4 < width; i++) {
        char name[SITE_NAME_BYTES];
        frame_name(&frames[i], name, sizeof name);
        if (i > frame + 1)
            x += 1 + scr_text(s, x + 1, y, 2, "\xe2\x80\xb9", STYLE_DIM);
        int room = width - x - 2;
        x += 1 + scr_text_middle(s, x + 1, y, room < 40 ? room : 40, name,
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
        scr_text(s, 1, box.y, box.width - 2, text, STYLE_DIM);
        return;
    }
    uint32_t before = (uint32_t)(box.height - 1) / 2;
    uint32_t first = frame->line > before ? frame->line - before : 1;
    if (!source_line(frame->file, frame->line, text, sizeof text)) {
        scr_text(s, 1, box.y, 26, "The source is not here:", STYLE_DIM);
        scr_text_middle(s, 25, box.y, box.width - 26, frame->file, STYLE_DIM);
        return;
    }
    for (int i = 0; i < box.height; i++) {
        uint32_t line = first + (uint32_t)i;
        if (!source_line(frame->file, line, text, sizeof text))
            break;
        bool here = line == frame->line;
        if (here)
            scr_put(s, 1, box.y + i, 0x25b6, STYLE_KEY);
        char number[16];
        snprintf(number, sizeof number, "%u", line);
        scr_right(s, 2, box.y + i, 6, number, STYLE_DIM);
        scr_text(s, 10, box.y + i, box.width - 11, text,
                 here ? STYLE_STRONG : STYLE_TEXT);
    }
}

static void site_draw_detail(struct app *app, struct screen *s, struct box box,
                             uint32_t item) {
    const struct answer_counts *c = site_counts(app, item);
    const struct frame *frame = site_frame(app);
    int y = box.y;
    if (frame) {
        char name[SITE_NAME_BYTES], place[SITE_PLACE_BYTES];
        frame_full_name(frame, name, sizeof name);
        frame_place(frame, place, sizeof place);
        int right = text_width(place) + 1;
        scr_text_middle(s, 1, y, box.width - right - 3, name, STYLE_STRONG);
        scr_right(s, box.width - right, y, right - 1, place, STYLE_DIM);
    } else {
        scr_text(s, 1, y, box.width - 2, "No stack was recorded.", STYLE_DIM);
    }
    y++;
    scr_print(s, 1, y++, STYLE_TEXT,
              "%s of %s blocks are live; they pin %s (alone %s); rounding "
              "%s",
              number_count(c->live_blocks).text,
              number_count(c->allocations).text,
              number_iec(c->share_bytes).text, number_iec(c->alone_bytes).text,
              number_iec(c->rounding_bytes).text);
    if (box.height >= 7)
        site_draw_path(app, s, y++, box.width);
    struct box source = {box.x, y, box.width, box.y + box.height - y};
    if (frame && source.height > 0)
        site_draw_source(s, source, frame);
}

static void site_draw(struct app *app, struct screen *s, struct box box) {
    struct table *t = app_table(app, &view_sites);
    int detail = box.height >= 40   ? 13
                 : box.height >= 24 ? 8
                 : box.height >= 16 ? 5
                                    : 0;
    struct box list = box;
    list.height -= detail ? detail + 1 : 0;
    table_draw(t, app, s, list);
    const struct table_row *row = table_current(t);
    if (!detail || !row)
        return;
    scr_rule(s, box.x, box.y + list.height, box.width);
    struct box below = {box.x, box.y + list.height + 1, box.width, detail};
    site_draw_detail(app, s, below, row->item);
}

static bool site_act(struct app *app, enum action action) {
    if (action != ACTION_EDIT)
        return false;
    const struct frame *frame = site_frame(app);
    char text[8];
    if (!frame || !frame->file || !frame->line)
        snprintf(app->message, sizeof app->message,
                 "No source line is known for this frame.");
    else if (!source_line(frame->file, frame->line, text, sizeof text))
        snprintf(app->message, sizeof app->message,
                 "The source file is not on this machine: %.100s", frame->file);
    else
        app->edit = frame;
    return true;
}

const struct view view_sites = {
    .name = "sites",
    .title = "Sites",
    .scope = SCOPE_SITES,
    .words = site_words,
    .table = &site_table,
    .draw = site_draw,
    .act = site_act,
};
