// text_tables.c - the tables of the report as text.
//
// Which columns there are, how wide and in which order, say the tables
// themselves (answer/table.h). Here stands what is said around them.
#include "viewer/output/text_tables.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/table_list.h"
#include "viewer/base/memory.h"
#include "viewer/base/number.h"
#include "viewer/names/short_name.h"
#include "viewer/output/lines.h"

enum { CELL_BYTES = 1200, SITE_TOGETHER = 60 };

struct section {
    const char *table;
    const char *heading;
    const char *more;  // "%s more ...": what rows that are not shown are
    const char *none;  // instead of a table without rows
    const char *order; // key of the column with the most on top; NULL: as it is
    bool latest;       // of more rows than asked for, the last ones
    bool optional;     // without rows there is not even a heading
    void (*notes)(FILE *out, const struct answer *a);
};

// A table that is being written.
struct writing {
    FILE *out;
    const struct answer *answer;
    const struct table_column *columns[TABLE_MOST_SHOWN];
    int count;
};

// ---- cells and rows ----

// "session_new  session.c:88" in at most `width` columns; a module that stands
// for a place has brackets.
static void say_site(const struct site *site, size_t width, char *out) {
    struct site_text text;
    char place[520], name[CELL_BYTES / 2], fitted[CELL_BYTES / 2];
    site_text(site, &text);
    bool is_module = !site->file && *text.place;
    snprintf(place, sizeof place, "%s%s%s", is_module ? "[" : "", text.place,
             is_module ? "]" : "");
    // The place is short and says more than the middle of a long name.
    short_fit(fitted, sizeof fitted, place, width / 2);
    size_t left = width - strlen(fitted) - 2;
    if (*place == '\0' || left > width)
        left = width;
    short_fit(name, sizeof name, text.name, left);
    snprintf(out, CELL_BYTES, "%s%s%s", name, *fitted ? "  " : "", fitted);
}

static bool is_left(const struct table_column *column) {
    return column->kind == TABLE_SITE || column->left;
}

// What stands at the left and at the end has more room before it, and needs
// none behind it.
static void put_cell(const struct writing *w, int i, const char *text) {
    const struct table_column *column = w->columns[i];
    bool left = is_left(column), ends = left && i + 1 == w->count;
    int width = ends ? 0 : column->report.width;
    fprintf(w->out, "%s%*s", i == 0 || ends ? "  " : " ", left ? -width : width,
            text);
    if (i + 1 == w->count)
        putc('\n', w->out);
}

static void put_titles(const struct writing *w) {
    for (int i = 0; i < w->count; i++)
        put_cell(w, i, table_title(w->columns[i], TABLE_REPORT));
}

static void put_row(const struct writing *w, const void *row) {
    for (int i = 0; i < w->count; i++) {
        const struct table_column *c = w->columns[i];
        char text[CELL_BYTES], words[CELL_BYTES];
        size_t width = (size_t)c->report.width;
        if (c->kind == TABLE_SITE) {
            const void *site = (const char *)row + c->offset;
            say_site(site, width, text);
        } else if (c->kind == TABLE_SAID) {
            c->say(row, TABLE_REPORT, words, sizeof words);
            short_fit(text, sizeof text, words, width ? width : sizeof text);
        } else {
            strcpy(text,
                   table_number(w->answer, c, row, UNIT_IEC, c->report.exact)
                       .text);
        }
        put_cell(w, i, text);
    }
}

// One row for those that are not shown, when some columns are summed up.
static bool put_rest(const struct writing *w, const void *const *rows,
                     size_t count) {
    bool summed = false;
    for (int i = 0; i < w->count; i++)
        summed |= w->columns[i]->report.summed;
    for (int i = 0; summed && i < w->count; i++) {
        char text[64] = "";
        uint64_t sum = 0;
        for (size_t j = 0; w->columns[i]->report.summed && j < count; j++)
            sum += table_value(w->answer, w->columns[i], rows[j]).number;
        if (w->columns[i]->report.summed)
            strcpy(text, number_iec(sum).text);
        else if (i + 1 == w->count)
            snprintf(text, sizeof text, "%s more", number_exact(count).text);
        put_cell(w, i, text);
    }
    return summed;
}

// ---- a table ----

struct order {
    const struct answer *answer;
    const struct table_column *column;
};

static int compare(const void *left, const void *right, void *context) {
    const struct order *order = context;
    const void *a = *(const void *const *)left,
               *b = *(const void *const *)right;
    double x = table_order_of(order->answer, order->column, a);
    double y = table_order_of(order->answer, order->column, b);
    return x != y ? (x < y) - (x > y) : (a > b) - (a < b);
}

// Its rows, to be freed. Equal ones stand in the order of the table.
static const void **list_rows(const struct answer *a,
                              const struct data_table *table, const char *key,
                              size_t *count) {
    *count = table->count(a);
    const void **rows = memory_get((*count + 1) * sizeof *rows);
    for (size_t i = 0; i < *count; i++)
        rows[i] = table->row(a, i);
    for (const struct table_column *c = table->columns; key && c->key; c++)
        if (strcmp(c->key, key) == 0)
            qsort_r(rows, *count, sizeof *rows, compare, &(struct order){a, c});
    return rows;
}

static void put_section(FILE *out, const struct answer *a, size_t top,
                        const struct section *section) {
    const struct data_table *table = data_table(section->table);
    struct writing w = {.out = out, .answer = a};
    size_t count;
    const void **rows = list_rows(a, table, section->order, &count);
    size_t shown = count < top ? count : top;
    size_t first = section->latest ? count - shown : 0;
    w.count = table_shown(table, TABLE_REPORT, w.columns);
    if (count > 0 || !section->optional)
        lines_heading(out, section->heading);
    if (count == 0 && (section->none || section->optional)) {
        fputs(section->none ? section->none : "", out);
        free(rows);
        return;
    }
    put_titles(&w);
    if (first > 0)
        fprintf(out, "  %s earlier ones\n", number_exact(first).text);
    for (size_t i = first; i < first + shown; i++)
        put_row(&w, rows[i]);
    if (first + shown < count && !put_rest(&w, &rows[shown], count - shown))
        fprintf(out, "  %s more %s\n", number_exact(count - shown).text,
                section->more);
    if (section->notes)
        section->notes(out, a);
    free(rows);
}

// ---- what is said around them ----

static void put_pin_notes(FILE *out, const struct answer *a) {
    fprintf(out, "  %10s %48sTOTAL free in spans with live blocks\n",
            number_iec(a->free_block_bytes).text, "");
    fputs("  share: free bytes of the spans its blocks live in, split evenly "
          "among the live blocks there.\n"
          "  alone: free bytes of spans where no other site has a block: free "
          "for "
          "any size if only these went.\n"
          "  if moved: estimate of what packing the blocks of those spans into "
          "fuller ones saves.\n",
          out);
    if (a->together_count < 2 || a->together[a->together_count - 1].bytes == 0)
        return;
    fputs(
        "  The smallest set without which half becomes free for any size (each "
        "line adds one site):\n",
        out);
    for (size_t i = 0; i < a->together_count; i++) {
        char site[CELL_BYTES];
        say_site(&a->sites[a->together[i].site].where, SITE_TOGETHER, site);
        fprintf(out, "  %10s  %s%s\n", number_iec(a->together[i].bytes).text,
                i > 0 ? "+ " : "  ", site);
    }
}

static void put_class_notes(FILE *out, const struct answer *a) {
    fprintf(out,
            "  A span has %s and holds blocks of one size. part: with "
            "live and free blocks.\n"
            "  full: live blocks of all that its spans have room for.\n",
            number_iec(a->span_bytes).text);
}

static const struct section sections[] = {
    {.table = "causes",
     .heading = "CAUSES, and what will happen when each is cured",
     .more = "causes",
     .optional = true},
    {.table = "pins",
     .heading = "PINS: whose live blocks keep free memory in their spans",
     .none = "  None: no span has both live and free blocks.\n",
     .notes = put_pin_notes},
    {.table = "sites",
     .heading = "CALL SITES by live data",
     .more = "call sites"},
    {.table = "classes",
     .heading = "SIZE CLASSES by free bytes in part-used spans",
     .more = "size classes",
     .order = "free_bytes",
     .notes = put_class_notes},
    {.table = "heaps",
     .heading = "HEAPS (a heap is one thread's memory)",
     .more = "heaps"},
    {.table = "tags",
     .heading = "TAGS: what the program says its blocks are for",
     .more = "tags",
     .optional = true},
    {.table = "frames",
     .heading = "FRAMES: from each mark of one name to the next; what is "
                "allocated in the mean, and in the worst one",
     .more = "series of marks",
     .optional = true},
    {.table = "freed_by",
     .heading = "WHO FREES WHOSE BLOCKS",
     .more = "pairs of call sites",
     .optional = true},
    {.table = "snapshots",
     .heading = "SNAPSHOTS (report --at snapshot-N shows one)",
     .latest = true,
     .optional = true},
};

static void put_groups(FILE *out, const struct answer *a, size_t top,
                       const char *by) {
    char heading[64];
    snprintf(heading, sizeof heading, "LIVE BLOCKS by %s", by);
    const struct section section = {
        .table = "groups", .heading = heading, .more = "groups"};
    put_section(out, a, top, &section);
}

void text_tables(FILE *out, const struct answer *a, size_t top,
                 const char *by) {
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (by && strcmp(sections[i].table, "sites") == 0)
            put_groups(out, a, top, by);
        else
            put_section(out, a, top, &sections[i]);
    }
}
