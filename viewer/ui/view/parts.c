// parts.c - how each part of the held bytes is drawn, on every screen.
#include "viewer/ui/view/parts.h"

const struct part_look part_looks[PARTS] = {
    [PART_USED] = {0x2588, STYLE_USED},
    [PART_ROUNDING] = {0x2592, STYLE_ROUNDING},
    [PART_SPAN_FREE] = {0x2591, STYLE_SPAN_FREE},
    [PART_DEFERRED] = {0x2504, STYLE_DEFERRED},
    [PART_OVERHEAD] = {'+', STYLE_REST},
    [PART_EMPTY] = {0x25cb, STYLE_REST},
    [PART_THREAD_CACHE] = {0x25a3, STYLE_THREAD_CACHE},
    [PART_GLOBAL_CACHE] = {0x25eb, STYLE_GLOBAL_CACHE},
    [PART_SEGMENT] = {0x00b7, STYLE_REST},
    [PART_SLACK] = {'-', STYLE_REST},
};
