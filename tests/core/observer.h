// observer.h - keeps what the hooks of core told, for tests to look at.
//
// Only in the instrumented variant; in release the hooks are empty, and a test
// that needs them is in a file test_hooks_*.c, which release leaves out. Any
// threads may call the hooks, but only one looks, while no other is at work.
// Every event also goes to the model (model.h).
#ifndef TESTS_CORE_OBSERVER_H
#define TESTS_CORE_OBSERVER_H

#include <stddef.h>
#include <stdint.h>

enum { OBSERVED_MAX = 1 << 16, OBSERVED_VALUES = 5 };

// One call of a hook, and its arguments in their order.
struct observed {
    const char *hook; // "alloc" for rp_on_alloc
    uint64_t values[OBSERVED_VALUES];
};

// What was told since the last observer_clear, at most OBSERVED_MAX calls.
extern struct observed observed[OBSERVED_MAX];

void observer_clear(void);
// From now on blocks are checked: each is made with a header of the observer's
// before the program's pointer. Before the first block.
void observer_check(void);
// How many calls there are in `observed`.
size_t observer_total(void);
// How often `hook` was called.
size_t observer_count(const char *hook);
// The last call of `hook`, or NULL.
const struct observed *observer_last(const char *hook);

#endif
