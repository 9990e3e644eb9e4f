// budget.c - fulfils budget.h.
#include "core/heap/budget.h"

#include "core/base/atomic.h"

enum { LISTS_PART = 2 };

size_t rp_budget_most = BUDGET_SPANS;

static _Atomic(size_t) taken;

static int take(size_t spans, size_t most) {
    // Who is refused, maybe often, writes nothing.
    if (load_relaxed(&taken) + spans > most)
        return 0;
    if (add_relaxed(&taken, spans) + spans <= most)
        return 1;
    sub_relaxed(&taken, spans);
    return 0;
}

int rp_budget_take(size_t spans) {
    return take(spans, rp_budget_most);
}

int rp_budget_take_for_list(void) {
    return take(1, rp_budget_most / LISTS_PART);
}

int rp_budget_is_tight(void) {
    return load_relaxed(&taken) >= rp_budget_most / LISTS_PART;
}

void rp_budget_give(size_t spans) {
    sub_relaxed(&taken, spans);
}

void rp_budget_reset(void) {
    store_relaxed(&taken, 0);
}
