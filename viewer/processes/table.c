// table.c - see table.h.
#include "viewer/processes/table.h"

#include <stdio.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/json.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"

enum {
    COLUMNS = 8,
    CELL_BYTES = 512,
    COLUMN_LOST = 4, // shown when something was
};

static const struct {
    const char *title;
    bool right; // where its text stands
} columns[COLUMNS] = {{"program", false},      {"pid", true},
                      {"parent", true},        {"events", true},
                      {"lost", true},          {"most held", true},
                      {"how it ended", false}, {"trace", false}};

struct line {
    char cell[COLUMNS][CELL_BYTES];
};

static void fill_line(struct line *line, const struct process *p) {
    char(*cell)[CELL_BYTES] = line->cell;
    escape_text(cell[0], CELL_BYTES, p->program);
    snprintf(cell[1], CELL_BYTES, "%u", p->pid);
    snprintf(cell[2], CELL_BYTES, p->parent_pid ? "%u" : "-", p->parent_pid);
    snprintf(cell[3], CELL_BYTES, "%s", number_count(p->events).text);
    snprintf(cell[COLUMN_LOST], CELL_BYTES, "%s",
             number_count(p->lost_events).text);
    snprintf(cell[5], CELL_BYTES, "%s",
             p->finished ? number_iec(p->peak_held_bytes).text : "?");
    snprintf(cell[6], CELL_BYTES, "%s%s",
             p->finished ? p->ended : "its trace has no end",
             p->stopped ? ", recorded in part" : "");
    escape_text(cell[7], CELL_BYTES, text_base_name(p->path));
}

static void print_line(const struct line *line, const int *widths,
                       const char *before, FILE *out) {
    int blanks = 2; // due before the next text
    fputs(before, out);
    for (size_t i = 0; i < COLUMNS; i++) {
        int fill = widths[i] - text_width(line->cell[i]);
        if (widths[i] == 0)
            continue;
        fprintf(out, "%*s%s", blanks + (columns[i].right ? fill : 0), "",
                line->cell[i]);
        blanks = 2 + (columns[i].right ? 0 : fill);
    }
    putc('\n', out);
}

static void measure(const struct line *line, int *widths) {
    for (size_t i = 0; i < COLUMNS; i++) {
        int width = text_width(line->cell[i]);
        if (width > widths[i])
            widths[i] = width;
    }
}

void processes_table(const struct processes *all, size_t most,
                     const char *before, FILE *out) {
    size_t count = most && most < all->count ? most : all->count;
    int widths[COLUMNS] = {0};
    struct line line;
    for (size_t i = 0; i < COLUMNS; i++)
        snprintf(line.cell[i], CELL_BYTES, "%s", columns[i].title);
    measure(&line, widths);
    for (size_t i = 0; i < count; i++) {
        struct line each;
        fill_line(&each, &all->list[i]);
        measure(&each, widths);
    }
    if (!all->lost_events)
        widths[COLUMN_LOST] = 0;
    print_line(&line, widths, before, out);
    for (size_t i = 0; i < count; i++) {
        fill_line(&line, &all->list[i]);
        print_line(&line, widths, before, out);
    }
}

static void put_process(struct json *json, const struct process *p) {
    json_open(json, NULL, '{');
    json_text(json, "program", p->program);
    json_number(json, "pid", p->pid);
    if (p->parent_pid)
        json_number(json, "parent_pid", p->parent_pid);
    else
        json_null(json, "parent_pid");
    json_number(json, "events", p->events);
    json_number(json, "lost_events", p->lost_events);
    if (p->finished)
        json_number(json, "peak_held_bytes", p->peak_held_bytes);
    else
        json_null(json, "peak_held_bytes");
    json_bool(json, "forked", p->forked);
    json_bool(json, "finished", p->finished);
    json_bool(json, "stopped", p->stopped);
    json_text(json, "ending", p->ended);
    json_number(json, "trace_bytes", p->bytes);
    json_text(json, "trace", p->path);
    json_close(json, '}');
}

void processes_json(const struct processes *all, const char *root, FILE *out) {
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "schema", "rpscope.processes/1");
    json_text(&json, "recording", root);
    json_number(&json, "events", all->events);
    json_number(&json, "lost_events", all->lost_events);
    json_number(&json, "unreadable", all->unreadable);
    json_open(&json, "processes", '[');
    for (size_t i = 0; i < all->count; i++)
        put_process(&json, &all->list[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    putc('\n', out);
}
