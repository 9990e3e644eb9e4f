// tables.c - what the events of a trace refer to by number.
#include "viewer/trace/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/trace/past.h"

enum { GUESSED_STEP_NS = 25 }; // when the trace does not tell

static bool read_facts(struct trace_tables *t, struct bytes b) {
    struct trace_meta_entry entry;
    while (bytes_left(&b) > 0) {
        const uint8_t *key, *value;
        if (!bytes_copy(&b, &entry, sizeof entry) ||
            !bytes_run(&b, entry.key_bytes, &key) ||
            !bytes_run(&b, entry.value_bytes, &value))
            return false;
        struct trace_fact fact = {
            pool_text(t->pool, (const char *)key, entry.key_bytes),
            pool_text(t->pool, (const char *)value, entry.value_bytes),
            entry.value_bytes};
        struct trace_fact *old = (struct trace_fact *)trace_fact(t, fact.key);
        if (old) {
            pool_give(t->pool, old->key);
            pool_give(t->pool, old->value);
            *old = fact;
            continue;
        }
        t->facts = pool_grow(t->pool, t->facts, t->fact_count,
                             &t->fact_capacity, sizeof *t->facts);
        t->facts[t->fact_count++] = fact;
    }
    return true;
}

// Where a node is to stand. number: of one that can be.
static struct stack_node *node_place(struct trace_tables *t, uint64_t number) {
    if (!t->nodes)
        t->nodes = pool_zeroed(t->pool, TABLES_NODE_CHUNKS, sizeof *t->nodes);
    struct stack_node **chunk = &t->nodes[number / TABLES_NODE_CHUNK];
    if (!*chunk)
        *chunk = pool_zeroed(t->pool, TABLES_NODE_CHUNK, sizeof **chunk);
    if (number >= t->node_count)
        t->node_count = (uint32_t)number + 1;
    return &(*chunk)[number % TABLES_NODE_CHUNK];
}

uint32_t trace_tables_add_node(struct trace_tables *t, uint64_t address,
                               uint32_t parent) {
    uint32_t number = t->node_count > 0 ? t->node_count : 1;
    if (number >= (uint64_t)TABLES_NODE_CHUNK * TABLES_NODE_CHUNKS)
        return 0;
    *node_place(t, number) = (struct stack_node){address, parent, 1};
    return number;
}

static bool read_stacks(struct trace_tables *t, struct bytes b) {
    uint64_t number;
    if (!bytes_varint(&b, &number))
        return bytes_left(&b) == 0;
    if (number == 0)
        return false; // the root is not for the trace to define
    while (bytes_left(&b) > 0) {
        uint64_t up, code;
        if (number >= (uint64_t)TABLES_NODE_CHUNK * TABLES_NODE_CHUNKS ||
            !bytes_varint(&b, &up) || !bytes_varint(&b, &code) || up == 0 ||
            up > number)
            return false;
        uint32_t parent = (uint32_t)(number - up);
        const struct stack_node *above = trace_node(t, parent);
        struct stack_node node = {
            (above ? above->address : 0) + trace_unzigzag(code), parent, 1};
        *node_place(t, number++) = node;
    }
    return true;
}

static bool read_texts(struct trace_tables *t, struct bytes b) {
    while (bytes_left(&b) > 0) {
        uint64_t number, size;
        const uint8_t *text;
        if (!bytes_varint(&b, &number) || !bytes_varint(&b, &size) ||
            !bytes_run(&b, size, &text) || number >= TABLES_MAX_NUMBER)
            return false;
        while (t->text_count <= number) {
            t->texts = pool_grow(t->pool, t->texts, t->text_count,
                                 &t->text_capacity, sizeof *t->texts);
            t->texts[t->text_count++] = NULL;
        }
        pool_give(t->pool, t->texts[number]);
        t->texts[number] = pool_text(t->pool, (const char *)text, size);
    }
    return true;
}

static void free_module(const struct trace_tables *t,
                        struct trace_module *module) {
    pool_give(t->pool, module->build_id);
    pool_give(t->pool, module->path);
}

static bool read_modules(struct trace_tables *t, struct bytes b) {
    while (bytes_left(&b) > 0) {
        struct trace_module m = {0};
        uint64_t number, id_size, path_size;
        const uint8_t *id, *path;
        if (!bytes_varint(&b, &number) || !bytes_varint(&b, &m.start) ||
            !bytes_varint(&b, &m.end) || !bytes_varint(&b, &m.bias) ||
            !bytes_varint(&b, &id_size) || !bytes_run(&b, id_size, &id) ||
            !bytes_varint(&b, &path_size) || !bytes_run(&b, path_size, &path) ||
            number >= TABLES_MAX_NUMBER || m.end < m.start)
            return false;
        m.build_id_bytes = id_size;
        m.build_id = (uint8_t *)pool_text(t->pool, (const char *)id, id_size);
        m.path = pool_text(t->pool, (const char *)path, path_size);
        while (t->module_count <= number) {
            t->modules = pool_grow(t->pool, t->modules, t->module_count,
                                   &t->module_capacity, sizeof *t->modules);
            t->modules[t->module_count++] = (struct trace_module){0};
        }
        free_module(t, &t->modules[number]);
        t->modules[number] = m;
    }
    return true;
}

static bool read_classes(struct trace_tables *t, struct bytes b) {
    size_t count = bytes_left(&b) / sizeof *t->classes;
    if (bytes_left(&b) % sizeof *t->classes || count > TRACE_CLASS_HUGE)
        return false;
    t->classes = pool_resize(t->pool, t->classes, count, sizeof *t->classes);
    t->class_count = count;
    if (count)
        memcpy(t->classes, b.at, bytes_left(&b));
    for (size_t i = 0; i < count; i++)
        if (t->classes[i].block_bytes == 0 ||
            t->classes[i].blocks_per_span == 0)
            return t->class_count = 0, false;
    return true;
}

static bool read_clock(struct trace_tables *t, struct bytes b) {
    struct trace_clock_sample sample;
    while (bytes_copy(&b, &sample, sizeof sample)) {
        // Samples that do not go forward would make time run backwards.
        if (t->clock_count > 0) {
            const struct trace_clock_sample *last =
                &t->clock[t->clock_count - 1];
            if (sample.steps <= last->steps ||
                sample.monotonic_ns < last->monotonic_ns)
                continue;
        }
        t->clock = pool_grow(t->pool, t->clock, t->clock_count,
                             &t->clock_capacity, sizeof *t->clock);
        t->clock[t->clock_count++] = sample;
    }
    return bytes_left(&b) == 0;
}

// The clock starts with the recording: with one sample its rate follows from
// that, for steps are of no fixed length.
static void add_start_of_clock(struct trace_tables *t) {
    if (t->clock_count != 1 || t->clock->steps == 0 ||
        t->clock->monotonic_ns == 0)
        return;
    t->clock = pool_grow(t->pool, t->clock, t->clock_count, &t->clock_capacity,
                         sizeof *t->clock);
    t->clock[t->clock_count++] = t->clock[0];
    t->clock[0] = (struct trace_clock_sample){0, 0};
}

static bool read_trailer(struct trace_tables *t, struct bytes b) {
    struct trace_trailer trailer;
    if (!bytes_copy(&b, &trailer, sizeof trailer) ||
        trailer.point_count > TRACE_MAX_POINTS ||
        bytes_left(&b) != trailer.point_count * sizeof(struct trace_point))
        return false;
    t->points =
        pool_resize(t->pool, t->points, trailer.point_count, sizeof *t->points);
    if (trailer.point_count > 0)
        bytes_copy(&b, t->points, trailer.point_count * sizeof *t->points);
    t->trailer = trailer;
    t->has_trailer = true;
    return true;
}

static bool read_names(struct trace_tables *t, struct bytes b) {
    return trace_names_read(&t->names, t->pool, b);
}

void trace_tables_load(struct trace_tables *tables, struct trace_file *file) {
    static bool (*const readers[])(struct trace_tables *, struct bytes) = {
        [TRACE_META] = read_facts,      [TRACE_STACKS] = read_stacks,
        [TRACE_TEXTS] = read_texts,     [TRACE_MODULES] = read_modules,
        [TRACE_CLASSES] = read_classes, [TRACE_CLOCK] = read_clock,
        [TRACE_TRAILER] = read_trailer, [TRACE_NAMES] = read_names};
    struct trace_buffer buffer = {0};

    memset(tables, 0, sizeof *tables);
    tables->pool = file->pool;
    for (size_t i = 0; i < file->block_count; i++) {
        uint32_t kind = file->blocks[i].header.kind;
        struct bytes payload;
        if (kind == TRACE_EVENTS)
            continue;
        if (kind >= sizeof readers / sizeof *readers || !readers[kind])
            continue; // of a later recorder; all that matters here is known
        if (trace_file_load(file, i, &buffer, &payload) &&
            !readers[kind](tables, payload))
            trace_file_damage(file, i,
                              "does not hold what its kind should hold");
    }
    add_start_of_clock(tables);
    trace_names_sort(&tables->names);
    trace_buffer_free(file, &buffer);
}

void trace_tables_free(struct trace_tables *tables) {
    for (size_t i = 0; i < tables->fact_count; i++) {
        pool_give(tables->pool, tables->facts[i].key);
        pool_give(tables->pool, tables->facts[i].value);
    }
    pool_give(tables->pool, tables->facts);
    for (size_t i = 0; tables->nodes && i < TABLES_NODE_CHUNKS; i++)
        pool_give(tables->pool, tables->nodes[i]);
    pool_give(tables->pool, tables->nodes);
    for (size_t i = 0; i < tables->text_count; i++)
        pool_give(tables->pool, tables->texts[i]);
    pool_give(tables->pool, tables->texts);
    for (size_t i = 0; i < tables->module_count; i++)
        free_module(tables, &tables->modules[i]);
    pool_give(tables->pool, tables->modules);
    pool_give(tables->pool, tables->classes);
    pool_give(tables->pool, tables->clock);
    pool_give(tables->pool, tables->points);
    trace_names_free(&tables->names, tables->pool);
    memset(tables, 0, sizeof *tables);
}

const struct trace_fact *trace_fact(const struct trace_tables *tables,
                                    const char *key) {
    for (size_t i = 0; i < tables->fact_count; i++)
        if (strcmp(tables->facts[i].key, key) == 0)
            return &tables->facts[i];
    return NULL;
}

const struct trace_names *trace_tables_names(const struct trace_tables *tables,
                                             uint64_t address) {
    const struct trace_names *names = &tables->names;
    const struct trace_past *past = tables->past;
    while (!trace_names_find(names, address)) {
        if (!past)
            return NULL;
        names = &past->names;
        past = past->older;
    }
    return names;
}

uint64_t trace_fact_number(const struct trace_tables *tables, const char *key,
                           uint64_t otherwise) {
    const struct trace_fact *fact = trace_fact(tables, key);
    if (!fact || fact->value[0] < '0' || fact->value[0] > '9')
        return otherwise;
    char *end;
    errno = 0;
    uint64_t number = strtoull(fact->value, &end, 10);
    return errno || *end ? otherwise : number;
}

const char *trace_text(const struct trace_tables *tables, uint64_t number) {
    return number < tables->text_count ? tables->texts[number] : NULL;
}

// The pair of samples that `steps` (or ns) is between, or the nearest pair.
static size_t pair_of(const struct trace_tables *tables, uint64_t value,
                      bool by_ns) {
    size_t low = 0, high = tables->clock_count - 2;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        const struct trace_clock_sample *s = &tables->clock[middle];
        if ((by_ns ? s->monotonic_ns : s->steps) <= value)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

uint64_t trace_clock_ns(const struct trace_tables *tables, uint64_t steps) {
    if (tables->clock_count < 2) // cannot be told but for a guess
        return steps < UINT64_MAX / GUESSED_STEP_NS ? steps * GUESSED_STEP_NS
                                                    : UINT64_MAX;
    const struct trace_clock_sample *a =
        &tables->clock[pair_of(tables, steps, false)];
    double rate = (double)(a[1].monotonic_ns - a[0].monotonic_ns) /
                  (double)(a[1].steps - a[0].steps);
    double ns =
        (double)a[0].monotonic_ns + ((double)steps - (double)a[0].steps) * rate;
    return ns <= 0 ? 0 : ns >= 0x1p63 ? UINT64_C(1) << 63 : (uint64_t)ns;
}

uint64_t trace_clock_steps(const struct trace_tables *tables, uint64_t ns) {
    if (tables->clock_count < 2)
        return ns / GUESSED_STEP_NS;
    const struct trace_clock_sample *a =
        &tables->clock[pair_of(tables, ns, true)];
    uint64_t span = a[1].monotonic_ns - a[0].monotonic_ns;
    if (span == 0)
        return a[1].steps;
    double steps = (double)a[0].steps +
                   ((double)ns - (double)a[0].monotonic_ns) *
                       (double)(a[1].steps - a[0].steps) / (double)span;
    return steps <= 0        ? 0
           : steps >= 0x1p63 ? UINT64_C(1) << 63
                             : (uint64_t)steps;
}
