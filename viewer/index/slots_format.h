// slots_format.h - what who writes slots and who reads them agree on.
#ifndef RPSCOPE_INDEX_SLOTS_FORMAT_H
#define RPSCOPE_INDEX_SLOTS_FORMAT_H

#include "viewer/base/varint.h"
#include "viewer/index/column.h"
#include "viewer/index/slots.h"

enum {
    SLOTS_PIECE = 32 << 10, // bytes after which a piece is full
    SLOTS_STACKS_LEAST = 8, // slots whose stacks are listed first
    SLOTS_STACKS_MOST = 64, // of such a list
    // Of a slot: which it is, whether it is free, its birth, stack and size.
    SLOTS_SPAN_MOST = COLUMN_MOST(SLOTS_MOST, 12 + 1 + 64 + 33 + 33) + 5 * 32 +
                      4 * VARINT_MOST,
    SLOTS_PLACE_SHIFT = 16, // in span.saved; below it, where in the piece
};

_Static_assert((int)SLOTS_PIECE + (int)SLOTS_SPAN_MOST <= (int)STORE_MOST,
               "a span fits behind a piece");
_Static_assert((int)SLOTS_PIECE <= 1 << (int)SLOTS_PLACE_SHIFT,
               "a place in a piece");

#endif
