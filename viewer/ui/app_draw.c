// app_draw.c - the viewer as cells: the screen that is shown, and its frame.
#include "viewer/ui/app_draw.h"
#include "viewer/base/escape.h"
#include "viewer/base/text.h"
#include "viewer/answer/block_filter.h"
#include "viewer/ui/scrubber.h"
#include "viewer/ui/tabs.h"

#include <stdio.h>

enum { CHIP_ROOM = 24 }; // for a filter, at least

// What stands at the right of the title: the moment, and how whole it is.
static enum style app_state(const struct app *app, char *out, size_t size) {
    static const char *const moments[] = {
        [AT_END] = "at the end",
        [AT_WORST] = "at its worst",
        [AT_PEAK_HELD] = "when most was held",
        [AT_PEAK_USED] = "when most was used",
    };
    const struct answer *a = app->shown.answer;
    if (a && a->unread_share > 0) {
        int used = snprintf(out, size, "\xe2\x89\x88 so far [indexing %s",
                            number_percent(app->loading, 1).text);
        if (app->left_seconds >= 1)
            used += snprintf(out + used, size - (size_t)used, ", %.0f s left",
                             app->left_seconds);
        snprintf(out + used, size - (size_t)used, "]");
        return STYLE_WARNING;
    }
    if (!a || app->loading < 1) {
        snprintf(out, size, "[reading %s]",
                 number_percent(app->loading, 1).text);
        return STYLE_WARNING;
    }
    char moment[40];
    if (a->has_since)
        snprintf(moment, sizeof moment, "from %s to %s",
                 number_time(a->range.from_ns).text,
                 number_time(a->range.to_ns).text);
    else if (app->shown.moment.at > AT_PEAK_USED)
        snprintf(moment, sizeof moment, "at %s",
                 number_time(a->now.time_ns).text);
    else
        snprintf(moment, sizeof moment, "%s", moments[app->shown.moment.at]);
    const struct answer_quality *q = &a->quality;
    bool lost = q->lost_events || q->missing_events;
    snprintf(out, size, "%s%s", moment,
             app->follows   ? " [running, followed]"
             : q->running   ? " [still running: F follows]"
             : lost         ? " [events lost]"
             : !q->complete ? " [damaged]"
                            : "");
    return lost || !q->complete             ? STYLE_WARNING
           : app->shown.moment.at == AT_END ? STYLE_DIM
                                            : STYLE_KEY;
}

static void app_draw_title(const struct app *app, struct screen *s) {
    const struct answer *a = app->shown.answer;
    char title[256], state[80], name[64];
    enum style style = app_state(app, state, sizeof state);
    escape_text(name, sizeof name,
                a && a->command ? a->command : text_base_name(app->path));
    if (a)
        snprintf(title, sizeof title,
                 "%s \xc2\xb7 pid %u \xc2\xb7 %s \xc2\xb7 %s events", name,
                 a->process_id, number_time(a->duration_ns).text,
                 number_count(a->events).text);
    else
        snprintf(title, sizeof title, "%s", name);
    int room = s->width - text_width(state) - 2;
    cells_text(s, 1, 0, 7, "rpscope", STYLE_KEY);
    cells_text(s, 10, 0, room - 10, title, STYLE_TITLE);
    cells_right(s, room, 0, s->width - room - 1, state, style);
}

static void app_draw_tabs(struct app *app, struct screen *s) {
    const struct view *now = app_view(app);
    int x = tabs_draw(app->views, now, s, 1);
    const struct table *table = app_table(app, now);
    const struct block_filter *blocks =
        app->shown.answer ? app->shown.answer->filter : NULL;
    bool lines = table && *table->filter;
    if (blocks || lines) {
        char chip[PROMPT_BYTES + TABLE_TEXT_BYTES + 32], only[PROMPT_BYTES];
        escape_text(only, sizeof only, blocks ? blocks->text : "");
        snprintf(chip, sizeof chip, "%s%s%s%s%s ", blocks ? " blocks: " : "",
                 only, lines ? " filter: " : "", lines ? table->filter : "",
                 " \xc3\x97");
        int width = text_width(chip), room = s->width - x - 2;
        if (room < CHIP_ROOM) // over the last tabs
            room = CHIP_ROOM;
        if (width > room)
            width = room;
        cells_text(s, s->width - width - 1, 1, width, chip, STYLE_CHIP);
    }
}

// The keys that matter here, as many as fit, by rank.
static void app_draw_keys(const struct app *app, struct screen *s, int y) {
    const struct key_set *set =
        app->help.open ? &help_keys : &app_view(app)->keys;
    const struct binding *b;
    int x = 1;
    for (int rank = 1; rank < 16; rank++)
        for (size_t i = 0; (b = keys_binding(set, i)); i++) {
            if (b->bar != rank)
                continue;
            char key[16];
            keys_name(b->keys[0], key);
            int width = text_width(key) + 1 + text_width(b->name);
            if (x + width + 1 > s->width)
                continue;
            x += cells_text(s, x, y, s->width - x, key, STYLE_KEY) + 1;
            x += cells_text(s, x, y, s->width - x, b->name, STYLE_DIM) + 3;
        }
}

static void app_draw_loading(const struct app *app, struct screen *s) {
    int width = s->width / 2, x = (s->width - width) / 2, y = s->height / 2;
    cells_text(s, x, y - 2, width, "Reading the trace", STYLE_STRONG);
    cells_bar(s, x, y, width, app->loading, 0x2588, STYLE_USED);
    cells_print(s, x, y + 1, STYLE_DIM, "%s",
                number_percent(app->loading, 1).text);
    cells_text(s, x, y + 3, width, "q leaves", STYLE_DIM);
}

void app_draw(struct app *app, struct screen *s) {
    s->ascii = app->ascii || app->ascii_only;
    cells_clear(s);
    if (s->width < APP_MIN_WIDTH || s->height < APP_MIN_HEIGHT) {
        cells_print(s, 0, 0, STYLE_TEXT,
                    "window too small (have %dx%d, need %dx%d)", s->width,
                    s->height, APP_MIN_WIDTH, APP_MIN_HEIGHT);
        return;
    }
    app_draw_title(app, s);
    app_draw_tabs(app, s);
    int top = 2;
    app->shown.scrubber_y = app->shown.columns = 0;
    if (s->height >= 20) { // a small window has no room for lines
        if (app->shown.answer)
            scrubber_draw(&app->shown, s, top++);
        cells_rule(s, 0, top++, s->width);
    }
    struct box body = {0, top, s->width, s->height - top - 1};
    if (!app->shown.answer)
        app_draw_loading(app, s);
    else if (app->help.open)
        help_draw(&app->help, app_view(app), s, body);
    else
        app_view(app)->draw(&app->panes[app->stack[app->depth]], s, body);
    if (app->prompt.kind != PROMPT_NONE)
        prompt_draw(&app->prompt, s, s->height - 1);
    else if (*app->message)
        cells_text(s, 1, s->height - 1, s->width - 2, app->message,
                   STYLE_WARNING);
    else
        app_draw_keys(app, s, s->height - 1);
}
