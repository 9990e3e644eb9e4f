// pairs.c - the rows of a table in several runs before, and in several after.
#include "viewer/runs/pairs.h"

#include "viewer/base/memory.h"

// The things of all runs of a side.
struct side {
    const struct runs *runs;
    struct things things[RUNS_MOST];
};

static void collect(struct side *side, const struct runs *runs,
                    const struct things_wish *wish) {
    side->runs = runs;
    for (size_t i = 0; i < runs->count; i++)
        things_make(&side->things[i], runs->list[i], wish);
}

static void forget(struct side *side) {
    for (size_t i = 0; i < side->runs->count; i++)
        things_free(&side->things[i]);
}

// Whether one of the first `runs` runs has the row of `of`.
static bool has(const struct side *side, size_t runs, const struct answer *of,
                const void *row) {
    for (size_t i = 0; i < runs; i++)
        if (things_find(&side->things[i], of, row))
            return true;
    return false;
}

// Its values on a side. False when no run has it.
static bool read_spread(const struct side *side, const struct answer *of,
                        const void *row, size_t columns,
                        struct spread *spreads) {
    double values[THINGS_COLUMNS][RUNS_MOST] = {{0}};
    bool found = false;
    for (size_t i = 0; i < side->runs->count; i++) {
        const struct thing *thing = things_find(&side->things[i], of, row);
        found |= thing != NULL;
        for (size_t c = 0; thing && c < columns; c++)
            values[c][i] = thing->sum[c];
    }
    for (size_t c = 0; c < columns; c++)
        spreads[c] = spread_of(values[c], side->runs->count);
    return found;
}

// Those of a side that neither `other` nor an earlier run has.
static void add_side(struct pair *list, size_t *count, const struct side *side,
                     const struct side *other, const struct side *before,
                     const struct side *after, size_t columns) {
    for (size_t i = 0; i < side->runs->count; i++)
        for (size_t k = 0; k < side->things[i].count; k++) {
            struct answer *of = side->runs->list[i];
            const void *row = side->things[i].list[k].row;
            if (has(side, i, of, row) ||
                (other && has(other, other->runs->count, of, row)))
                continue;
            struct pair *pair = &list[(*count)++];
            *pair = (struct pair){.row = row, .of = of};
            pair->is_new = !read_spread(before, of, row, columns, pair->before);
            pair->is_gone = !read_spread(after, of, row, columns, pair->after);
        }
}

struct pair *pairs_make(const struct runs *before, const struct runs *after,
                        const struct things_wish *wish, size_t *count) {
    struct side was, is;
    size_t most = 0;
    collect(&was, before, wish);
    collect(&is, after, wish);
    for (size_t i = 0; i < before->count; i++)
        most += was.things[i].count;
    for (size_t i = 0; i < after->count; i++)
        most += is.things[i].count;
    struct pair *list = memory_zeroed(most, sizeof *list);
    *count = 0;
    add_side(list, count, &is, NULL, &was, &is, wish->column_count);
    add_side(list, count, &was, &is, &was, &is, wish->column_count);
    forget(&was);
    forget(&is);
    return list;
}

void runs_free(struct runs *runs) {
    for (size_t i = 0; i < runs->count; i++)
        answer_free(runs->list[i]);
    runs->count = 0;
}

void runs_json(struct json *json, const char *key, const struct runs *runs) {
    json_open(json, key, '[');
    for (size_t i = 0; i < runs->count; i++)
        json_text(json, NULL, runs->list[i]->path);
    json_close(json, ']');
}
