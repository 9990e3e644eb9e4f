// summary.c - the first screen: how much, where, whose fault, what next.
//
// Whoever reads this screen alone can answer: is it a leak or fragmentation,
// who causes it, where do I look next. Nothing else competes here.
#include "viewer/ui/view/summary.h"
#include "viewer/ui/view/look_at.h"
#include "viewer/ui/view/parts.h"
#include "viewer/ui/view/timeline.h"

#include <limits.h>
#include <stdio.h>

enum {
    SUMMARY_WIDTH = 120, // of all, at most
    SUMMARY_LABEL = 10,  // left margin of texts with a heading
    SUMMARY_NAME = 33,   // of a part
    SUMMARY_NUMBER = 11, // a column of bytes
    SUMMARY_EXACT = 5,   // more cells for plain bytes
    SUMMARY_WIDEST = SUMMARY_NUMBER + SUMMARY_EXACT,
    SUMMARY_MIN_BAR = 8,
    SUMMARY_ITEMS = 4, // to look at, where there is some room
};

static const char *const summary_words[] = {
    "used",
    "What the program asked for and has not freed.",
    "held",
    "What the allocator has from the system. Held minus used is what this "
    "program tries to explain.",
    "span",
    "A piece of memory cut into blocks of one size. It serves another size "
    "only "
    "when all of its blocks are free: one live block keeps it.",
    "pin",
    "Free memory that serves no other size because live blocks are in the same "
    "span. The Pins screen tells whose blocks.",
    "held/used",
    "Bytes held for each byte used: 1.0 is perfect, 1.25 is good.",
    "peak/peak",
    "The most ever held for the most ever used: did the program need that "
    "much memory?",
    "temporary",
    "Blocks that their thread freed before it allocated the next one.",
    NULL,
};

// Lines that are too long are hard to follow.
static int summary_width(const struct screen *s) {
    return s->width < SUMMARY_WIDTH ? s->width : SUMMARY_WIDTH;
}

// What is drawn of the parts: the largest rows, the rest summed up.
struct summary_rows {
    bool shown[PARTS];
    int count; // of the shown ones
    bool rest; // there is a row for those not shown
};

// What the columns have of a part, from the left; PARTS: of all.
struct summary_bytes {
    double now, peak, mean;
};

// In a range: its end, its beginning, and the mean between them. What is held
// at these is not known of some blocks alone.
static bool summary_of_range(const struct answer *a) {
    return a->has_since && !a->filter;
}

static struct summary_bytes summary_bytes_of(const struct answer *a, int part) {
    struct summary_bytes all = {0, 0, 0};
    if (part == PARTS && !summary_of_range(a))
        return (struct summary_bytes){(double)a->now.held_bytes,
                                      (double)a->peak_held.held_bytes,
                                      a->mean_held_bytes};
    if (!summary_of_range(a))
        return (struct summary_bytes){(double)a->now.part_bytes[part],
                                      (double)a->peak_held.part_bytes[part],
                                      a->mean_part_bytes[part]};
    if (part < PARTS)
        return (struct summary_bytes){(double)a->range.parts[part].after_bytes,
                                      (double)a->range.parts[part].before_bytes,
                                      a->range.parts[part].mean_bytes};
    for (int i = 0; i < PARTS; i++) {
        all.now += (double)a->range.parts[i].after_bytes;
        all.peak += (double)a->range.parts[i].before_bytes;
    }
    all.mean = a->range.mean_held_bytes;
    return all;
}

static bool summary_matters(const struct answer *a, int part) {
    struct summary_bytes bytes = summary_bytes_of(a, part);
    return part == PART_USED || bytes.now > 0 ||
           (!a->filter && (bytes.peak > 0 || bytes.mean > 0.5));
}

static struct summary_rows summary_choose(const struct answer *a, int room) {
    struct summary_rows rows = {.count = 0};
    for (int i = 0; i < PARTS; i++)
        rows.count += rows.shown[i] = summary_matters(a, i);
    rows.rest = rows.count > room;
    while (rows.count + rows.rest > room && rows.count > 1) {
        int least = -1;
        for (int i = PART_USED + 1; i < PARTS; i++)
            if (rows.shown[i] &&
                (least < 0 ||
                 summary_bytes_of(a, i).now <= summary_bytes_of(a, least).now))
                least = i;
        rows.shown[least] = false;
        rows.count--;
    }
    return rows;
}

struct summary_columns {
    int bar_x, bar_width; // width 0: no bars
    double bar_whole;     // bytes of a bar of full width
    int number;           // cells of a column of bytes
    int now, peak, mean;  // right edges; 0: not shown
};

static struct summary_columns summary_lay_out(const struct shown *shown,
                                              int width) {
    const struct answer *a = shown->answer;
    struct summary_columns c = {.bar_whole = 1, .number = SUMMARY_NUMBER};
    if (shown->unit == UNIT_BYTES)
        c.number += SUMMARY_EXACT;
    for (int i = 0; i < PARTS; i++)
        if (summary_bytes_of(a, i).now > c.bar_whole)
            c.bar_whole = summary_bytes_of(a, i).now;
    int edge = width - 3; // a mark stands right of the numbers
    bool mean = width >= 72;
    c.mean = mean ? edge : 0;
    c.peak = edge - (mean ? c.number : 0);
    c.now = c.peak - c.number;
    if (a->filter) { // the others are of all blocks
        c.now = edge;
        c.peak = c.mean = 0;
    } else if (!a->has_since &&
               shown->moment.at == AT_PEAK_HELD) { // the moment is that column
        c.now = c.peak;
        c.peak = 0;
    }
    c.bar_x = 2 + SUMMARY_NAME + 1;
    c.bar_width = c.now - c.number - c.bar_x + 1;
    if (c.bar_width < SUMMARY_MIN_BAR)
        c.bar_width = 0;
    return c;
}

static const char *summary_moment(const struct shown *shown) {
    static const char *const names[] = {
        [AT_END] = "at end",    [AT_WORST] = "worst",
        [AT_PEAK_HELD] = "now", [AT_PEAK_USED] = "most used",
        [AT_TIME] = "now",      [AT_EVENT] = "now"};
    return names[shown->moment.at];
}

static void summary_number(const struct shown *shown, struct screen *s,
                           int edge, int y, double bytes, enum style style) {
    if (edge > 0)
        cells_right(s, edge - SUMMARY_WIDEST, y, SUMMARY_WIDEST,
                    shown_bytes(shown, (uint64_t)(bytes + 0.5)).text, style);
}

static void summary_row(const struct shown *shown, struct screen *s,
                        const struct summary_columns *c, int y,
                        const char *name, int part,
                        struct summary_bytes bytes) {
    const struct answer *a = shown->answer;
    bool most = part == (int)a->verdict_part && part != PART_USED;
    enum style style = most ? STYLE_STRONG : STYLE_TEXT;
    cells_text(s, 2, y, SUMMARY_NAME, name, style);
    if (c->bar_width && part >= 0)
        cells_bar(s, c->bar_x, y, c->bar_width, bytes.now / c->bar_whole,
                  part_looks[part].glyph, part_looks[part].style);
    summary_number(shown, s, c->now, y, bytes.now, style);
    summary_number(shown, s, c->peak, y, bytes.peak, STYLE_TEXT);
    summary_number(shown, s, c->mean, y, bytes.mean, STYLE_TEXT);
    if (most)
        cells_put(s, summary_width(s) - 2, y, 0x25c0, STYLE_WARNING);
}

static void summary_titles(const struct shown *shown, struct screen *s,
                           const struct summary_columns *c, int y) {
    const struct answer_range *range = &shown->answer->range;
    bool of_range = summary_of_range(shown->answer);
    char from[NUMBER_BYTES + 4], to[NUMBER_BYTES + 4];
    snprintf(from, sizeof from, "at %s", number_time(range->from_ns).text);
    snprintf(to, sizeof to, "at %s", number_time(range->to_ns).text);
    const struct {
        int edge;
        const char *title;
    } titles[] = {{c->now, of_range ? to : summary_moment(shown)},
                  {c->peak, of_range ? from : "most held"},
                  {c->mean, of_range ? "mean of it" : "mean"}};
    for (int i = 0; i < 3; i++)
        if (titles[i].edge)
            cells_right(s, titles[i].edge - SUMMARY_NUMBER, y, SUMMARY_NUMBER,
                        titles[i].title, STYLE_DIM);
}

static int summary_draw_parts(const struct shown *shown, struct screen *s,
                              int y, struct summary_rows rows) {
    const struct answer *a = shown->answer;
    struct summary_columns c = summary_lay_out(shown, summary_width(s));
    struct summary_bytes all = summary_bytes_of(a, PARTS), rest = {0, 0, 0};
    char head[64];
    snprintf(head, sizeof head, "WHERE THE %s ARE",
             number_iec((uint64_t)all.now).text);
    cells_text(s, 1, y, SUMMARY_NAME, head, STYLE_HEADING);
    summary_titles(shown, s, &c, y);
    y++;
    for (int i = 0; i < PARTS; i++) {
        struct summary_bytes bytes = summary_bytes_of(a, i);
        if (rows.shown[i]) {
            summary_row(shown, s, &c, y++, answer_part_name(i), i, bytes);
            continue;
        }
        rest.now += bytes.now;
        rest.peak += bytes.peak;
        rest.mean += bytes.mean;
    }
    if (rows.rest)
        summary_row(shown, s, &c, y++, "everything else", -1, rest);
    cells_text(s, 2, y, SUMMARY_NAME,
               a->filter ? "with these blocks" : "held in all", STYLE_DIM);
    summary_number(shown, s, c.now, y, all.now, STYLE_STRONG);
    summary_number(shown, s, c.peak, y, all.peak, STYLE_TEXT);
    summary_number(shown, s, c.mean, y, all.mean, STYLE_TEXT);
    return y + 1;
}

// ---- sentences ----

// Draws whole sentences, as many as fit into `height` lines; the first one is
// cut rather than left out.
static int summary_draw_texts(struct screen *s, int y, int height,
                              const char *head, enum style style,
                              char *const *texts, size_t count) {
    struct screen nowhere = {.width = 0}; // measures: all is clipped there
    int width = summary_width(s) - SUMMARY_LABEL - 1, end = y + height,
        from = y;
    for (size_t i = 0; i < count && y < end; i++) {
        int lines =
            cells_wrap(&nowhere, 0, 0, width, INT_MAX, texts[i], STYLE_TEXT);
        if (i > 0 && y + lines > end)
            break;
        y += cells_wrap(s, SUMMARY_LABEL, y, width, end - y, texts[i],
                        i == 0 && style == STYLE_HEADING ? STYLE_STRONG
                                                         : STYLE_TEXT);
    }
    if (y > from)
        cells_text(s, 1, from, SUMMARY_LABEL - 2, head, style);
    return y;
}

// A ratio of 0 says that nothing was used.
static struct number summary_ratio(double ratio) {
    return number_ratio(ratio, ratio > 0 ? 1 : 0);
}

static int summary_draw_ratios(const struct answer *a, struct screen *s,
                               int y) {
    cells_text(s, 1, y, SUMMARY_LABEL, "RATIO", STYLE_HEADING);
    cells_print(s, SUMMARY_LABEL, y, STYLE_TEXT,
                "held/used %s now   at most used %s   mean %s   peak/peak %s",
                summary_ratio(a->ratio_now).text,
                summary_ratio(a->ratio_at_peak_used).text,
                summary_ratio(a->ratio_mean).text,
                summary_ratio(a->ratio_peak_to_peak).text);
    y++;
    cells_text(s, 1, y, SUMMARY_LABEL, "CHURN", STYLE_HEADING);
    cells_print(
        s, SUMMARY_LABEL, y, STYLE_TEXT,
        "%s allocations   temporary %s   freed by other threads %s",
        number_count(a->allocations).text,
        number_percent((double)a->temporary, (double)a->allocations).text,
        number_percent((double)a->deferred_frees, (double)a->frees).text);
    return y + 1;
}

static int summary_draw_time(const struct answer *a, struct screen *s, int y,
                             bool flags) {
    cells_text(s, 1, y, SUMMARY_LABEL, a->filter ? "USED" : "HELD",
               STYLE_HEADING);
    timeline_draw(a, s, SUMMARY_LABEL, y, summary_width(s) - SUMMARY_LABEL,
                  flags);
    return y + 1 + flags;
}

// ---- the whole screen ----

// The texts on top; returns the line below them.
static int summary_draw_top(const struct answer *a, struct screen *s, int y,
                            bool roomy) {
    if (a->quality.sentence_count)
        y = summary_draw_texts(s, y, roomy ? 3 : 1, "NOTE", STYLE_WARNING,
                               a->quality.sentences, a->quality.sentence_count);
    int verdict = roomy ? 6 : 3;
    if (a->has_since) {
        y = summary_draw_texts(s, y, roomy ? 3 : 2, "RANGE", STYLE_HEADING,
                               a->range.sentences, a->range.sentence_count);
        verdict = roomy ? 4 : 1;
    }
    return summary_draw_texts(s, y, verdict, "VERDICT", STYLE_HEADING,
                              a->verdict, a->verdict_count);
}

static void summary_draw(struct pane *pane, struct screen *s, struct box box) {
    const struct shown *shown = pane->shown;
    const struct answer *a = shown->answer;
    struct look_at list;
    look_at_fill(&list, a);
    bool roomy = box.height >= 18;
    int y = summary_draw_top(a, s, box.y, roomy);
    int most = roomy ? SUMMARY_ITEMS : 1;
    int items = list.count < (size_t)most ? (int)list.count : most;
    int rows = items ? items + 1 : 0;
    int parts = box.y + box.height - y - 2 - rows;
    struct summary_rows chosen = summary_choose(a, parts);
    int spare = parts - chosen.count - chosen.rest;
    // What is left over goes first to air, then to more numbers.
    if (spare >= 2 && a->point_count) {
        bool flags = spare >= 3 && a->mark_count + a->snapshot_count > 0;
        y = summary_draw_time(a, s, y + 1, flags);
        spare -= 2 + flags;
    }
    y += spare >= 1;
    spare -= spare >= 1;
    y = summary_draw_parts(shown, s, y, chosen);
    if (spare >= 4 && !a->filter) { // of all blocks
        y = summary_draw_ratios(a, s, y + 1);
        spare -= 3;
    }
    if (!rows)
        return;
    y += spare > 0;
    spare -= spare > 0;
    int more = (int)list.count - items;
    if (spare > 0 && more > 0)
        rows += more < spare ? more : spare;
    look_at_draw(&list, pane, s, y, rows, summary_width(s));
}

static bool summary_act(struct pane *pane, enum action action,
                        struct request *request) {
    struct look_at list;
    look_at_fill(&list, pane->shown->answer);
    return look_at_act(&list, pane, action, request);
}

// clang-format off
static const struct binding summary_keys[] = {
    {ACTION_ENTER, {PRESS_ENTER, PRESS_DOUBLE_CLICK},
     "go there",
     "go to the screen and the line that the finding is about", 2, KEYS_OWN},
};
// clang-format on

const struct view summary_view = {
    .name = "summary",
    .title = "Summary",
    .digit = '1',
    .says = "how much is held, where it is, what to look at",
    .keys = OWN_KEYS(summary_keys, KEYS_SCREENS),
    .words = summary_words,
    .draw = summary_draw,
    .act = summary_act,
};
