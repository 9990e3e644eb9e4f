// site.c - call sites: what makes one, and how it is called.
#include "viewer/names/site.h"

#include <stdio.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/names/short_name.h"

static const struct frame_words in_reports = {"?+", ":0"};

struct site site_of_frame(const struct frame *frame) {
    struct site site = {.recorded = frame != NULL};
    if (!frame)
        return site;
    site.function = frame->function;
    site.module = frame->module;
    site.file = frame->file;
    site.line = frame->line;
    if (!frame->function)
        site.offset = frame->offset;
    return site;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool site_same(const struct site *a, const struct site *b) {
    return a->line == b->line && a->offset == b->offset &&
           a->recorded == b->recorded && same_text(a->function, b->function) &&
           same_text(a->file, b->file) && same_text(a->module, b->module);
}

static uint64_t hash_text(uint64_t hash, const char *text) {
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

uint64_t site_hash(const struct site *site) {
    uint64_t hash = hash_text(UINT64_C(0xcbf29ce484222325), site->function);
    hash = hash_text(hash, site->file);
    hash = hash_text(hash, site->module);
    hash ^= site->line + site->offset * UINT64_C(0x9e3779b97f4a7c15);
    return hash * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}

size_t site_find_frame(const struct frame *frames, size_t count,
                       const struct site *site) {
    for (size_t i = 0; i < count; i++)
        if (frames[i].line == site->line &&
            same_text(frames[i].function, site->function) &&
            same_text(frames[i].file, site->file) &&
            (site->function || frames[i].offset == site->offset))
            return i;
    return count;
}

// A frame that is called as the site is.
static struct frame frame_like(const struct site *site) {
    return (struct frame){.address = site->offset,
                          .function = site->function,
                          .file = site->file,
                          .line = site->line,
                          .module = site->module,
                          .offset = site->offset};
}

static void name_site(const struct site *site, bool in_short, char *out,
                      size_t size) {
    struct frame frame = frame_like(site);
    if (!site->recorded)
        snprintf(out, size, "(no stack recorded)");
    else if (in_short)
        frame_name(&frame, out, size);
    else
        frame_full_name(&frame, out, size);
}

// Adds " from load_level", where there is a caller to be told.
static void add_caller(const struct site *site, char *out, size_t size) {
    char caller[FRAME_NAME_BYTES], escaped[FRAME_NAME_BYTES];
    size_t length = strlen(out);
    if (!site->caller)
        return;
    short_function(caller, sizeof caller, site->caller);
    escape_text(escaped, sizeof escaped, caller);
    snprintf(out + length, size - length, " from %s", escaped);
}

void site_name(const struct site *site, char *out, size_t size) {
    name_site(site, true, out, size);
    add_caller(site, out, size);
}

void site_full_name(const struct site *site, char *out, size_t size) {
    name_site(site, false, out, size);
    add_caller(site, out, size);
}

void site_place(const struct site *site, char *out, size_t size) {
    struct frame frame = frame_like(site);
    frame_place(&frame, out, size);
}

void site_text(const struct site *site, struct site_text *text) {
    struct frame frame = frame_like(site);
    if (site->recorded)
        frame_call(&frame, true, &in_reports, text->name, sizeof text->name);
    else
        snprintf(text->name, sizeof text->name, "(stack not recorded)");
    if (site->caller) {
        char caller[FRAME_NAME_BYTES];
        size_t length = strlen(text->name);
        short_function(caller, sizeof caller, site->caller);
        snprintf(text->name + length, sizeof text->name - length, " from %s",
                 caller);
    }
    frame_locate(&frame, &in_reports, text->place, sizeof text->place);
}

void site_sentence(const struct site *site, char *out, size_t size) {
    struct site_text text;
    site_text(site, &text);
    if (site->function) // else the name has all that is known of the place
        snprintf(out, size, "%s (%s)", text.name, text.place);
    else
        snprintf(out, size, "%s", text.name);
}
