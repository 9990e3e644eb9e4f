// call_groups.c - live blocks by what they have in common.
#include "viewer/ui/view/call_groups.h"
#include "viewer/answer/groups.h"

#include <stdio.h>

static const struct group_row *group_rows(const struct shown *shown,
                                          size_t *count) {
    return shown->groups(shown->answer, shown->group_by, count);
}

static uint32_t group_count(const struct shown *shown) {
    size_t count;
    group_rows(shown, &count);
    return (uint32_t)count;
}

static const void *group_row(const struct shown *shown, uint32_t item) {
    size_t count;
    return &group_rows(shown, &count)[item];
}

static void group_name(const struct shown *shown, uint32_t item, char *out,
                       size_t size) {
    const struct group_row *row = group_row(shown, item);
    snprintf(out, size, "%s", row->name ? row->name : "(none)");
}

const struct table_ops call_groups_table = {
    .data = &groups_table,
    .sorted = "live_bytes",
    .count = group_count,
    .row = group_row,
    .name = group_name,
};

void call_groups_next(const struct shown *shown, struct request *request) {
    char word[GROUP_WORD_BYTES];
    if (shown->answer->has_since) {
        snprintf(request->message, sizeof request->message,
                 "Groups are of one moment, and this is a range: m ends it.");
        return;
    }
    request->groups = true;
    request->group_by = (shown->group_by + 1) % GROUP_KINDS;
    groups_word(request->group_by, word);
    snprintf(request->message, sizeof request->message,
             request->group_by == 0 ? "Blocks by call %s."
                                    : "Blocks by %s; v goes on.",
             word);
}

void call_groups_draw_detail(const struct table *t, struct screen *s,
                             struct box box, uint32_t item) {
    const struct group_row *row = group_row(t->shown, item);
    char name[TABLE_CELL_BYTES], word[GROUP_WORD_BYTES];
    groups_word(t->shown->group_by, word);
    group_name(t->shown, item, name, sizeof name);
    int y = box.y, right = (int)sizeof "by function" + 1;
    cells_text_middle(s, 1, y, box.width - right - 3, name, STYLE_STRONG);
    char by[sizeof "by " + GROUP_WORD_BYTES];
    snprintf(by, sizeof by, "by %s", word);
    cells_right(s, box.width - right, y++, right - 1, by, STYLE_DIM);
    char text[320];
    snprintf(
        text, sizeof text,
        "%s live block%s (%s) in %s span%s; they pin %s: %s of it in spans "
        "where no block of another group lives. Rounding %s.",
        number_count(row->live_blocks).text, row->live_blocks == 1 ? "" : "s",
        number_iec(row->live_bytes).text, number_count(row->spans).text,
        row->spans == 1 ? "" : "s", number_iec(row->share_bytes).text,
        number_iec(row->alone_bytes).text,
        number_iec(row->rounding_bytes).text);
    cells_wrap(s, 1, y, box.width - 2, box.y + box.height - y, text,
               STYLE_TEXT);
}
