// scrubber.c - the time cursor of all screens: moving it, and the line that
// shows where it is.
#include "viewer/ui/scrubber.h"
#include "viewer/base/quantity.h"
#include "viewer/base/text.h"
#include "viewer/ui/notable.h"
#include "viewer/ui/time_columns.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL = 11, COLUMNS = 64 }; // cells of a label; columns before a drawing

// ---- drawing ----

void scrubber_draw(struct shown *shown, struct screen *s, int y) {
    static struct time_column columns[TIME_COLUMNS_MOST];
    static uint64_t held[TIME_COLUMNS_MOST]; // too large for a thread's stack
    const struct answer *a = shown->answer;
    int count = s->width - 2 * LABEL;
    count = count < TIME_COLUMNS_MOST ? count : TIME_COLUMNS_MOST;
    shown->columns = count;
    shown->scrubber_y = y;
    uint64_t to = shown_end(shown);
    cells_right(s, 0, y, LABEL - 1, number_time(shown->from_ns).text,
                STYLE_DIM);
    cells_text(s, LABEL + count + 1, y, LABEL - 1, number_time(to).text,
               STYLE_DIM);
    time_columns(a, shown->from_ns, to, columns, count);
    for (int i = 0; i < count; i++)
        held[i] = columns[i].known ? columns[i].held_max : 0;
    cells_spark(s, LABEL, y, count, held, count, STYLE_USED);
    int since = a->has_since ? time_column_at(shown, a->since_ns, count) : -1;
    if (since >= 0)
        cells_put(s, LABEL + since, y, 0x2502, STYLE_WARNING);
    int at = time_column_at(shown, a->now.time_ns, count);
    if (at >= 0) {
        cells_put(s, LABEL + at, y, 0x2503, STYLE_KEY);
        cells_select(s, LABEL + at, y, 1);
    }
}

bool scrubber_click(const struct shown *shown, int x, int y,
                    struct shown_moment *to) {
    int column = x - LABEL;
    if (shown->scrubber_y == 0 || y != shown->scrubber_y || column < 0 ||
        column >= shown->columns)
        return false;
    *to = (struct shown_moment){
        .at = AT_TIME, .ns = time_of_column(shown, column, shown->columns)};
    return true;
}

// ---- moving ----

static uint64_t now_ns(const struct shown *shown,
                       const struct shown_moment *now) {
    return now->at == AT_TIME ? now->ns : shown->answer->now.time_ns;
}

static bool note(const struct shown *shown, uint64_t ns, bool next,
                 struct shown_moment *to, const char **why) {
    static struct notables notables; // too large for a thread's stack
    notable_fill(&notables, shown->answer);
    const struct notable *found =
        next ? notable_next(&notables, ns) : notable_previous(&notables, ns);
    *why = next ? "Nothing of note comes after this moment."
                : "Nothing of note comes before this moment.";
    if (found)
        *to = found->moment;
    return found != NULL;
}

bool scrubber_move(const struct shown *shown, const struct shown_moment *now,
                   enum action action, struct shown_moment *to,
                   const char **why) {
    uint64_t ns = now_ns(shown, now), end = shown->answer->duration_ns;
    int columns = shown->columns > 0 ? shown->columns : COLUMNS;
    uint64_t step = (shown_end(shown) - shown->from_ns) / (uint64_t)columns + 1;
    *why = "This is where the recording ends.";
    switch (action) {
    case ACTION_EARLIER:
        *why = "This is where the recording begins.";
        *to = (struct shown_moment){.at = AT_TIME,
                                    .ns = ns > step ? ns - step : 0};
        return ns > 0;
    case ACTION_LATER:
        *to = (struct shown_moment){.at = AT_TIME, .ns = ns + step};
        if (to->ns >= end)
            *to = (struct shown_moment){.at = AT_END};
        return now->at != AT_END;
    case ACTION_PREVIOUS_NOTE:
        return note(shown, ns, false, to, why);
    default:
        return note(shown, ns, true, to, why);
    }
}

// ---- reading ----

// What follows the word, if the text begins with it.
static const char *after(const char *text, const char *word) {
    size_t length = strlen(word);
    if (strncmp(text, word, length) != 0 || text[length] != ' ')
        return NULL;
    text += length;
    while (*text == ' ')
        text++;
    return text;
}

bool scrubber_read(const struct shown *shown, const char *text,
                   struct shown_moment *to) {
    const struct answer *a = shown->answer;
    const char *rest;
    char end;
    *to = (struct shown_moment){.at = AT_END};
    if (strcmp(text, "end") == 0)
        return true;
    to->at = AT_WORST;
    if (strcmp(text, "worst") == 0)
        return true;
    to->at = AT_PEAK_HELD;
    if (strcmp(text, "peak") == 0)
        return true;
    to->at = AT_PEAK_USED;
    if (strcmp(text, "peak-used") == 0)
        return true;
    if ((rest = after(text, "event"))) {
        to->at = AT_EVENT;
        return sscanf(rest, "%" SCNu64 "%c", &to->event, &end) == 1;
    }
    to->at = AT_TIME;
    if ((rest = after(text, "mark"))) {
        for (size_t i = 0; i < a->mark_count; i++)
            if (text_contains(a->marks[i].text, rest)) {
                to->ns = a->marks[i].time_ns;
                return true;
            }
        return false;
    }
    uint64_t number;
    if ((rest = after(text, "snapshot"))) {
        for (size_t i = 0; i < a->snapshot_count; i++)
            if (sscanf(rest, "%" SCNu64 "%c", &number, &end) == 1 &&
                a->snapshots[i].number == number) {
                to->ns = a->snapshots[i].time_ns;
                return true;
            }
        return false;
    }
    return quantity_ns(text, &to->ns);
}
