// file.h - the trace file: blocks, one after another.
//
// A block goes out in one write, with its checksums. When a write fails, the
// file is cut back to the last whole block and nothing more is written but the
// end: room for that is kept behind every block.
// Only the drainer, and whoever starts it, may call.
#ifndef RP_INSTRUMENT_WRITE_FILE_H
#define RP_INSTRUMENT_WRITE_FILE_H

#include "instrument/format/trace_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RP_FILE_PAYLOAD_BYTES = 2 << 20, // at most in a block
    RP_FILE_END_BYTES = 4 << 10,     // kept for the end
};

struct rp_file {
    int file;
    int error;         // errno value of the first failure, 0: none
    bool ends;         // what comes may have the room that was kept
    uint64_t bytes;    // whole blocks, and the header
    uint64_t reserved; // up to here
    void *squeezer;    // of zstd
    void *workspace;
    size_t workspace_bytes;
    char *out; // a block as it goes out
    int hurry; // 1: compress faster and less, 2: much so
};

// Takes over an open file that has so many bytes, all of them whole blocks;
// false: no memory.
bool rp_file_start(struct rp_file *file, int descriptor, uint64_t bytes);
void rp_file_free(struct rp_file *file);

// Cuts the file back to where it had so many bytes, a whole number of blocks.
void rp_file_cut(struct rp_file *file, uint64_t bytes);

// Before the last blocks, which shall fit into RP_FILE_END_BYTES: they are
// written even after a failure, where there is room.
void rp_file_end(struct rp_file *file);

// After the last block of a file that had no failure: gives back what was kept.
void rp_file_trim(struct rp_file *file);

void rp_file_header(struct rp_file *file, struct trace_file_header *header);

// Writes one block of at most RP_FILE_PAYLOAD_BYTES; that of TRACE_EVENTS must
// be its columns. Of *header the caller
// sets kind, event_count, ring, first_sequence, first_time, last_time.
void rp_file_block(struct rp_file *file, struct trace_block_header *header,
                   const void *payload, size_t bytes);

// A block without a header to fill in.
void rp_file_plain_block(struct rp_file *file, enum trace_block_kind kind,
                         const void *payload, size_t bytes);

#endif
