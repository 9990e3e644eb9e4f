// diff.h - what differs between two recordings: totals, call sites, classes.
//
// Rows are matched by name (query/things.h): a site is the same wherever its
// lines have gone, in a program that was built anew. What stands in one of the
// recordings only counts as nothing in the other.
#ifndef RPSCOPE_DIFF_DIFF_H
#define RPSCOPE_DIFF_DIFF_H

#include <stdio.h>

#include "viewer/query/things.h"

// What one table is compared by; the first column orders the rows.
struct diff_part {
    const char *title;
    const char *table;
    const char *columns[THINGS_COLUMNS]; // keys; NULL ends them
};

struct diff_row {
    const void *row;         // of `of`
    const struct answer *of; // where it stands: in the second, if in both
    bool is_new, is_gone;    // in the second only, in the first only
    double before[THINGS_COLUMNS], after[THINGS_COLUMNS];
};

struct diff_list {
    const struct diff_part *part;
    struct things_wish wish;
    struct diff_row *rows; // that differ, the largest change first
    size_t count;
    size_t same; // rows without a change
};

enum { DIFF_LISTS = 3 };

struct diff {
    struct answer *before, *after;
    struct diff_list lists[DIFF_LISTS]; // call sites, pins, size classes
};

// Compares. The answers must live as long. To be given to diff_close.
void diff_open(struct diff *diff, struct answer *before, struct answer *after);
void diff_close(struct diff *diff);

// Writes it at most 100 columns wide, `top` rows of each list; as Markdown for
// a pull request; as one JSON object of the schema "rpscope.diff/1", with all.
void diff_text(const struct diff *diff, size_t top, FILE *out);
void diff_markdown(const struct diff *diff, size_t top, FILE *out);
void diff_json(const struct diff *diff, FILE *out);

#endif
