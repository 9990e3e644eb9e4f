// control.c - see control.h.
#include "instrument/capture/control.h"

#include "core/base/atomic.h"
#include "core/hook.h"
#include "instrument/os/clock.h"
#include "instrument/capture/emit.h"
#include "instrument/write/program.h"
#include "instrument/capture/drainer_home.h"
#include "instrument/capture/modules.h"
#include "instrument/drain/naming.h"
#include "instrument/shm/path.h"
#include "instrument/capture/capture.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

enum { ASK_WAIT_NS = 2000000, ASK_WAITS = 5000, MOMENT_WAITS = 500 };

// What a forked child keeps of its parent's recording.
static struct {
    struct rp_options options;
    bool is_read;               // the options
    uint32_t process;           // which recorded
    _Atomic(uint64_t) trace_id; // as what; 0: nothing yet
} kept;

bool rp_control_inherits(void) {
    // acquire [kept]: the process
    return load_acquire(&kept.trace_id) != 0 &&
           kept.process != rp_system_process();
}

// Whether this process is the one that RPSCOPE_FILE is meant for.
static bool is_root(void) {
    const struct rp_options *options = &kept.options;
    uint32_t process = rp_system_process();

    return !rp_control_inherits() && options->parent == 0 &&
           (options->root == 0 || options->root == process);
}

static bool make_shared(struct rp_recorder *recorder) {
    uint64_t id = rp_system_random();

    if (!rp_path_make(&recorder->shm, &kept.options, id, RP_RING_BYTES_FIRST,
                      kept.options.ring_bytes))
        return false;
    struct rp_shared *shared = rp_shared_of(&recorder->shm);
    recorder->process = shared->process = rp_system_process();
    shared->base_ticks = rp_clock_now();
    shared->base_ns = rp_clock_monotonic();
    shared->header = (struct trace_file_header){
        .start_unix_ns = rp_clock_wall(),
        .trace_id = id,
        // relaxed: of the process that forked us, or by this thread
        .parent_id = load_relaxed(&kept.trace_id) != 0
                         ? load_relaxed(&kept.trace_id)
                         : kept.options.parent,
        .process_id = shared->process,
    };
    rp_naming_wish(shared, &kept.options, is_root());
    shared->last_ns = kept.options.last_ns;
    shared->last_bytes = kept.options.last_bytes;
    shared->residency_ns = kept.options.residency_ns;
    // Rings that are read twice, in the order of all, are better not spilled.
    shared->spill.budget = kept.options.paused ? 0 : kept.options.spill;
    store_relaxed(&shared->paused, kept.options.paused); // relaxed: mine
    recorder->shared = shared;
    store_relaxed(&recorder->shm.doorbell, &shared->awake); // relaxed: mine
    return true;
}

// What one mapping holds of the process' own.
struct tables {
    struct rp_stacks stacks;
    struct rp_intern texts;
    struct rp_modules modules;
};

static bool make_tables(struct rp_recorder *recorder) {
    struct tables *tables = rp_system_map(sizeof *tables, RP_MAP_OWN);
    struct rp_shared *shared = recorder->shared;
    if (tables == NULL)
        return false;

    shared->stacks = rp_tree_make(&recorder->shm);
    if (!rp_tree_open(&tables->stacks.tree, &recorder->shm, shared->stacks))
        return false;
    tables->texts.pool = (struct rp_pool){&recorder->shm, &shared->names};
    tables->modules.pool = &tables->texts.pool;
    tables->modules.list = &shared->modules;
    recorder->stacks = &tables->stacks;
    recorder->texts = &tables->texts;
    recorder->modules = &tables->modules;
    return true;
}

bool rp_control_prepare(struct rp_recorder *recorder) {
    if (!kept.is_read) {
        const char *wrong = rp_options_read(&kept.options);
        if (wrong != NULL) {
            rp_system_say(wrong);
            kept.options.record = false;
        }
        kept.is_read = true;
    }
    recorder->options = &kept.options;
    if (!kept.options.record ||
        (!kept.options.follow &&
         (rp_control_inherits() || kept.options.parent != 0)))
        return false;
    rp_clock_start();
    if (!make_shared(recorder) || !make_tables(recorder) ||
        !rp_program_describe(&recorder->shm, recorder->options))
        return false;
    rp_stack_prepare(recorder->stacks, recorder->options);
    return true;
}

bool rp_control_open(struct rp_recorder *recorder) {
    if (!rp_drainer_home_open(recorder))
        return false;
    uint64_t trace_id = recorder->shared->header.trace_id;
    kept.process = recorder->process;
    // release [kept]: the process, which another thread asks for meanwhile
    store_release(&kept.trace_id, trace_id);
    rp_options_pass_on(trace_id);
    return true;
}

void rp_control_begin(struct rp_recorder *recorder, struct rp_lane *lane) {
    if (recorder->options->stack_frames != 0)
        rp_stack_start();
    rp_modules_check(recorder, lane);
}

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

static void tell_count(struct rp_lane *lane) {
    struct count counts[256] = {{0}};
    uint32_t classes = 0;

    rp_walk(count_span, counts);
    for (unsigned i = 0; i < 256; i++)
        classes += counts[i].live + counts[i].deferred != 0;
    rp_emit(lane, TRACE_EVENT_WALK_BEGIN, classes, 0);
    for (unsigned i = 0; i < 256; i++) {
        if (counts[i].live + counts[i].deferred != 0)
            rp_emit_more(lane, TRACE_EVENT_WALK_CLASS, 0, i, counts[i].spans,
                         counts[i].live, counts[i].deferred);
    }
    rp_emit(lane, TRACE_EVENT_WALK_END, classes, 0);
}

void rp_control_stop(void) {
    struct rp_recorder *recorder = rp_recorder_get();

    // acquire [state]: what prepare has set
    if (recorder == NULL || load_acquire(&recorder->state) != RP_RECORDER_ON)
        return;
    struct rp_lane *lane = rp_lane_enter();
    if (lane != NULL) {
        rp_modules_check(recorder, lane);
        tell_count(lane);
        rp_lane_leave(lane);
    }
    store_release(&recorder->shared->stop, 1); // release [stop]: these events
    rp_system_wake(&recorder->shared->stop);
    rp_shm_wake(&recorder->shm);
    rp_drainer_home_wait(recorder);
    store_release(&recorder->state,
                  RP_RECORDER_OFF); // release [state]: its end
}

// The last of the library's destructors.
__attribute__((destructor(101))) static void at_exit(void) {
    rp_control_stop();
}
