// site.c - how call sites and frames are called on the screens.
#include "viewer/names/site.h"
#include "viewer/base/escape.h"
#include "viewer/names/short_name.h"
#include "viewer/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// Names come from symbol tables: whatever is in them, a terminal must not
// act on it.
static void site_call(const char *function, bool in_short, const char *module,
                      uint64_t offset, uint64_t address, char *out,
                      size_t size) {
    char name[SITE_NAME_BYTES];
    if (function && in_short)
        short_function(name, sizeof name, function);
    else if (function)
        snprintf(name, sizeof name, "%s", function);
    else if (module)
        snprintf(name, sizeof name, "%s+0x%" PRIx64, text_base_name(module),
                 offset);
    else
        snprintf(name, sizeof name, "0x%" PRIx64, address);
    escape_text(out, size, name);
}

static void site_locate(const char *function, const char *file, uint32_t line,
                        const char *module, char *out, size_t size) {
    char place[SITE_PLACE_BYTES] = "";
    if (file && line)
        snprintf(place, sizeof place, "%s:%u", text_base_name(file), line);
    else if (file)
        snprintf(place, sizeof place, "%s", text_base_name(file));
    else if (function && module) // else the module is in the name
        snprintf(place, sizeof place, "%s", text_base_name(module));
    escape_text(out, size, place);
}

void site_name(const struct analysis_site *site, char *out, size_t size) {
    if (!site->recorded)
        snprintf(out, size, "(no stack recorded)");
    else
        site_call(site->function, true, site->module, site->offset,
                  site->offset, out, size);
}

void site_full_name(const struct analysis_site *site, char *out, size_t size) {
    if (!site->recorded)
        snprintf(out, size, "(no stack recorded)");
    else
        site_call(site->function, false, site->module, site->offset,
                  site->offset, out, size);
}

void site_place(const struct analysis_site *site, char *out, size_t size) {
    site_locate(site->function, site->file, site->line, site->module, out,
                size);
}

void frame_name(const struct analysis_frame *frame, char *out, size_t size) {
    site_call(frame->function, true, frame->module, frame->offset,
              frame->address, out, size);
}

void frame_full_name(const struct analysis_frame *frame, char *out,
                     size_t size) {
    site_call(frame->function, false, frame->module, frame->offset,
              frame->address, out, size);
}

void frame_place(const struct analysis_frame *frame, char *out, size_t size) {
    site_locate(frame->function, frame->file, frame->line, frame->module, out,
                size);
}

static bool site_same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

size_t frame_of_site(const struct analysis_frame *frames, size_t count,
                     const struct analysis_site *site) {
    for (size_t i = 0; i < count; i++)
        if (frames[i].line == site->line &&
            site_same(frames[i].function, site->function) &&
            site_same(frames[i].file, site->file) &&
            (site->function || frames[i].offset == site->offset))
            return i;
    return count;
}
