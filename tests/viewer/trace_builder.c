// trace_builder.c - writes traces for tests, from a list of events.
#include "tests/viewer/trace_builder.h"

#include "instrument/format/trace_predictor.h"

#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

uint32_t plain_crc32c(const void *data, size_t size) {
    const uint8_t *p = data;
    uint32_t crc = ~0u;
    while (size-- > 0) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    }
    return ~crc;
}

struct out {
    uint8_t *bytes;
    size_t size, capacity;
};

static void put(struct out *out, const void *bytes, size_t size) {
    if (out->size + size > out->capacity) {
        out->capacity = (out->size + size) * 2;
        out->bytes = realloc(out->bytes, out->capacity);
    }
    if (size > 0)
        memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

static void put_varint(struct out *out, uint64_t value) {
    uint8_t byte;
    for (; value >= 0x80; value >>= 7) {
        byte = (uint8_t)(value | 0x80);
        put(out, &byte, 1);
    }
    byte = (uint8_t)value;
    put(out, &byte, 1);
}

static void append(struct trace_builder *b, const void *bytes, size_t size) {
    struct out out = {b->bytes, b->size, b->capacity};
    put(&out, bytes, size);
    b->bytes = out.bytes;
    b->size = out.size;
    b->capacity = out.capacity;
}

void trace_builder_block(struct trace_builder *b, uint32_t kind,
                         const void *payload, size_t size,
                         const struct trace_block_header *given) {
    struct trace_block_header header = {0};
    if (given)
        header = *given;
    void *stored = (void *)payload;
    size_t stored_size = size;
    if (!b->raw) {
        size_t bound = ZSTD_compressBound(size);
        stored = malloc(bound);
        stored_size = ZSTD_compress(stored, bound, payload, size, 1);
    }
    header.magic = TRACE_BLOCK_MAGIC;
    header.kind = kind;
    header.codec = b->raw ? TRACE_RAW : TRACE_ZSTD;
    header.stored_bytes = (uint32_t)stored_size;
    header.raw_bytes = (uint32_t)size;
    header.payload_crc = plain_crc32c(stored, stored_size);
    header.reserved = 0;
    header.header_crc =
        plain_crc32c(&header, offsetof(struct trace_block_header, header_crc));
    append(b, &header, sizeof header);
    append(b, stored, stored_size);
    if (stored != payload)
        free(stored);
}

void trace_builder_fact(struct trace_builder *b, const char *key,
                        const void *value, size_t size) {
    struct out out = {0};
    struct trace_meta_entry entry = {(uint16_t)strlen(key), 0, (uint32_t)size};
    put(&out, &entry, sizeof entry);
    put(&out, key, strlen(key));
    put(&out, value, size);
    trace_builder_block(b, TRACE_META, out.bytes, out.size, NULL);
    free(out.bytes);
}

static void fact_text(struct trace_builder *b, const char *key,
                      const char *value) {
    trace_builder_fact(b, key, value, strlen(value));
}

void trace_builder_start(struct trace_builder *b) {
    static const struct trace_class classes[] = {
        {1000, 64}, {4000, 16}, {16, 4088}};
    static const struct trace_clock_sample clock[] = {
        {0, 0}, {UINT64_C(1) << 40, UINT64_C(1) << 40}};
    struct trace_file_header header = {.magic = TRACE_MAGIC,
                                       .version = TRACE_VERSION,
                                       .header_bytes = sizeof header,
                                       .start_unix_ns = 1700000000000000000,
                                       .trace_id = 42,
                                       .process_id = 4711};
    header.crc = plain_crc32c(&header, offsetof(struct trace_file_header, crc));
    memset(b, 0, sizeof *b);
    b->next_node = 1;
    append(b, &header, sizeof header);
    fact_text(b, "program", "/usr/bin/tested");
    fact_text(b, "command", "tested");
    trace_builder_fact(b, "arguments", "tested\0-x\0", 10);
    fact_text(b, "span_bytes", "65536");
    fact_text(b, "span_header_bytes", "128");
    fact_text(b, "spans_per_segment", "64");
    fact_text(b, "stack_frames", "128");
    trace_builder_block(b, TRACE_CLOCK, clock, sizeof clock, NULL);
    trace_builder_block(b, TRACE_CLASSES, classes, sizeof classes, NULL);
}

void trace_builder_free(struct trace_builder *b) {
    free(b->bytes);
    free(b->events);
    memset(b, 0, sizeof *b);
}

uint32_t trace_builder_stack(struct trace_builder *b, uint32_t parent,
                             uint64_t address) {
    // The address is stored as the difference to the parent's, which only the
    // writer knows: tests use few nodes, so they are kept here.
    static uint64_t addresses[4096];
    struct out out = {0};
    uint32_t node = b->next_node++;
    addresses[node] = address;
    put_varint(&out, node);
    put_varint(&out, node - parent);
    put_varint(&out, trace_zigzag(address - (parent ? addresses[parent] : 0)));
    trace_builder_block(b, TRACE_STACKS, out.bytes, out.size, NULL);
    free(out.bytes);
    return node;
}

void trace_builder_text(struct trace_builder *b, uint64_t number,
                        const char *text) {
    struct out out = {0};
    put_varint(&out, number);
    put_varint(&out, strlen(text));
    put(&out, text, strlen(text));
    trace_builder_block(b, TRACE_TEXTS, out.bytes, out.size, NULL);
    free(out.bytes);
}

void trace_builder_module(struct trace_builder *b, uint64_t number,
                          uint64_t start, uint64_t end, uint64_t bias,
                          const char *path) {
    struct out out = {0};
    put_varint(&out, number);
    put_varint(&out, start);
    put_varint(&out, end);
    put_varint(&out, bias);
    put_varint(&out, 0);
    put_varint(&out, strlen(path));
    put(&out, path, strlen(path));
    trace_builder_block(b, TRACE_MODULES, out.bytes, out.size, NULL);
    free(out.bytes);
}

void trace_builder_event(struct trace_builder *b, uint32_t ring, uint64_t time,
                         uint32_t type, const uint64_t *values, size_t count) {
    if (b->event_count == b->event_capacity) {
        b->event_capacity = b->event_capacity ? b->event_capacity * 2 : 64;
        b->events = realloc(b->events, b->event_capacity * sizeof *b->events);
    }
    struct built_event *event = &b->events[b->event_count++];
    *event = (struct built_event){.ring = ring, .type = type, .time = time};
    for (size_t i = 0; i < count && i < TRACE_MAX_FIELDS; i++)
        event->value[i] = values[i];
}

// One block with the given events, all of one ring.
static void write_events(struct trace_builder *b,
                         struct built_event *const *events, size_t count) {
    struct out columns[TRACE_COLUMNS] = {{0}}, payload = {0};
    static struct trace_predictor predictor;
    uint64_t time = events[0]->time;
    uint32_t ring = events[0]->ring;
    memset(&predictor, 0, sizeof predictor);
    for (int i = 0; i < TRACE_SHORT_CODES; i++)
        put_varint(&columns[TRACE_COLUMN_PACE], 0);
    for (size_t i = 0; i < count; i++) {
        const struct built_event *event = events[i];
        const struct trace_event_info *info = trace_event_info(event->type);
        uint8_t type = (uint8_t)event->type;
        put(&columns[TRACE_COLUMN_TYPE], &type, 1);
        put_varint(&columns[TRACE_COLUMN_TIME], event->time - time);
        time = event->time;
        for (int f = 0; f < TRACE_MAX_FIELDS && info->columns[f]; f++) {
            enum trace_column column = info->columns[f];
            put_varint(&columns[column],
                       trace_zigzag(event->value[f] -
                                    trace_predict(&predictor, column)));
            trace_learn(&predictor, column, event->value[f]);
        }
    }
    for (int i = 0; i < TRACE_COLUMNS; i++) {
        uint32_t size = (uint32_t)columns[i].size;
        put(&payload, &size, sizeof size);
        put(&payload, columns[i].bytes, columns[i].size);
        free(columns[i].bytes);
    }
    struct trace_block_header header = {.event_count = (uint32_t)count,
                                        .ring = ring,
                                        .first_sequence =
                                            b->sequences[ring % 64],
                                        .first_time = events[0]->time,
                                        .last_time = time};
    b->sequences[ring % 64] += count;
    b->event_total += count;
    trace_builder_block(b, TRACE_EVENTS, payload.bytes, payload.size, &header);
    free(payload.bytes);
}

void trace_builder_flush(struct trace_builder *b) {
    struct built_event **chosen = malloc((b->event_count + 1) * sizeof *chosen);
    size_t limit = b->block_events ? b->block_events : b->event_count;
    for (uint32_t ring = 0; ring < 64; ring++) {
        size_t count = 0;
        for (size_t i = 0; i < b->event_count; i++) {
            if (b->events[i].ring != ring)
                continue;
            chosen[count++] = &b->events[i];
            if (count == limit) {
                write_events(b, chosen, count);
                count = 0;
            }
        }
        if (count > 0)
            write_events(b, chosen, count);
    }
    free(chosen);
    b->event_count = 0;
}

void trace_builder_end(struct trace_builder *b, uint64_t lost) {
    trace_builder_flush(b);
    struct trace_trailer trailer = {.events = b->event_total,
                                    .lost_events = lost,
                                    .exit_kind = TRACE_EXIT_NORMAL};
    trace_builder_block(b, TRACE_TRAILER, &trailer, sizeof trailer, NULL);
}

static char saved_path[64];

// And the index that who reads it may have left beside it.
static void remove_saved(void) {
    char index[sizeof saved_path + 8];
    if (!saved_path[0])
        return;
    snprintf(index, sizeof index, "%s.index", saved_path);
    unlink(saved_path);
    unlink(index);
}

const char *save_bytes(const void *bytes, size_t size) {
    static bool registered;
    remove_saved();
    if (!registered)
        atexit(remove_saved);
    registered = true;
    strcpy(saved_path, "/tmp/rpscope-test-XXXXXX");
    int file = mkstemp(saved_path);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size)
        abort();
    close(file);
    return saved_path;
}

const char *trace_builder_save(const struct trace_builder *b) {
    return save_bytes(b->bytes, b->size);
}
