// time_between.c - the part of the time screen that says what happened since
// another moment, by call site.
#include "viewer/ui/view/time_between.h"

#include <stdio.h>

enum { NUMBER = 11, NUMBERS = 5 };

static void draw_row(const struct shown *shown, struct screen *s,
                     struct box box, const struct answer_between *row) {
    const struct answer_between_counts *c = &row->counts;
    bool less = c->growth_bytes < 0;
    uint64_t growth =
        less ? 0 - (uint64_t)c->growth_bytes : (uint64_t)c->growth_bytes;
    char text[NUMBERS][NUMBER + 24];
    char name[SITE_NAME_BYTES], place[SITE_PLACE_BYTES];
    snprintf(text[0], sizeof text[0], "%s%s", less ? "-" : "+",
             shown_bytes(shown, growth).text);
    snprintf(text[1], sizeof text[1], "%s", number_count(c->births).text);
    snprintf(text[2], sizeof text[2], "%s", number_count(c->deaths).text);
    snprintf(text[3], sizeof text[3], "%s", number_count(c->survivors).text);
    snprintf(text[4], sizeof text[4], "%s",
             shown_bytes(shown, c->survivor_bytes).text);
    for (int i = 0; i < NUMBERS; i++)
        cells_right(s, box.x + 1 + i * NUMBER, box.y, NUMBER - 1, text[i],
                    less ? STYLE_DIM : STYLE_TEXT);
    int x = box.x + 2 + NUMBERS * NUMBER;
    site_name(&row->where, name, sizeof name);
    site_place(&row->where, place, sizeof place);
    x += cells_text(s, x, box.y, box.width - x - 1, name, STYLE_TEXT) + 2;
    if (x < box.width - 1)
        cells_text(s, x, box.y, box.width - x - 1, place, STYLE_DIM);
}

void time_between_draw(const struct shown *shown, struct screen *s,
                       struct box box) {
    static const char *const titles[NUMBERS] = {"growth", "born", "freed",
                                                "survive", "bytes"};
    const struct answer *a = shown->answer;
    char title[64];
    snprintf(title, sizeof title, "call site, since %s (%zu)",
             number_time(a->since_ns).text, a->range.site_count);
    for (int i = 0; i < NUMBERS; i++)
        cells_right(s, box.x + 1 + i * NUMBER, box.y, NUMBER - 1, titles[i],
                    STYLE_DIM);
    int x = box.x + 2 + NUMBERS * NUMBER;
    cells_text(s, x, box.y, box.width - x - 1, title, STYLE_STRONG);
    for (int i = 0; i + 1 < box.height && (size_t)i < a->range.site_count; i++)
        draw_row(shown, s, (struct box){box.x, box.y + 1 + i, box.width, 1},
                 &a->range.sites[i]);
}
