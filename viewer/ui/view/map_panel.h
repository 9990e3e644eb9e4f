// map_panel.h - what stands beside the map: lines about a span, one below the
// other.
#ifndef RPSCOPE_UI_VIEW_MAP_PANEL_H
#define RPSCOPE_UI_VIEW_MAP_PANEL_H

#include "viewer/answer/span_map.h"
#include "viewer/screen/cells.h"
#include "viewer/ui/shown.h"

// What is still to be written of it.
struct panel {
    const struct shown *shown;
    struct screen *s;
    struct box left;
};

enum { PANEL_NAME_BYTES = 64 };

// Which span, and what it is used for.
void panel_title(struct panel *p, const struct answer_span *span);
void panel_say(struct panel *p, const char *text, enum style style);
void panel_skip(struct panel *p); // a line
// Whose blocks live in these spans, `most` lines at most.
void panel_tenants(struct panel *p, size_t first, size_t spans, int most);

// "heap 2 (io-2)"; `out` has room for PANEL_NAME_BYTES, and is returned.
const char *panel_heap_name(const struct answer *a, uint32_t number, char *out);
// `out` has room for SITE_SENTENCE_BYTES.
void panel_site_name(const struct answer *a, uint32_t site, char *out);
// From a birth to the moment that is shown.
struct number panel_age(const struct answer *a, uint64_t birth_ns);

#endif
