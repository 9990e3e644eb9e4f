// site.h - how call sites and frames are called on the screens.
#ifndef RPSCOPE_NAMES_SITE_H
#define RPSCOPE_NAMES_SITE_H

#include "viewer/answer/answer.h"

#include <stddef.h>

enum { SITE_NAME_BYTES = 320, SITE_PLACE_BYTES = 48 };

// "session_new", "libpython3.11.so.1.0+0x1a2b3c", "(no stack recorded)";
// without the arguments and what is in <>.
void site_name(const struct analysis_site *site, char *out, size_t size);
// With all that belongs to the name.
void site_full_name(const struct analysis_site *site, char *out, size_t size);
// "session.c:88"; the module where the line is not known; or "".
void site_place(const struct analysis_site *site, char *out, size_t size);

void frame_name(const struct analysis_frame *frame, char *out, size_t size);
void frame_full_name(const struct analysis_frame *frame, char *out,
                     size_t size);
void frame_place(const struct analysis_frame *frame, char *out, size_t size);

// The frame that names the site: the innermost one of the user's code.
// Returns its index, or `count` when there is none.
size_t frame_of_site(const struct analysis_frame *frames, size_t count,
                     const struct analysis_site *site);

#endif
