// range_sites.c - call sites between two moments as items of a table.
#include "viewer/ui/view/range_sites.h"
#include "viewer/answer/between_tables.h"
#include "viewer/names/site.h"
#include "viewer/query/filter.h"
#include "viewer/ui/view/site_stacks.h"

#include <stdio.h>
#include <string.h>

static const struct answer_between *range_row(const struct shown *shown,
                                              uint32_t item) {
    return &shown->answer->range.sites[item];
}

uint32_t range_site_of(const struct table *t, uint32_t item) {
    bool of_range = t->ops == &calls_range_table || t->ops == &pins_range_table;
    return of_range ? range_row(t->shown, item)->site : item;
}

static uint32_t range_count(const struct shown *shown) {
    return (uint32_t)shown->answer->range.site_count;
}

static const void *range_item(const struct shown *shown, uint32_t item) {
    return range_row(shown, item);
}

static void range_name(const struct shown *shown, uint32_t item, char *out,
                       size_t size) {
    const struct site *where = &range_row(shown, item)->where;
    site_full_name(where, out, size);
    size_t length = strlen(out);
    if (length + 2 < size) { // a filter may also name the file
        out[length] = ' ';
        site_place(where, out + length + 1, size - length - 1);
    }
}

static void range_conditions(const struct shown *shown, uint32_t item,
                             char *out, size_t size) {
    char text[FILTER_BYTES] = "";
    if (range_row(shown, item)->site != ANSWER_NONE)
        filter_of_site(&range_row(shown, item)->where, text);
    snprintf(out, size, "%s", text);
}

static uint32_t range_lines(const struct shown *shown, uint32_t item) {
    uint32_t site = range_row(shown, item)->site;
    return site == ANSWER_NONE ? 0 : site_stacks_lines(shown, site);
}

static void range_line(const struct shown *shown, struct screen *s,
                       struct box box, uint32_t item, uint32_t line) {
    site_stacks_draw_line(shown, s, box, range_row(shown, item)->site, line);
}

static bool range_pinned(const struct shown *shown, uint32_t item) {
    const struct answer_between *row = range_row(shown, item);
    return row->share_mean >= 0.5 || row->share_before >= 0.5 ||
           row->share_after >= 0.5;
}

const struct table_ops calls_range_table = {
    .data = &between_table,
    .sorted = "growth_bytes",
    .count = range_count,
    .row = range_item,
    .name = range_name,
    .conditions = range_conditions,
    .lines = range_lines,
    .line = range_line,
};

const struct table_ops pins_range_table = {
    .data = &between_pins_table,
    .sorted = "share_mean_bytes",
    .count = range_count,
    .belongs = range_pinned,
    .row = range_item,
    .name = range_name,
    .conditions = range_conditions,
};
