// frame.h - a long run of bytes in a store, of which only what has changed
// since the last one is written.
//
// Who writes says where a part begins that has a name of its own (pack_section
// and arrays): each is cut into pieces by itself, and a piece that is, to the
// bit, what the last frame had in its place stands there once.
#ifndef RPSCOPE_INDEX_FRAME_H
#define RPSCOPE_INDEX_FRAME_H

#include "viewer/base/pack.h"
#include "viewer/index/store.h"

enum { FRAME_PIECE = 32 << 10, FRAME_PIECES_MOST = 8192 };

// What the last frame had, by section and piece.
struct frame_known {
    uint64_t key; // 0: nothing is here
    uint64_t hash[2];
    uint64_t place;
    uint32_t bytes;
};

struct frame_piece {
    uint64_t place;
    uint32_t bytes;
};

struct frame_writer {
    struct pack pack; // what is put here comes into the frame
    struct store *store;
    struct frame_known *known; // open addressing
    size_t known_count, known_capacity;
    struct frame_piece *pieces; // of the frame in the making
    size_t piece_count, piece_capacity;
    uint64_t key; // of the next piece
    uint8_t *bytes;
    size_t filled;
    uint64_t raw;     // bytes in all
    uint64_t new_raw; // of these, in pieces that were put
    bool failed;      // the store took a piece not, or there are too many
};

void frame_start(struct frame_writer *writer, struct store *store);
void frame_free(struct frame_writer *writer);
void frame_begin(struct frame_writer *writer);
// All is in writer->pieces now. False when it cannot be kept.
bool frame_end(struct frame_writer *writer);

struct frame_reader {
    struct pack pack; // gives what was put
    struct store *store;
    const struct frame_piece *pieces;
    size_t piece_count, next;
    uint8_t *bytes;
    size_t at, filled;
};

// Of the pool of the store, or another; the pieces are the caller's.
void frame_open(struct frame_reader *reader, struct store *store,
                struct pool *pool, const struct frame_piece *pieces,
                size_t piece_count);
void frame_close(struct frame_reader *reader, struct pool *pool);

#endif
