// program.c - see program.h.
#include "instrument/write/program.h"

#include "instrument/options/check_options.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/write/meta.h"

#include "core/os/os.h"

#include <string.h>

enum {
    META_BYTES = 160 << 10,
    ARGUMENTS_BYTES = 64 << 10, // longer command lines are cut
};

static void add_program(struct rp_meta *meta) {
    // What is read lies beyond what is already put together.
    char *scratch = (char *)meta->end - ARGUMENTS_BYTES;
    const char *slash;

    rp_system_link("/proc/self/exe", scratch, RP_PATH_BYTES);
    rp_meta_add_text(meta, "program", scratch);
    slash = strrchr(scratch, '/');
    rp_meta_add_text(meta, "command", slash != NULL ? slash + 1 : scratch);
    rp_system_folder(scratch, RP_PATH_BYTES);
    rp_meta_add_text(meta, "working_directory", scratch);
    rp_system_describe(scratch, 512);
    rp_meta_add_text(meta, "system", scratch);
    size_t bytes =
        rp_system_read_file("/proc/self/cmdline", scratch, ARGUMENTS_BYTES);
    if (bytes > 0 && scratch[bytes - 1] == 0)
        bytes--;
    rp_meta_add(meta, "arguments", scratch, bytes);
}

static void add_options(struct rp_meta *meta,
                        const struct rp_options *options) {
    char text[128];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, "stacks=");
    rp_line_number(&line, options->stacks.frames);
    rp_line_text(&line, " buffer=");
    rp_line_number(&line, options->ring_bytes);
    rp_line_text(&line, options->follow == RP_FOLLOW_ALL    ? " follow=all"
                        : options->follow == RP_FOLLOW_EXEC ? " follow=exec"
                                                            : " follow=none");
    rp_meta_add_text(meta, "options", text);
    if (options->unrecorded != NULL)
        rp_meta_add_text(meta, "unrecorded", options->unrecorded);
}

// Blocks that are checked are larger than those that the program asked for, and
// wait before they are free: so they lie elsewhere than without checks.
static void add_checks(struct rp_meta *meta) {
    struct rp_check_options checks;
    char text[128];

    if (rp_check_options_read(&checks) != NULL || checks.kinds == 0 ||
        rp_system_is_privileged())
        return;
    rp_check_options_tell(checks.kinds, text, sizeof text);
    rp_meta_add_text(meta, "checks", text);
}

static void add_layout(struct rp_meta *meta, struct rp_shared *shared) {
    shared->layout = rp_layout();
    for (uint32_t i = 0; i < shared->layout.class_count; i++)
        shared->classes[i] = rp_class(i);
    rp_meta_add_number(meta, "page_bytes", rp_os_page_bytes());
    rp_meta_add_number(meta, "span_bytes", shared->layout.span_bytes);
    rp_meta_add_number(meta, "span_header_bytes",
                       shared->layout.span_header_bytes);
    rp_meta_add_number(meta, "large_header_bytes",
                       shared->layout.large_header_bytes);
    rp_meta_add_number(meta, "spans_per_segment",
                       shared->layout.spans_per_segment);
}

static void add_source(struct rp_meta *meta) {
    static const char *const huge_pages[] = {
        [RP_HUGE_PAGES_NEVER] = "never",
        [RP_HUGE_PAGES_GROWN] = "grown",
        [RP_HUGE_PAGES_ALWAYS] = "always",
    };
    struct rp_source_info source = rp_source();

    rp_meta_add_text(meta, "memory", source.is_system ? "system" : "embedder");
    rp_meta_add_number(meta, "decommits", source.may_decommit != 0);
    rp_meta_add_text(meta, "huge_pages", huge_pages[source.huge_pages]);
}

bool rp_program_describe(struct rp_shm *shm, const struct rp_options *options,
                         uint32_t starter, uint32_t forked_from,
                         uint32_t fork) {
    struct rp_shared *shared = rp_shared_of(shm);
    // Put together apart, since it is mostly much less.
    uint8_t *start = rp_system_map(META_BYTES, RP_MAP_OWN);
    if (start == NULL)
        return false;

    struct rp_meta meta = rp_meta_start(start, META_BYTES);
    add_program(&meta);
    rp_meta_add_text(&meta, "variant", "instrumented");
    rp_meta_add_text(&meta, "library_version", RPSCOPE_VERSION);
    add_layout(&meta, shared);
    add_source(&meta);
    rp_meta_add_number(&meta, "stack_frames", options->stacks.frames);
    if (options->free_every != 0)
        rp_meta_add_number(&meta, "free_stack_every", options->free_every);
    rp_meta_add_number(&meta, "stack_sample_bytes",
                       options->stacks.sample_bytes);
    rp_meta_add_number(&meta, "thread_of_drainer", starter);
    add_options(&meta, options);
    if (options->coarse)
        rp_meta_add_text(&meta, "clock", "coarse");
    add_checks(&meta);
    if (forked_from != 0)
        rp_meta_add_number(&meta, "forked_from", forked_from);
    if (fork != 0)
        rp_meta_add_number(&meta, "fork", fork);
    if (options->last_ns != 0)
        rp_meta_add_number(&meta, "last_ns", options->last_ns);
    if (options->last_bytes != 0)
        rp_meta_add_number(&meta, "last_bytes", options->last_bytes);
    rp_meta_add_text(&meta, "rings", shared->rings_path);
    size_t bytes = (size_t)(meta.at - start);
    shared->stack_frames = options->stacks.frames;
    shared->meta = rp_shm_take(shm, bytes, bytes);
    shared->meta_bytes = bytes;
    if (shared->meta != 0)
        memcpy(rp_shm_at(shm, shared->meta), start, bytes);
    rp_system_unmap(start, META_BYTES);
    return shared->meta != 0;
}
