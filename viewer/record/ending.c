// ending.c - see ending.h.
#include "viewer/record/ending.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "instrument/os/system.h"
#include "instrument/write/file.h"
#include "instrument/write/meta.h"

// Appends one block; the room that was kept for the end is given back.
static void append(const char *path, const struct rp_meta *meta) {
    uint64_t bytes;
    int descriptor;
    if (rp_system_go_on(path, &bytes, &descriptor) != 0)
        return;
    struct rp_file file;
    if (rp_file_start(&file, descriptor, bytes)) {
        rp_file_end(&file);
        rp_file_plain_block(&file, TRACE_META, meta->start,
                            (size_t)(meta->at - meta->start));
        rp_file_trim(&file);
    }
    rp_file_free(&file);
    close(descriptor);
}

static void find_window(const struct trace_file *file,
                        const struct trace_tables *tables,
                        struct trace_window *window) {
    uint64_t first = UINT64_MAX;
    *window = (struct trace_window){
        .last_ns = trace_fact_number(tables, "last_ns", 0),
        .last_bytes = trace_fact_number(tables, "last_bytes", 0)};
    for (size_t i = 0; i < file->block_count; i++) {
        const struct trace_block_header *header = &file->blocks[i].header;
        if (header->kind == TRACE_EVENTS && header->first_time < first)
            first = header->first_time;
    }
    if (first == UINT64_MAX || !tables->has_trailer)
        return;
    window->start_ns = trace_clock_ns(tables, first);
    window->end_ns = tables->trailer.duration_ns;
}

// Of the process, what is not in the trace.
static void find_unrecorded(const struct trace_tables *tables,
                            uint64_t resident, struct record_ending *end) {
    // What the recorder itself has said: once is enough.
    if (!tables->has_trailer || trace_fact(tables, "unrecorded") ||
        !own_allocator_find(tables, tables->trailer.peak_held_bytes,
                            end->ending.stopped ? 0 : resident,
                            end->unrecorded))
        *end->unrecorded = 0;
}

void record_ending(const char *path, int status, uint64_t ended_unix_ns,
                   uint64_t resident, struct record_ending *end) {
    struct trace_ending *ending = &end->ending;
    struct trace_file file;
    struct trace_tables tables;
    struct failure ignored;
    *end = (struct record_ending){.ending = {.code = -1, .signal = -1}};
    if (!trace_file_open(&file, path, &ignored))
        return;
    trace_tables_load(&tables, &file);
    trace_ending_read(ending, &tables);
    find_window(&file, &tables, &end->window);
    if (ending->stopped) {
        snprintf(end->stopped, sizeof end->stopped, "%s", ending->stopped);
        ending->stopped = end->stopped;
    }
    find_unrecorded(&tables, resident, end);
    uint8_t memory[512];
    char text[32];
    struct rp_meta meta = rp_meta_start(memory, sizeof memory);
    uint64_t start = file.header.start_unix_ns;
    if (ended_unix_ns > start + ending->stopped_ns)
        ending->run_ns = ended_unix_ns - start;
    else
        ending->run_ns = ending->stopped_ns; // two clocks
    ending->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ending->signal = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
    snprintf(text, sizeof text, "%s %d", ending->signal > 0 ? "signal" : "code",
             ending->signal > 0 ? ending->signal : ending->code);
    rp_meta_add_text(&meta, "exit", text);
    rp_meta_add_number(&meta, "run_ns", ending->run_ns);
    if (*end->unrecorded)
        rp_meta_add_text(&meta, "unrecorded", end->unrecorded);
    if (tables.has_trailer)
        append(path, &meta);
    trace_tables_free(&tables);
    trace_file_close(&file);
}

bool record_unrecorded(const char *path, char text[OWN_ALLOCATOR_BYTES]) {
    struct trace_file file;
    struct trace_tables tables;
    struct failure ignored;
    struct record_ending end = {.unrecorded = ""};
    uint8_t memory[512];
    struct rp_meta meta = rp_meta_start(memory, sizeof memory);
    if (!trace_file_open(&file, path, &ignored))
        return false;
    trace_tables_load(&tables, &file);
    find_unrecorded(&tables, 0, &end);
    trace_tables_free(&tables);
    trace_file_close(&file);
    if (!*end.unrecorded)
        return false;
    rp_meta_add_text(&meta, "unrecorded", end.unrecorded);
    append(path, &meta);
    memcpy(text, end.unrecorded, OWN_ALLOCATOR_BYTES);
    return true;
}
