// firefox.c - the recording for the Firefox Profiler.
//
// The format is that of its processed profiles, of the version below; later
// profilers bring it up to theirs. Tables stand column by column. An allocation
// is retained in a range of time when its address is not freed in it: so a
// block's address here is its place in the trace, span and number.
#include "viewer/export/firefox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/json.h"
#include "viewer/base/memory.h"
#include "viewer/base/number.h"
#include "viewer/export/frames.h"
#include "viewer/export/life_sample.h"

enum {
    GECKO_VERSION = 29,
    PROCESSED_VERSION = 57,
    BLOCK_BITS = 20, // of an address: blocks of a span
};
#define NO_STACK UINT32_MAX

// A node of the tree of stacks, outside first.
struct node {
    uint32_t prefix; // NO_STACK: none
    uint32_t frame;
};

struct profile {
    struct answer *answer;
    struct json json;
    struct life_sample sample, staying;
    struct export_frames frames;
    struct keys keys; // of `nodes`
    struct node *nodes;
    size_t node_count, node_capacity;
    struct keys functions; // of a name and a file, both numbers of texts
    uint32_t *function_of; // by frame
    struct by_node {
        uint32_t trace_node, stack; // index in answer.stacks
    } * stacks;                     // by trace_node
    uint32_t *leaf;                 // by index in answer.stacks: node + 1
};

// ---- stacks ----

static int compare(const void *a, const void *b) {
    const struct by_node *x = a, *y = b;
    return (x->trace_node > y->trace_node) - (x->trace_node < y->trace_node);
}

static void sort_stacks(struct profile *p) {
    size_t count = p->answer->stack_count;
    p->leaf = memory_zeroed(count + 1, sizeof *p->leaf);
    p->stacks = memory_zeroed(count + 1, sizeof *p->stacks);
    for (size_t i = 0; i < count; i++)
        p->stacks[i] = (struct by_node){p->answer->stacks[i].node, (uint32_t)i};
    qsort(p->stacks, count, sizeof *p->stacks, compare);
}

static uint32_t add_node(struct profile *p, uint32_t prefix, uint32_t frame) {
    struct node node = {prefix, frame};
    bool is_new;
    uint32_t number = keys_number(&p->keys, &node, sizeof node, &is_new);
    if (is_new) {
        p->nodes = memory_grow(p->nodes, p->node_count, &p->node_capacity,
                               sizeof *p->nodes);
        p->nodes[p->node_count++] = node;
    }
    return number;
}

// The innermost node of a stack of the trace.
static uint32_t node_of(struct profile *p, uint32_t trace_node) {
    const struct by_node *found =
        bsearch(&(struct by_node){.trace_node = trace_node}, p->stacks,
                p->answer->stack_count, sizeof *p->stacks, compare);
    if (!found)
        return add_node(p, NO_STACK, frames_no_stack_number(&p->frames));
    uint32_t *leaf = &p->leaf[found->stack];
    if (*leaf == 0) {
        size_t count;
        const struct frame *frames =
            answer_frames(p->answer, found->stack, &count);
        uint32_t node = NO_STACK;
        for (size_t i = count; i > 0; i--)
            node = add_node(p, node, frames_number(&p->frames, &frames[i - 1]));
        if (count == 0)
            node = add_node(p, NO_STACK, frames_no_stack_number(&p->frames));
        *leaf = node + 1;
    }
    return *leaf - 1;
}

// ---- columns ----

static void put_ms(struct json *json, uint64_t ns) {
    json_exact(json, NULL, (double)ns / 1e6, 12);
}

// `count` times the same.
static void put_column(struct profile *p, const char *key, size_t count,
                       const char *value) {
    json_open(&p->json, key, '[');
    for (size_t i = 0; i < count; i++)
        json_literal(&p->json, NULL, value);
    json_close(&p->json, ']');
}

static void put_allocations(struct profile *p) {
    const struct life_sample *s = &p->sample;
    struct json *json = &p->json;
    json_open(json, "nativeAllocations", '{');
    json_open(json, "time", '[');
    for (size_t i = 0; i < s->count; i++)
        put_ms(json, s->list[i].ns);
    json_close(json, ']');
    json_open(json, "weight", '[');
    for (size_t i = 0; i < s->count; i++) {
        int64_t weight = (int64_t)life_sample_weight(s, &s->list[i]);
        json_signed(json, NULL, s->list[i].comes ? weight : -weight);
    }
    json_close(json, ']');
    json_text(json, "weightType", "bytes");
    json_open(json, "stack", '[');
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].comes)
            json_number(json, NULL, node_of(p, s->list[i].stack));
        else
            json_null(json, NULL); // where it was freed is not recorded
    json_close(json, ']');
    json_open(json, "memoryAddress", '[');
    for (size_t i = 0; i < s->count; i++)
        json_number(json, NULL,
                    (uint64_t)s->list[i].span << BLOCK_BITS | s->list[i].block);
    json_close(json, ']');
    char process[16];
    snprintf(process, sizeof process, "%" PRIu32, p->answer->process_id);
    put_column(p, "threadId", s->count, process);
    json_number(json, "length", s->count);
    json_close(json, '}');
}

static void put_samples(struct profile *p) {
    struct json *json = &p->json;
    json_open(json, "samples", '{'); // without a stack: they span the time
    json_text(json, "weightType", "samples");
    json_null(json, "weight");
    put_column(p, "stack", 2, "null");
    json_open(json, "time", '[');
    put_ms(json, p->answer->window_ns);
    put_ms(json, p->answer->now.time_ns);
    json_close(json, ']');
    json_number(json, "length", 2);
    json_close(json, '}');
}

static void put_stack_table(struct profile *p) {
    struct json *json = &p->json;
    json_open(json, "stackTable", '{');
    json_open(json, "frame", '[');
    for (size_t i = 0; i < p->node_count; i++)
        json_number(json, NULL, p->nodes[i].frame);
    json_close(json, ']');
    json_open(json, "prefix", '[');
    for (size_t i = 0; i < p->node_count; i++)
        if (p->nodes[i].prefix == NO_STACK)
            json_null(json, NULL);
        else
            json_number(json, NULL, p->nodes[i].prefix);
    json_close(json, ']');
    json_number(json, "length", p->node_count);
    json_close(json, '}');
}

static void number_functions(struct profile *p) {
    p->function_of = memory_zeroed(p->frames.count, sizeof *p->function_of);
    for (size_t i = 0; i < p->frames.count; i++) {
        uint32_t key[] = {p->frames.list[i].name, p->frames.list[i].file};
        bool is_new;
        p->function_of[i] =
            keys_number(&p->functions, key, sizeof key, &is_new);
    }
}

static void put_frame_table(struct profile *p) {
    struct json *json = &p->json;
    const struct export_frame *list = p->frames.list;
    size_t count = p->frames.count;
    json_open(json, "frameTable", '{');
    put_column(p, "address", count, "-1");
    put_column(p, "inlineDepth", count, "0");
    put_column(p, "category", count, "0");
    put_column(p, "subcategory", count, "0");
    json_open(json, "func", '[');
    for (size_t i = 0; i < count; i++)
        json_number(json, NULL, p->function_of[i]);
    json_close(json, ']');
    put_column(p, "nativeSymbol", count, "null");
    put_column(p, "innerWindowID", count, "null");
    json_open(json, "line", '[');
    for (size_t i = 0; i < count; i++)
        if (list[i].line)
            json_number(json, NULL, list[i].line);
        else
            json_null(json, NULL);
    json_close(json, ']');
    put_column(p, "column", count, "null");
    json_number(json, "length", count);
    json_close(json, '}');
}

// Its name (0) or its file (1).
static uint32_t function_text(const struct profile *p, size_t function,
                              size_t which) {
    uint32_t key[2];
    memcpy(key, p->functions.list[function].bytes, sizeof key);
    return key[which];
}

static void put_function_table(struct profile *p) {
    struct json *json = &p->json;
    size_t count = p->functions.count;
    json_open(json, "funcTable", '{');
    json_open(json, "name", '[');
    for (size_t i = 0; i < count; i++)
        json_number(json, NULL, function_text(p, i, 0));
    json_close(json, ']');
    put_column(p, "isJS", count, "false");
    put_column(p, "relevantForJS", count, "false");
    put_column(p, "resource", count, "-1");
    json_open(json, "fileName", '[');
    for (size_t i = 0; i < count; i++)
        if (function_text(p, i, 1) != FRAMES_NONE)
            json_number(json, NULL, function_text(p, i, 1));
        else
            json_null(json, NULL);
    json_close(json, ']');
    put_column(p, "lineNumber", count, "null");
    put_column(p, "columnNumber", count, "null");
    json_number(json, "length", count);
    json_close(json, '}');
}

// A table without a row.
static void put_empty(struct profile *p, const char *key,
                      const char *const *columns) {
    json_open(&p->json, key, '{');
    for (; *columns; columns++)
        put_column(p, *columns, 0, "");
    json_number(&p->json, "length", 0);
    json_close(&p->json, '}');
}

static void put_thread(struct profile *p) {
    static const char *const markers[] = {
        "data", "name", "startTime", "endTime", "phase", "category", NULL};
    static const char *const resources[] = {"lib", "name", "host", "type",
                                            NULL};
    static const char *const symbols[] = {"libIndex", "address", "name",
                                          "functionSize", NULL};
    struct json *json = &p->json;
    json_open(json, NULL, '{');
    json_text(json, "processType", "default");
    json_number(json, "processStartupTime", 0);
    json_null(json, "processShutdownTime");
    json_number(json, "registerTime", 0);
    json_null(json, "unregisterTime");
    put_column(p, "pausedRanges", 0, "");
    json_text(json, "name", "all threads");
    json_bool(json, "isMainThread", true);
    char process[16];
    snprintf(process, sizeof process, "%" PRIu32, p->answer->process_id);
    json_text(json, "pid", process);
    json_number(json, "tid", p->answer->process_id);
    put_samples(p);
    put_allocations(p); // finds the stacks and frames
    put_stack_table(p);
    number_functions(p);
    put_frame_table(p);
    put_function_table(p);
    put_empty(p, "markers", markers);
    put_empty(p, "resourceTable", resources);
    put_empty(p, "nativeSymbols", symbols);
    json_close(json, '}');
}

// ---- the rest ----

static void put_meta(struct profile *p) {
    struct json *json = &p->json;
    const struct answer *a = p->answer;
    json_open(json, "meta", '{');
    json_number(json, "interval", 1);
    json_exact(json, "startTime", (double)a->start_unix_ns / 1e6, 16);
    json_number(json, "processType", 0);
    json_text(json, "product", a->command ? a->command : "rpscope");
    json_number(json, "stackwalk", 1);
    json_number(json, "version", GECKO_VERSION);
    json_number(json, "preprocessedProfileVersion", PROCESSED_VERSION);
    json_bool(json, "symbolicated", true);
    json_bool(json, "symbolicationNotSupported", true);
    json_text(json, "importedFrom", "rpscope");
    json_open(json, "categories", '[');
    json_open(json, NULL, '{');
    json_text(json, "name", "Other");
    json_text(json, "color", "grey");
    json_open(json, "subcategories", '[');
    json_text(json, NULL, "Other");
    json_close(json, ']');
    json_close(json, '}');
    json_close(json, ']');
    put_column(p, "markerSchema", 0, "");
    json_close(json, '}');
    put_column(p, "libs", 0, "");
}

// Used or held bytes: each number is how much more there was than before.
static void put_counter(struct profile *p, const char *name,
                        const char *meaning, size_t offset) {
    struct json *json = &p->json;
    const struct answer *a = p->answer;
    int64_t before = 0;
    char process[16];
    snprintf(process, sizeof process, "%" PRIu32, a->process_id);
    json_open(json, NULL, '{');
    json_text(json, "name", name);
    json_text(json, "category", "Memory");
    json_text(json, "description", meaning);
    json_text(json, "pid", process);
    json_number(json, "mainThreadIndex", 0);
    json_open(json, "samples", '{');
    json_open(json, "time", '[');
    for (size_t i = 0; i < a->point_count; i++)
        put_ms(json, a->points[i].time_ns);
    json_close(json, ']');
    json_open(json, "count", '[');
    for (size_t i = 0; i < a->point_count; i++) {
        int64_t now = (int64_t) *
                      (const uint64_t *)((const char *)&a->points[i] + offset);
        json_signed(json, NULL, now - before);
        before = now;
    }
    json_close(json, ']');
    json_number(json, "length", a->point_count);
    json_close(json, '}');
    json_close(json, '}');
}

static void put_profile(struct profile *p) {
    struct json *json = &p->json;
    json_open(json, NULL, '{');
    put_meta(p);
    json_open(json, "counters", '[');
    put_counter(p, "used", "what live blocks asked for",
                offsetof(struct timeline_point, used_bytes));
    put_counter(p, "held", "taken from the system, and not given back",
                offsetof(struct timeline_point, held_bytes));
    json_close(json, ']');
    json_open(json, "threads", '[');
    put_thread(p);
    json_close(json, ']');
    json_open(json, "shared", '{');
    json_open(json, "stringArray", '[');
    for (size_t i = 0; i < p->frames.texts.count; i++)
        json_text(json, NULL, keys_text_of(&p->frames.texts, i));
    json_close(json, ']');
    json_close(json, '}');
    json_close(json, '}');
    putc('\n', json->out);
}

static void tell(const struct profile *p, const struct export_wish *wish,
                 struct export_told *told) {
    const struct life_sample *s = &p->sample;
    if (s->threshold == 0)
        export_tell(told,
                    "%zu allocations and frees, all of them; open %s in "
                    "profiler.firefox.com",
                    s->count, wish->path);
    else
        export_tell(told,
                    "%zu of %" PRIu64
                    " allocations and frees, a sample: those of %s and more, "
                    "of smaller ones as many as their bytes are worth, and %s "
                    "that live at the end; open %s in profiler.firefox.com",
                    s->count, s->seen, number_iec(s->threshold).text,
                    p->staying.threshold == 0 ? "all" : "more of those",
                    wish->path);
}

static void add_life(const struct life *life, void *context) {
    struct profile *p = context;
    life_sample_add(life->stays ? &p->staying : &p->sample, life);
}

bool firefox_write(struct answer *answer, const struct export_wish *wish,
                   FILE *out, struct export_told *told) {
    struct failure failure = {.text = ""};
    struct profile p = {.answer = answer,
                        .json = {.out = out, .compact = true},
                        .sample = {.most = FIREFOX_MOST_ALLOCATIONS},
                        .staying = {.most = FIREFOX_MOST_ALLOCATIONS / 4}};
    bool good =
        lives_each(answer->path, answer->now.event, add_life, &p, &failure);
    if (good) {
        life_sample_join(&p.sample, &p.staying);
        sort_stacks(&p);
        put_profile(&p);
        tell(&p, wish, told);
    } else {
        export_tell(told, "%s", failure.text);
    }
    life_sample_free(&p.sample);
    life_sample_free(&p.staying);
    frames_free(&p.frames);
    keys_free(&p.keys);
    keys_free(&p.functions);
    free(p.function_of);
    free(p.nodes);
    free(p.stacks);
    free(p.leaf);
    return good;
}
