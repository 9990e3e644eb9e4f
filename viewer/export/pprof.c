// pprof.c - stacks for `pprof`, as heap profiles of Go's and tcmalloc's are.
//
// The fields are those of profile.proto. What a reader insists on: text 0 is
// "", numbers of mappings, locations and functions are not 0, each sample has
// as many values as there are types, the innermost location comes first, and
// within a location the innermost of the inlined functions.
//
// A stack is one sample, with its tag, and the heap and thread of its live
// blocks as labels; it is several where these differ: then each has what is
// live of it, and the last one all else, which is not counted so.
#include "viewer/export/pprof.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/live_labels.h"
#include "viewer/base/escape.h"
#include "viewer/base/memory.h"
#include "viewer/export/frames.h"
#include "viewer/export/gzip.h"
#include "viewer/export/protobuf.h"

enum profile_field { // of message Profile
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_MAPPING = 3,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_STRING_TABLE = 6,
    PROFILE_TIME_NANOS = 9,
    PROFILE_DURATION_NANOS = 10,
    PROFILE_PERIOD_TYPE = 11,
    PROFILE_PERIOD = 12,
    PROFILE_COMMENT = 13,
    PROFILE_DEFAULT_SAMPLE_TYPE = 14,
};
enum { VALUE_TYPE_TYPE = 1, VALUE_TYPE_UNIT = 2 };
enum { SAMPLE_LOCATION_ID = 1, SAMPLE_VALUE = 2, SAMPLE_LABEL = 3 };
enum { LABEL_KEY = 1, LABEL_STR = 2 };
enum {
    MAPPING_ID = 1,
    MAPPING_FILENAME = 5,
    MAPPING_HAS_FUNCTIONS = 7,
    MAPPING_HAS_FILENAMES = 8,
    MAPPING_HAS_LINE_NUMBERS = 9,
    MAPPING_HAS_INLINE_FRAMES = 10,
};
enum {
    LOCATION_ID = 1,
    LOCATION_MAPPING_ID = 2,
    LOCATION_ADDRESS = 3,
    LOCATION_LINE = 4,
};
enum { LINE_FUNCTION_ID = 1, LINE_LINE = 2 };
enum { FUNCTION_ID = 1, FUNCTION_NAME = 2, FUNCTION_FILENAME = 4 };

static const struct {
    const char *name;
    size_t offset; // in struct answer_counts, of a uint64_t
    const char *unit;
} types[] = {
    {"alloc_objects", offsetof(struct answer_counts, allocations), "count"},
    {"alloc_space", offsetof(struct answer_counts, allocated_bytes), "bytes"},
    {"inuse_objects", offsetof(struct answer_counts, live_blocks), "count"},
    {"inuse_space", offsetof(struct answer_counts, live_bytes), "bytes"},
    {"pin_share", offsetof(struct answer_counts, share_bytes), "bytes"},
    {"pin_alone", offsetof(struct answer_counts, alone_bytes), "bytes"},
};
enum { TYPES = sizeof types / sizeof *types };
enum { LABEL_BYTES = 1200 };

struct profile {
    struct answer *answer;
    struct protobuf message; // fields that are not written yet
    struct keys texts, mappings, functions, locations;
    uint64_t *places; // of the sample at hand: numbers of locations
    size_t place_count, place_capacity;
    struct live_labels labels;
    FILE *out;
};

static uint64_t text_of(struct profile *p, const char *text) {
    return keys_text(&p->texts, text);
}

static void put_type(struct profile *p, unsigned field, const char *name,
                     const char *unit) {
    size_t opened = protobuf_open(&p->message, field);
    protobuf_number(&p->message, VALUE_TYPE_TYPE, text_of(p, name));
    protobuf_number(&p->message, VALUE_TYPE_UNIT, text_of(p, unit));
    protobuf_close(&p->message, opened);
}

// The numbers of a mapping, function or location are one more than its key's.

static uint64_t mapping(struct profile *p, const char *path) {
    bool is_new;
    uint64_t name = text_of(p, path ? path : "");
    uint64_t id =
        UINT64_C(1) + keys_number(&p->mappings, &name, sizeof name, &is_new);
    if (!is_new)
        return id;
    size_t opened = protobuf_open(&p->message, PROFILE_MAPPING);
    protobuf_number(&p->message, MAPPING_ID, id);
    protobuf_number(&p->message, MAPPING_FILENAME, name);
    for (unsigned has = MAPPING_HAS_FUNCTIONS; has <= MAPPING_HAS_INLINE_FRAMES;
         has++)
        protobuf_number(&p->message, has, 1);
    protobuf_close(&p->message, opened);
    return id;
}

static uint64_t function(struct profile *p, const struct frame *frame) {
    char name[FRAMES_NAME_BYTES];
    frames_name(frame, name);
    bool is_new;
    uint64_t texts[] = {text_of(p, name),
                        text_of(p, frame->file ? frame->file : "")};
    uint64_t id =
        UINT64_C(1) + keys_number(&p->functions, texts, sizeof texts, &is_new);
    if (!is_new)
        return id;
    size_t opened = protobuf_open(&p->message, PROFILE_FUNCTION);
    protobuf_number(&p->message, FUNCTION_ID, id);
    protobuf_number(&p->message, FUNCTION_NAME, texts[0]);
    protobuf_number(&p->message, FUNCTION_FILENAME, texts[1]);
    protobuf_close(&p->message, opened);
    return id;
}

// A frame, and `count` - 1 inlined ones before it.
static uint64_t location(struct profile *p, const struct frame *frames,
                         size_t count) {
    const struct frame *outer = &frames[count - 1];
    uint64_t key[] = {outer->address, mapping(p, outer->module),
                      function(p, outer), outer->line};
    bool is_new;
    uint64_t id =
        UINT64_C(1) + keys_number(&p->locations, key, sizeof key, &is_new);
    if (!is_new)
        return id;
    uint64_t *functions = memory_get(count * sizeof *functions);
    for (size_t i = 0; i < count; i++) // they stand before the location
        functions[i] = function(p, &frames[i]);
    size_t opened = protobuf_open(&p->message, PROFILE_LOCATION);
    protobuf_number(&p->message, LOCATION_ID, id);
    protobuf_number(&p->message, LOCATION_MAPPING_ID, key[1]);
    // The call itself, and not where it returns to.
    protobuf_number(&p->message, LOCATION_ADDRESS,
                    outer->address > 0 ? outer->address - 1 : 0);
    for (size_t i = 0; i < count; i++) {
        size_t line = protobuf_open(&p->message, LOCATION_LINE);
        protobuf_number(&p->message, LINE_FUNCTION_ID, functions[i]);
        protobuf_number(&p->message, LINE_LINE, frames[i].line);
        protobuf_close(&p->message, line);
    }
    protobuf_close(&p->message, opened);
    free(functions);
    return id;
}

static void locations(struct profile *p, const struct frame *frames,
                      size_t count) {
    p->place_count = 0;
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end + 1 < count && frames[end].inlined)
            end++;
        p->places = memory_grow(p->places, p->place_count, &p->place_capacity,
                                sizeof *p->places);
        p->places[p->place_count++] = location(p, &frames[i], end + 1 - i);
        i = end + 1;
    }
}

// ---- samples ----

static uint64_t value_of(const struct answer_counts *counts, int type) {
    return *(const uint64_t *)((const char *)counts + types[type].offset);
}

static bool has_value(const struct answer_counts *counts) {
    bool has = false;
    for (int type = 0; type < TYPES; type++)
        has |= value_of(counts, type) > 0;
    return has;
}

static void put_label(struct profile *p, const char *key, const char *text) {
    char escaped[LABEL_BYTES];
    if (!text || !*text)
        return;
    escape_text(escaped, sizeof escaped, text);
    uint64_t texts[] = {text_of(p, key), text_of(p, escaped)};
    size_t opened = protobuf_open(&p->message, SAMPLE_LABEL);
    protobuf_number(&p->message, LABEL_KEY, texts[0]);
    protobuf_number(&p->message, LABEL_STR, texts[1]);
    protobuf_close(&p->message, opened);
}

// Its name or number, and whose thread's it is.
static void put_heap(struct profile *p, uint32_t number) {
    const struct answer *a = p->answer;
    char text[32];
    for (size_t i = 0; i < a->heap_count; i++) {
        if (a->heaps[i].number != number)
            continue;
        snprintf(text, sizeof text, "%" PRIu32, number);
        put_label(p, "heap", a->heaps[i].name ? a->heaps[i].name : text);
        put_label(p, "thread", a->heaps[i].thread);
    }
}

// Of the stack whose locations are at hand. `live`: whose heap it tells; NULL:
// that of nothing.
static size_t put_sample(struct profile *p, const struct answer_counts *counts,
                         const char *tag, const struct live_label *live) {
    if (!has_value(counts))
        return 0;
    size_t sample = protobuf_open(&p->message, PROFILE_SAMPLE);
    size_t packed = protobuf_open(&p->message, SAMPLE_LOCATION_ID);
    for (size_t i = 0; i < p->place_count; i++)
        protobuf_varint(&p->message, p->places[i]);
    protobuf_close(&p->message, packed);
    packed = protobuf_open(&p->message, SAMPLE_VALUE);
    for (int type = 0; type < TYPES; type++)
        protobuf_varint(&p->message, value_of(counts, type));
    protobuf_close(&p->message, packed);
    put_label(p, "tag", tag);
    if (live)
        put_heap(p, live->heap);
    protobuf_close(&p->message, sample);
    protobuf_flush(&p->message, p->out);
    return 1;
}

static size_t put_stack(struct profile *p, size_t stack) {
    static const struct frame nothing = {.function = frames_no_stack};
    struct answer_counts left = p->answer->stacks[stack].counts;
    uint32_t node = p->answer->stacks[stack].node;
    size_t count, samples = 0;
    if (!has_value(&left))
        return 0;
    const struct frame *frames = answer_frames(p->answer, stack, &count);
    const char *tag = live_labels_stack_tag(p->answer, node);
    locations(p, count > 0 ? frames : &nothing, count > 0 ? count : 1);
    const struct live_label *live = live_labels_of(&p->labels, node, &count);
    if (count == 1) {
        const char *own = live_labels_tag(p->answer, live->tag);
        return put_sample(p, &left, own ? own : tag, live);
    }
    for (size_t i = 0; i < count; i++) {
        struct answer_counts part = {.live_blocks = live[i].blocks,
                                     .live_bytes = live[i].bytes};
        if (part.live_blocks > left.live_blocks ||
            part.live_bytes > left.live_bytes)
            continue; // the recording contradicts itself
        left.live_blocks -= part.live_blocks;
        left.live_bytes -= part.live_bytes;
        samples += put_sample(p, &part, live_labels_tag(p->answer, live[i].tag),
                              &live[i]);
    }
    return samples + put_sample(p, &left, tag, NULL);
}

static void put_head(struct profile *p) {
    const struct answer *a = p->answer;
    text_of(p, "");
    for (int type = 0; type < TYPES; type++)
        put_type(p, PROFILE_SAMPLE_TYPE, types[type].name, types[type].unit);
    put_type(p, PROFILE_PERIOD_TYPE, "space", "bytes");
    protobuf_number(&p->message, PROFILE_PERIOD, 1); // no block is left out
    protobuf_signed(&p->message, PROFILE_TIME_NANOS,
                    (int64_t)(a->start_unix_ns + a->now.time_ns));
    protobuf_signed(&p->message, PROFILE_DURATION_NANOS,
                    (int64_t)(a->now.time_ns - a->window_ns));
    protobuf_number(&p->message, PROFILE_DEFAULT_SAMPLE_TYPE,
                    text_of(p, "inuse_space"));
    if (!a->quality.complete)
        protobuf_number(&p->message, PROFILE_COMMENT,
                        text_of(p, "not all of the recording is there"));
    // The first one is taken for that of the program.
    mapping(p, a->program);
}

bool pprof_write(struct answer *answer, const struct export_wish *wish,
                 FILE *out, struct export_told *told) {
    struct profile p = {.answer = answer, .out = gzip_open(out)};
    if (!p.out)
        return false;
    size_t samples = 0;
    put_head(&p);
    p.labels = live_labels(answer);
    for (size_t i = 0; i < answer->stack_count; i++)
        samples += put_stack(&p, i);
    for (size_t i = 0; i < p.texts.count; i++)
        protobuf_text(&p.message, PROFILE_STRING_TABLE,
                      keys_text_of(&p.texts, i));
    protobuf_flush(&p.message, p.out);
    bool good = fclose(p.out) == 0;
    export_tell(told, "%zu samples; go tool pprof %s", samples, wish->path);
    keys_free(&p.texts);
    keys_free(&p.mappings);
    keys_free(&p.functions);
    keys_free(&p.locations);
    protobuf_free(&p.message);
    free(p.places);
    return good;
}
