// check_litmus.c - the checker itself: of small programs whose outcomes are
// known, it finds these and no others.
//
// After: Alglave, Maranget, Tautschnig, Herding cats, TOPLAS 2014; the names of
// the programs are the usual ones.
#include <stdio.h>

#include "core/base/atomic.h"
#include "tests/models/weak/program.h"

static _Atomic(unsigned) x, y;
static unsigned data;     // plain
static unsigned read[4];  // what threads have read, each in its own place
static unsigned outcomes; // a bit each

static void begin(void) {
    // relaxed: alone
    store_relaxed(&x, 0);
    store_relaxed(&y, 0);
    data = 0;
    for (unsigned i = 0; i < 4; i++)
        read[i] = 0;
}

// Outcomes as a number: what was read, in base 3.
static void note(unsigned count) {
    unsigned number = 0;
    for (unsigned i = 0; i < count; i++)
        number = number * 3 + read[i];
    outcomes |= 1U << number;
}
static void note_one(void) {
    note(1);
}
static void note_two(void) {
    note(2);
}
static void note_three(void) {
    note(3);
}
static void note_ends(void) {
    read[0] = load_relaxed(&x); // relaxed, both: alone
    read[1] = load_relaxed(&y);
    note(2);
}

#define BIT2(a, b) (1U << ((a)*3 + (b)))
#define BIT3(a, b, c) (1U << ((a)*9 + (b)*3 + (c)))

// The orders below are what is checked. relaxed, release, acquire: as named.

static void sb_first(void) {
    store_release(&x, 1);
    read[0] = load_acquire(&y);
}
static void sb_second(void) {
    store_release(&y, 1);
    read[1] = load_acquire(&x);
}

static void mp_send(void) {
    store_relaxed(&x, 1);
    store_release(&y, 1);
}
static void mp_get(void) {
    read[0] = load_acquire(&y);
    read[1] = load_relaxed(&x);
}
static void mp_send_relaxed(void) {
    store_relaxed(&x, 1);
    store_relaxed(&y, 1);
}
static void mp_get_relaxed(void) {
    read[0] = load_relaxed(&y);
    read[1] = load_relaxed(&x);
}

static void write_one(void) {
    store_relaxed(&x, 1);
}
static void write_two(void) {
    store_relaxed(&x, 2);
}
static void read_twice(void) {
    read[0] = load_relaxed(&x);
    read[1] = load_relaxed(&x);
}

static void ww_first(void) {
    store_release(&x, 1);
    store_release(&y, 2);
}
static void ww_second(void) {
    store_release(&y, 1);
    store_release(&x, 2);
}

static void lb_first(void) {
    read[0] = load_relaxed(&x);
    store_relaxed(&y, 1);
}
static void lb_second(void) {
    read[1] = load_relaxed(&y);
    store_relaxed(&x, 1);
}

static void count_one(void) {
    read[0] = add_relaxed(&x, 1);
}
static void count_another(void) {
    read[1] = add_relaxed(&x, 1);
}

// A release, passed on by a read-modify-write that is none.
static void sequence_send(void) {
    data = 1;
    store_release(&x, 1);
}
static void sequence_pass(void) {
    unsigned one = 1;
    cas_strong_relaxed(&x, &one, 2);
}
static void sequence_get(void) {
    if (load_acquire(&x) == 2)
        read[0] = data;
}

static void wrc_middle(void) {
    read[0] = load_acquire(&x);
    store_release(&y, read[0]);
}
static void wrc_last(void) {
    read[1] = load_acquire(&y);
    read[2] = load_acquire(&x);
}

static void race_write(void) {
    data = 1;
    store_relaxed(&x, 1);
}
static void race_read(void) {
    if (load_acquire(&x) == 1)
        read[0] = data;
}

struct litmus {
    struct weak_program program;
    unsigned expected;
    bool races;
};

static const struct litmus tests[] = {
    {{"SB", begin, {sb_first, sb_second}, note_two},
     BIT2(0, 0) | BIT2(0, 1) | BIT2(1, 0) | BIT2(1, 1),
     false},
    {{"MP", begin, {mp_send, mp_get}, note_two},
     BIT2(0, 0) | BIT2(0, 1) | BIT2(1, 1),
     false},
    {{"MP+relaxed", begin, {mp_send_relaxed, mp_get_relaxed}, note_two},
     BIT2(0, 0) | BIT2(0, 1) | BIT2(1, 0) | BIT2(1, 1),
     false},
    // Two who write one place: it is read forward only, in either order.
    {{"CoRR", begin, {write_one, write_two, read_twice}, note_two},
     BIT2(0, 0) | BIT2(0, 1) | BIT2(0, 2) | BIT2(1, 1) | BIT2(1, 2) |
         BIT2(2, 1) | BIT2(2, 2),
     false},
    {{"2+2W", begin, {ww_first, ww_second}, note_ends},
     BIT2(1, 1) | BIT2(1, 2) | BIT2(2, 1) | BIT2(2, 2),
     false},
    // Both 1 would be a load that sees a store of later.
    {{"LB", begin, {lb_first, lb_second}, note_two},
     BIT2(0, 0) | BIT2(0, 1) | BIT2(1, 0),
     false},
    {{"counting", begin, {count_one, count_another}, note_two},
     BIT2(0, 1) | BIT2(1, 0),
     false},
    {{"release sequence",
      begin,
      {sequence_send, sequence_pass, sequence_get},
      note_one},
     1U << 0 | 1U << 1,
     false},
    {{"WRC", begin, {write_one, wrc_middle, wrc_last}, note_three},
     BIT3(0, 0, 0) | BIT3(0, 0, 1) | BIT3(1, 0, 0) | BIT3(1, 0, 1) |
         BIT3(1, 1, 1),
     false},
    {{"a race", begin, {race_write, race_read}, note_one}, 0, true},
};

int main(void) {
    int status = 0;
    for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) {
        const struct litmus *test = &tests[i];
        outcomes = 0;
        const char *failure = weak_run(&test->program);
        bool is_right = test->races ? failure != NULL
                                    : !failure && outcomes == test->expected;
        printf("%s: %s: %s, outcomes %#x\n", test->program.name,
               is_right ? "ok" : "not ok", failure ? failure : "no failure",
               outcomes);
        status |= !is_right;
    }
    return status;
}
