// budget.c - fulfils budget.h.
#include "core/heap/budget.h"

#include "core/base/atomic.h"

size_t rp_budget_most = BUDGET_SPANS;

static _Atomic(size_t) taken;

int rp_budget_take(size_t spans) {
    if (add_relaxed(&taken, spans) + spans <= rp_budget_most)
        return 1;
    sub_relaxed(&taken, spans);
    return 0;
}

void rp_budget_give(size_t spans) {
    sub_relaxed(&taken, spans);
}

void rp_budget_reset(void) {
    store_relaxed(&taken, 0);
}
