// index_file.h - the file beside a trace in which its keyframes are kept, so
// that it need not be read again.
//
// TRACE.index, or, where nothing can be written beside the trace, a file in the
// cache folder. It is of one trace, as far as that had been written, and of one
// build of rpscope; any other is made anew. A trace that has grown since, or
// whose reading was ended, goes on from the last keyframe. Who comes second
// while another writes reads what is there, and keeps the rest in memory.
//
// What holds of a store (store.h) holds here: the first bytes say where the
// last whole keyframe is, in two copies that are written by turns.
#ifndef RPSCOPE_INDEX_INDEX_FILE_H
#define RPSCOPE_INDEX_INDEX_FILE_H

#include "viewer/index/build.h"
#include "viewer/index/store.h"
#include "viewer/trace/file.h"

enum { INDEX_WORDS = 256, INDEX_ASIDE = 4 };

struct index_header {
    char magic[8];
    uint8_t build[BUILD_BYTES];
    uint32_t header_bytes;
    uint64_t turn;         // grows with every writing
    uint64_t trace_digest; // of the blocks that were there
    uint64_t trace_blocks;
    uint64_t end;                // bytes of the file that are in use
    uint64_t last_keyframe;      // place; 0: none
    uint64_t whole;              // 1: the trace was read to its end
    uint64_t aside[INDEX_ASIDE]; // places of keyframes beside those; 0: none
    uint64_t aside_blocks;       // of the trace, when these were looked for
    uint32_t crc;                // of what stands before it
};

struct index_file {
    char *path; // of the pool; NULL: there is no file
    struct pool *pool;
    struct store_file file; // fd is also the store's
    bool writes;            // and nobody else does
    struct index_header header;
    char says[INDEX_WORDS]; // a sentence, when there is something to be said
};

// Opens that of the trace, or makes one. False: there is none, and says tells
// why.
bool index_file_open(struct index_file *index, const struct trace_file *trace,
                     struct pool *pool);
// Nothing in it is right: it begins anew. `why` follows "the index ".
bool index_file_reset(struct index_file *index, const struct trace_file *trace,
                      const char *why);
// The keyframe at this place is whole, and the store ends there. False: it was
// not written.
bool index_file_commit(struct index_file *index, uint64_t last_keyframe,
                       uint64_t end, bool whole);
// Nothing more is written by this one: another may.
void index_file_release(struct index_file *index);
// Takes the file away.
void index_file_remove(struct index_file *index);
// The file itself is closed by the store, if it was given to one.
void index_file_free(struct index_file *index);

// The earliest event (time) that the trace has beyond what the index knows;
// UINT64_MAX: none. From now on it is of the trace as it is.
uint64_t index_file_grow(struct index_file *index,
                         const struct trace_file *trace);

#endif
