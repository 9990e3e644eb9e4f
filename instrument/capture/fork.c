// fork.c - where a child begins, in the recording of its parent.
//
// A child tells its heap by itself, exactly, but knows of no block who made it
// and how much was asked for. Its parent's recording knows: so each fork has a
// number there, told before and after it, and the child's trace names it. What
// lives from the one to the other lives in the child, as the same block. A
// child that came without fork (clone, _Fork) names none.
#include "instrument/capture/emit.h"
#include "instrument/capture/enter.h"
#include "instrument/capture/setup.h"
#include "instrument/os/glibc.h"

static _Atomic uint32_t fork_count;
static _Thread_local uint32_t fork_under_way; // by this thread; 0: none

static bool tell(uint32_t number) {
    struct rp_recorder *recorder = rp_recorder_get();

    // acquire [state]: what prepare has set
    if (recorder == NULL || load_acquire(&recorder->state) != RP_RECORDER_ON)
        return false;
    struct rp_producer *producer = rp_enter();
    if (producer == NULL)
        return false;
    rp_clock_refresh();
    // relaxed: rings of what came before are there
    uint32_t rings = load_relaxed(&recorder->shared->ring_count);
    rp_emit(producer, TRACE_EVENT_FORK, number, rings);
    rp_producer_leave(producer);
    return true;
}

static void before(void) {
    // relaxed: numbers only have to differ
    uint32_t number = add_relaxed(&fork_count, 1) + 1;

    fork_under_way = tell(number) ? number : 0;
}

static void in_parent(void) {
    if (fork_under_way != 0)
        tell(fork_under_way);
    fork_under_way = 0;
}

// Where the parent has no recording yet, it is that of its own parent still.
static void in_child(void) {
    if (fork_under_way != 0)
        rp_setup_come_from(fork_under_way);
    fork_under_way = 0;
}

// Not with the first event: it takes a lock of the C library's.
__attribute__((constructor(101))) static void watch_forks(void) {
    if (rp_glibc_is_there())
        rp_glibc_register_atfork(before, in_parent, in_child, NULL);
}
