// tables.h - what events refer to by number, written before they are.
//
// Stacks, texts and modules are known to the program's threads by numbers of
// their own; here they get those of the trace when an event first names them.
// Only the drainer. One that goes on after another gives new numbers to all.
#ifndef RP_INSTRUMENT_WRITE_TABLES_H
#define RP_INSTRUMENT_WRITE_TABLES_H

#include "instrument/shm/intern.h"
#include "instrument/shm/record.h"
#include "instrument/shm/own.h"
#include "instrument/stack/tree.h"
#include "instrument/write/file.h"
#include "instrument/write/stack_table.h"

enum { RP_TABLE_BYTES = 256 << 10 }; // of a payload

struct rp_tables {
    struct rp_shared *shared; // nothing there is believed
    struct rp_own *own;
    struct rp_trace_notes *notes;
    struct rp_tree tree;
    struct rp_pool names;
    struct rp_file *file;
    struct rp_stack_table stacks;
    // The node in the tree of each of the recorder's; 0: not known yet.
    uint32_t *nodes[RP_TREE_TABLES];
    uint32_t writer; // its number, which stands beside its notes in the rows
    uint8_t *payload;
    uint8_t *text_payload; // of texts that are not written yet
    size_t text_bytes;
};

// notes: of the trace. false: no memory.
bool rp_tables_start(struct rp_tables *tables, struct rp_shm *shm,
                     struct rp_trace_notes *notes, struct rp_file *file);
void rp_tables_free(struct rp_tables *tables);

// The node of a stack that the recorder knows by `number`; 0 for 0.
uint32_t rp_tables_stack_slow(struct rp_tables *tables, uint32_t number);
static inline uint32_t rp_tables_stack(struct rp_tables *tables,
                                       uint32_t number) {
    if (number == 0)
        return 0;
    unsigned table = rp_tree_table(number);
    uint32_t index = rp_tree_index(number), node = 0;
    if (table < RP_TREE_TABLES && tables->nodes[table] != NULL &&
        index < rp_tree_room(table))
        node = tables->nodes[table][index];
    return node != 0 ? node : rp_tables_stack_slow(tables, number);
}

// Replaces the recorder's numbers in the fields of an event by the trace's.
void rp_tables_translate(struct rp_tables *tables,
                         const struct rp_record *record,
                         uint64_t values[TRACE_MAX_FIELDS]);

// Writes what events so far have named, to go before these events.
void rp_tables_flush(struct rp_tables *tables);

// The number of a text of the drainer's own.
uint32_t rp_tables_text(struct rp_tables *tables, const char *text,
                        size_t bytes);

// Writes size classes, and what is to be told of the program.
void rp_tables_describe(struct rp_tables *tables);

#endif
