// slots_format.h - what who writes slots and who reads them agree on.
#ifndef RPSCOPE_INDEX_SLOTS_FORMAT_H
#define RPSCOPE_INDEX_SLOTS_FORMAT_H

#include "viewer/base/varint.h"
#include "viewer/index/slots.h"

enum {
    SLOTS_PIECE = 32 << 10, // bytes after which a piece is full
    // Of a slot a birth, and two numbers of 32 bits; a gap is in their stead.
    SLOTS_SPAN_MOST = (VARINT_MOST + 2 * 5) * SLOTS_MOST + 3 * VARINT_MOST,
    SLOTS_PLACE_SHIFT = 16, // in span.saved; below it, where in the piece
};

_Static_assert((int)SLOTS_PIECE + (int)SLOTS_SPAN_MOST <= (int)STORE_MOST,
               "a span fits behind a piece");
_Static_assert((int)SLOTS_PIECE <= 1 << (int)SLOTS_PLACE_SHIFT,
               "a place in a piece");

#endif
