// producer.c - the slow ends of lane.h.
#include "instrument/capture/producer.h"

#include "core/base/atomic.h"
#include "core/hook.h"
#include "instrument/os/clock.h"
#include "instrument/capture/control.h"
#include "instrument/capture/emit.h"
#include "instrument/capture/drainer_home.h"
#include "instrument/capture/recorder.h"
#include "instrument/shm/spill.h"
#include "instrument/os/system.h"
#include "instrument/capture/thread.h"

#include <errno.h>
#include <string.h>

enum {
    WAIT_NS = 1000000, // between two looks at a full ring
    START_WAITS = 2000,
    // An event is given up when the drainer has not moved in so many rounds,
    // each so long. In rounds, since a stopped process must not lose one.
    ROUND_NS = 1000000000,
    ROUNDS = 10,
};

static struct rp_lane lane_fresh = {.gate = RP_GATE_NONE};
static struct rp_lane lane_off = {.gate = RP_GATE_OFF};

_Thread_local struct rp_lane *rp_lane_mine = &lane_fresh;

static struct rp_lane *turn_off(void) {
    rp_lane_mine = &lane_off;
    return NULL;
}

// An event in the middle of another one.
static struct rp_lane *enter_nested(struct rp_thread *thread) {
    struct rp_recorder *recorder = rp_recorder_get();

    for (unsigned i = 1; i < RP_LANES; i++) {
        struct rp_lane *lane = &thread->lanes[i];
        uint32_t gate = load_relaxed(&lane->gate); // relaxed: our own word
        if (gate == RP_GATE_OPEN) {
            store_relaxed(&lane->gate, RP_GATE_BUSY); // relaxed: as above
            return lane;
        }
        if (gate == RP_GATE_NONE && rp_thread_open_lane(recorder, lane, false))
            return lane;
    }
    rp_lane_lose(thread);
    return NULL;
}

void rp_lane_lose(const struct rp_thread *thread) {
    struct rp_ring *ring = thread->lanes[0].producer.ring;

    add_relaxed(&ring->lost, 1); // relaxed: a count
}

uint32_t rp_lane_thread_id(const struct rp_lane *lane) {
    // relaxed: my own
    return rp_thread_id(load_relaxed(&lane->thread->owner));
}

void rp_lane_announce(struct rp_lane *lane) {
    char name[16] = {0};
    bool fresh;

    rp_system_thread_name(0, 0, name);
    uint32_t text = rp_intern_text(lane->thread->recorder->texts, name,
                                   strlen(name), &fresh);
    rp_emit_more(lane, TRACE_EVENT_THREAD_START, rp_lane_thread_id(lane), 0,
                 text, 0, 0);
    lane->thread->ended = false;
}

// The first event of the process; the state is STARTING. signals: that wait.
static struct rp_lane *start(struct rp_recorder *recorder, uint64_t signals) {
    struct rp_thread *thread = NULL;

    store_relaxed(&recorder->starter, rp_system_thread()); // relaxed: for me
    if (rp_control_prepare(recorder))
        thread = rp_thread_claim(recorder);
    else
        store_relaxed(&rp_is_deaf, true); // relaxed: see hook.h
    if (thread != NULL) {
        struct rp_lane *lane = &thread->lanes[0];
        rp_lane_mine = lane;
        // release [state]: what prepare has set
        store_release(&recorder->state, RP_RECORDER_ON);
        rp_system_block(signals); // what follows may take long
        if (rp_control_open(recorder)) {
            rp_lane_announce(lane);
            rp_control_begin(recorder, lane);
            return lane;
        }
    }
    store_release(&recorder->state,
                  RP_RECORDER_OFF); // release [state]: as above
    return turn_off();
}

// Waits until the thread that is starting has done the quick part, which takes
// no lock. Not when that is this very thread, and a signal has come; and not
// for ever, since that thread may be stopped. Returns the state.
static uint32_t wait_for_start(struct rp_recorder *recorder) {
    uint32_t state = RP_RECORDER_STARTING;

    for (int i = 0; i < START_WAITS && state == RP_RECORDER_STARTING; i++) {
        // relaxed: a thread finds its own id there, if it is the one
        if (load_relaxed(&recorder->starter) == rp_system_thread())
            break;
        rp_system_wait(&recorder->state, RP_RECORDER_STARTING, WAIT_NS);
        state = load_acquire(&recorder->state); // acquire [state]: as above
    }
    return state;
}

// The first event of a thread. signals: that wait.
static struct rp_lane *enter_first(uint64_t signals) {
    struct rp_recorder *recorder = rp_recorder_get();
    if (recorder == NULL)
        return turn_off();

    uint32_t state = RP_RECORDER_FRESH;
    // acq_rel [state]: what prepare has set
    if (cas_strong_acq_rel(&recorder->state, &state, RP_RECORDER_STARTING))
        return start(recorder, signals);
    if (state == RP_RECORDER_STARTING)
        state = wait_for_start(recorder);
    if (state == RP_RECORDER_OFF ||
        (state == RP_RECORDER_ON && rp_recorder_ended(recorder)))
        return turn_off();
    struct rp_thread *thread =
        state == RP_RECORDER_ON ? rp_thread_claim(recorder) : NULL;
    if (thread == NULL) {
        if (state == RP_RECORDER_ON && !rp_recorder_ended(recorder))
            add_relaxed(&recorder->shared->lost, 1); // relaxed: a count
        return NULL;
    }
    struct rp_lane *lane = &thread->lanes[0];
    rp_lane_mine = lane;
    rp_lane_announce(lane); // which turns it off, if the end has come
    return lane;
}

// Signals wait until the thread has a lane, or their events would find none.
static struct rp_lane *enter_first_in_peace(void) {
    uint64_t before = rp_system_block(UINT64_MAX);
    struct rp_lane *lane = enter_first(before);

    rp_system_block(before);
    return lane;
}

struct rp_lane *rp_lane_enter_slow(void) {
    struct rp_lane *lane = rp_lane_mine;
    int saved = errno;

    // relaxed: our own word
    lane = load_relaxed(&lane->gate) == RP_GATE_BUSY
               ? enter_nested(lane->thread)
               : enter_first_in_peace();
    errno = saved;
    return lane;
}

bool rp_lane_inherits(void) {
    struct rp_recorder *recorder = rp_recorder_get();

    // relaxed: only this thread could have changed it
    return recorder != NULL &&
           load_relaxed(&recorder->state) == RP_RECORDER_FRESH &&
           rp_control_inherits();
}

// Whether the drainer has moved on since *beat.
static bool is_alive(struct rp_recorder *recorder, uint32_t *beat) {
    // relaxed: a sign of life
    uint32_t now = load_relaxed(&recorder->shared->beat);
    bool moved = now != *beat;

    *beat = now;
    return moved;
}

static bool refresh(struct rp_recorder *recorder, struct rp_lane *lane,
                    unsigned slots) {
    return lane->producer.spill.is_on
               ? rp_spill_refresh(&recorder->shm, &lane->producer, slots)
               : rp_producer_refresh(&lane->producer, slots);
}

// Whether there is room in a spill instead. Not for the lanes of signal
// handlers, which see few events.
static bool spills(struct rp_recorder *recorder, struct rp_lane *lane,
                   uint64_t began, uint64_t now) {
    return lane == &lane->thread->lanes[0] &&
           (recorder->options->drops ||
            !rp_spill_may_wait(&lane->producer, began, now)) &&
           rp_spill_enter(&recorder->shm, &lane->producer);
}

bool rp_lane_wait(struct rp_lane *lane, unsigned slots) {
    struct rp_recorder *recorder = rp_recorder_get();
    // relaxed: a sign of life
    uint32_t beat = load_relaxed(&recorder->shared->beat);
    uint64_t began = 0, since = 0;
    unsigned rounds = 0;

    for (;;) {
        bool room = refresh(recorder, lane, slots);
        if (rp_recorder_ended(recorder))
            return turn_off() != NULL;
        if (rp_producer_half_full(&lane->producer))
            rp_shm_wake(&recorder->shm);
        if (room && began == 0)
            return true;
        uint64_t now = rp_clock_monotonic();
        if (room) {
            rp_spill_waited(&lane->producer, began, now);
            return true;
        }
        if (began == 0)
            began = since = now;
        if (spills(recorder, lane, began, now))
            continue;
        if (recorder->options->drops)
            break;
        if (is_alive(recorder, &beat)) {
            since = now;
            rounds = 0;
        } else if (now - since > ROUND_NS) {
            since = now;
            rp_drainer_home_look_after(recorder);
            if (++rounds == ROUNDS)
                break;
        }
        rp_producer_wait(&lane->producer, WAIT_NS);
    }
    rp_lane_lose(lane->thread);
    return false;
}
