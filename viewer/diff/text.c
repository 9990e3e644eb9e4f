// text.c - what differs, for people: as text and as Markdown.
#include <stdio.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/diff/lines.h"
#include "viewer/output/markdown_text.h"

enum { NAME_COLUMNS = 46, SPREAD_COLUMNS = 12, PATH_BYTES = 4096, TOP = 10 };

static bool is_several(const struct diff *diff) {
    return diff->before->count > 1 || diff->after->count > 1;
}

static void say_side(const char *what, const struct runs *runs, FILE *out) {
    char path[PATH_BYTES];
    escape_text(path, sizeof path, runs->list[0]->path);
    fprintf(out, "%s%s, at %s", what, path,
            number_time(runs->list[0]->now.time_ns).text);
    if (runs->count > 1)
        fprintf(out, ", and %zu more run%s", runs->count - 1,
                runs->count > 2 ? "s" : "");
}

static size_t shown(const struct diff_list *list, size_t top) {
    top = top > 0 ? top : TOP;
    return list->first < top ? list->first : top;
}

static void put_counts(const struct diff *diff, const struct diff_list *list,
                       FILE *out) {
    fprintf(out, "%s: %zu differ, %zu in other counts, ", list->part->title,
            list->first, list->others);
    if (is_several(diff))
        fprintf(out, "%zu within the spread, ", list->within);
    fprintf(out, "%zu in nothing\n", list->same);
}

// The totals that are there at all.
static bool is_there(const struct diff *diff,
                     const struct table_column *column) {
    return diff_total(diff->before, column).most != 0 ||
           diff_total(diff->after, column).most != 0;
}

static void put_right(const char *text, int width, FILE *out) {
    fprintf(out, "%*s%s", width - text_width(text), "", text);
}

static void put_cells(const struct diff_cells *cells, bool several, FILE *out) {
    put_right(cells->before, 11, out);
    put_right(cells->after, 11, out);
    put_right(cells->change, 12, out);
    if (several)
        put_right(cells->spread, SPREAD_COLUMNS, out);
    if (*cells->share)
        put_right(cells->share, 9, out);
}

void diff_text(const struct diff *diff, size_t top, FILE *out) {
    struct diff_cells cells;
    char name[LINES_NAME_BYTES];
    say_side("rpscope diff\n  before  ", diff->before, out);
    say_side("\n  after   ", diff->after, out);
    bool several = is_several(diff);
    fprintf(out, "\n\nTOTALS                 before      after      change%s\n",
            several ? "      spread" : "");
    for (const struct table_column *const *c = diff_totals(); *c; c++) {
        struct spread before = diff_total(diff->before, *c);
        struct spread after = diff_total(diff->after, *c);
        if (!is_there(diff, *c))
            continue;
        diff_cells(*c, &before, &after, &cells);
        fprintf(out, "  %-16s", (*c)->title);
        put_cells(&cells, several, out);
        fputs(several && before.middle != after.middle &&
                      !spread_differs(&before, &after)
                  ? "  within the spread\n"
                  : "\n",
              out);
    }
    for (int i = 0; i < DIFF_LISTS; i++) {
        const struct diff_list *list = &diff->lists[i];
        putc('\n', out);
        put_counts(diff, list, out);
        if (list->first > 0)
            fprintf(out, "     before      after      change%s\n",
                    several ? "      spread" : "");
        for (size_t r = 0; r < shown(list, top); r++) {
            const struct pair *row = &list->rows[r];
            diff_cells(list->wish.columns[0], &row->before[0], &row->after[0],
                       &cells);
            diff_name(list, row,
                      several ? NAME_COLUMNS - SPREAD_COLUMNS : NAME_COLUMNS,
                      name);
            put_cells(&cells, several, out);
            fprintf(out, "  %s%s\n", name,
                    row->is_new    ? " (only after)"
                    : row->is_gone ? " (only before)"
                                   : "");
        }
        if (list->first > shown(list, top))
            fprintf(out, "  and %zu more\n", list->first - shown(list, top));
    }
}

static void put_markdown_row(const char *name, const struct diff_cells *cells,
                             bool several, FILE *out) {
    const char *const texts[] = {name,          cells->before, cells->after,
                                 cells->change, cells->share,  cells->spread};
    for (size_t i = 0; i < (several ? 6 : 5); i++) {
        fputs("| ", out);
        markdown_text(texts[i], out);
        putc(' ', out);
    }
    fputs("|\n", out);
}

void diff_markdown(const struct diff *diff, size_t top, FILE *out) {
    struct diff_cells cells;
    char name[LINES_NAME_BYTES];
    bool several = is_several(diff);
    const char *head = several ? "| | before | after | change | | spread |\n"
                                 "| --- | ---: | ---: | ---: | ---: | ---: |\n"
                               : "| | before | after | change | |\n"
                                 "| --- | ---: | ---: | ---: | ---: |\n";
    say_side("**rpscope diff**, before: ", diff->before, out);
    say_side("; after: ", diff->after, out);
    fprintf(out, "\n\n%s", head);
    for (const struct table_column *const *c = diff_totals(); *c; c++) {
        struct spread before = diff_total(diff->before, *c);
        struct spread after = diff_total(diff->after, *c);
        if (!is_there(diff, *c))
            continue;
        diff_cells(*c, &before, &after, &cells);
        put_markdown_row((*c)->title, &cells, several, out);
    }
    for (int i = 0; i < DIFF_LISTS; i++) {
        const struct diff_list *list = &diff->lists[i];
        if (list->first == 0)
            continue;
        putc('\n', out);
        put_counts(diff, list, out);
        fprintf(out, "\n%s", head);
        for (size_t r = 0; r < shown(list, top); r++) {
            diff_cells(list->wish.columns[0], &list->rows[r].before[0],
                       &list->rows[r].after[0], &cells);
            diff_name(list, &list->rows[r], NAME_COLUMNS, name);
            put_markdown_row(name, &cells, several, out);
        }
    }
}
