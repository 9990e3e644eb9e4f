// frame_kind.h - which frames of a stack are no answer to "who did this?"
//
// A call site is named by its nearest user frame: the first frame from inside
// that belongs neither to the allocator, nor to the C library, nor to the C++
// standard library. The lists are in frame_kind.c; the user may add functions.
#ifndef RPSCOPE_NAMES_FRAME_KIND_H
#define RPSCOPE_NAMES_FRAME_KIND_H

#include <stddef.h>

#include "viewer/names/frame.h"

// `skip` holds `skip_count` patterns of fnmatch for names of functions.
enum frame_kind frame_kind(const struct frame *frame, const char *const *skip,
                           size_t skip_count);

#endif
