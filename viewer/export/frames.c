// frames.c - the frames of all stacks, each once, with their names as texts.
#include "viewer/export/frames.h"

#include <stdlib.h>

#include "viewer/base/escape.h"
#include "viewer/base/memory.h"

enum { ESCAPED_BYTES = 4 * FRAMES_NAME_BYTES };

const char frames_no_stack[] = "(stack not recorded)";

void frames_name(const struct frame *frame, char out[FRAMES_NAME_BYTES]) {
    static const struct frame_words words = {.no_module = "?", .no_line = ""};
    frame_call(frame, false, &words, out, FRAMES_NAME_BYTES);
}

static uint32_t add(struct export_frames *frames, struct export_frame frame) {
    bool is_new;
    uint32_t number = keys_number(&frames->keys, &frame, sizeof frame, &is_new);
    if (is_new) {
        frames->list = memory_grow(frames->list, frames->count,
                                   &frames->capacity, sizeof *frames->list);
        frames->list[frames->count++] = frame;
    }
    return number;
}

static uint32_t text_number(struct export_frames *frames, const char *text) {
    char escaped[ESCAPED_BYTES];
    escape_text(escaped, sizeof escaped, text);
    return keys_text(&frames->texts, escaped);
}

uint32_t frames_number(struct export_frames *frames,
                       const struct frame *frame) {
    char name[FRAMES_NAME_BYTES];
    frames_name(frame, name);
    return add(frames,
               (struct export_frame){
                   .name = text_number(frames, name),
                   .file = frame->file ? text_number(frames, frame->file)
                                       : FRAMES_NONE,
                   .line = frame->line});
}

uint32_t frames_no_stack_number(struct export_frames *frames) {
    return add(frames, (struct export_frame){
                           .name = keys_text(&frames->texts, frames_no_stack),
                           .file = FRAMES_NONE});
}

void frames_free(struct export_frames *frames) {
    keys_free(&frames->texts);
    keys_free(&frames->keys);
    free(frames->list);
    *frames = (struct export_frames){.list = NULL};
}
