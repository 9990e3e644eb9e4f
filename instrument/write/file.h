// file.h - the trace file: blocks, one after another.
//
// A block goes out in one write, with its checksums. When a write fails, the
// file is cut back to the last whole block and nothing more is written.
// Only the drainer, and whoever starts it, may call.
#ifndef RP_INSTRUMENT_WRITE_FILE_H
#define RP_INSTRUMENT_WRITE_FILE_H

#include "instrument/format/trace_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RP_FILE_PAYLOAD_BYTES = 2 << 20 }; // at most in a block

struct rp_file {
    int file;
    int error;      // errno value of the first failure, 0: none
    uint64_t bytes; // whole blocks, and the header
    void *squeezer; // of zstd
    void *workspace;
    size_t workspace_bytes;
    char *out; // a block as it goes out
    int hurry; // 1: compress faster and less, 2: much so
};

// Takes over an open file that has so many bytes, all of them whole blocks;
// false: no memory.
bool rp_file_start(struct rp_file *file, int descriptor, uint64_t bytes);
void rp_file_free(struct rp_file *file);

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
