// map_panel.c - what stands beside the map: lines about a span, one below the
// other.
#include "viewer/ui/view/map_panel.h"
#include "viewer/base/escape.h"
#include "viewer/names/site.h"

#include <stdio.h>

// ---- words ----

const char *panel_heap_name(const struct answer *a, uint32_t number,
                            char *out) {
    const char *thread = NULL;
    for (size_t i = 0; i < a->heap_count; i++)
        if (a->heaps[i].number == number)
            thread = a->heaps[i].thread;
    char name[PANEL_NAME_BYTES - 24];
    if (thread)
        escape_text(name, sizeof name, thread);
    if (thread)
        snprintf(out, PANEL_NAME_BYTES, "heap %u (%s)", number, name);
    else
        snprintf(out, PANEL_NAME_BYTES, "heap %u", number);
    return out;
}

void panel_site_name(const struct answer *a, uint32_t site, char *out) {
    if (site < a->site_count)
        site_sentence(&a->sites[site].where, out, SITE_SENTENCE_BYTES);
    else
        snprintf(out, SITE_SENTENCE_BYTES, "not known");
}

struct number panel_age(const struct answer *a, uint64_t birth_ns) {
    uint64_t now = a->now.time_ns;
    return number_time(now > birth_ns ? now - birth_ns : 0);
}

// ---- lines of a panel ----

void panel_say(struct panel *p, const char *text, enum style style) {
    int lines = cells_wrap(p->s, p->left.x, p->left.y, p->left.width,
                           p->left.height, text, style);
    p->left.y += lines;
    p->left.height -= lines;
}

void panel_tenants(struct panel *p, size_t first, size_t spans, int most) {
    const struct answer *a = p->shown->answer;
    size_t count;
    const struct answer_tenant *list =
        p->shown->tenants(p->shown->answer, first, spans, &count);
    for (size_t i = 0; i < count && p->left.height > 0 && most-- > 0; i++) {
        char text[SITE_SENTENCE_BYTES];
        if (count - i > 1 && (most == 0 || p->left.height == 1)) {
            uint64_t blocks = 0;
            for (size_t k = i; k < count; k++)
                blocks += list[k].blocks;
            snprintf(text, sizeof text, "%s of %zu more call sites",
                     number_count(blocks).text, count - i);
            panel_say(p, text, STYLE_DIM);
            return;
        }
        panel_site_name(a, list[i].site, text);
        cells_right(p->s, p->left.x, p->left.y, 6,
                    number_count(list[i].blocks).text, STYLE_STRONG);
        cells_text_middle(p->s, p->left.x + 7, p->left.y, p->left.width - 7,
                          text, STYLE_TEXT);
        p->left.y++;
        p->left.height--;
    }
}

void panel_title(struct panel *p, const struct answer_span *span) {
    static const char *const kinds[SPAN_KINDS] = {
        [SPAN_OF_BLOCKS] = "in use",
        [SPAN_WAITS] = "freed blocks wait",
        [SPAN_KEPT_EMPTY] = "empty, kept by its heap",
        [SPAN_OF_LARGE] = "large block",
        [SPAN_MORE_LARGE] = "large block, continued",
        [SPAN_THREAD_CACHE] = "in a thread cache",
        [SPAN_GLOBAL_CACHE] = "in the global cache",
        [SPAN_UNUSED] = "not in use",
    };
    char title[64];
    if (span->segment == ANSWER_NONE)
        snprintf(title, sizeof title, "HUGE BLOCK");
    else
        snprintf(title, sizeof title, "SPAN %u:%u", span->segment, span->index);
    int x = p->left.x + cells_text(p->s, p->left.x, p->left.y, p->left.width,
                                   title, STYLE_HEADING);
    cells_text(p->s, x + 2, p->left.y, p->left.x + p->left.width - x - 2,
               span->segment == ANSWER_NONE ? "memory of its own"
                                            : kinds[span->kind],
               STYLE_TEXT);
    p->left.y++;
    p->left.height--;
}

void panel_skip(struct panel *p) {
    p->left.y++;
    p->left.height--;
}
