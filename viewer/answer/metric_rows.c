// metric_rows.c - rows of tables that are made when somebody asks for them.
#include "viewer/answer/metric_rows.h"

#include "viewer/answer/state.h"

struct metric_rows *metric_rows(const struct answer *a) {
    struct answer_state *state = a->state;
    if (!state->rows)
        state->rows = pool_zeroed(&state->pool, 1, sizeof *state->rows);
    return state->rows;
}

// What a table asks for is no part of the answer, though it is kept there.
size_t rows_count(const struct answer *answer, struct rows *rows,
                  void (*make)(struct answer *answer, struct rows *rows)) {
    struct answer *a = (struct answer *)answer;
    struct pool *pool = &a->state->pool;
    jmp_buf out, *const before = pool->out; // while the answer is made
    if (rows->made)
        return rows->count;
    rows->made = true;
    if (pool_try(pool, out)) {
        make(a, rows);
    } else {
        rows->count = 0;
        a->unlisted_bytes = pool->refused;
        state_names_done(a->state);
    }
    pool_done(pool);
    pool->out = before;
    return rows->count;
}
