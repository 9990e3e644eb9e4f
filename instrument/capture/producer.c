// producer.c - the slow ends of producer.h.
#include "instrument/capture/producer.h"

#include "core/base/atomic.h"
#include "instrument/capture/drainer_home.h"
#include "instrument/options/options.h"
#include "instrument/os/clock.h"
#include "instrument/shm/spill.h"

enum {
    WAIT_NS = 1000000, // between two looks at a full ring
    // Events are given up when the drainer has not moved in so many rounds,
    // each so long: this one, and all for which there is no room until it
    // moves. In rounds, since a stopped process must not lose one.
    ROUND_NS = 1000000000,
    ROUNDS = 10,
};

static struct rp_producer fresh; // without a ring
static struct rp_producer off = {.gate = RP_GATE_OFF};

_Thread_local struct rp_producer *rp_producer_mine = &fresh;

void rp_producer_turn_off(void) {
    rp_producer_mine = &off;
}

// Counts an event of the thread that found no way.
static void lose(const struct rp_thread *thread) {
    struct rp_ring *ring = thread->producers[0].side.ring;

    add_relaxed(&ring->lost, 1); // relaxed: a count
}

struct rp_producer *rp_producer_take_nested(struct rp_thread *thread) {
    struct rp_recorder *recorder = rp_recorder_get();

    for (unsigned i = 1; i < RP_PRODUCERS; i++) {
        struct rp_producer *producer = &thread->producers[i];
        if (rp_producer_take(producer))
            return producer;
        if (rp_producer_is_fresh(producer) &&
            rp_thread_open_ring(recorder, producer, false))
            return producer;
    }
    lose(thread);
    return NULL;
}

// ---- waiting for room ----

// Whether the drainer has moved on since *beat.
static bool is_alive(struct rp_recorder *recorder, uint32_t *beat) {
    // relaxed: a sign of life
    uint32_t now = load_relaxed(&recorder->shared->beat);
    bool moved = now != *beat;

    *beat = now;
    return moved;
}

static bool refresh(struct rp_recorder *recorder, struct rp_producer *producer,
                    unsigned slots) {
    return producer->side.spill.is_on
               ? rp_spill_refresh(&recorder->shm, &producer->side, slots)
               : rp_ring_producer_refresh(&producer->side, slots);
}

// Whether there is room in a spill instead. Not for the producers of signal
// handlers, which see few events.
static bool spills(struct rp_recorder *recorder, struct rp_producer *producer,
                   uint64_t began, uint64_t now) {
    return producer == &producer->thread->producers[0] &&
           (recorder->options->drops || rp_recorder_is_given_up(recorder) ||
            !rp_spill_may_wait(&producer->side, began, now)) &&
           rp_spill_enter(&recorder->shm, &producer->side);
}

// The drainer stands still, and `beat` is its last sign of life.
static void give_up(struct rp_recorder *recorder, uint32_t beat, uint64_t now) {
    // relaxed, both: hints
    store_relaxed(&recorder->given_up_ns, now);
    store_relaxed(&recorder->given_up_beat, (uint64_t)beat + 1);
}

// Nobody waits any more, so somebody looks now and then whether it has died.
static void look_after(struct rp_recorder *recorder, uint64_t now) {
    uint64_t last = load_relaxed(&recorder->given_up_ns); // relaxed: a time

    if (now - last > ROUND_NS &&
        cas_strong_relaxed(&recorder->given_up_ns, &last,
                           now)) // relaxed: no more than who looks
        rp_drainer_home_look_after(recorder);
}

bool rp_producer_wait(struct rp_producer *producer, unsigned slots) {
    struct rp_recorder *recorder = rp_recorder_get();
    // relaxed: a sign of life
    uint32_t beat = load_relaxed(&recorder->shared->beat);
    uint64_t began = 0, since = 0;
    unsigned rounds = 0;

    // What follows may move the slots.
    producer->side.contiguous = producer->stackless = producer->coarse = 0;
    for (;;) {
        bool room = refresh(recorder, producer, slots);
        if (rp_recorder_ended(recorder)) {
            rp_recorder_be_deaf(recorder);
            rp_producer_turn_off();
            return false;
        }
        if (rp_ring_producer_half_full(&producer->side))
            rp_shm_wake(&recorder->shm);
        if (room && began == 0)
            return true;
        uint64_t now = rp_clock_monotonic();
        if (room) {
            rp_spill_waited(&producer->side, began, now);
            return true;
        }
        if (began == 0)
            began = since = now;
        if (spills(recorder, producer, began, now))
            continue;
        if (recorder->options->drops)
            break;
        if (rp_recorder_is_given_up(recorder)) {
            look_after(recorder, now);
            break;
        }
        if (is_alive(recorder, &beat)) {
            since = now;
            rounds = 0;
        } else if (now - since > ROUND_NS) {
            since = now;
            rp_drainer_home_look_after(recorder);
            if (++rounds == ROUNDS) {
                give_up(recorder, beat, now);
                break;
            }
        }
        rp_ring_producer_wait(&producer->side, WAIT_NS);
    }
    lose(producer->thread);
    return false;
}
