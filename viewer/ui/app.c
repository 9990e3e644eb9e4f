// app.c - the viewer without its terminal: keys go in, screens come out.
#include "viewer/ui/app.h"
#include "viewer/base/escape.h"
#include "viewer/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct view *const views[VIEW_COUNT] = {
    &view_summary,
    &view_classes,
    &view_sites,
    &view_pins,
};

static int app_view_index(const struct view *view) {
    int i = 0;
    while (i + 1 < VIEW_COUNT && views[i] != view)
        i++;
    return i;
}

const struct view *app_view(const struct app *app) {
    return views[app->stack[app->depth]];
}

struct table *app_table(struct app *app, const struct view *view) {
    return view->table && app->answer ? &app->tables[app_view_index(view)]
                                      : NULL;
}

const struct view *app_find_view(const char *name) {
    for (int i = 0; i < VIEW_COUNT; i++)
        if (strcmp(views[i]->name, name) == 0)
            return views[i];
    return NULL;
}

struct number app_bytes(const struct app *app, uint64_t bytes) {
    return number_bytes(bytes, app->unit, app->answer->now.held_bytes);
}

void app_open(struct app *app, const char *path) {
    *app = (struct app){.path = path, .frames = answer_frames};
}

void app_ready(struct app *app, struct answer *answer) {
    app->answer = answer;
    app->shown_at = app->at;
    app->loading = 1;
    app->finding = 0;
    for (int i = 0; i < VIEW_COUNT; i++) {
        if (!views[i]->table)
            continue;
        // What the user chose stays; items have other numbers now.
        struct table old = app->tables[i], *table = &app->tables[i];
        table_open(table, app, views[i]->table);
        if (old.ops) {
            table->sort = old.sort;
            table->reversed = old.reversed;
            memcpy(table->filter, old.filter, sizeof old.filter);
            memcpy(table->search, old.search, sizeof old.search);
            table_filter(table, app);
        }
        table_close(&old);
    }
}

void app_stay(struct app *app, const char *why) {
    app->at = app->shown_at;
    app->loading = 1;
    snprintf(app->message, sizeof app->message, "%s", why);
}

static void app_next_moment(struct app *app) {
    if (!app->answer)
        return;
    app->at = app->at == AT_END         ? AT_PEAK_HELD
              : app->at == AT_PEAK_HELD ? AT_PEAK_USED
                                        : AT_END;
    app->wants_moment = true;
    app->loading = 0;
}

void app_close(struct app *app) {
    for (int i = 0; i < VIEW_COUNT; i++)
        table_close(&app->tables[i]);
    *app = (struct app){0};
}

void app_begin(struct app *app, const struct view *view) {
    app->depth = 0;
    app->stack[0] = app_view_index(view);
}

void app_go(struct app *app, const struct view *view) {
    int index = app_view_index(view);
    // A screen is in the stack once: going there again is going back to it.
    int kept = 0;
    for (int i = 0; i <= app->depth; i++)
        if (app->stack[i] != index)
            app->stack[kept++] = app->stack[i];
    app->stack[kept] = index;
    app->depth = kept;
}

void app_go_to(struct app *app, const struct view *view, uint32_t item) {
    app_go(app, view);
    struct table *table = app_table(app, view);
    if (table)
        table_select(table, app, item);
}

// ---- actions that mean the same everywhere ----

static void app_step_screen(struct app *app, int step) {
    int index = app->stack[app->depth];
    app->stack[app->depth] = -1; // Tab leaves no trace in the stack
    int kept = 0;
    index = (index + VIEW_COUNT + step) % VIEW_COUNT;
    for (int i = 0; i < app->depth; i++)
        if (app->stack[i] != index)
            app->stack[kept++] = app->stack[i];
    app->stack[kept] = index;
    app->depth = kept;
}

static void app_cancel(struct app *app, struct table *table) {
    if (!table)
        return;
    *table->search = 0;
    if (*table->filter) {
        *table->filter = 0;
        table_filter(table, app);
    }
}

static void app_search_again(struct app *app, struct table *table,
                             int direction) {
    if (!*table->search)
        snprintf(app->message, sizeof app->message,
                 "Nothing to search for yet: press / and type a name.");
    else if (!table_search(table, app, direction, false))
        snprintf(app->message, sizeof app->message, "No line has \"%s\".",
                 table->search);
}

static bool app_act_common(struct app *app, enum action action) {
    switch (action) {
    case ACTION_SCREEN_1:
    case ACTION_SCREEN_2:
    case ACTION_SCREEN_3:
    case ACTION_SCREEN_4:
        app_go(app, views[action - ACTION_SCREEN_1]);
        return true;
    case ACTION_NEXT_SCREEN:
    case ACTION_PREVIOUS_SCREEN:
        app_step_screen(app, action == ACTION_NEXT_SCREEN ? 1 : -1);
        return true;
    case ACTION_BACK:
        if (app->depth > 0)
            app->depth--;
        else
            app->quit = true;
        return true;
    case ACTION_QUIT:
        app->quit = true;
        return true;
    case ACTION_UNITS:
        app->unit = (app->unit + 1) % UNIT_COUNT;
        return true;
    case ACTION_MOMENT:
        app_next_moment(app);
        return true;
    case ACTION_GRAPHICS:
        app->ascii = !app->ascii;
        return true;
    case ACTION_HELP:
        app->help = true;
        app->help_top = 0;
        *app->help_filter = 0;
        return true;
    default:
        return false;
    }
}

static void app_act(struct app *app, enum action action) {
    const struct view *view = app_view(app);
    struct table *table = app_table(app, view);
    if (app_act_common(app, action) || !app->answer)
        return;
    if (view->act && view->act(app, action))
        return;
    if (action == ACTION_CANCEL)
        app_cancel(app, table);
    else if (!table)
        return;
    else if (action == ACTION_SEARCH)
        prompt_open(app, PROMPT_SEARCH);
    else if (action == ACTION_FILTER)
        prompt_open(app, PROMPT_FILTER);
    else if (action == ACTION_SORT)
        prompt_open(app, PROMPT_SORT);
    else if (action == ACTION_SEARCH_NEXT)
        app_search_again(app, table, 1);
    else if (action == ACTION_SEARCH_PREVIOUS)
        app_search_again(app, table, -1);
    else
        table_act(table, app, action, app->body_rows);
}

// Where the tab of each screen begins; the last is the end of all.
static void app_tabs(int x[VIEW_COUNT + 1]) {
    x[0] = 0;
    for (int i = 0; i < VIEW_COUNT; i++)
        x[i + 1] = x[i] + text_width(views[i]->title) + 5;
}

static void app_click(struct app *app, int x, int y) {
    int tabs[VIEW_COUNT + 1];
    app_tabs(tabs);
    for (int i = 0; i < VIEW_COUNT && y == 1; i++)
        if (x >= tabs[i] && x < tabs[i + 1])
            app_go(app, views[i]);
    struct table *table = app_table(app, app_view(app));
    int row = y - app->body_top;
    if (table && row >= 0 && row < app->body_rows &&
        table->top + (uint32_t)row < table->row_count)
        table->cursor = table->top + (uint32_t)row;
}

void app_key(struct app *app, int key, int x, int y) {
    // What was said stays until somebody presses a key.
    if (key == PRESS_WINDOW || key == PRESS_NONE)
        return;
    *app->message = 0;
    if (keys_action(SCOPE_ALL, key) == ACTION_QUIT && key != 'Q') {
        app->quit = true;
        return;
    }
    if (app->prompt != PROMPT_NONE) {
        prompt_key(app, key);
        return;
    }
    if (app->help) {
        help_key(app, key);
        return;
    }
    if (key == PRESS_CLICK || key == PRESS_DOUBLE_CLICK)
        app_click(app, x, y);
    app_act(app, keys_action(app_view(app)->scope, key));
}

// ---- the frame around every view ----

// What stands at the right of the title: the moment, and how whole it is.
static enum style app_state(const struct app *app, char *out, size_t size) {
    static const char *const moments[] = {
        [AT_END] = "at the end",
        [AT_PEAK_HELD] = "when most was held",
        [AT_PEAK_USED] = "when most was used",
    };
    const struct answer *a = app->answer;
    if (!a || app->loading < 1) {
        snprintf(out, size, "[reading %s]",
                 number_percent(app->loading, 1).text);
        return STYLE_WARNING;
    }
    char moment[40];
    if (app->shown_at == AT_TIME)
        snprintf(moment, sizeof moment, "at %s",
                 number_time(a->now.time_ns).text);
    else
        snprintf(moment, sizeof moment, "%s", moments[app->shown_at]);
    const struct answer_quality *q = &a->quality;
    bool lost = q->lost_events || q->missing_events;
    snprintf(out, size, "%s%s", moment,
             lost           ? " [events lost]"
             : !q->complete ? " [damaged]"
                            : "");
    return lost || !q->complete      ? STYLE_WARNING
           : app->shown_at == AT_END ? STYLE_DIM
                                     : STYLE_KEY;
}

static void app_draw_title(const struct app *app, struct screen *s) {
    const struct answer *a = app->answer;
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
    scr_text(s, 1, 0, 7, "rpscope", STYLE_KEY);
    scr_text(s, 10, 0, room - 10, title, STYLE_TITLE);
    scr_right(s, room, 0, s->width - room - 1, state, style);
}

static void app_draw_tabs(struct app *app, struct screen *s) {
    const struct view *now = app_view(app);
    int x[VIEW_COUNT + 1];
    app_tabs(x);
    for (int i = 0; i < VIEW_COUNT; i++) {
        char tab[64];
        snprintf(tab, sizeof tab, " %d %s ", i + 1, views[i]->title);
        scr_text(s, x[i], 1, s->width - x[i], tab,
                 views[i] == now ? STYLE_TAB : STYLE_TEXT);
        if (i + 1 < VIEW_COUNT)
            scr_put(s, x[i + 1] - 1, 1, 0x2502, STYLE_RULE);
    }
    const struct table *table = app_table(app, now);
    if (table && *table->filter) {
        char chip[TABLE_TEXT_BYTES + 16];
        snprintf(chip, sizeof chip, " filter: %s \xc3\x97 ", table->filter);
        int width = text_width(chip), room = s->width - x[VIEW_COUNT] - 2;
        if (width > room)
            width = room;
        scr_text(s, s->width - width - 1, 1, width, chip, STYLE_CHIP);
    }
}

// The keys that matter here, as many as fit, by rank.
static void app_draw_keys(const struct app *app, struct screen *s, int y) {
    enum scope scope = app->help ? SCOPE_HELP : app_view(app)->scope;
    int x = 1;
    for (int rank = 1; rank < 16; rank++)
        for (size_t i = 0; i < key_binding_count; i++) {
            const struct binding *b = &key_bindings[i];
            if (b->bar != rank || !(b->scopes & scope))
                continue;
            char key[16];
            keys_name(b->keys[0], key);
            int width = text_width(key) + 1 + text_width(b->name);
            if (x + width + 1 > s->width)
                continue;
            x += scr_text(s, x, y, s->width - x, key, STYLE_KEY) + 1;
            x += scr_text(s, x, y, s->width - x, b->name, STYLE_DIM) + 3;
        }
}

static void app_draw_loading(const struct app *app, struct screen *s) {
    int width = s->width / 2, x = (s->width - width) / 2, y = s->height / 2;
    scr_text(s, x, y - 2, width, "Reading the trace", STYLE_STRONG);
    scr_bar(s, x, y, width, app->loading, 0x2588, STYLE_USED);
    scr_print(s, x, y + 1, STYLE_DIM, "%s",
              number_percent(app->loading, 1).text);
    scr_text(s, x, y + 3, width, "q leaves", STYLE_DIM);
}

void app_draw(struct app *app, struct screen *s) {
    s->ascii = app->ascii || app->ascii_only;
    scr_clear(s);
    if (s->width < APP_MIN_WIDTH || s->height < APP_MIN_HEIGHT) {
        scr_print(s, 0, 0, STYLE_TEXT,
                  "window too small (have %dx%d, need %dx%d)", s->width,
                  s->height, APP_MIN_WIDTH, APP_MIN_HEIGHT);
        return;
    }
    app_draw_title(app, s);
    app_draw_tabs(app, s);
    int top = 2;
    if (s->height >= 20) // a small window has no room for lines
        scr_rule(s, 0, top++, s->width);
    struct box body = {0, top, s->width, s->height - top - 1};
    app->body_rows = 0;
    if (!app->answer)
        app_draw_loading(app, s);
    else if (app->help)
        help_draw(app, s, body);
    else
        app_view(app)->draw(app, s, body);
    if (app->prompt != PROMPT_NONE)
        prompt_draw(app, s, s->height - 1);
    else if (*app->message)
        scr_text(s, 1, s->height - 1, s->width - 2, app->message,
                 STYLE_WARNING);
    else
        app_draw_keys(app, s, s->height - 1);
}
