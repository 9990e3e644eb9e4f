// frame.c - one function of a call stack, and how it is called.
#include "viewer/names/frame.h"

#include <inttypes.h>
#include <stdio.h>

#include "viewer/base/escape.h"
#include "viewer/base/text.h"
#include "viewer/names/short_name.h"

static const struct frame_words on_screens = {"", ""};

void frame_call(const struct frame *frame, bool in_short,
                const struct frame_words *words, char *out, size_t size) {
    if (frame->function && in_short)
        short_function(out, size, frame->function);
    else if (frame->function)
        snprintf(out, size, "%s", frame->function);
    else if (frame->module)
        snprintf(out, size, "%s+0x%" PRIx64, text_base_name(frame->module),
                 frame->offset);
    else
        snprintf(out, size, "%s0x%" PRIx64, words->no_module, frame->address);
}

void frame_locate(const struct frame *frame, const struct frame_words *words,
                  char *out, size_t size) {
    if (frame->file && frame->line)
        snprintf(out, size, "%s:%u", text_base_name(frame->file), frame->line);
    else if (frame->file)
        snprintf(out, size, "%s%s", text_base_name(frame->file),
                 words->no_line);
    else if (frame->function && frame->module) // else it is in the name
        snprintf(out, size, "%s", text_base_name(frame->module));
    else
        out[0] = '\0';
}

void frame_name(const struct frame *frame, char *out, size_t size) {
    char name[FRAME_NAME_BYTES];
    frame_call(frame, true, &on_screens, name, sizeof name);
    escape_text(out, size, name);
}

void frame_full_name(const struct frame *frame, char *out, size_t size) {
    char name[FRAME_NAME_BYTES];
    frame_call(frame, false, &on_screens, name, sizeof name);
    escape_text(out, size, name);
}

void frame_place(const struct frame *frame, char *out, size_t size) {
    char place[FRAME_PLACE_BYTES];
    frame_locate(frame, &on_screens, place, sizeof place);
    escape_text(out, size, place);
}
