// orders.c - see orders.h.
#include "tests/models/weak/orders.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/models/weak/memory.h"

enum { ORDERS = 128 };

static struct order {
    const void *code;
    unsigned half;
} orders[ORDERS];
static unsigned count;
static int relaxed = -1;

void weak_orders_begin(void) {
    count = 0;
    relaxed = -1;
}

unsigned weak_order_count(void) {
    return count;
}

void weak_order_relax(int number) {
    relaxed = number;
}

static unsigned find(const void *code, unsigned half) {
    unsigned i = 0;
    while (i < count && (orders[i].code != code || orders[i].half != half))
        i++;
    if (i < count)
        return i;
    if (count == ORDERS)
        abort();
    orders[count] = (struct order){code, half};
    return count++;
}

static unsigned half_of(const void *code, unsigned half) {
    return (int)find(code, half) == relaxed ? 0 : half;
}

unsigned weak_order(const void *code, int memory_order) {
    switch (memory_order) {
    case memory_order_relaxed:
        return 0;
    case memory_order_consume:
    case memory_order_acquire:
        return half_of(code, WEAK_ACQUIRE);
    case memory_order_release:
        return half_of(code, WEAK_RELEASE);
    case memory_order_acq_rel:
        return half_of(code, WEAK_ACQUIRE) | half_of(code, WEAK_RELEASE);
    default:
        fprintf(stderr, "weak: no order but acquire, release and relaxed\n");
        abort();
    }
}

const void *weak_order_place(unsigned number, const char **half) {
    *half = orders[number].half == WEAK_ACQUIRE ? "acquire" : "release";
    return (const char *)orders[number].code - 1; // within the call
}
