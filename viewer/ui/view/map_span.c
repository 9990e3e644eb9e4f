// map_span.c - the span under the cursor of the map: what it is, its places,
// and whose blocks are there.
#include "viewer/ui/view/map_span.h"
#include "viewer/ui/view/map_cells.h"
#include "viewer/ui/view/map_panel.h"

#include <stdio.h>

static void say_blocks(struct panel *p, const struct answer_span *span) {
    const struct answer *a = p->shown->answer;
    char text[160], heap[PANEL_NAME_BYTES];
    snprintf(text, sizeof text, "%s blocks of %s B, %s",
             number_count(span->blocks).text,
             number_exact(span->block_bytes).text,
             panel_heap_name(a, span->heap, heap));
    panel_say(p, text, STYLE_TEXT);
    snprintf(text, sizeof text, "%s live (%s), keep %s free",
             number_count(span->live).text,
             number_percent(span->live, span->blocks).text,
             number_iec(span->free_bytes).text);
    if (span->live == 0)
        snprintf(text, sizeof text, "none live");
    panel_say(p, text, STYLE_TEXT);
    if (span->deferred > 0) {
        snprintf(text, sizeof text, "%s freed, to be taken back",
                 number_count(span->deferred).text);
        panel_say(p, text, STYLE_TEXT);
    }
    if (span->live == 0)
        return;
    snprintf(text, sizeof text, "oldest %s, newest %s old",
             panel_age(a, span->oldest_ns).text,
             panel_age(a, span->newest_ns).text);
    panel_say(p, text, STYLE_TEXT);
}

static void say_other(struct panel *p, const struct answer_span *span) {
    const struct answer *a = p->shown->answer;
    char text[160], heap[PANEL_NAME_BYTES];
    switch (span->kind) {
    case SPAN_OF_LARGE:
        snprintf(text, sizeof text, "%s asked for, %s old",
                 number_iec(span->used_bytes).text,
                 panel_age(a, span->oldest_ns).text);
        break;
    case SPAN_THREAD_CACHE:
        snprintf(text, sizeof text, "of %s",
                 panel_heap_name(a, span->heap, heap));
        break;
    case SPAN_UNUSED:
        snprintf(text, sizeof text, "%s of its memory given back",
                 number_iec(span->gone_bytes).text);
        break;
    default:
        return;
    }
    panel_say(p, text, STYLE_TEXT);
}

// A picture of the places: a square is a live block; where there is not room
// for all, one stands for some of which one lives.
static void draw_places(struct panel *p, size_t index, int rows) {
    size_t count;
    const struct answer_block *blocks =
        p->shown->blocks(p->shown->answer, index, &count);
    size_t room = (size_t)p->left.width * (size_t)rows;
    size_t each = room ? (count + room - 1) / room : 0;
    for (size_t i = 0; each && i * each < count; i++) {
        bool live = false;
        for (size_t k = i * each; k < (i + 1) * each && k < count; k++)
            live |= blocks[k].live && !blocks[k].other;
        cells_put(p->s, p->left.x + (int)(i % (size_t)p->left.width),
                  p->left.y + (int)(i / (size_t)p->left.width),
                  live ? 0x25a0 : 0x00b7, live ? STYLE_USED : STYLE_REST);
    }
    size_t used = each ? (count + each - 1) / each : 0;
    int lines =
        (int)((used + (size_t)p->left.width - 1) / (size_t)p->left.width);
    p->left.y += lines;
    p->left.height -= lines;
}

void map_draw_span(const struct pane *pane, struct screen *s, struct box box) {
    const struct shown *shown = pane->shown;
    struct panel p = {shown, s, box};
    size_t index = map_current(pane);
    const struct answer_span *span = shown->look_at_span(shown->answer, index);
    panel_title(&p, span);
    if (span->block_bytes > 0 && span->blocks > 0)
        say_blocks(&p, span);
    else
        say_other(&p, span);
    bool small = box.height < 12;
    if (!small && span->block_bytes > 0) {
        panel_skip(&p);
        draw_places(&p, index, p.left.height / 2);
    }
    if (span->live == 0)
        return;
    if (!small) {
        panel_skip(&p);
        panel_say(&p, "WHO LIVES HERE", STYLE_HEADING);
    }
    panel_tenants(&p, index, 1, small ? 2 : p.left.height);
}
