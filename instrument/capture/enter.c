// enter.c - see enter.h.
#include "instrument/capture/enter.h"

#include "core/base/atomic.h"
#include "core/hook.h"
#include "instrument/capture/capture.h"
#include "instrument/capture/emit.h"
#include "instrument/capture/modules.h"
#include "instrument/capture/setup.h"
#include "instrument/capture/tags.h"
#include "instrument/options/options.h"
#include "instrument/os/clock.h"
#include "instrument/os/spawn.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

enum {
    WAIT_NS = 1000000, // for the thread that is starting
    WAITS = 2000,
    REFUSAL_NS = 10000000,
};

void rp_enter_announce(struct rp_producer *producer) {
    struct rp_thread *thread = producer->thread;
    char name[16] = {0};
    bool fresh;

    rp_system_thread_name(0, 0, name);
    uint32_t text =
        rp_intern_text(thread->recorder->texts, name, strlen(name), &fresh);
    rp_emit_more(producer, TRACE_EVENT_THREAD_START, rp_thread_id(thread), 0,
                 text, 0, 0);
    thread->ended = false;
}

static struct rp_producer *turn_off(void) {
    rp_producer_turn_off();
    return NULL;
}

// ---- the first event of the process ----

// What the trace begins with. inherits: a forked child's does so with what it
// has inherited, and then come its tags.
static void tell_first(struct rp_recorder *recorder,
                       struct rp_producer *producer, bool inherits) {
    rp_enter_announce(producer);
    if (recorder->options->stacks.frames != 0)
        rp_capture_start();
    rp_modules_check(recorder, producer, 0, true);
    if (!inherits)
        rp_tags_tell(producer);
}

struct errand {
    struct rp_recorder *recorder;
    bool (*part)(struct rp_recorder *recorder);
    bool done;
};

static void do_errand(void *context) {
    struct errand *errand = context;

    errand->done = errand->part(errand->recorder);
}

// A part of the start, on files of its own.
static bool run(bool (*part)(struct rp_recorder *recorder),
                struct rp_recorder *recorder) {
    struct errand errand = {recorder, part, false};

    rp_spawn_errand(do_errand, &errand);
    return errand.done;
}

// The state is STARTING. signals: that wait.
static struct rp_producer *start(struct rp_recorder *recorder,
                                 uint64_t signals) {
    struct rp_thread *thread = NULL;
    bool inherits = rp_setup_inherits();

    store_relaxed(&recorder->starter, rp_system_thread()); // relaxed: for me
    if (run(rp_setup_prepare, recorder))
        thread = rp_thread_claim(recorder);
    else
        rp_recorder_listen_no_more();
    if (thread != NULL) {
        struct rp_producer *producer = &thread->producers[0];
        rp_producer_mine = producer;
        // release [state]: what prepare has set
        store_release(&recorder->state, RP_RECORDER_ON);
        rp_system_block(signals); // what follows may take long
        if (run(rp_setup_open, recorder)) {
            tell_first(recorder, producer, inherits);
            return producer;
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

    for (int i = 0; i < WAITS && state == RP_RECORDER_STARTING; i++) {
        // relaxed: a thread finds its own id there, if it is the one
        if (load_relaxed(&recorder->starter) == rp_system_thread())
            break;
        rp_system_wait(&recorder->state, RP_RECORDER_STARTING, WAIT_NS);
        state = load_acquire(&recorder->state); // acquire [state]: as above
    }
    return state;
}

// ---- the first event of a thread ----

// Where there is no ring for a thread, there soon is none for the next event
// either: so it is asked for now and then only.
static struct rp_thread *claim(struct rp_recorder *recorder) {
    uint64_t now = rp_clock_monotonic();
    // relaxed: a time
    uint64_t refused = load_relaxed(&recorder->refused_ns);

    if (refused != 0 && now - refused < REFUSAL_NS)
        return NULL;
    struct rp_thread *thread = rp_thread_claim(recorder);
    if (thread == NULL)
        store_relaxed(&recorder->refused_ns, now); // relaxed: a time
    return thread;
}

// signals: that wait.
static struct rp_producer *enter_first(uint64_t signals) {
    struct rp_recorder *recorder = rp_recorder_get();
    if (recorder == NULL)
        return turn_off();

    uint32_t state = RP_RECORDER_FRESH;
    // acq_rel [state]: what prepare has set
    if (cas_strong_acq_rel(&recorder->state, &state, RP_RECORDER_STARTING))
        return start(recorder, signals);
    if (state == RP_RECORDER_STARTING)
        state = wait_for_start(recorder);
    if (state == RP_RECORDER_ON && rp_recorder_ended(recorder))
        rp_recorder_be_deaf(recorder);
    if (state == RP_RECORDER_OFF ||
        (state == RP_RECORDER_ON && rp_recorder_ended(recorder)))
        return turn_off();
    struct rp_thread *thread = state == RP_RECORDER_ON ? claim(recorder) : NULL;
    if (thread == NULL) {
        if (state == RP_RECORDER_ON && !rp_recorder_ended(recorder))
            add_relaxed(&recorder->shared->lost, 1); // relaxed: a count
        return NULL;
    }
    struct rp_producer *producer = &thread->producers[0];
    rp_producer_mine = producer;
    rp_enter_announce(producer); // which turns it off, if the end has come
    rp_tags_tell(producer);
    return producer;
}

// In the middle of an event.
static struct rp_producer *enter_nested(struct rp_thread *thread) {
    struct rp_producer *producer = rp_producer_take_nested(thread);

    if (producer != NULL && producer->tag != thread->tag)
        rp_tags_tell(producer);
    return producer;
}

// Signals wait until the thread has a producer, or their events would find
// none.
static struct rp_producer *enter_first_in_peace(void) {
    uint64_t before = rp_system_block(UINT64_MAX);
    struct rp_producer *producer = enter_first(before);

    rp_system_block(before);
    return producer;
}

struct rp_producer *rp_enter_slow(void) {
    struct rp_producer *producer = rp_producer_mine;
    int saved = errno;

    producer = rp_producer_is_fresh(producer) ? enter_first_in_peace()
                                              : enter_nested(producer->thread);
    errno = saved;
    return producer;
}

bool rp_enter_inherits(void) {
    struct rp_recorder *recorder = rp_recorder_get();

    // relaxed: only this thread could have changed it
    return recorder != NULL &&
           load_relaxed(&recorder->state) == RP_RECORDER_FRESH &&
           rp_setup_inherits();
}
