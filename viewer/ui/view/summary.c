// summary.c - the first screen: how much, where, whose fault, what next.
//
// Whoever reads this screen alone can answer: is it a leak or fragmentation,
// who causes it, where do I look next. Nothing else competes here.
#include "viewer/base/escape.h"
#include "viewer/names/site.h"
#include "viewer/ui/view.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    SUMMARY_WIDTH = 120, // of all, at most
    SUMMARY_LABEL = 10,  // left margin of texts with a heading
    SUMMARY_NAME = 33,   // of a part
    SUMMARY_NUMBER = 11, // a column of bytes
    SUMMARY_EXACT = 5,   // more cells for plain bytes
    SUMMARY_WIDEST = SUMMARY_NUMBER + SUMMARY_EXACT,
    SUMMARY_MIN_BAR = 8,
    SUMMARY_ITEMS = 64, // to look at, in all
    SUMMARY_TOP = 3,    // of the pins and of the users of most
    SUMMARY_SHOWN = 4,  // where there is some room
};

static const struct {
    uint32_t glyph;
    enum style style;
} summary_parts[PARTS] = {
    [PART_USED] = {0x2588, STYLE_USED},
    [PART_ROUNDING] = {0x2592, STYLE_ROUNDING},
    [PART_SPAN_FREE] = {0x2591, STYLE_SPAN_FREE},
    [PART_DEFERRED] = {0x2504, STYLE_DEFERRED},
    [PART_OVERHEAD] = {'+', STYLE_REST},
    [PART_EMPTY] = {0x00b7, STYLE_REST},
    [PART_THREAD_CACHE] = {0x25a3, STYLE_THREAD_CACHE},
    [PART_GLOBAL_CACHE] = {0x25eb, STYLE_GLOBAL_CACHE},
    [PART_SEGMENT] = {0x00b7, STYLE_REST},
    [PART_SLACK] = {'-', STYLE_REST},
};

static const char *const summary_words[] = {
    "used",
    "What the program asked for and has not freed.",
    "held",
    "What the allocator has from the system. Held minus used is what this "
    "program tries to explain.",
    "span",
    "A piece of memory cut into blocks of one size. It goes back, or serves "
    "another size, only when all of its blocks are free: one live block keeps "
    "it.",
    "pin",
    "Free memory that cannot go back because live blocks are in the same "
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

static bool summary_matters(const struct answer *a, int part) {
    return part == PART_USED || a->now.part_bytes[part] ||
           a->peak_held.part_bytes[part] || a->mean_part_bytes[part] > 0.5;
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
                (least < 0 || a->now.part_bytes[i] <= a->now.part_bytes[least]))
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

static struct summary_columns summary_lay_out(const struct app *app,
                                              int width) {
    const struct answer *a = app->answer;
    struct summary_columns c = {.bar_whole = 1, .number = SUMMARY_NUMBER};
    if (app->unit == UNIT_BYTES)
        c.number += SUMMARY_EXACT;
    for (int i = 0; i < PARTS; i++)
        if ((double)a->now.part_bytes[i] > c.bar_whole)
            c.bar_whole = (double)a->now.part_bytes[i];
    int edge = width - 3; // a mark stands right of the numbers
    bool mean = width >= 72;
    c.mean = mean ? edge : 0;
    c.peak = edge - (mean ? c.number : 0);
    c.now = c.peak - c.number;
    if (app->shown_at == AT_PEAK_HELD) { // the moment is that column
        c.now = c.peak;
        c.peak = 0;
    }
    c.bar_x = 2 + SUMMARY_NAME + 1;
    c.bar_width = c.now - c.number - c.bar_x + 1;
    if (c.bar_width < SUMMARY_MIN_BAR)
        c.bar_width = 0;
    return c;
}

static const char *summary_moment(const struct app *app) {
    static const char *const names[] = {[AT_END] = "at end",
                                        [AT_PEAK_HELD] = "now",
                                        [AT_PEAK_USED] = "most used",
                                        [AT_TIME] = "now"};
    return names[app->shown_at];
}

static void summary_number(const struct app *app, struct screen *s, int edge,
                           int y, double bytes, enum style style) {
    if (edge > 0)
        scr_right(s, edge - SUMMARY_WIDEST, y, SUMMARY_WIDEST,
                  app_bytes(app, (uint64_t)(bytes + 0.5)).text, style);
}

static void summary_row(const struct app *app, struct screen *s,
                        const struct summary_columns *c, int y,
                        const char *name, int part, double now, double peak,
                        double mean) {
    const struct answer *a = app->answer;
    bool most = part == (int)a->verdict_part && part != PART_USED;
    enum style style = most ? STYLE_STRONG : STYLE_TEXT;
    scr_text(s, 2, y, SUMMARY_NAME, name, style);
    if (c->bar_width && part >= 0)
        scr_bar(s, c->bar_x, y, c->bar_width, now / c->bar_whole,
                summary_parts[part].glyph, summary_parts[part].style);
    summary_number(app, s, c->now, y, now, style);
    summary_number(app, s, c->peak, y, peak, STYLE_TEXT);
    summary_number(app, s, c->mean, y, mean, STYLE_TEXT);
    if (most)
        scr_put(s, summary_width(s) - 2, y, 0x25c0, STYLE_WARNING);
}

static int summary_draw_parts(struct app *app, struct screen *s, int y,
                              struct summary_rows rows) {
    const struct answer *a = app->answer;
    struct summary_columns c = summary_lay_out(app, summary_width(s));
    char head[64];
    snprintf(head, sizeof head, "WHERE THE %s ARE",
             number_iec(a->now.held_bytes).text);
    scr_text(s, 1, y, SUMMARY_NAME, head, STYLE_HEADING);
    const struct {
        int edge;
        const char *title;
    } titles[] = {
        {c.now, summary_moment(app)}, {c.peak, "most held"}, {c.mean, "mean"}};
    for (int i = 0; i < 3; i++)
        if (titles[i].edge)
            scr_right(s, titles[i].edge - SUMMARY_NUMBER, y, SUMMARY_NUMBER,
                      titles[i].title, STYLE_DIM);
    y++;
    double now = 0, peak = 0, mean = 0;
    for (int i = 0; i < PARTS; i++) {
        if (rows.shown[i]) {
            summary_row(app, s, &c, y++, answer_part_name(i), i,
                        (double)a->now.part_bytes[i],
                        (double)a->peak_held.part_bytes[i],
                        a->mean_part_bytes[i]);
            continue;
        }
        now += (double)a->now.part_bytes[i];
        peak += (double)a->peak_held.part_bytes[i];
        mean += a->mean_part_bytes[i];
    }
    if (rows.rest)
        summary_row(app, s, &c, y++, "everything else", -1, now, peak, mean);
    scr_text(s, 2, y, SUMMARY_NAME, "held in all", STYLE_DIM);
    summary_number(app, s, c.now, y, (double)a->now.held_bytes, STYLE_STRONG);
    summary_number(app, s, c.peak, y, (double)a->peak_held.held_bytes,
                   STYLE_TEXT);
    summary_number(app, s, c.mean, y, a->mean_held_bytes, STYLE_TEXT);
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
            scr_wrap(&nowhere, 0, 0, width, INT_MAX, texts[i], STYLE_TEXT);
        if (i > 0 && y + lines > end)
            break;
        y += scr_wrap(s, SUMMARY_LABEL, y, width, end - y, texts[i],
                      i == 0 && style == STYLE_HEADING ? STYLE_STRONG
                                                       : STYLE_TEXT);
    }
    if (y > from)
        scr_text(s, 1, from, SUMMARY_LABEL - 2, head, style);
    return y;
}

// A ratio of 0 says that nothing was used.
static struct number summary_ratio(double ratio) {
    return number_ratio(ratio, ratio > 0 ? 1 : 0);
}

static int summary_draw_ratios(const struct app *app, struct screen *s, int y) {
    const struct answer *a = app->answer;
    scr_text(s, 1, y, SUMMARY_LABEL, "RATIO", STYLE_HEADING);
    scr_print(s, SUMMARY_LABEL, y, STYLE_TEXT,
              "held/used %s now   at most used %s   mean %s   peak/peak %s",
              summary_ratio(a->ratio_now).text,
              summary_ratio(a->ratio_at_peak_used).text,
              summary_ratio(a->ratio_mean).text,
              summary_ratio(a->ratio_peak_to_peak).text);
    y++;
    scr_text(s, 1, y, SUMMARY_LABEL, "CHURN", STYLE_HEADING);
    scr_print(s, SUMMARY_LABEL, y, STYLE_TEXT,
              "%s allocations   temporary %s   freed by other threads %s",
              number_count(a->allocations).text,
              number_percent((double)a->temporary, (double)a->allocations).text,
              number_percent((double)a->deferred_frees, (double)a->frees).text);
    return y + 1;
}

// ---- marks and snapshots, under the line of time ----

struct summary_flag {
    uint64_t time_ns;
    uint64_t snapshot; // its number; 0: a mark
    const char *text;  // of the mark
};

// The flags in the order of time; *mark and *snapshot: how many were taken.
static bool summary_next_flag(const struct answer *a, size_t *mark,
                              size_t *snapshot, struct summary_flag *flag) {
    bool marks = *mark < a->mark_count;
    bool snapshots = *snapshot < a->snapshot_count;
    if (marks && (!snapshots ||
                  a->marks[*mark].time_ns <= a->snapshots[*snapshot].time_ns)) {
        const struct answer_mark *m = &a->marks[(*mark)++];
        *flag = (struct summary_flag){m->time_ns, 0, m->text};
        return true;
    }
    if (snapshots) {
        const struct answer_snapshot *t = &a->snapshots[(*snapshot)++];
        *flag = (struct summary_flag){t->time_ns, t->number, NULL};
    }
    return snapshots;
}

static void summary_draw_flag(struct screen *s, int x, int y, int room,
                              const struct summary_flag *flag) {
    char text[128];
    if (flag->snapshot)
        snprintf(text, sizeof text, "%s%" PRIu64, room >= 12 ? "snapshot " : "",
                 flag->snapshot);
    else
        escape_text(text, sizeof text, flag->text);
    scr_put(s, x, y, 0x25b2, flag->snapshot ? STYLE_KEY : STYLE_USED);
    // Less than that says nothing.
    if (room >= 3 || (size_t)room >= strlen(text))
        scr_text(s, x + 1, y, room, text, STYLE_DIM);
}

// Each where it was in time, and as much of its text as there is room for; of
// those in one place, the first.
static void summary_draw_flags(const struct app *app, struct screen *s, int y,
                               int width) {
    const struct answer *a = app->answer;
    uint64_t end = a->points[a->point_count - 1].time_ns;
    struct summary_flag flag, last = {0};
    size_t mark = 0, snapshot = 0;
    int last_x = -1;
    if (end == 0)
        end = a->duration_ns + 1;
    while (summary_next_flag(a, &mark, &snapshot, &flag)) {
        double part = (double)flag.time_ns / (double)end;
        int x = SUMMARY_LABEL + (int)((part < 1 ? part : 1) * (width - 1));
        if (x == last_x)
            continue;
        if (last_x >= 0)
            summary_draw_flag(s, last_x, y, x - last_x - 2, &last);
        last = flag;
        last_x = x;
    }
    if (last_x >= 0)
        summary_draw_flag(s, last_x, y, summary_width(s) - last_x - 2, &last);
}

static int summary_draw_time(const struct app *app, struct screen *s, int y,
                             bool flags) {
    enum { COLUMNS = 512 };
    const struct answer *a = app->answer;
    static uint64_t held[COLUMNS]; // too large for the stack of a thread
    int count = a->point_count < COLUMNS ? (int)a->point_count : COLUMNS;
    for (int i = 0; i < count; i++) {
        size_t from = (size_t)i * a->point_count / (size_t)count;
        size_t to = ((size_t)i + 1) * a->point_count / (size_t)count;
        held[i] = 0;
        for (size_t k = from; k < to; k++)
            if (a->points[k].held_max > held[i])
                held[i] = a->points[k].held_max;
    }
    char peak[64];
    snprintf(peak, sizeof peak, "peak %s at %s",
             number_iec(a->peak_held_bytes).text,
             number_time(a->peak_held.time_ns).text);
    int right = (int)strlen(peak) + 3;
    scr_text(s, 1, y, SUMMARY_LABEL, "HELD", STYLE_HEADING);
    int width = summary_width(s) - SUMMARY_LABEL - right;
    scr_spark(s, SUMMARY_LABEL, y, width, held, count, STYLE_USED);
    scr_right(s, summary_width(s) - right, y, right - 1, peak, STYLE_DIM);
    if (flags)
        summary_draw_flags(app, s, ++y, width);
    return y + 1;
}

// ---- what to look at: findings, then who pins and who uses most ----

struct summary_item {
    const struct answer_finding *finding; // NULL: no finding, but a figure
    const char *kind;
    const struct view *view; // where it is explained; NULL: nowhere
    uint32_t site;
};

struct summary_list {
    struct summary_item items[SUMMARY_ITEMS];
    size_t count;
};

static void summary_add(struct summary_list *list, struct summary_item item) {
    for (size_t i = 0; i < list->count && !item.finding; i++)
        if (list->items[i].view == item.view &&
            list->items[i].site == item.site && item.view)
            return; // said already
    if (list->count < SUMMARY_ITEMS)
        list->items[list->count++] = item;
}

static void summary_list(const struct answer *a, struct summary_list *list) {
    list->count = 0;
    for (size_t i = 0; i < a->finding_count; i++) {
        const struct answer_finding *f = &a->findings[i];
        bool pin = strcmp(f->kind, "pin") == 0;
        summary_add(list, (struct summary_item){f, f->kind,
                                                f->site == ANSWER_NONE ? NULL
                                                : pin ? &view_pins
                                                      : &view_sites,
                                                f->site});
    }
    for (size_t i = 0; i < a->pin_count && i < SUMMARY_TOP; i++)
        summary_add(
            list, (struct summary_item){NULL, "pins", &view_pins, a->pins[i]});
    for (size_t i = 0; i < a->site_count && i < SUMMARY_TOP; i++)
        if (a->sites[i].counts.live_bytes)
            summary_add(list, (struct summary_item){NULL, "uses", &view_sites,
                                                    (uint32_t)i});
}

static void summary_say(const struct answer *a, const struct summary_item *item,
                        char *out, size_t size) {
    if (item->finding) {
        escape_text(out, size, item->finding->text);
        return;
    }
    const struct answer_site *site = &a->sites[item->site];
    const struct answer_counts *c = &site->counts;
    char name[SITE_NAME_BYTES], place[SITE_PLACE_BYTES];
    site_name(&site->where, name, sizeof name);
    site_place(&site->where, place, sizeof place);
    const char *open = *place ? " (" : "", *close = *place ? ")" : "";
    if (item->view == &view_pins)
        snprintf(out, size, "%s%s%s%s keeps %s of free blocks with %s of data",
                 name, open, place, close, number_iec(c->share_bytes).text,
                 number_iec(c->live_bytes).text);
    else
        snprintf(out, size, "%s%s%s%s has %s in %s block%s", name, open, place,
                 close, number_iec(c->live_bytes).text,
                 number_count(c->live_blocks).text,
                 c->live_blocks == 1 ? "" : "s");
}

static void summary_draw_item(const struct app *app, struct screen *s, int y,
                              const struct summary_item *item, bool current) {
    static const struct {
        uint32_t glyph;
        enum style style;
    } severities[] = {
        [SEVERITY_ERROR] = {'x', STYLE_ERROR},
        [SEVERITY_WARNING] = {0x25b2, STYLE_WARNING},
        [SEVERITY_NOTE] = {0x25cb, STYLE_DIM},
    };
    enum answer_severity severity =
        item->finding ? item->finding->severity : SEVERITY_NOTE;
    enum style style = severities[severity].style;
    char text[512];
    summary_say(app->answer, item, text, sizeof text);
    scr_put(s, 3, y, item->finding ? severities[severity].glyph : 0x00b7,
            style);
    int x = 5 + scr_text(s, 5, y, 16, item->kind, style);
    x = x < 18 ? 18 : x + 1;
    scr_text(s, x, y, summary_width(s) - x - 2, text, STYLE_TEXT);
    if (current) {
        scr_put(s, 1, y, 0x25b6, STYLE_KEY);
        scr_select(s, 1, y, summary_width(s) - 1);
    }
}

static void summary_draw_list(struct app *app, struct screen *s, int y,
                              int rows, const struct summary_list *list) {
    size_t shown = (size_t)rows - 1;
    if (app->finding < app->first_finding)
        app->first_finding = app->finding;
    if (app->finding >= app->first_finding + shown)
        app->first_finding = app->finding - shown + 1;
    int x = 1 + scr_text(s, 1, y, summary_width(s), "LOOK AT", STYLE_HEADING);
    if (list->count > shown)
        scr_print(s, x + 2, y, STYLE_DIM, "%zu of %zu", app->finding + 1,
                  list->count);
    scr_right(s, 1, y, summary_width(s) - 2, "Enter goes there", STYLE_DIM);
    for (size_t i = app->first_finding;
         i < app->first_finding + shown && i < list->count; i++)
        summary_draw_item(app, s, ++y, &list->items[i], i == app->finding);
}

// ---- the whole screen ----

// The texts on top; returns the line below them.
static int summary_draw_top(const struct answer *a, struct screen *s, int y,
                            bool roomy) {
    if (a->quality.sentence_count)
        y = summary_draw_texts(s, y, roomy ? 3 : 1, "NOTE", STYLE_WARNING,
                               a->quality.sentences, a->quality.sentence_count);
    return summary_draw_texts(s, y, roomy ? 6 : 3, "VERDICT", STYLE_HEADING,
                              a->verdict, a->verdict_count);
}

static void summary_draw(struct app *app, struct screen *s, struct box box) {
    const struct answer *a = app->answer;
    struct summary_list list;
    summary_list(a, &list);
    bool roomy = box.height >= 18;
    int y = summary_draw_top(a, s, box.y, roomy);
    int most = roomy ? SUMMARY_SHOWN : 1;
    int items = list.count < (size_t)most ? (int)list.count : most;
    int rows = items ? items + 1 : 0;
    int parts = box.y + box.height - y - 2 - rows;
    struct summary_rows chosen = summary_choose(a, parts);
    int spare = parts - chosen.count - chosen.rest;
    // What is left over goes first to air, then to more numbers.
    if (spare >= 2 && a->point_count) {
        bool flags = spare >= 3 && a->mark_count + a->snapshot_count > 0;
        y = summary_draw_time(app, s, y + 1, flags);
        spare -= 2 + flags;
    }
    y += spare >= 1;
    spare -= spare >= 1;
    y = summary_draw_parts(app, s, y, chosen);
    if (spare >= 4) {
        y = summary_draw_ratios(app, s, y + 1);
        spare -= 3;
    }
    if (!rows)
        return;
    y += spare > 0;
    spare -= spare > 0;
    int more = (int)list.count - items;
    if (spare > 0 && more > 0)
        rows += more < spare ? more : spare;
    summary_draw_list(app, s, y, rows, &list);
}

static bool summary_enter(struct app *app, const struct summary_list *list) {
    if (!list->count)
        return true;
    const struct summary_item *item = &list->items[app->finding];
    if (item->view)
        app_go_to(app, item->view, item->site);
    else
        snprintf(app->message, sizeof app->message,
                 "This is not about one call site: there is nowhere to go.");
    return true;
}

static bool summary_act(struct app *app, enum action action) {
    struct summary_list list;
    summary_list(app->answer, &list);
    size_t last = list.count ? list.count - 1 : 0;
    switch (action) {
    case ACTION_UP:
        app->finding -= app->finding > 0;
        return true;
    case ACTION_DOWN:
        app->finding += app->finding < last;
        return true;
    case ACTION_FIRST:
    case ACTION_PAGE_UP:
        app->finding = 0;
        return true;
    case ACTION_LAST:
    case ACTION_PAGE_DOWN:
        app->finding = last;
        return true;
    case ACTION_ENTER:
        return summary_enter(app, &list);
    default:
        return false;
    }
}

const struct view view_summary = {
    .name = "summary",
    .title = "Summary",
    .scope = SCOPE_SUMMARY,
    .words = summary_words,
    .draw = summary_draw,
    .act = summary_act,
};
