// pairs.h - the rows of a table in several runs before, and in several after.
//
// A row of one run is about the same as one of another when their names agree
// (query/things.h). Where a run has no such row, the row's values are 0 there.
#ifndef RPSCOPE_RUNS_PAIRS_H
#define RPSCOPE_RUNS_PAIRS_H

#include "viewer/base/json.h"
#include "viewer/query/things.h"
#include "viewer/runs/spread.h"

// The answers of one side.
struct runs {
    struct answer *list[RUNS_MOST];
    size_t count;
};

struct pair {
    const void *row;      // of `of`
    struct answer *of;    // of the first run after that has it, else before
    bool is_new, is_gone; // in no run before, in none after
    struct spread before[THINGS_COLUMNS], after[THINGS_COLUMNS];
};

// Collects them. The wish is only looked at now. The list is to be freed.
struct pair *pairs_make(const struct runs *before, const struct runs *after,
                        const struct things_wish *wish, size_t *count);

void runs_free(struct runs *runs); // answer_free of each
// Their paths, as an array.
void runs_json(struct json *json, const char *key, const struct runs *runs);

#endif
