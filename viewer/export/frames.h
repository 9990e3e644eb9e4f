// frames.h - the frames of all stacks, each once, with their names as texts,
// which are escaped (base/escape.h).
#ifndef RPSCOPE_EXPORT_FRAMES_H
#define RPSCOPE_EXPORT_FRAMES_H

#include "viewer/answer/answer.h"
#include "viewer/export/keys.h"

enum { FRAMES_NAME_BYTES = 4096 };
#define FRAMES_NONE UINT32_MAX

struct export_frame {
    uint32_t name; // number in texts
    uint32_t file; // the same, or FRAMES_NONE
    uint32_t line; // 0: not known
};

// Zeroed before first use; given to frames_free afterwards.
struct export_frames {
    struct keys texts;
    struct keys keys; // of `list`
    struct export_frame *list;
    size_t count, capacity;
};

// The name of a frame as it is, not escaped: "session_new", "libm.so.6+0x1a",
// "?0x7f00".
void frames_name(const struct frame *frame, char out[FRAMES_NAME_BYTES]);
// What a stack that was not recorded is called.
extern const char frames_no_stack[];

// The number of a frame in the list.
uint32_t frames_number(struct export_frames *frames, const struct frame *frame);
// That of the one frame of a stack that was not recorded.
uint32_t frames_no_stack_number(struct export_frames *frames);

static inline const char *frames_text(const struct export_frames *frames,
                                      uint32_t number) {
    return number == FRAMES_NONE ? NULL : keys_text_of(&frames->texts, number);
}

void frames_free(struct export_frames *frames);

#endif
