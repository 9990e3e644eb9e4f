// growing.c - whose live data grows, when the program uses more and more.
#include "viewer/answer/growing.h"

#include "viewer/answer/middle.h"
#include "viewer/answer/state.h"
#include "viewer/metric/collected.h"
#include "viewer/metric/growth.h"

enum {
    LEAST_PART = 2, // of all growth, that one site has to have
    // Spans beside those that it had then: one that blocks come to, one that
    // they go from.
    TURNING_SPANS = 2,
};

static uint64_t block_bytes_of(const struct stacks *stacks, uint32_t node) {
    return stacks_has(stacks, node)
               ? stacks->list[stacks_find(stacks, node)].block_bytes
               : 0;
}

// How much more each site has now than the earlier moment, with rounding.
static int64_t *grown_since(const struct answer *a,
                            const struct replay *earlier) {
    struct answer_state *state = a->state;
    const struct stacks *now = &state->now->metrics.stacks;
    int64_t *grown =
        pool_zeroed(&state->pool, state->site_total + 1, sizeof *grown);
    for (size_t i = 0; i < now->count; i++)
        grown[state->site_of_stack[i]] +=
            (int64_t)now->list[i].block_bytes -
            (int64_t)block_bytes_of(&earlier->metrics.stacks,
                                    now->list[i].node);
    return grown;
}

// What is held when the site stays at what it had, and all is collected; the
// other sites have grown by so much since.
static void fill_held(const struct answer *a, const struct heap *then,
                      int64_t others, struct growing *growing) {
    uint64_t more =
        others > 0 ? ((uint64_t)others + a->span_bytes - 1) / a->span_bytes : 0;
    growing->held = collected_held(then, &a->state->way, more);
    growing->held_most =
        collected_held(then, &a->state->way, more + TURNING_SPANS);
}

// One more heap as large as the one at the end has to have room.
static bool has_room(const struct answer_state *state) {
    const struct analysis *analysis = state->of;
    uint64_t need =
        analysis->pool.bytes - store_memory(&analysis->keyframes.store);
    return analysis_room(analysis) >= state->pool.bytes + need + need / 4;
}

void growing_fill(struct answer *a, const struct analyse_options *options) {
    struct answer_state *state = a->state;
    struct growth growth;
    state->growing = (struct growing){.site = ANSWER_NONE};
    if (a->at != AT_END || state->of->reading || state->of->cut ||
        !growth_find(a->points, a->point_count, &growth) || !has_room(state))
        return;
    const struct timeline_step *step = middle_step(
        &state->of->whole.metrics.sums.timeline, state->of->whole.heap.time);
    if (!step)
        return;
    struct analysis_limit middle = {step->at.event, UINT64_MAX};
    struct replay *earlier = pool_zeroed(&state->pool, 1, sizeof *earlier);
    analysis_replay(state->of, &state->tables, earlier, &middle, options);
    int64_t *grown = grown_since(a, earlier), all = 0, most = 0, net = 0;
    uint32_t site = ANSWER_NONE;
    for (size_t i = 0; i < a->site_count; i++) {
        all += grown[i] > 0 ? grown[i] : 0;
        net += grown[i];
        if (grown[i] > most) {
            most = grown[i];
            site = (uint32_t)i;
        }
    }
    if (most >= all / LEAST_PART) {
        state->growing =
            (struct growing){.site = site,
                             .bytes = (uint64_t)most,
                             .since_ns = heap_ns(&earlier->heap, step->at.time),
                             .bytes_per_second = growth.bytes_per_second};
        fill_held(a, &earlier->heap, net - most, &state->growing);
    }
    pool_give(&state->pool, grown);
    replay_free(earlier);
    pool_give(&state->pool, earlier);
}
