// look_at.c - what to look at: findings, then who pins and who uses most.
#include "viewer/ui/view/look_at.h"
#include "viewer/ui/view/list.h"
#include "viewer/base/escape.h"
#include "viewer/names/site.h"
#include "viewer/ui/view/pins.h"
#include "viewer/ui/view/calls.h"

#include <stdio.h>
#include <string.h>

enum { LOOK_AT_TOP = 3 }; // of the pins and of the users of most

static void look_at_add(struct look_at *list, struct look_at_item item) {
    for (size_t i = 0; i < list->count && !item.finding; i++)
        if (list->items[i].view == item.view &&
            list->items[i].site == item.site && item.view)
            return; // said already
    if (list->count < LOOK_AT_MOST)
        list->items[list->count++] = item;
}

void look_at_fill(struct look_at *list, const struct answer *a) {
    list->count = 0;
    for (size_t i = 0; i < a->finding_count; i++) {
        const struct answer_finding *f = &a->findings[i];
        bool pin = strcmp(f->kind, "pin") == 0;
        look_at_add(list, (struct look_at_item){f, f->kind,
                                                f->site == ANSWER_NONE ? NULL
                                                : pin ? &pins_view
                                                      : &calls_view,
                                                f->site});
    }
    for (size_t i = 0; i < a->pin_count && i < LOOK_AT_TOP; i++)
        look_at_add(
            list, (struct look_at_item){NULL, "pins", &pins_view, a->pins[i]});
    for (size_t i = 0; i < a->site_count && i < LOOK_AT_TOP; i++)
        if (a->sites[i].counts.live_bytes)
            look_at_add(list, (struct look_at_item){NULL, "uses", &calls_view,
                                                    (uint32_t)i});
}

static void look_at_say(const struct answer *a, const struct look_at_item *item,
                        char *out, size_t size) {
    if (item->finding) {
        escape_text(out, size, item->finding->text);
        return;
    }
    const struct answer_site *site = &a->sites[item->site];
    const struct answer_counts *c = &site->counts;
    char name[SITE_NAME_BYTES], place[SITE_PLACE_BYTES];
    site_name(&site->where, name, sizeof name);
    site_place(&site->where, place, sizeof place);
    const char *open = *place ? " (" : "", *close = *place ? ")" : "";
    if (item->view == &pins_view)
        snprintf(out, size, "%s%s%s%s keeps %s of free blocks with %s of data",
                 name, open, place, close, number_iec(c->share_bytes).text,
                 number_iec(c->live_bytes).text);
    else
        snprintf(out, size, "%s%s%s%s has %s in %s block%s", name, open, place,
                 close, number_iec(c->live_bytes).text,
                 number_count(c->live_blocks).text,
                 c->live_blocks == 1 ? "" : "s");
}

static void look_at_draw_item(const struct answer *a, struct screen *s, int y,
                              int width, const struct look_at_item *item,
                              bool current) {
    static const struct {
        uint32_t glyph;
        enum style style;
    } severities[] = {
        [SEVERITY_ERROR] = {'x', STYLE_ERROR},
        [SEVERITY_WARNING] = {0x25b2, STYLE_WARNING},
        [SEVERITY_NOTE] = {0x25cb, STYLE_DIM},
    };
    enum answer_severity severity =
        item->finding ? item->finding->severity : SEVERITY_NOTE;
    enum style style = severities[severity].style;
    char text[512];
    look_at_say(a, item, text, sizeof text);
    cells_put(s, 3, y, item->finding ? severities[severity].glyph : 0x00b7,
              style);
    int x = 5 + cells_text(s, 5, y, 16, item->kind, style);
    x = x < 18 ? 18 : x + 1;
    cells_text(s, x, y, width - x - 2, text, STYLE_TEXT);
    if (current) {
        cells_put(s, 1, y, 0x25b6, STYLE_KEY);
        cells_select(s, 1, y, width - 1);
    }
}

void look_at_draw(const struct look_at *list, struct pane *pane,
                  struct screen *s, int y, int rows, int width) {
    size_t shown = (size_t)rows - 1;
    if (pane->cursor < pane->first_in)
        pane->first_in = pane->cursor;
    if (pane->cursor >= pane->first_in + shown)
        pane->first_in = pane->cursor - shown + 1;
    int x = 1 + cells_text(s, 1, y, width, "LOOK AT", STYLE_HEADING);
    if (list->count > shown)
        cells_print(s, x + 2, y, STYLE_DIM, "%zu of %zu", pane->cursor + 1,
                    list->count);
    cells_right(s, 1, y, width - 2, "Enter goes there", STYLE_DIM);
    for (size_t i = pane->first_in;
         i < pane->first_in + shown && i < list->count; i++)
        look_at_draw_item(pane->shown->answer, s, ++y, width, &list->items[i],
                          i == pane->cursor);
}

static void look_at_enter(const struct look_at *list, size_t cursor,
                          struct request *request) {
    if (!list->count)
        return;
    const struct look_at_item *item = &list->items[cursor];
    if (item->view)
        *request = (struct request){.view = item->view, .item = item->site};
    else
        snprintf(request->message, sizeof request->message,
                 "This is not about one call site: there is nowhere to go.");
}

bool look_at_act(const struct look_at *list, struct pane *pane,
                 enum action action, struct request *request) {
    size_t last = list->count ? list->count - 1 : 0;
    if (action != ACTION_ENTER)
        return list_move(pane, action, last, LIST_ENDS);
    look_at_enter(list, pane->cursor, request);
    return true;
}
