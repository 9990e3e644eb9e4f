// producer.h - an event's way into a ring of its thread.
//
// Invariant: between rp_producer_take and rp_producer_leave the producer is the
//            caller's.
// Progress:  wait-free while there is room in the ring. Without room, waits
//            for the drainer as long as that works; it waits for nobody.
#ifndef RP_INSTRUMENT_CAPTURE_PRODUCER_H
#define RP_INSTRUMENT_CAPTURE_PRODUCER_H

#include "core/hook.h"
#include "instrument/capture/thread.h"
#include "instrument/os/clock.h"

// The first one of the calling thread; or one that stands for none, whose gate
// says why.
extern _Thread_local struct rp_producer *rp_producer_mine;

// Takes it, if its gate is open. A handler that comes in between leaves the
// gate as it was; so it is counted down by one instruction where that saves
// others, and it needs not be a locked one.
static inline bool rp_producer_take(struct rp_producer *producer) {
#if defined(__x86_64__)
    bool was_open;

    __asm__ volatile("subl $1, %0"
                     : "+m"(producer->gate), "=@ccz"(was_open)
                     :
                     : "memory");
    if (RP_UNLIKELY(!was_open))
        __asm__ volatile("addl $1, %0" : "+m"(producer->gate) : : "memory");
    return was_open;
#else
    // relaxed, both: our own word
    if (RP_UNLIKELY(load_relaxed(&producer->gate) != RP_GATE_OPEN))
        return false;
    store_relaxed(&producer->gate, RP_GATE_SHUT);
    fence_signal(); // a handler sees it busy
    return true;
#endif
}

// Whether nothing is recorded through it, now and later.
static inline bool rp_producer_is_off(const struct rp_producer *producer) {
    // relaxed: our own word. A handler may find it counted down.
    return (int32_t)load_relaxed(&producer->gate) > RP_GATE_OPEN;
}

// Whether it has yet to get a ring, or is a forked child's.
static inline bool rp_producer_is_fresh(const struct rp_producer *producer) {
    return !rp_producer_has_ring(producer) && !rp_producer_is_off(producer);
}

static inline void rp_producer_leave(struct rp_producer *producer) {
    fence_signal(); // a handler sees it done
    // release [left]: all that the thread did with its state; for the next one
    store_release(&producer->gate, RP_GATE_OPEN);
}

// In the middle of an event: takes the thread's next one that is not busy.
// NULL: there is none, and the event is counted as lost.
struct rp_producer *rp_producer_take_nested(struct rp_thread *thread);

// Nothing is recorded on the calling thread from now on.
void rp_producer_turn_off(void);

// From now on its events are written at once, as far as its slots are known to
// lie in a row. By who has taken it.
static inline void rp_producer_line_up(struct rp_producer *producer) {
    // When frees have stacks, each event goes the long way; so it does by the
    // slow clock.
    if (producer->thread->free_every != 0)
        return;
    if (rp_clock_counts) {
        rp_ring_producer_line_up(&producer->side);
        producer->stackless = producer->is_slow ? 0 : producer->side.contiguous;
    } else if (rp_clock_word != NULL) {
        rp_clock_refresh();
        rp_ring_producer_line_up(&producer->side);
        producer->coarse = rp_is_checked() ? 0 : producer->side.contiguous;
        producer->side.contiguous = 0;
    }
}

// Waits for room. false: the event is lost, and counted. Keeps errno.
bool rp_producer_wait(struct rp_producer *producer, unsigned slots);

// Fast path: no atomic, no call.
static inline bool rp_producer_room(struct rp_producer *producer,
                                    unsigned slots) {
    return __builtin_expect(rp_ring_producer_has_room(&producer->side, slots),
                            1) ||
           rp_producer_wait(producer, slots);
}

#endif
