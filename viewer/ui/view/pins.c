// pins.c - who keeps free memory from going back: call sites whose live
// blocks pin spans that are mostly free.
#include "viewer/ui/view/pins.h"
#include "viewer/answer/site_tables.h"
#include "viewer/names/site.h"
#include "viewer/ui/table_draw.h"
#include "viewer/ui/view/calls.h"
#include "viewer/ui/view/range_sites.h"

#include <stdio.h>
#include <string.h>

static const char *const pin_words[] = {
    "pinned",
    "A span is free for any size only when all of its blocks are. Its free "
    "bytes "
    "are pinned by the blocks that live in it.",
    "share",
    "The pinned bytes of each span, split evenly between its live blocks. The "
    "shares of all call sites add up to all free bytes in spans.",
    "alone",
    "Pinned bytes of spans where only blocks of this call site live: what "
    "becomes free for any size without just these blocks.",
    "if moved",
    "An estimate of what packing the blocks of those spans into fuller ones of "
    "their class, and then into new ones, would save.",
    "share mean",
    "Of a range (m): the share in the mean over it; before and after are where "
    "it begins and ends.",
    "live data",
    "What these blocks are asked to hold.",
    "per byte",
    "Bytes pinned for each byte of live data. A large number means: little "
    "data, much damage.",
    "together",
    "The smallest set of sites without which half becomes free for any size. A "
    "span with blocks of two sites needs both: so the sum can be more than its "
    "parts.",
    "cure",
    "Keep long-lived blocks out of spans of short-lived ones: allocate them "
    "first, in an array or a pool of their own, or with another block size.",
    NULL,
};

static uint32_t pin_count(const struct shown *shown) {
    return (uint32_t)shown->answer->site_count;
}

static bool pin_belongs(const struct shown *shown, uint32_t item) {
    return shown->answer->sites[item].counts.share_bytes > 0 ||
           shown->answer->sites[item].counts.share_mean >= 0.5;
}

static const struct table_ops pin_table = {
    .data = &pins_table,
    .sorted = "share_bytes",
    .count = pin_count,
    .belongs = pin_belongs,
    .row = calls_row,
    .name = calls_item_name,
    .conditions = calls_conditions,
};

// ---- what below the table explains it ----

static void pin_draw_together(const struct shown *shown, struct screen *s,
                              struct box box) {
    const struct answer *a = shown->answer;
    int x = 1 + cells_text(s, 1, box.y, box.width, "TOGETHER", STYLE_HEADING);
    cells_text(
        s, x + 2, box.y, box.width - x - 3,
        "the smallest set without which half becomes free; each line adds one",
        STYLE_DIM);
    double whole = (double)a->free_block_bytes;
    int bar = box.width >= 90 ? box.width - 70 : 0;
    for (int i = 0; i + 1 < box.height && i < (int)a->together_count; i++) {
        const struct answer_together *step = &a->together[i];
        char name[SITE_NAME_BYTES];
        int y = box.y + 1 + i;
        site_name(&a->sites[step->site].where, name, sizeof name);
        cells_put(s, 2, y, i ? '+' : ' ', STYLE_DIM);
        cells_text_middle(s, 4, y, 34, name, STYLE_TEXT);
        cells_text(s, 39, y, 9, "free", STYLE_DIM);
        cells_right(s, 48, y, 11, shown_bytes(shown, step->bytes).text,
                    STYLE_STRONG);
        if (bar)
            cells_bar(s, 61, y, bar, (double)step->bytes / whole, 0x2588,
                      STYLE_SPAN_FREE);
        if (box.width >= 76)
            cells_right(s, box.width - 9, y, 8,
                        number_percent((double)step->bytes, whole).text,
                        STYLE_DIM);
    }
}

static void pin_draw_why(const struct shown *shown, struct screen *s,
                         struct box box, uint32_t item) {
    const struct answer *a = shown->answer;
    if (item == ANSWER_NONE)
        return;
    const struct answer_site *site = &a->sites[item];
    const struct answer_counts *c = &site->counts;
    char name[SITE_NAME_BYTES], text[640];
    site_full_name(&site->where, name, sizeof name);
    int y = box.y;
    int x = 1 + cells_text(s, 1, y, box.width, "WHY", STYLE_HEADING);
    cells_text_middle(s, x + 2, y, box.width - x - 3, name, STYLE_STRONG);
    y++;
    if (c->live_blocks == 0) {
        cells_text(s, 1, y, box.width - 2,
                   "No block of this site is live: it pins nothing now.",
                   STYLE_DIM);
        return;
    }
    char among[160];
    if (c->alone_spans == 0)
        snprintf(among, sizeof among,
                 "Each of them also holds blocks of other sites.");
    else
        snprintf(among, sizeof among,
                 "In %s of them nothing else lives: without these blocks %s "
                 "become free for any size%s.",
                 c->alone_spans == c->spans ? "all"
                                            : number_count(c->alone_spans).text,
                 number_iec(c->alone_bytes).text,
                 c->alone_spans == c->spans
                     ? ""
                     : "; the rest needs blocks of other sites gone too");
    snprintf(text, sizeof text,
             "%s live block%s (%s) stand%s in %s span%s of %s. %s",
             number_count(c->live_blocks).text, c->live_blocks == 1 ? "" : "s",
             number_iec(c->live_bytes).text, c->live_blocks == 1 ? "s" : "",
             number_count(c->spans).text, c->spans == 1 ? "" : "s",
             number_iec(a->span_bytes).text, among);
    y += cells_wrap(s, 1, y, box.width - 2, box.y + box.height - y, text,
                    STYLE_TEXT);
    if (c->share_bytes < 4 * c->live_bytes || y >= box.y + box.height)
        return;
    int indent = 1 + cells_text(s, 1, y, box.width, "CURE", STYLE_HEADING) + 1;
    cells_wrap(s, indent + 1, y, box.width - indent - 2, box.y + box.height - y,
               "Keep them apart from short-lived blocks: allocate them in one "
               "array or a pool of their own, or before the others.",
               STYLE_TEXT);
}

static int pin_draw_total(const struct shown *shown, struct screen *s, int y) {
    const struct answer *a = shown->answer;
    if (a->has_since)
        cells_print(s, 2, y, STYLE_DIM,
                    "What they pinned from %s to %s; below, at the cursor:",
                    number_time(a->range.from_ns).text,
                    number_time(a->range.to_ns).text);
    else
        cells_print(s, 2, y, STYLE_DIM,
                    "%s free in part-used spans, pinned by blocks of %s call "
                    "site%s.",
                    shown_bytes(shown, a->free_block_bytes).text,
                    number_count(a->pin_count).text,
                    a->pin_count == 1 ? "" : "s");
    return y + 1;
}

static void pin_draw(struct pane *pane, struct screen *s, struct box box) {
    const struct shown *shown = pane->shown;
    const struct answer *a = shown->answer;
    struct table *t = &pane->table;
    int y = pin_draw_total(shown, s, box.y);
    int why = box.height >= 22 ? 6 : box.height >= 15 ? 4 : 0;
    int most = box.height >= 40 ? 8 : 3;
    int together =
        (int)a->together_count < most ? (int)a->together_count : most;
    if (box.height < 22 || together == 0)
        together = 0;
    else
        together++;
    struct box list = {box.x, y, box.width,
                       box.y + box.height - y - (why ? why + 1 : 0) -
                           (together ? together + 1 : 0)};
    table_draw(t, s, list);
    y = list.y + list.height;
    if (together) {
        cells_rule(s, box.x, y, box.width);
        pin_draw_together(shown, s,
                          (struct box){box.x, y + 1, box.width, together});
        y += together + 1;
    }
    const struct table_row *row = table_current(t);
    if (why && row) {
        cells_rule(s, box.x, y, box.width);
        pin_draw_why(shown, s, (struct box){box.x, y + 1, box.width, why},
                     range_site_of(t, row->item));
    }
}

static bool pin_act(struct pane *pane, enum action action,
                    struct request *request) {
    const struct table_row *row = table_current(&pane->table);
    if (action != ACTION_ENTER || !row)
        return false;
    *request = (struct request){
        .view = &calls_view, .item = row->item, .unfold = true};
    return true;
}

// clang-format off
static const struct binding pins_keys[] = {
    {ACTION_ENTER, {PRESS_ENTER, PRESS_DOUBLE_CLICK},
     "its stack",
     "show this call site, with its stack and source, in Calls", 2, KEYS_OWN},
};
// clang-format on

const struct view pins_view = {
    .name = "pins",
    .title = "Pins",
    .digit = '6',
    .says = "which calls' blocks keep free memory from going back",
    .keys = OWN_KEYS(pins_keys, KEYS_SCREENS | KEYS_TABLES),
    .words = pin_words,
    .table = &pin_table,
    .range_table = &pins_range_table,
    .draw = pin_draw,
    .act = pin_act,
};
