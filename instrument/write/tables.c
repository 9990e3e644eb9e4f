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
                                 .own = shm->own,
                                 .writer = (uint32_t)rp_system_random() | 1};
    if (notes->nodes == 0)
        notes->nodes = 1; // 0 is the root
    notes->modules = 0;
    tables->payload = rp_system_map(RP_TABLE_BYTES, RP_MAP_OWN);
    tables->text_payload = rp_system_map(RP_TABLE_BYTES, RP_MAP_OWN);
    return tables->payload != NULL && tables->text_payload != NULL &&
           rp_shm_has(shm, shared->stacks, sizeof(struct rp_tree_shared),
                      RP_SHM_PAGE) &&
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

// Where the node of a stack is noted; NULL: it is none, or no memory.
static uint32_t *node_note(struct rp_tables *tables, uint32_t number) {
    unsigned table = rp_tree_table(number);

    if (!rp_tree_has(&tables->tree, number)) {
        tables->own->refused++;
        return NULL;
    }
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

// The row of a text; NULL: there is none of that number.
static struct rp_row *text_row(struct rp_tables *tables, uint64_t number,
                               size_t *bytes) {
    size_t room;
    struct rp_row *row = rp_pool_find(&tables->names, number, &room);

    if (row == NULL || room < sizeof *row + sizeof *row->words)
        return NULL;
    *bytes = (size_t)row->words[0];
    return *bytes <= RP_TEXT_BYTES &&
                   *bytes <= room - sizeof *row - sizeof *row->words
               ? row
               : NULL;
}

static uint64_t translate_text(struct rp_tables *tables, uint64_t number) {
    size_t bytes;

    if (number == 0)
        return 0;
    struct rp_row *row = text_row(tables, number, &bytes);
    if (row == NULL) {
        tables->own->refused++;
        return 0;
    }
    uint32_t note = row->note;
    if (row->writer == tables->writer && note <= tables->notes->texts)
        return note;
    note = rp_tables_text(tables, (const char *)&row->words[1], bytes);
    row->note = note;
    row->writer = tables->writer;
    return note;
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
    case TRACE_EVENT_FREED_BY:
        values[0] = rp_tables_stack(tables, (uint32_t)values[0]);
        break;
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_NAME:
    case TRACE_EVENT_HEAP_NAME:
        values[1] = translate_text(tables, values[1]);
        break;
    case TRACE_EVENT_FINDING:
        for (unsigned i = 1; i < 4; i++)
            values[i] = rp_tables_stack(tables, (uint32_t)values[i]);
        values[0] = translate_text(tables, values[0]);
        break;
    case TRACE_EVENT_MARK:
    case TRACE_EVENT_TAG:
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

// The description of a number, whole; false: there is none.
static bool get_module(struct rp_tables *tables, uint32_t number,
                       struct rp_module *copy, const char **path) {
    size_t room;
    const struct rp_module *module = rp_pool_find(
        &tables->names, tables->shared->modules.pieces[number], &room);

    if (module == NULL || room < sizeof *module)
        return false;
    *copy = *module;
    *path = module->path;
    return copy->id_bytes <= RP_BUILD_ID_BYTES &&
           copy->path_bytes <= RP_PATH_BYTES &&
           copy->path_bytes <= room - sizeof *module;
}

static void flush_modules(struct rp_tables *tables) {
    const struct rp_module_list *list = &tables->shared->modules;
    uint32_t *told = &tables->notes->modules;
    // acquire [modules]: the descriptions
    uint32_t count = load_acquire(&list->count);

    while (*told < count && count <= RP_MODULES_MOST) {
        uint8_t *at = tables->payload;
        uint8_t *end = at + RP_TABLE_BYTES - RP_PATH_BYTES - 256;
        for (; *told < count && at < end; ++*told) {
            struct rp_module module;
            const char *path;
            if (!get_module(tables, *told, &module, &path)) {
                tables->own->refused++;
                continue;
            }
            at = rp_put_varint(at, *told);
            at = rp_put_varint(at, module.start);
            at = rp_put_varint(at, module.end);
            at = rp_put_varint(at, module.bias);
            at = put_bytes(at, module.id, module.id_bytes);
            at = put_bytes(at, path, module.path_bytes);
        }
        if (at != tables->payload)
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
    const struct rp_own *own = tables->own;
    struct trace_class classes[256];
    uint32_t count = own->layout.class_count;
    uint64_t offset = shared->meta, bytes = shared->meta_bytes;

    if (bytes <= RP_TABLE_BYTES &&
        rp_shm_has(tables->names.shm, offset, bytes, RP_SHM_PAGE))
        rp_file_plain_block(tables->file, TRACE_META,
                            rp_shm_at(tables->names.shm, offset),
                            (size_t)bytes);
    else
        tables->own->refused++;
    for (uint32_t i = 0; i < count; i++)
        classes[i] = (struct trace_class){own->classes[i].block_bytes,
                                          own->classes[i].blocks_per_span};
    rp_file_plain_block(tables->file, TRACE_CLASSES, classes,
                        count * sizeof *classes);
}
