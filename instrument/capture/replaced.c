// replaced.c - valgrind's tools that stand in for malloc.
//
// memcheck, massif, dhat, helgrind and drd have a malloc of their own, and lead
// there whoever calls ours. What reaches us then is next to nothing: so that is
// said, and the trace has little more than this sentence. It has no stacks,
// since memcheck would complain of who looks at them.
#include "core/base/atomic.h"
#include "instrument/capture/enter.h"
#include "instrument/capture/setup.h"
#include "instrument/os/glibc.h"
#include "instrument/os/valgrind.h"

#include <stdlib.h>

// The file that this code is in.
extern const uint8_t __ehdr_start[] __attribute__((visibility("hidden")));
extern const uint8_t _end[] __attribute__((visibility("hidden")));

// Whether the program's malloc is the one of this library, by name.
static bool is_ours(void) {
    const uint8_t *at = (const uint8_t *)(uintptr_t)malloc;

    return at >= __ehdr_start && at < _end;
}

// A block that is taken here, and is no event, has come from elsewhere.
static bool is_replaced(void) {
    struct rp_recorder *recorder = rp_recorder_get();
    void *volatile block;

    // acquire [state]: only for its value
    if (recorder == NULL || load_acquire(&recorder->state) != RP_RECORDER_FRESH)
        return false;
    block = malloc(1);
    free(block);
    // acquire [state]: as above
    return load_acquire(&recorder->state) == RP_RECORDER_FRESH;
}

// Before the program's own code.
__attribute__((constructor(101))) static void look(void) {
    if (!rp_valgrind_is_there() || !is_ours() || !rp_setup_is_wanted() ||
        !is_replaced())
        return;
    rp_setup_expect_nothing(
        "runs in a tool of valgrind that has a malloc of its own, so nothing "
        "of it is recorded; record it without valgrind, or in a tool that has "
        "none (--tool=none, callgrind)");
    struct rp_producer *producer = rp_enter(); // the recording begins
    if (producer != NULL)
        rp_producer_leave(producer);
}
