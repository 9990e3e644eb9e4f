// tables.c - the blocks of a trace that are not of events.
#include "viewer/trim/tables.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"
#include "viewer/names/names_block.h"

enum { BLOCK_BYTES = 1 << 22, NODE_NEEDED = 1 };

// ---- what is needed ----

void needed_start(struct needed *needed, const struct trace_tables *tables) {
    needed->texts = memory_zeroed(tables->text_count, sizeof *needed->texts);
    needed->nodes = memory_zeroed(tables->node_count, sizeof *needed->nodes);
}

void needed_free(struct needed *needed) {
    free(needed->texts);
    free(needed->nodes);
}

void needed_node(struct needed *needed, const struct trace_tables *tables,
                 uint64_t number) {
    // Nodes of a damaged trace may go round: one that was met ends the way.
    while (number < tables->node_count && !needed->nodes[number]) {
        const struct stack_node *node = trace_node(tables, (uint32_t)number);
        if (!node)
            return;
        needed->nodes[number] = NODE_NEEDED;
        number = node->parent;
    }
}

void needed_text(struct needed *needed, const struct trace_tables *tables,
                 uint64_t text) {
    if (text < tables->text_count)
        needed->texts[text] = true;
}

void needed_number(struct needed *needed, const struct trace_tables *tables) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < tables->node_count; i++)
        if (needed->nodes[i])
            needed->nodes[i] = ++count;
}

// ---- blocks ----

static void put_fact(struct column *payload, const char *key, const char *value,
                     size_t bytes) {
    struct trace_meta_entry entry = {.key_bytes = (uint16_t)strlen(key),
                                     .value_bytes = (uint32_t)bytes};
    column_bytes(payload, &entry, sizeof entry);
    column_bytes(payload, key, strlen(key));
    column_bytes(payload, value, bytes);
}

static void write_facts(FILE *out, const struct trace_tables *tables) {
    struct column payload = {.bytes = NULL};
    for (size_t i = 0; i < tables->fact_count; i++)
        if (*tables->facts[i].key && strcmp(tables->facts[i].key, "rings") != 0)
            put_fact(&payload, tables->facts[i].key, tables->facts[i].value,
                     tables->facts[i].value_bytes);
    if (tables->past) // it is in this one now
        put_fact(&payload, "fork", "told", 4);
    writer_plain(out, TRACE_META, &payload);
    column_free(&payload);
}

void tables_write_fact(FILE *out, const char *key, const char *value) {
    struct column payload = {.bytes = NULL};
    put_fact(&payload, key, value, strlen(value));
    writer_plain(out, TRACE_META, &payload);
    column_free(&payload);
}

static void write_modules(FILE *out, const struct trace_tables *tables) {
    struct column payload = {.bytes = NULL};
    for (size_t i = 0; i < tables->module_count; i++) {
        const struct trace_module *module = &tables->modules[i];
        if (!module->path)
            continue;
        column_varint(&payload, i);
        column_varint(&payload, module->start);
        column_varint(&payload, module->end);
        column_varint(&payload, module->bias);
        column_varint(&payload, module->build_id_bytes);
        column_bytes(&payload, module->build_id, module->build_id_bytes);
        column_varint(&payload, strlen(module->path));
        column_bytes(&payload, module->path, strlen(module->path));
    }
    writer_plain(out, TRACE_MODULES, &payload);
    column_free(&payload);
}

static void write_texts(FILE *out, const struct trace_tables *tables,
                        const struct needed *needed) {
    struct column payload = {.bytes = NULL};
    for (size_t i = 1; i < tables->text_count; i++) {
        if (!needed->texts[i] || !tables->texts[i])
            continue;
        column_varint(&payload, i);
        column_varint(&payload, strlen(tables->texts[i]));
        column_bytes(&payload, tables->texts[i], strlen(tables->texts[i]));
        if (payload.size >= BLOCK_BYTES) {
            writer_plain(out, TRACE_TEXTS, &payload);
            payload.size = 0;
        }
    }
    writer_plain(out, TRACE_TEXTS, &payload);
    column_free(&payload);
}

static uint64_t address_of(const struct trace_tables *tables, uint32_t number) {
    const struct stack_node *node = trace_node(tables, number);
    return node ? node->address : 0;
}

static void write_stacks(FILE *out, const struct trace_tables *tables,
                         const struct needed *needed) {
    struct column payload = {.bytes = NULL};
    for (uint32_t i = 1; i < tables->node_count; i++) {
        uint32_t number = needed->nodes[i];
        if (!number)
            continue;
        const struct stack_node *node = trace_node(tables, i);
        uint32_t parent = node->parent < i ? needed->nodes[node->parent] : 0;
        uint64_t base = parent ? address_of(tables, node->parent) : 0;
        if (payload.size == 0)
            column_varint(&payload, number);
        column_varint(&payload, number - parent);
        column_varint(&payload, trace_zigzag(node->address - base));
        if (payload.size >= BLOCK_BYTES) {
            writer_plain(out, TRACE_STACKS, &payload);
            payload.size = 0;
        }
    }
    writer_plain(out, TRACE_STACKS, &payload);
    column_free(&payload);
}

static void write_array(FILE *out, uint32_t kind, const void *array,
                        size_t bytes) {
    struct column payload = {.bytes = NULL};
    column_bytes(&payload, array, bytes);
    writer_plain(out, kind, &payload);
    column_free(&payload);
}

void tables_write(FILE *out, const struct trace_tables *tables,
                  const struct needed *needed) {
    write_facts(out, tables);
    write_array(out, TRACE_CLASSES, tables->classes,
                tables->class_count * sizeof *tables->classes);
    write_array(out, TRACE_CLOCK, tables->clock,
                tables->clock_count * sizeof *tables->clock);
    write_modules(out, tables);
    write_texts(out, tables, needed);
    write_stacks(out, tables, needed);
}

// ---- names ----

static bool put_names(void *context, const void *payload, size_t bytes) {
    struct column column = {.bytes = NULL};
    column_bytes(&column, payload, bytes);
    writer_plain(context, TRACE_NAMES, &column);
    column_free(&column);
    return true;
}

static bool go_on(void *context, double done) {
    (void)context, (void)done;
    return true;
}

void tables_write_names(FILE *out, struct trace_tables *tables,
                        const struct needed *needed) {
    // What is not needed is not asked for, nor what the trace has no name of:
    // so no file of the program is opened.
    for (uint32_t i = 1; i < tables->node_count; i++) {
        const struct stack_node *node = trace_node(tables, i);
        if (node &&
            (!needed->nodes[i] || !trace_tables_names(tables, node->address)))
            tables->nodes[i / TABLES_NODE_CHUNK][i % TABLES_NODE_CHUNK].known =
                0;
    }
    struct trace_tables unnamed = *tables; // the new trace has none yet
    unnamed.names.call_count = 0;
    struct names_count count;
    struct names_sink sink = {put_names, go_on, out};
    struct symbols *symbols = symbols_new(tables, NULL, true);
    names_block_write(&unnamed, symbols, &sink, &count);
    symbols_free(symbols);
}
