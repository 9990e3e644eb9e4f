// tables.c - see tables.h.
#include "instrument/write/tables.h"

#include "core/base/atomic.h"
#include "instrument/os/system.h"
#include "instrument/write/encode.h"

#include <string.h>

bool rp_tables_start(struct rp_tables *tables, struct rp_shm *shm,
                     struct rp_trace_notes *notes, struct rp_file *file) {
    struct rp_shared *shared = rp_shared_of(shm);

    *tables = (struct rp_tables){.shared = shared,
                                 .notes = notes,
                                 .names = {shm, &shared->names},
                                 .file = file,
                                 .writer = ++shared->writers};
    if (notes->nodes == 0)
        notes->nodes = 1; // 0 is the root
    notes->modules = 0;
    tables->payload = rp_system_map(RP_TABLE_BYTES, RP_MAP_OWN);
    tables->text_payload = rp_system_map(RP_TABLE_BYTES, RP_MAP_OWN);
    return tables->payload != NULL && tables->text_payload != NULL &&
           rp_tree_open(&tables->tree, shm, shared->stacks) &&
           rp_stack_table_start(&tables->stacks, notes->nodes);
}

void rp_tables_free(struct rp_tables *tables) {
    if (tables->payload != NULL)
        rp_system_unmap(tables->payload, RP_TABLE_BYTES);
    if (tables->text_payload != NULL)
        rp_system_unmap(tables->text_payload, RP_TABLE_BYTES);
    for (unsigned i = 0; i < RP_TREE_TABLES; i++) {
        if (tables->nodes[i] != NULL)
            rp_system_unmap(tables->nodes[i],
                            rp_tree_room(i) * sizeof **tables->nodes);
    }
    rp_stack_table_free(&tables->stacks);
}

// ---- stacks and texts ----

// Where the node of a stack is noted; NULL: no memory.
static uint32_t *node_note(struct rp_tables *tables, uint32_t number) {
    unsigned table = rp_tree_table(number);
    uint32_t **nodes = &tables->nodes[table];

    if (*nodes == NULL)
        *nodes =
            rp_system_map(rp_tree_room(table) * sizeof **nodes, RP_MAP_OWN);
    return *nodes != NULL ? &(*nodes)[rp_tree_index(number)] : NULL;
}

uint32_t rp_tables_stack_slow(struct rp_tables *tables, uint32_t number) {
    const struct rp_tree *tree = &tables->tree;
    uint32_t unknown[RP_STACK_FRAMES], count = 0, node = 0;

    rp_tree_refresh(&tables->tree);
    // From the innermost frame up to one that the tree has already.
    for (; number != 0 && count < RP_STACK_FRAMES;
         number = rp_tree_parent(rp_tree_at(tree, number))) {
        const uint32_t *note = node_note(tables, number);
        if (note == NULL)
            return 0;
        node = *note;
        if (node != 0)
            break;
        unknown[count++] = number;
    }
    while (count-- > 0) {
        number = unknown[count];
        // relaxed: whoever named the stack has handed over its nodes
        uint64_t address = load_relaxed(&rp_tree_at(tree, number)->address);
        node = rp_stack_table_child(&tables->stacks, node, address);
        *node_note(tables, number) = node;
    }
    return node;
}

static void flush_texts(struct rp_tables *tables) {
    if (tables->text_bytes > 0)
        rp_file_plain_block(tables->file, TRACE_TEXTS, tables->text_payload,
                            tables->text_bytes);
    tables->text_bytes = 0;
}

uint32_t rp_tables_text(struct rp_tables *tables, const char *text,
                        size_t bytes) {
    if (tables->text_bytes + bytes + 2 * TRACE_MAX_VARINT > RP_TABLE_BYTES)
        flush_texts(tables);
    uint8_t *at = tables->text_payload + tables->text_bytes;
    uint32_t number = ++tables->notes->texts;
    at = rp_put_varint(at, number);
    at = rp_put_varint(at, bytes);
    memcpy(at, text, bytes);
    tables->text_bytes = (size_t)(at + bytes - tables->text_payload);
    return number;
}

static uint64_t translate_text(struct rp_tables *tables, uint64_t number) {
    if (number == 0)
        return 0;
    struct rp_row *row = rp_pool_at(&tables->names, (uint32_t)number);
    if (row->writer != tables->writer) {
        row->note = rp_tables_text(tables, (const char *)&row->words[1],
                                   (size_t)row->words[0]);
        row->writer = tables->writer;
    }
    return row->note;
}

void rp_tables_translate(struct rp_tables *tables,
                         const struct rp_record *record,
                         uint64_t values[TRACE_MAX_FIELDS]) {
    switch (record->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_RESIZE:
        values[0] = rp_tables_stack(tables, (uint32_t)values[0]);
        break;
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_NAME:
        values[1] = translate_text(tables, values[1]);
        break;
    case TRACE_EVENT_MARK:
        values[0] = translate_text(tables, values[0]);
        break;
    default:
        break;
    }
}

// ---- modules ----

static uint8_t *put_bytes(uint8_t *at, const void *data, uint32_t bytes) {
    at = rp_put_varint(at, bytes);
    memcpy(at, data, bytes);
    return at + bytes;
}

static void flush_modules(struct rp_tables *tables) {
    const struct rp_module_list *list = &tables->shared->modules;
    uint32_t *told = &tables->notes->modules;
    // acquire [modules]: the descriptions
    uint32_t count = load_acquire(&list->count);

    while (*told < count) {
        uint8_t *at = tables->payload;
        uint8_t *end = at + RP_TABLE_BYTES - RP_PATH_BYTES - 256;
        for (; *told < count && at < end; ++*told) {
            const struct rp_module *module =
                rp_module_at(&tables->names, list, *told);
            at = rp_put_varint(at, *told);
            at = rp_put_varint(at, module->start);
            at = rp_put_varint(at, module->end);
            at = rp_put_varint(at, module->bias);
            at = put_bytes(at, module->id, module->id_bytes);
            at = put_bytes(at, module->path, module->path_bytes);
        }
        rp_file_plain_block(tables->file, TRACE_MODULES, tables->payload,
                            (size_t)(at - tables->payload));
    }
}

void rp_tables_flush(struct rp_tables *tables) {
    size_t bytes;

    flush_texts(tables);
    flush_modules(tables);
    tables->notes->nodes = tables->stacks.count;
    while ((bytes = rp_stack_table_tell(&tables->stacks, tables->payload,
                                        RP_TABLE_BYTES)) > 0)
        rp_file_plain_block(tables->file, TRACE_STACKS, tables->payload, bytes);
}

// ---- the program ----

void rp_tables_describe(struct rp_tables *tables) {
    const struct rp_shared *shared = tables->shared;
    struct trace_class classes[256];
    uint32_t count = shared->layout.class_count;

    rp_file_plain_block(tables->file, TRACE_META,
                        rp_shm_at(tables->names.shm, shared->meta),
                        (size_t)shared->meta_bytes);
    for (uint32_t i = 0; i < count; i++)
        classes[i] = (struct trace_class){shared->classes[i].block_bytes,
                                          shared->classes[i].blocks_per_span};
    rp_file_plain_block(tables->file, TRACE_CLASSES, classes,
                        count * sizeof *classes);
}
