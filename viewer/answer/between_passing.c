// between_passing.c - what happened between two moments to the blocks that the
// answer's filter lets pass.
//
// What lives at both, and passes, is counted there; of blocks that were born or
// freed between them the recording is read again.
#include "viewer/answer/between_rows.h"
#include "viewer/answer/passing.h"
#include "viewer/answer/state.h"

struct seeing {
    struct between_rows *rows;
    struct passing passing;
    // At the moment at hand: 1 at the later one.
    const struct replay *of;
    int64_t sign;
    // Of blocks that lived, and pass, when a state begins to be told.
    struct before {
        uint32_t span, block;
    } * before;
    size_t before_count, before_capacity;
    uint64_t told_at; // steps
};

// ---- what lives ----

static void add_growth(struct answer_between_counts *counts, int64_t sign,
                       uint64_t bytes, bool survives) {
    counts->growth_blocks += sign;
    counts->growth_bytes += sign * (int64_t)bytes;
    counts->survivors += survives;
    counts->survivor_bytes += survives ? bytes : 0;
}

static void count_span(struct span *span, void *context) {
    struct seeing *s = context;
    struct between_rows *b = s->rows;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    spans_unpack(&s->of->heap.spans, span);
    for (uint32_t i = 0; i < span->touched; i++) {
        const struct slot *slot = &span->slots[i];
        if (slot->birth == SLOT_FREE ||
            !passing_lives(&s->passing, s->of, span, i))
            continue;
        uint64_t bytes = span_wanted(span, i);
        bool survives = s->sign > 0 && slot->birth > b->earlier->heap.time;
        add_growth(&between_site(b, s->of, slot->stack)->counts, s->sign, bytes,
                   survives);
        add_growth(&b->classes[span->class_index].counts, s->sign, bytes,
                   survives);
    }
}

static void count_live(struct seeing *s, const struct replay *of,
                       int64_t sign) {
    s->of = of;
    s->sign = sign;
    spans_each(&of->heap.spans, count_span, s);
}

// ---- what is born and freed ----

static void begin(void *context, const struct replay *replay) {
    struct seeing *s = context;
    struct between_rows *b = s->rows;
    for (size_t i = 0; i <= b->site_count; i++)
        b->sites[i].counts.births = b->sites[i].counts.birth_bytes =
            b->sites[i].counts.deaths = 0;
    for (int i = 0; i < BETWEEN_CLASSES; i++)
        b->classes[i].counts.births = b->classes[i].counts.birth_bytes =
            b->classes[i].counts.deaths = 0;
    passing_begin_at(&s->passing, replay);
}

// The two rows that count the block.
static void rows_of(const struct seeing *s, uint32_t stack, uint32_t class,
                    struct answer_between_counts *rows[2]) {
    rows[0] = &between_site(s->rows, s->rows->later, stack)->counts;
    rows[1] = &s->rows->classes[class].counts;
}

static void see_block(struct seeing *s, const struct heap_change *change) {
    struct answer_between_counts *rows[2];
    bool born = change->kind == CHANGE_BORN;
    bool counts = change->flags & CHANGE_COUNTS;
    bool taken_back = change->flags & CHANGE_TAKES_BACK;
    if ((!counts && !taken_back) ||
        !stacks_has(&s->rows->later->metrics.stacks, change->stack) ||
        !passing_holds(&s->passing, change, change->time))
        return;
    rows_of(s, change->stack, change->class_index, rows);
    for (int i = 0; i < 2; i++) {
        rows[i]->births += born && counts;
        rows[i]->birth_bytes += born && counts ? change->wanted : 0;
        rows[i]->deaths += !born && counts;
        rows[i]->births -= !born && taken_back && rows[i]->births > 0;
    }
}

static void note_before(struct span *span, void *context) {
    struct seeing *s = context;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    for (uint32_t i = 0; i < span->touched; i++) {
        if (!span_has(span, i) ||
            !passing_lived(&s->passing, span, i, s->told_at))
            continue;
        s->before = pool_grow(s->passing.pool, s->before, s->before_count,
                              &s->before_capacity, sizeof *s->before);
        s->before[s->before_count++] = (struct before){span->number, i};
    }
}

// What has not been told again was freed, unseen.
static void count_unseen(struct seeing *s, const struct spans *before) {
    struct answer_between_counts *rows[2];
    for (size_t i = 0; i < s->before_count; i++) {
        const struct before *block = &s->before[i];
        const struct span *span = spans_find(before, block->span);
        if (!span || !span_has(span, block->block))
            continue;
        rows_of(s, span->slots[block->block].stack, span->class_index, rows);
        rows[0]->deaths++;
        rows[1]->deaths++;
    }
    s->before_count = 0;
}

static void see(void *context, const struct heap *heap,
                const struct heap_change *changes, size_t count) {
    struct seeing *s = context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        bool in_range = change->event > s->rows->earlier->heap.events;
        if (change->kind == CHANGE_STATE_BEGINS) {
            s->told_at = change->time;
            s->before_count = 0;
            spans_each(&heap->before->spans, note_before, s);
        }
        passing_see(&s->passing, change);
        if (!in_range)
            continue;
        if (change->kind == CHANGE_BORN || change->kind == CHANGE_DIED)
            see_block(s, change);
        else if (change->kind == CHANGE_STATE_ENDS)
            count_unseen(s, &heap->before->spans);
    }
}

bool between_passing(struct between_rows *b,
                     const struct analyse_options *options) {
    struct answer_state *state = b->answer->state;
    struct seeing s = {.rows = b};
    const struct analysis_limit limit = {b->later->heap.events, UINT64_MAX};
    const struct analysis_watch watch = {begin, see, NULL, &s};
    passing_start(&s.passing, b->answer);
    count_live(&s, b->earlier, -1);
    count_live(&s, b->later, 1);
    bool whole = analysis_see(state->of, &state->tables, b->earlier->heap.time,
                              &limit, options, &watch);
    pool_give(s.passing.pool, s.before);
    passing_free(&s.passing);
    return whole;
}
