// diff.h - what differs between two recordings: totals, call sites, classes.
//
// Each side is a run of a program, or several. Rows are matched by name
// (query/things.h): a site is the same wherever its lines have gone, in a
// program that was built anew. What stands on one of the sides only counts as
// nothing on the other. Of several runs the middle one counts, and what two
// sides differ by when it is beyond the spread of the runs (runs/spread.h).
#ifndef RPSCOPE_DIFF_DIFF_H
#define RPSCOPE_DIFF_DIFF_H

#include <stdio.h>

#include "viewer/runs/pairs.h"

// What one table is compared by; the first column orders the rows.
struct diff_part {
    const char *title;
    const char *table;
    const char *columns[THINGS_COLUMNS]; // keys; NULL ends them
};

struct diff_list {
    const struct diff_part *part;
    struct things_wish wish;
    struct pair *rows; // with any change, the largest first: first `first`,
    size_t count;
    size_t first;  // whose first column differs,
    size_t others; // then so many, of which another column does;
    size_t within; // of the rest all changes are within the spread
    size_t same;   // rows without a change
};

enum { DIFF_LISTS = 3 };

struct diff {
    const struct runs *before, *after;
    struct diff_list lists[DIFF_LISTS]; // call sites, pins, size classes
};

// Compares. The runs must live as long. To be given to diff_close.
void diff_open(struct diff *diff, const struct runs *before,
               const struct runs *after);
void diff_close(struct diff *diff);

// Writes it at most 100 columns wide, `top` rows of each list; as Markdown for
// a pull request; as one JSON object of the schema "rpscope.diff/1", with all.
void diff_text(const struct diff *diff, size_t top, FILE *out);
void diff_markdown(const struct diff *diff, size_t top, FILE *out);
void diff_json(const struct diff *diff, FILE *out);

#endif
