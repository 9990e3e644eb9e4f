// setup.c - see setup.h.
#include "instrument/capture/setup.h"

#include "core/base/atomic.h"
#include "instrument/capture/capture.h"
#include "instrument/capture/drainer_home.h"
#include "instrument/capture/modules.h"
#include "instrument/drain/naming.h"
#include "instrument/options/only.h"
#include "instrument/os/clock.h"
#include "instrument/os/glibc.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/shm/path.h"
#include "instrument/write/program.h"

// What a forked child keeps of its parent's recording.
static struct {
    struct rp_options options;
    bool is_read;               // the options
    uint32_t process;           // which recorded
    _Atomic(uint64_t) trace_id; // as what; 0: nothing yet
    uint32_t fork;              // by which the child came; 0: it is not known
} kept;

static _Atomic bool is_asked; // for a recording, by the program

bool rp_setup_inherits(void) {
    // acquire [kept]: the process
    return load_acquire(&kept.trace_id) != 0 &&
           kept.process != rp_system_process();
}

void rp_setup_come_from(uint32_t fork) {
    kept.fork = fork;
}

bool rp_setup_is_root(const struct rp_options *options) {
    uint32_t process = rp_system_process();

    return !rp_setup_inherits() && options->parent == 0 &&
           (options->root == 0 || options->root == process);
}

// Memory without a path, which the drainer of the recording has, too.
static bool hand_over(struct rp_recorder *recorder) {
    int file;

    if (rp_shm_make_unnamed(&recorder->shm, sizeof(struct rp_shared),
                            RP_RING_BYTES_FIRST, kept.options.ring_bytes,
                            &file) != 0)
        return false;
    recorder->token = rp_drainer_home_hand_over(&kept.options, file);
    rp_system_close(file);
    if (recorder->token == 0)
        rp_shm_close(&recorder->shm);
    return recorder->token != 0;
}

// Where there is no folder either, no other process can have it.
static bool make_memory(struct rp_recorder *recorder, uint64_t id) {
    if (rp_drainer_home_is_anothers(&kept.options) && hand_over(recorder))
        return true;
    return rp_path_make(&recorder->shm, &kept.options, id, RP_RING_BYTES_FIRST,
                        kept.options.ring_bytes) ||
           hand_over(recorder) ||
           rp_shm_make_private(&recorder->shm, sizeof(struct rp_shared));
}

static bool make_shared(struct rp_recorder *recorder) {
    uint64_t id = rp_system_random();

    if (!make_memory(recorder, id))
        return false;
    struct rp_shared *shared = rp_shared_of(&recorder->shm);
    recorder->process = shared->process = rp_system_process();
    shared->base_ticks = rp_clock_true();
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
    rp_naming_wish(shared, &kept.options, rp_setup_is_root(&kept.options));
    shared->coarse = kept.options.coarse;
    if (kept.options.coarse) {
        store_relaxed(&shared->clock, shared->base_ticks); // relaxed: mine
        rp_clock_coarsen(&shared->clock);
    }
    shared->last_ns = kept.options.last_ns;
    shared->last_bytes = kept.options.last_bytes;
    shared->residency_ns = kept.options.residency_ns;
    // Rings that are read twice, in the order of all, are better not spilled.
    // And a spill that is made for rings without a path could not be opened.
    shared->spill.budget =
        kept.options.paused || recorder->token != 0 ? 0 : kept.options.spill;
    store_relaxed(&shared->paused, kept.options.paused); // relaxed: mine
    recorder->shared = shared;
    store_relaxed(&recorder->shm.doorbell, &shared->awake); // relaxed: mine
    return true;
}

// What one mapping holds of the process' own.
struct tables {
    struct rp_capture capture;
    struct rp_intern texts;
    struct rp_modules modules;
};

static bool make_tables(struct rp_recorder *recorder) {
    struct tables *tables = rp_system_map(sizeof *tables, RP_MAP_OWN);
    struct rp_shared *shared = recorder->shared;
    if (tables == NULL)
        return false;

    shared->stacks = rp_tree_make(&recorder->shm);
    if (!rp_tree_open(&tables->capture.tree, &recorder->shm, shared->stacks))
        return false;
    tables->texts.pool = (struct rp_pool){&recorder->shm, &shared->names};
    tables->modules.pool = &tables->texts.pool;
    tables->modules.list = &shared->modules;
    recorder->capture = &tables->capture;
    recorder->texts = &tables->texts;
    recorder->modules = &tables->modules;
    return true;
}

static void say_of_program(const char *why) {
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_system_link("/proc/self/exe", text, RP_PATH_BYTES);
    line.used = strlen(text);
    rp_line_text(&line, line.used != 0 ? " " : "the program ");
    rp_line_text(&line, why);
    rp_line_text(&line, ".");
    rp_system_say(text);
}

void rp_setup_expect_nothing(const char *why) {
    say_of_program(why);
    kept.options.unrecorded = why;
    kept.options.stacks.frames = 0;
}

void rp_setup_ask(void) {
    store_relaxed(&is_asked, true); // relaxed: by the thread that starts it
}

// Whether this process is to be recorded, being a child of one that is.
static bool is_followed(const struct rp_options *options) {
    return options->follow == RP_FOLLOW_ALL ||
           (!rp_setup_inherits() &&
            (options->follow == RP_FOLLOW_EXEC || options->parent == 0));
}

static bool is_called_for(const struct rp_options *options) {
    // relaxed: by the thread that starts it
    bool may = !rp_system_is_privileged() || load_relaxed(&is_asked);

    return options->record && may && is_followed(options) &&
           rp_only_has_me(options->only);
}

bool rp_setup_wants(const struct rp_options *options) {
    return rp_glibc_is_there() && is_called_for(options);
}

static void read_options(void) {
    const char *wrong = rp_options_read(&kept.options);

    kept.is_read = true;
    if (wrong != NULL) {
        rp_system_say(wrong);
        kept.options.record = false;
    } else if (!rp_glibc_is_there() && is_called_for(&kept.options)) {
        say_of_program(
            "is made for another C library than the recorder, so it runs and "
            "nothing of it is recorded; record a build of it for glibc");
        kept.options.record = false;
    }
}

bool rp_setup_is_wanted(void) {
    if (!kept.is_read)
        read_options();
    return rp_setup_wants(&kept.options);
}

// Whether its blocks from before the fork are told as such. Where a state is
// told later, they are blocks as others.
static bool tells_fork(void) {
    return rp_setup_inherits() && !kept.options.paused &&
           kept.options.last_ns == 0 && kept.options.last_bytes == 0;
}

bool rp_setup_prepare(struct rp_recorder *recorder) {
    recorder->options = &kept.options;
    if (!rp_setup_is_wanted())
        return false;
    rp_clock_start();
    rp_recorder_prepare_end(recorder);
    if (!make_shared(recorder) || !make_tables(recorder) ||
        // relaxed: set before
        !rp_program_describe(&recorder->shm, recorder->options,
                             load_relaxed(&recorder->starter),
                             rp_setup_inherits() ? kept.process : 0,
                             tells_fork() ? kept.fork : 0))
        return false;
    rp_capture_prepare(recorder->capture, &recorder->options->stacks);
    return true;
}

bool rp_setup_open(struct rp_recorder *recorder) {
    if (!rp_drainer_home_open(recorder))
        return false;
    uint64_t trace_id = recorder->shared->header.trace_id;
    kept.process = recorder->process;
    kept.fork = 0; // its children come from here
    // release [kept]: the process, which another thread asks for meanwhile
    store_release(&kept.trace_id, trace_id);
    rp_options_pass_on(trace_id);
    return true;
}
