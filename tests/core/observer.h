// observer.h - keeps what the hooks of core told, for tests to look at.
//
// Only in the instrumented variant; in release the hooks are empty, and a test
// that needs them says `#if RP_INSTRUMENT`. One thread at a time.
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
extern size_t observed_count;

void observer_clear(void);
// How often `hook` was called.
size_t observer_count(const char *hook);
// The last call of `hook`, or NULL.
const struct observed *observer_last(const char *hook);

#endif
