// facts.c - the blocks that describe the program, its layout, its classes.
#include "instrument/tables.h"

#include "core/hook.h"
#include "instrument/line.h"
#include "instrument/system.h"

#include "core/os.h"

#include <string.h>

enum {
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

void rp_tables_describe(struct rp_tables *tables) {
    struct rp_layout_info layout = rp_layout();
    struct facts facts = {tables->payload, tables->payload + RP_TABLE_BYTES};

    put_program(&facts);
    put_text(&facts, "variant", "instrumented");
    put_text(&facts, "library_version", RPSCOPE_VERSION);
    put_number(&facts, "page_bytes", rp_os_page_bytes());
    put_number(&facts, "span_bytes", layout.span_bytes);
    put_number(&facts, "span_header_bytes", layout.span_header_bytes);
    put_number(&facts, "spans_per_segment", layout.spans_per_segment);
    put_number(&facts, "stack_frames", tables->recorder->options->stack_frames);
    put_number(&facts, "stack_sample_bytes",
               tables->recorder->options->stack_bytes);
    put_number(&facts, "thread_of_drainer", rp_system_thread());
    put_options(&facts, tables->recorder->options);
    rp_file_plain_block(tables->file, TRACE_META, tables->payload,
                        (size_t)(facts.at - tables->payload));

    struct trace_class *classes = (struct trace_class *)(void *)tables->payload;
    for (uint32_t i = 0; i < layout.class_count; i++) {
        struct rp_class_info info = rp_class(i);
        classes[i] =
            (struct trace_class){info.block_bytes, info.blocks_per_span};
    }
    rp_file_plain_block(tables->file, TRACE_CLASSES, classes,
                        layout.class_count * sizeof *classes);
}
