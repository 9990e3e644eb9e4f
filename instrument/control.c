// control.c - see control.h.
#include "instrument/control.h"

#include "core/atomic.h"
#include "core/hook.h"
#include "instrument/clock.h"
#include "instrument/drainer.h"
#include "instrument/emit.h"
#include "instrument/line.h"
#include "instrument/modules.h"
#include "instrument/stack.h"
#include "instrument/system.h"

#include <errno.h>
#include <string.h>

// What a forked child keeps of its parent's recording.
static struct {
    struct rp_options options;
    bool is_read;      // the options
    uint32_t process;  // which recorded
    uint64_t trace_id; // as what
} kept;

// Only one thread starts the recording, and its stack may be small.
static char trace_path[RP_PATH_BYTES + 64];
static char program_path[RP_PATH_BYTES];
static char complaint[RP_PATH_BYTES + 256];

enum { NAMES = 100 }; // tried, for a trace that may not replace another

bool rp_control_inherits(void) {
    return kept.trace_id != 0 && kept.process != rp_system_process();
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
    recorder->process = rp_system_process();
    recorder->base_ticks = rp_clock_now();
    recorder->base_ns = rp_clock_monotonic();
    recorder->stacks = rp_system_map(sizeof *recorder->stacks, RP_MAP_OWN);
    recorder->texts = rp_system_map(sizeof *recorder->texts, RP_MAP_OWN);
    recorder->modules = rp_system_map(sizeof *recorder->modules, RP_MAP_OWN);
    if (recorder->stacks == NULL || recorder->texts == NULL ||
        recorder->modules == NULL)
        return false;
    rp_stack_prepare(recorder->stacks, recorder->options);
    return true;
}

// ---- the file ----

static void complain(int error) {
    const char *reason = strerrordesc_np(error);
    struct rp_line line = rp_line_start(complaint, sizeof complaint);

    rp_line_text(&line, trace_path);
    rp_line_text(&line, ": ");
    rp_line_text(&line, reason != NULL ? reason : "cannot be made");
    rp_line_text(&line, ". Nothing is recorded.");
    rp_system_say(complaint);
}

// Whether this process is the one that RPSCOPE_FILE is meant for.
static bool is_root(void) {
    const struct rp_options *options = &kept.options;
    uint32_t process = rp_system_process();

    return !rp_control_inherits() && options->parent == 0 &&
           (options->root == 0 || options->root == process);
}

// The name of a trace that may not replace another: RPSCOPE_FILE or the
// default with the process id, and from the second on with a number.
static void derive_path(unsigned number) {
    const char *base = kept.options.file, *suffix;
    struct rp_line line = rp_line_start(trace_path, sizeof trace_path);

    if (base[0] == 0) {
        rp_system_link("/proc/self/exe", program_path, sizeof program_path);
        base = strrchr(program_path, '/');
        base = base != NULL ? base + 1 : program_path;
        suffix = ".rptrace";
        rp_line_text(&line, base);
    } else {
        const char *slash = strrchr(base, '/');
        const char *dot = strrchr(base, '.');
        if (dot == NULL || (slash != NULL && dot < slash))
            dot = base + strlen(base);
        suffix = dot;
        rp_line_bytes(&line, base, (size_t)(dot - base));
    }
    rp_line_text(&line, ".");
    rp_line_number(&line, rp_system_process());
    if (number > 1) {
        rp_line_text(&line, ".");
        rp_line_number(&line, number);
    }
    rp_line_text(&line, suffix);
}

static int create(int *file) {
    int error = EEXIST;

    if (kept.options.file[0] != 0 && is_root()) {
        struct rp_line line = rp_line_start(trace_path, sizeof trace_path);
        rp_line_text(&line, kept.options.file);
        error = rp_system_create(trace_path, kept.options.force, file);
        // Another process came first; or this one, before it became another
        // program: rpscope record makes sure that nothing older is there.
        if (error != EBUSY && error != EEXIST)
            return error;
        error = EEXIST;
    }
    for (unsigned i = 1; i <= NAMES && (error == EEXIST || error == EBUSY);
         i++) {
        derive_path(i);
        error = rp_system_create(trace_path, false, file);
    }
    return error;
}

static bool start_drainer(struct rp_recorder *recorder, int file) {
    struct trace_file_header header = {
        .start_unix_ns = rp_clock_wall(),
        .trace_id = rp_system_random(),
        .parent_id = kept.trace_id != 0 ? kept.trace_id : kept.options.parent,
        .process_id = rp_system_process(),
    };
    int error = ENOMEM;

    recorder->drainer = rp_drainer_make(recorder, file, trace_path, &header);
    if (recorder->drainer != NULL)
        error = rp_spawn(&recorder->spawned, rp_drainer_run, recorder->drainer,
                         file);
    if (error != 0) {
        complain(error);
        return false;
    }
    kept.trace_id = header.trace_id;
    kept.process = header.process_id;
    rp_options_pass_on(header.trace_id);
    return true;
}

bool rp_control_open(struct rp_recorder *recorder) {
    int file;
    int error = create(&file);

    if (error != 0) {
        complain(error);
        return false;
    }
    if (start_drainer(recorder, file))
        return true;
    rp_system_close(file);
    return false;
}

void rp_control_begin(struct rp_recorder *recorder, struct rp_lane *lane) {
    if (recorder->options->stack_frames != 0)
        rp_stack_start();
    rp_modules_check(recorder, lane);
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
    store_release(&recorder->stop, 1); // release [stop]: these last events
    rp_system_wake(&recorder->stop);
    rp_recorder_wake(recorder);
    uint32_t alive;
    // acquire [spawned]: all it has done
    while ((alive = load_acquire(&recorder->spawned.alive)) != 0)
        rp_system_wait(&recorder->spawned.alive, alive, 100000000);
}

// The last of the library's destructors.
__attribute__((destructor(101))) static void at_exit(void) {
    rp_control_stop();
}
