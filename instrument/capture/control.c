// control.c - see control.h.
#include "instrument/capture/control.h"

#include "core/base/atomic.h"
#include "core/hook.h"
#include "instrument/capture/drainer_home.h"
#include "instrument/capture/emit.h"
#include "instrument/capture/enter.h"
#include "instrument/capture/modules.h"
#include "instrument/os/system.h"

#include <errno.h>

enum { ASK_WAIT_NS = 2000000, ASK_WAITS = 5000, MOMENT_WAITS = 500 };
enum { FAREWELL_NS = 1000000, FAREWELLS = 20 };

// Waits while another thread asks; false: it does so for long.
static bool put_command(struct rp_recorder *recorder,
                        enum rp_command_kind kind) {
    struct rp_command *command = &recorder->shared->command;
    bool moment = kind == RP_COMMAND_MOMENT;
    int waits = moment ? MOMENT_WAITS : ASK_WAITS;

    for (int i = 0; i < waits && !rp_recorder_ended(recorder); i++) {
        if (moment ? rp_command_put_moment(command)
                   : rp_command_put(command, kind, ""))
            return true;
        rp_shm_wake(&recorder->shm);
        // Not when this is a handler that has come in the middle of it.
        if (rp_command_is_mine(command))
            return false;
        rp_system_wait(&recorder->shared->ended, 0, ASK_WAIT_NS);
    }
    return false;
}

void rp_control_ask(struct rp_recorder *recorder, enum rp_command_kind kind) {
    struct rp_command *command = &recorder->shared->command;
    int saved = errno;

    bool put = put_command(recorder, kind);
    rp_shm_wake(&recorder->shm);
    if (put && kind != RP_COMMAND_MOMENT) {
        // The drainer may miss the doorbell.
        for (int i = 0; i < ASK_WAITS && !rp_recorder_ended(recorder); i++) {
            rp_shm_wake(&recorder->shm);
            if (rp_command_wait(command, ASK_WAIT_NS))
                break;
        }
        rp_command_leave(command);
    }
    if (rp_recorder_ended(recorder))
        rp_recorder_be_deaf(recorder);
    errno = saved;
}

// ---- the end ----

// The allocator's own count, summed by class.
struct count {
    uint32_t spans, live, deferred;
};

static void count_span(const struct rp_span_info *span, void *context) {
    struct count *counts = context;
    struct count *count =
        &counts[span->number & RP_HUGE_BIT ? TRACE_CLASS_HUGE
                                           : span->class_index & 0xff];

    count->spans += span->span_count;
    count->live += span->live_blocks;
    count->deferred += span->deferred_blocks;
}

static void tell_count(struct rp_producer *producer) {
    struct count counts[256] = {{0}};
    uint32_t classes = 0;

    rp_walk(count_span, counts);
    for (unsigned i = 0; i < 256; i++)
        classes += counts[i].live + counts[i].deferred != 0;
    rp_emit(producer, TRACE_EVENT_WALK_BEGIN, classes, 0);
    for (unsigned i = 0; i < 256; i++) {
        if (counts[i].live + counts[i].deferred != 0)
            rp_emit_more(producer, TRACE_EVENT_WALK_CLASS, 0, i,
                         counts[i].spans, counts[i].live, counts[i].deferred);
    }
    rp_emit(producer, TRACE_EVENT_WALK_END, classes, 0);
}

// Whether no thread can change what is counted. One that was joined may still
// be on its way out of the system.
static bool is_alone(struct rp_recorder *recorder) {
    for (int i = 0; i < FAREWELLS; i++) {
        // acquire [spawned]: whether the drainer is one of the threads
        uint32_t drainers = load_acquire(&recorder->spawned.alive) != 0;
        uint32_t threads = rp_system_threads();
        if (threads == 1 || threads == 1 + drainers)
            return true;
        if (threads == 0)
            return false;
        rp_system_wait(&recorder->shared->ended, 0, FAREWELL_NS);
    }
    return false;
}

void rp_control_stop(void) {
    struct rp_recorder *recorder = rp_recorder_get();

    // acquire [state]: what prepare has set
    if (recorder == NULL || load_acquire(&recorder->state) != RP_RECORDER_ON)
        return;
    struct rp_producer *producer = rp_enter();
    if (producer != NULL) {
        rp_modules_check(recorder, producer, 0, true);
        if (is_alone(recorder))
            tell_count(producer);
        rp_producer_leave(producer);
    }
    store_release(&recorder->shared->stop, 1); // release [stop]: these events
    rp_system_wake(&recorder->shared->stop);
    rp_shm_wake(&recorder->shm);
    rp_drainer_home_wait(recorder);
    store_release(&recorder->state,
                  RP_RECORDER_OFF); // release [state]: its end
    rp_recorder_be_deaf(recorder);
}

// The last of the library's destructors.
__attribute__((destructor(101))) static void at_exit(void) {
    rp_control_stop();
}
