// text.c - what differs, for people: as text and as Markdown.
#include <stdio.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/diff/lines.h"
#include "viewer/output/markdown_text.h"

enum { NAME_COLUMNS = 46, PATH_BYTES = 4096, TOP = 10 };

static void say_side(const char *what, const struct answer *answer, FILE *out) {
    char path[PATH_BYTES];
    escape_text(path, sizeof path, answer->path);
    fprintf(out, "%s%s, at %s", what, path,
            number_time(answer->now.time_ns).text);
}

// Those whose first column differs, which stand first.
static size_t by_first(const struct diff_list *list) {
    size_t count = 0;
    while (count < list->count &&
           list->rows[count].before[0] != list->rows[count].after[0])
        count++;
    return count;
}

static size_t shown(const struct diff_list *list, size_t top) {
    top = top > 0 ? top : TOP;
    return by_first(list) < top ? by_first(list) : top;
}

static void put_counts(const struct diff_list *list, FILE *out) {
    size_t first = by_first(list);
    fprintf(out, "%s: %zu differ, %zu in other counts, %zu in nothing\n",
            list->part->title, first, list->count - first, list->same);
}

// The totals that are there at all.
static bool is_there(const struct diff *diff,
                     const struct table_column *column) {
    return diff_total(diff->before, column) != 0 ||
           diff_total(diff->after, column) != 0;
}

static void put_right(const char *text, int width, FILE *out) {
    fprintf(out, "%*s%s", width - text_width(text), "", text);
}

static void put_cells(const struct diff_cells *cells, FILE *out) {
    put_right(cells->before, 11, out);
    put_right(cells->after, 11, out);
    put_right(cells->change, 12, out);
    if (*cells->share)
        put_right(cells->share, 9, out);
}

void diff_text(const struct diff *diff, size_t top, FILE *out) {
    struct diff_cells cells;
    char name[LINES_NAME_BYTES];
    say_side("rpscope diff\n  before  ", diff->before, out);
    say_side("\n  after   ", diff->after, out);
    fprintf(out, "\n\nTOTALS                 before      after      change\n");
    for (const struct table_column *const *c = diff_totals(); *c; c++) {
        if (!is_there(diff, *c))
            continue;
        diff_cells(*c, diff_total(diff->before, *c),
                   diff_total(diff->after, *c), &cells);
        fprintf(out, "  %-16s", (*c)->title);
        put_cells(&cells, out);
        putc('\n', out);
    }
    for (int i = 0; i < DIFF_LISTS; i++) {
        const struct diff_list *list = &diff->lists[i];
        putc('\n', out);
        put_counts(list, out);
        if (by_first(list) > 0)
            fprintf(out, "     before      after      change\n");
        for (size_t r = 0; r < shown(list, top); r++) {
            const struct diff_row *row = &list->rows[r];
            diff_cells(list->wish.columns[0], row->before[0], row->after[0],
                       &cells);
            diff_name(list, row, NAME_COLUMNS, name);
            put_cells(&cells, out);
            fprintf(out, "  %s%s\n", name,
                    row->is_new    ? " (only after)"
                    : row->is_gone ? " (only before)"
                                   : "");
        }
        if (by_first(list) > shown(list, top))
            fprintf(out, "  and %zu more\n", by_first(list) - shown(list, top));
    }
}

static void put_markdown_row(const char *name, const struct diff_cells *cells,
                             FILE *out) {
    const char *const texts[] = {name, cells->before, cells->after,
                                 cells->change, cells->share};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        fputs("| ", out);
        markdown_text(texts[i], out);
        putc(' ', out);
    }
    fputs("|\n", out);
}

void diff_markdown(const struct diff *diff, size_t top, FILE *out) {
    struct diff_cells cells;
    char name[LINES_NAME_BYTES];
    static const char head[] = "| | before | after | change | |\n"
                               "| --- | ---: | ---: | ---: | ---: |\n";
    say_side("**rpscope diff**, before: ", diff->before, out);
    say_side("; after: ", diff->after, out);
    fprintf(out, "\n\n%s", head);
    for (const struct table_column *const *c = diff_totals(); *c; c++) {
        if (!is_there(diff, *c))
            continue;
        diff_cells(*c, diff_total(diff->before, *c),
                   diff_total(diff->after, *c), &cells);
        put_markdown_row((*c)->title, &cells, out);
    }
    for (int i = 0; i < DIFF_LISTS; i++) {
        const struct diff_list *list = &diff->lists[i];
        if (by_first(list) == 0)
            continue;
        putc('\n', out);
        put_counts(list, out);
        fprintf(out, "\n%s", head);
        for (size_t r = 0; r < shown(list, top); r++) {
            diff_cells(list->wish.columns[0], list->rows[r].before[0],
                       list->rows[r].after[0], &cells);
            diff_name(list, &list->rows[r], NAME_COLUMNS, name);
            put_markdown_row(name, &cells, out);
        }
    }
}
