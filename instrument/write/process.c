// process.c - see facts.h.
#include "instrument/write/process.h"

#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include "core/os/os.h"

#include <string.h>

enum {
    FACTS_BYTES = 160 << 10,
    ARGUMENTS_BYTES = 64 << 10, // longer command lines are cut
};

// The payload of facts as it grows.
struct facts {
    uint8_t *at;
    uint8_t *end;
};

static void put(struct facts *facts, const char *key, const char *value,
                size_t bytes) {
    struct trace_meta_entry entry = {(uint16_t)strlen(key), 0, (uint32_t)bytes};

    if ((size_t)(facts->end - facts->at) < sizeof entry + 256 + bytes)
        return;
    memcpy(facts->at, &entry, sizeof entry);
    facts->at += sizeof entry;
    memcpy(facts->at, key, entry.key_bytes);
    facts->at += entry.key_bytes;
    memcpy(facts->at, value, bytes);
    facts->at += bytes;
}

static void put_text(struct facts *facts, const char *key, const char *text) {
    put(facts, key, text, strlen(text));
}

static void put_number(struct facts *facts, const char *key, uint64_t number) {
    char text[24];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_number(&line, number);
    put_text(facts, key, text);
}

static void put_program(struct facts *facts) {
    // What is read lies beyond what is already put together.
    char *scratch = (char *)facts->end - ARGUMENTS_BYTES;
    const char *slash;

    rp_system_link("/proc/self/exe", scratch, RP_PATH_BYTES);
    put_text(facts, "program", scratch);
    slash = strrchr(scratch, '/');
    put_text(facts, "command", slash != NULL ? slash + 1 : scratch);
    rp_system_folder(scratch, RP_PATH_BYTES);
    put_text(facts, "working_directory", scratch);
    rp_system_describe(scratch, 512);
    put_text(facts, "system", scratch);
    size_t bytes =
        rp_system_read_file("/proc/self/cmdline", scratch, ARGUMENTS_BYTES);
    if (bytes > 0 && scratch[bytes - 1] == 0)
        bytes--;
    put(facts, "arguments", scratch, bytes);
}

static void put_options(struct facts *facts, const struct rp_options *options) {
    char text[128];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, "stacks=");
    rp_line_number(&line, options->stack_frames);
    rp_line_text(&line, " buffer=");
    rp_line_number(&line, options->ring_bytes);
    rp_line_text(&line, options->follow ? " follow=all" : " follow=none");
    put_text(facts, "options", text);
}

static void put_layout(struct facts *facts, struct rp_shared *shared) {
    shared->layout = rp_layout();
    for (uint32_t i = 0; i < shared->layout.class_count; i++)
        shared->classes[i] = rp_class(i);
    put_number(facts, "page_bytes", rp_os_page_bytes());
    put_number(facts, "span_bytes", shared->layout.span_bytes);
    put_number(facts, "span_header_bytes", shared->layout.span_header_bytes);
    put_number(facts, "spans_per_segment", shared->layout.spans_per_segment);
}

bool rp_facts_put(struct rp_shm *shm, const struct rp_options *options) {
    struct rp_shared *shared = rp_shared_of(shm);
    uint64_t offset = rp_shm_take(shm, FACTS_BYTES, FACTS_BYTES);
    if (offset == 0)
        return false;

    uint8_t *start = rp_shm_at(shm, offset);
    struct facts facts = {start, start + FACTS_BYTES};
    put_program(&facts);
    put_text(&facts, "variant", "instrumented");
    put_text(&facts, "library_version", RPSCOPE_VERSION);
    put_layout(&facts, shared);
    put_number(&facts, "stack_frames", options->stack_frames);
    put_number(&facts, "stack_sample_bytes", options->stack_bytes);
    put_number(&facts, "thread_of_drainer", rp_system_thread());
    put_options(&facts, options);
    put_text(&facts, "rings", shared->rings_path);
    shared->stack_frames = options->stack_frames;
    shared->facts = offset;
    shared->facts_bytes = (size_t)(facts.at - start);
    return true;
}
