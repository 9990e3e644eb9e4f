// site_stacks.c - the call stacks of a call site, as lines of its table.
#include "viewer/ui/view/site_stacks.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/names/site.h"

#include <stdio.h>

enum {
    SITE_MAX_STACKS = 5,  // shown of an unfolded site
    SITE_MAX_FRAMES = 48, // shown of a stack
};

struct site_line {
    enum { LINE_STACK, LINE_FRAME, LINE_MORE_FRAMES, LINE_MORE_STACKS } kind;
    size_t stack; // in the answer
    size_t frame;
    size_t more; // stacks or frames that are not shown
};

// What line `wanted` (from 0) of a site shows; false when there are fewer, and
// then *count is how many there are.
static bool site_stacks_find(const struct shown *shown, uint32_t item,
                             uint32_t wanted, struct site_line *line,
                             uint32_t *count) {
    struct answer *a = shown->answer;
    const struct answer_site *site = &a->sites[item];
    size_t stacks = site->stack_count;
    uint32_t at = 0;
    for (size_t i = 0; i < stacks && i < SITE_MAX_STACKS; i++) {
        size_t stack = site->first_stack + i, frames;
        shown->frames(a, stack, &frames);
        size_t most = frames < SITE_MAX_FRAMES ? frames : SITE_MAX_FRAMES;
        *line = (struct site_line){LINE_STACK, stack, i, stacks};
        if (stacks > 1 && at++ == wanted)
            return true;
        if (wanted - at < most) {
            *line = (struct site_line){LINE_FRAME, stack, wanted - at, 0};
            return true;
        }
        at += (uint32_t)most;
        *line = (struct site_line){LINE_MORE_FRAMES, stack, 0, frames - most};
        if (frames > most && at++ == wanted)
            return true;
    }
    *line =
        (struct site_line){LINE_MORE_STACKS, 0, 0, stacks - SITE_MAX_STACKS};
    if (stacks > SITE_MAX_STACKS && at++ == wanted)
        return true;
    *count = at;
    return false;
}

uint32_t site_stacks_lines(const struct shown *shown, uint32_t item) {
    struct site_line line;
    uint32_t count = 0;
    site_stacks_find(shown, item, UINT32_MAX, &line, &count);
    return count;
}

static void site_stacks_draw_frame(const struct shown *shown, struct screen *s,
                                   struct box box,
                                   const struct site_line *line) {
    size_t count;
    const struct frame *frames =
        shown->frames(shown->answer, line->stack, &count);
    const struct frame *frame = &frames[line->frame];
    const struct answer_site *site =
        &shown->answer->sites[shown->answer->stacks[line->stack].site];
    bool here = site_find_frame(frames, count, &site->where) == line->frame;
    enum style style = here                        ? STYLE_STRONG
                       : frame->kind == FRAME_USER ? STYLE_TEXT
                                                   : STYLE_DIM;
    char name[SITE_NAME_BYTES], place[SITE_PLACE_BYTES];
    frame_full_name(frame, name, sizeof name);
    frame_place(frame, place, sizeof place);
    cells_put(s, box.x + 2, box.y, line->frame + 1 == count ? 0x2514 : 0x251c,
              STYLE_RULE);
    int right = text_width(place), room = box.width - 4 - right - 12;
    int x = box.x + 4;
    x += cells_text_middle(s, x, box.y, room, name, style);
    if (frame->inlined)
        cells_text(s, x + 1, box.y, 10, "(inlined)", STYLE_DIM);
    cells_right(s, box.x, box.y, box.width, place,
                here ? STYLE_TEXT : STYLE_DIM);
}

void site_stacks_draw_line(const struct shown *shown, struct screen *s,
                           struct box box, uint32_t item, uint32_t wanted) {
    struct site_line line;
    uint32_t count;
    if (!site_stacks_find(shown, item, wanted, &line, &count))
        return;
    char text[160];
    switch (line.kind) {
    case LINE_FRAME:
        site_stacks_draw_frame(shown, s, box, &line);
        return;
    case LINE_STACK: {
        const struct answer_counts *c =
            &shown->answer->stacks[line.stack].counts;
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
    cells_text(s, box.x + 2, box.y, box.width - 2, text, STYLE_HEADING);
}

const struct frame *site_stacks_selected(const struct table *t, uint32_t item,
                                         size_t *frame, size_t *count) {
    const struct shown *shown = t->shown;
    const struct table_row *row = table_current(t);
    struct answer *a = shown->answer;
    const struct answer_site *site = &a->sites[item];
    struct site_line line;
    uint32_t lines;
    size_t stack = site->first_stack;
    bool chosen = row->line > 0 &&
                  site_stacks_find(shown, item, row->line - 1, &line, &lines) &&
                  line.kind == LINE_FRAME;
    if (chosen)
        stack = line.stack;
    const struct frame *frames = shown->frames(a, stack, count);
    *frame =
        chosen ? line.frame : site_find_frame(frames, *count, &site->where);
    return *frame < *count ? frames : NULL;
}
