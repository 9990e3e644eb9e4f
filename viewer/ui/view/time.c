// time.c - the recording over time: what was held, in what, and when what
// happened.
#include "viewer/ui/view/time.h"
#include "viewer/base/escape.h"
#include "viewer/ui/notable.h"
#include "viewer/ui/view/list.h"
#include "viewer/ui/view/time_between.h"
#include "viewer/ui/view/time_chart.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const time_words[] = {
    "held",
    "The height of the stack: what the allocator has from the system. Its "
    "parts lie on one another, what is used at the bottom.",
    "thin line",
    "From the least to the most that was held within the column: however "
    "short a peak is, its column shows it.",
    "held/used",
    "Bytes held for each byte used; where the line rises, memory is wasted.",
    "allocations",
    "How many there were in each column, as a rate.",
    "cursor",
    "The moment that every screen shows. < and > move it by a column, [ and ] "
    "to the mark, snapshot, peak or finding before and after it, : goes to "
    "any time.",
    "range",
    "+ and - zoom around the cursor; the line above the screens shows the "
    "same range. z shows all of the recording.",
    "since",
    "m marks a moment; wherever the cursor goes then, all screens but the map "
    "tell what happened between the two. Here, by call site: how much more (or "
    "less) of theirs lives, how many blocks were born and freed, and how many "
    "of those that were born between live on.",
    NULL,
};

enum {
    LIST_ROWS = 5,    // of instants of note, with their heading
    BETWEEN_ROWS = 9, // of call sites, the same
};

// ---- instants of note ----

static void notable_text(const struct notable *n, char *out, size_t size) {
    if (n->kind == NOTABLE_SNAPSHOT)
        snprintf(out, size, "snapshot %" PRIu64, n->number);
    else
        escape_text(out, size, n->text);
}

static void draw_notables(struct pane *pane, struct screen *s, struct box box,
                          const struct notables *notables) {
    static const char *const kinds[] = {[NOTABLE_MARK] = "mark",
                                        [NOTABLE_SNAPSHOT] = "snapshot",
                                        [NOTABLE_PEAK] = "peak",
                                        [NOTABLE_FINDING] = "finding"};
    size_t rows = (size_t)box.height - 1;
    if (pane->cursor >= notables->count)
        pane->cursor = notables->count ? notables->count - 1 : 0;
    if (pane->cursor < pane->first_in)
        pane->first_in = pane->cursor;
    if (pane->cursor >= pane->first_in + rows)
        pane->first_in = pane->cursor - rows + 1;
    int x = 1 + cells_text(s, 1, box.y, box.width, "OF NOTE", STYLE_HEADING);
    if (notables->count > rows)
        cells_print(s, x + 2, box.y, STYLE_DIM, "%zu of %zu", pane->cursor + 1,
                    notables->count);
    cells_right(s, 1, box.y, box.width - 2, "Enter goes there", STYLE_DIM);
    for (size_t i = 0; i < rows && pane->first_in + i < notables->count; i++) {
        const struct notable *n = &notables->list[pane->first_in + i];
        int y = box.y + 1 + (int)i;
        char text[256];
        notable_text(n, text, sizeof text);
        cells_right(s, 1, y, 10, number_time(n->ns).text, STYLE_TEXT);
        cells_text(s, 13, y, 9, kinds[n->kind], STYLE_DIM);
        cells_text(s, 23, y, box.width - 24, text, STYLE_TEXT);
        if (pane->first_in + i == pane->cursor)
            cells_select(s, 1, y, box.width - 2);
    }
}

// ---- the cursor's moment, in numbers ----

static void draw_now(const struct shown *shown, struct screen *s, int y) {
    const struct answer *a = shown->answer;
    cells_print(s, 1, y, STYLE_TEXT,
                "at %s, event %s: used %s, held %s, %s live blocks",
                number_time(a->now.time_ns).text,
                number_exact(a->now.event).text,
                shown_bytes(shown, a->now.part_bytes[PART_USED]).text,
                shown_bytes(shown, a->now.held_bytes).text,
                number_count(a->now.live_blocks).text);
}

static void time_draw(struct pane *pane, struct screen *s, struct box box) {
    static struct notables notables; // too large for a thread's stack
    notable_fill(&notables, pane->shown->answer);
    int rows = pane->shown->answer->has_since ? BETWEEN_ROWS : LIST_ROWS;
    int list = box.height >= 18 ? rows : 0;
    struct box chart = {box.x, box.y + 1, box.width,
                        box.height - 1 - (list ? list + 1 : 0)};
    draw_now(pane->shown, s, box.y);
    time_chart_draw(pane->shown, s, chart, &notables);
    if (!list)
        return;
    int y = chart.y + chart.height;
    cells_rule(s, box.x, y, box.width);
    struct box below = {box.x, y + 1, box.width, list};
    if (pane->shown->answer->has_since)
        time_between_draw(pane->shown, s, below);
    else
        draw_notables(pane, s, below, &notables);
}

// ---- acting ----

// Half as long, or twice as long, around the moment that is shown.
static void zoom(const struct shown *shown, bool in, struct request *request) {
    uint64_t all = shown->answer->duration_ns, now = shown->answer->now.time_ns;
    uint64_t length = shown_end(shown) - shown->from_ns;
    length = in ? length / 2 : length * 2;
    if (length < 1000)
        return;
    request->range = true;
    request->from_ns = request->to_ns = 0;
    if (length >= all)
        return;
    uint64_t from = now > length / 2 ? now - length / 2 : 0;
    request->from_ns = from + length > all ? all - length : from;
    request->to_ns = request->from_ns + length;
}

static bool time_act(struct pane *pane, enum action action,
                     struct request *request) {
    static struct notables notables;
    switch (action) {
    case ACTION_ZOOM_IN:
    case ACTION_ZOOM_OUT:
        zoom(pane->shown, action == ACTION_ZOOM_IN, request);
        return true;
    case ACTION_FIT:
        request->range = true;
        return true;
    case ACTION_ENTER:
        notable_fill(&notables, pane->shown->answer);
        if (pane->cursor < notables.count) {
            request->moves = true;
            request->moment = notables.list[pane->cursor].moment;
        }
        return true;
    default: // to the last one, when it is drawn
        return list_move(pane, action, NOTABLE_MOST, LIST_ENDS);
    }
}

// clang-format off
static const struct binding time_keys[] = {
    {ACTION_ENTER, {PRESS_ENTER, PRESS_DOUBLE_CLICK},
     "go there", "go to the moment of note under the cursor", 2, KEYS_OWN},
    {ACTION_ZOOM_IN, {'+', '='},
     "zoom in", "half as much, twice as large", 3, KEYS_OWN},
    {ACTION_ZOOM_OUT, {'-'},
     "zoom out", "twice as much, half as large", 3, KEYS_OWN},
    {ACTION_FIT, {'z'},
     "all", "show all of the recording", 4, KEYS_OWN},
    {ACTION_EARLIER, {PRESS_ARROW_LEFT, 'h'},
     "earlier", "the time cursor one column back", 0, KEYS_OWN},
    {ACTION_LATER, {PRESS_ARROW_RIGHT, 'l'},
     "later", "the time cursor one column on", 0, KEYS_OWN},
};
// clang-format on

const struct view time_view = {
    .name = "time",
    .title = "Time",
    .digit = '2',
    .says = "what was held over time, and when what happened",
    .keys = OWN_KEYS(time_keys, KEYS_SCREENS),
    .words = time_words,
    .keeps_cursor = true,
    .draw = time_draw,
    .act = time_act,
};
