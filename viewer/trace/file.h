// file.h - a trace as a list of blocks, whole or not.
//
// Opening reads the headers of all blocks and nothing else. The file is read
// by pread, never mapped: it may be cut short while it is read. Where a header
// is damaged, the search for the next block's magic number goes on byte by
// byte; what was passed over is counted.
#ifndef RPSCOPE_TRACE_FILE_H
#define RPSCOPE_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instrument/format/trace_format.h"
#include "viewer/base/bytes.h"
#include "viewer/base/fail.h"
#include "viewer/base/pool.h"

struct trace_block {
    uint64_t offset; // of the payload in the file
    struct trace_block_header header;
    bool damaged; // found out when it was loaded
};

// A place in the file that no block could be read from.
struct trace_damage {
    uint64_t offset;
    uint64_t bytes;
    struct failure what; // a sentence
};

struct trace_file {
    struct pool *pool; // or NULL
    char *path;
    int fd;
    uint64_t size;
    struct trace_file_header header;
    struct trace_block *blocks; // in the order of the file
    size_t block_count;
    // The first of the damaged places, and totals of all.
    struct trace_damage *damage;
    size_t damage_count;
    size_t damage_capacity;
    uint64_t damaged_blocks;
    uint64_t damaged_bytes;
    bool truncated;       // the file ends within a block
    uint64_t past_digest; // of what another trace tells of it; 0: nothing does
    // For loading compressed blocks.
    void *zstd;
    uint8_t *stored;
    size_t stored_capacity;
};

// Room for one block's payload; zeroed before first use.
struct trace_buffer {
    uint8_t *raw;
    size_t raw_capacity;
};

// False with a sentence when there is no block to be had: unreadable, empty,
// foreign, of another version, or without one whole block header.
bool trace_file_open(struct trace_file *file, const char *path,
                     struct failure *failure);
// The same, and all memory that is asked for because of the file comes from the
// pool, whose limit is set to what such a file may ask for.
bool trace_file_open_in(struct trace_file *file, struct pool *pool,
                        const char *path, struct failure *failure);
void trace_file_close(struct trace_file *file);

// Bytes of memory that a trace of so many bytes, with so many blocks live at
// one time, may ask for.
uint64_t trace_file_memory(uint64_t size, uint64_t live_blocks);

// Reads, checks and decompresses the payload of blocks[index]. False when the
// block is damaged: this is noted in file->damage, once.
bool trace_file_load(struct trace_file *file, size_t index,
                     struct trace_buffer *buffer, struct bytes *payload);
void trace_buffer_free(struct trace_file *file, struct trace_buffer *buffer);

// Notes that blocks[index] is damaged, in a way that its checksum does not
// show. `what` continues the sentence "PATH: the KIND block at byte N ...".
void trace_file_damage(struct trace_file *file, size_t index, const char *what);

const char *trace_block_kind_name(uint32_t kind);

#endif
