// map_why.c - why the span under the cursor of the map does not become free,
// and why its segment does not go back.
#include "viewer/ui/view/map_why.h"
#include "viewer/ui/view/map_cells.h"
#include "viewer/ui/view/map_panel.h"

#include <stdio.h>

enum { TENANTS_SHOWN = 4 };

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static void why_span(const struct answer *a, const struct answer_span *span,
                     char *out, size_t size) {
    char heap[PANEL_NAME_BYTES];
    panel_heap_name(a, span->heap, heap);
    switch (span->kind) {
    case SPAN_OF_BLOCKS:
        snprintf(out, size,
                 "%s live block%s keep%s it, and with it %s of free memory. It "
                 "becomes free for other sizes when %s freed.",
                 number_count(span->live).text, plural(span->live),
                 span->live == 1 ? "s" : "", number_iec(span->free_bytes).text,
                 span->live == 1 ? "that is" : "all of them are");
        return;
    case SPAN_WAITS:
        snprintf(out, size,
                 "No block lives in it. %s were freed by other threads, and %s "
                 "has not taken them back: it does when it allocates, ends, or "
                 "calls rpmalloc_thread_collect.",
                 number_count(span->deferred).text, heap);
        return;
    case SPAN_KEPT_EMPTY:
        snprintf(out, size,
                 "No block lives in it: %s keeps it for its next blocks of "
                 "this size.",
                 heap);
        return;
    case SPAN_OF_LARGE:
    case SPAN_MORE_LARGE:
        snprintf(out, size,
                 "One large block takes it: it becomes free when that is "
                 "freed.");
        return;
    case SPAN_THREAD_CACHE:
        snprintf(out, size,
                 "It is empty, and free for any size: %s has it in its cache "
                 "for what it needs next.",
                 heap);
        return;
    case SPAN_GLOBAL_CACHE:
        snprintf(out, size,
                 "It is empty, and free for any size and thread: its memory is "
                 "kept because as much was wanted again lately.");
        return;
    default:
        snprintf(out, size,
                 "Nobody has it. It is there because its segment is, which "
                 "goes back as a whole.");
    }
}

static void why_segment(const struct answer *a, size_t first, size_t count,
                        char *out, size_t size) {
    size_t kinds[SPAN_KINDS] = {0};
    uint64_t bytes = 0, gone = 0;
    for (size_t i = first; i < first + count; i++) {
        kinds[a->spans[i].kind]++;
        bytes += a->spans[i].bytes;
        gone += a->spans[i].gone_bytes;
    }
    size_t large = kinds[SPAN_OF_LARGE] + kinds[SPAN_MORE_LARGE];
    size_t live = kinds[SPAN_OF_BLOCKS] + large;
    size_t caches = kinds[SPAN_THREAD_CACHE] + kinds[SPAN_GLOBAL_CACHE];
    size_t heaps = kinds[SPAN_WAITS] + kinds[SPAN_KEPT_EMPTY];
    if (live == count)
        snprintf(out, size,
                 "Its segment of %zu spans (%s) goes back as a whole. Live "
                 "blocks are in all of them%s.",
                 count, number_iec(bytes).text,
                 large == live ? ", large ones" : "");
    else if (live > 0)
        snprintf(out, size,
                 "Its segment of %zu spans (%s) goes back as a whole. Live "
                 "blocks are in %zu of them%s; of the others %zu are kept by "
                 "heaps, %zu are in caches, %zu are not in use. %s of its "
                 "memory is given back.",
                 count, number_iec(bytes).text, live,
                 large == live ? ", large ones" : "", heaps, caches,
                 kinds[SPAN_UNUSED], number_iec(gone).text);
    else
        snprintf(out, size,
                 "No block lives in its segment of %zu spans (%s): %zu are "
                 "kept by heaps, %zu are in caches, %zu are not in use. It "
                 "goes back when these let go of it.",
                 count, number_iec(bytes).text, heaps, caches,
                 kinds[SPAN_UNUSED]);
}

void map_draw_why(const struct pane *pane, struct screen *s, struct box box) {
    const struct shown *shown = pane->shown;
    const struct answer *a = shown->answer;
    size_t index = map_current(pane);
    const struct answer_span *span = shown->look_at_span(shown->answer, index);
    struct panel p = {shown, s, box};
    char text[400];
    panel_title(&p, span);
    if (span->segment == ANSWER_NONE) {
        panel_say(&p, "It goes back to the system when its one block is freed.",
                  STYLE_TEXT);
        panel_tenants(&p, index, 1, 1);
        return;
    }
    why_span(a, span, text, sizeof text);
    panel_say(&p, text, STYLE_TEXT);
    panel_tenants(&p, index, 1, TENANTS_SHOWN);
    size_t count, first = span_segment(a, index, &count);
    panel_skip(&p);
    why_segment(a, first, count, text, sizeof text);
    panel_say(&p, text, STYLE_TEXT);
    panel_tenants(&p, first, count, p.left.height);
}
