// app.c - the viewer without its terminal: keys go in, app_draw.c draws it.
#include "viewer/ui/app.h"
#include "viewer/ui/app_stack.h"
#include "viewer/ui/scrubber.h"
#include "viewer/ui/tabs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/groups.h"
#include "viewer/base/memory.h"
#include "viewer/query/filter.h"

// ---- from start to end ----

void app_open(struct app *app, const char *path,
              const struct view *const *views) {
    *app = (struct app){.path = path, .views = views};
    app->shown.frames = answer_frames;
    app->shown.blocks = span_blocks;
    app->shown.tenants = span_tenants;
    app->shown.look_at_span = span_look_at;
    app->shown.groups = groups_of;
    while (app->view_count < APP_MOST_VIEWS && views[app->view_count])
        app->panes[app->view_count++].shown = &app->shown;
}

// The moment that is shown, by what it was found to be.
static struct shown_moment app_found(struct shown_moment wanted,
                                     const struct answer *answer) {
    if (wanted.at == AT_USUAL)
        wanted.at = answer->at;
    if (wanted.at == AT_MARK)
        wanted =
            (struct shown_moment){.at = AT_EVENT, .event = answer->now.event};
    return wanted;
}

static const struct table_ops *app_table_of(const struct view *view,
                                            const struct shown *shown) {
    return shown->answer->has_since && view->range_table ? view->range_table
           : view->pick                                  ? view->pick(shown)
                                                         : view->table;
}

static void app_show(struct app *app, struct answer *answer) {
    app->shown.answer = answer;
    app->shown.moment = app_found(app->wanted, answer);
    for (int i = 0; i < app->view_count; i++) {
        struct pane *pane = &app->panes[i];
        if (!app->views[i]->keeps_cursor)
            pane->cursor = 0;
        const struct table_ops *ops = app_table_of(app->views[i], &app->shown);
        if (ops)
            table_show(&pane->table, ops, &app->shown);
    }
}

void app_ready(struct app *app, struct answer *answer) {
    app->loading = 1;
    app_show(app, answer);
    app->wanted = app->shown.moment;
}

void app_early(struct app *app, struct answer *answer) {
    app->loading = 1 - answer->unread_share;
    app_show(app, answer);
}

void app_stay(struct app *app, const char *why) {
    app->wanted = app->shown.moment;
    if (app->shown.answer) {
        app->shown.history = app->shown.answer->history_of;
        app->shown.filter = app->shown.answer->filter;
        app->shown.has_since = app->shown.answer->has_since;
        app->shown.since_ns = app->shown.answer->since_ns;
    }
    app->loading = 1;
    snprintf(app->message, sizeof app->message, "%s", why);
}

void app_close(struct app *app) {
    for (size_t i = 0; i < app->filter_count; i++)
        filter_free(app->filters[i]);
    free(app->filters);
    for (int i = 0; i < app->view_count; i++)
        table_close(&app->panes[i].table);
    *app = (struct app){0};
}

// ---- actions that mean the same everywhere ----

static void app_go_to(struct app *app, struct shown_moment moment) {
    app->follows &= moment.at == AT_END; // who goes elsewhere stays there
    app->wanted = moment;
    app->wants_moment = true;
    app->loading = 0;
    // A part of the time that is shown follows the cursor.
    struct shown *shown = &app->shown;
    uint64_t length = shown->to_ns - shown->from_ns, ns = moment.ns;
    if (moment.at != AT_TIME || shown->to_ns == 0 ||
        (ns >= shown->from_ns && ns <= shown->to_ns))
        return;
    uint64_t all = shown->answer->duration_ns;
    shown->from_ns = ns > length / 2 ? ns - length / 2 : 0;
    if (shown->from_ns + length > all)
        shown->from_ns = all > length ? all - length : 0;
    shown->to_ns = shown->from_ns + length;
}

static void app_next_moment(struct app *app) {
    static const enum answer_at next[] = {[AT_END] = AT_WORST,
                                          [AT_WORST] = AT_PEAK_HELD,
                                          [AT_PEAK_HELD] = AT_PEAK_USED,
                                          [AT_PEAK_USED] = AT_END};
    enum answer_at at = app->wanted.at;
    app_go_to(app, (struct shown_moment){.at = at <= AT_PEAK_USED ? next[at]
                                                                  : AT_END});
}

static void app_move(struct app *app, enum action action) {
    struct shown_moment to;
    const char *why;
    if (scrubber_move(&app->shown, &app->wanted, action, &to, &why))
        app_go_to(app, to);
    else
        snprintf(app->message, sizeof app->message, "%s", why);
}

// What was typed behind a colon.
static void app_command(struct app *app, const char *text) {
    static const char word[] = "goto ";
    struct shown_moment to;
    if (strcmp(text, "q") == 0 || strcmp(text, "quit") == 0)
        app->quit = true;
    else if (strncmp(text, word, sizeof word - 1) == 0 &&
             scrubber_read(&app->shown, text + sizeof word - 1, &to))
        app_go_to(app, to);
    else if (*text)
        snprintf(app->message, sizeof app->message,
                 "There is: goto 12.4s|worst|end|peak|peak-used|event N|mark "
                 "TEXT|snapshot N, and quit.");
}

static void app_cancel(struct table *table) {
    if (!table)
        return;
    *table->search = 0;
    if (*table->filter) {
        *table->filter = 0;
        table_filter(table);
    }
}

static void app_say_no_line(struct app *app, const struct table *table) {
    snprintf(app->message, sizeof app->message, "No line has \"%s\".",
             table->search);
}

static void app_search_again(struct app *app, struct table *table,
                             int direction) {
    if (!*table->search)
        snprintf(app->message, sizeof app->message,
                 "Nothing to search for yet: press / and type a name.");
    else if (!table_search(table, direction, false))
        app_say_no_line(app, table);
}

static void app_follow(struct app *app) {
    app->follows = !app->follows;
    if (!app->follows)
        return;
    app->wanted = (struct shown_moment){.at = AT_END};
    app->wants_reload = true;
}

// The same moment, with call sites named by others.
static void app_wrappers(struct app *app) {
    if (!app->shown.answer)
        return;
    app->shown.wrappers = !app->shown.wrappers;
    snprintf(app->message, sizeof app->message,
             app->shown.wrappers
                 ? "What allocates for others names call sites, too."
                 : "What allocates for others names no call site.");
    app_go_to(app, app->wanted);
}

// A range begins here, or there is none any more.
static void app_mark(struct app *app) {
    struct shown *shown = &app->shown;
    shown->has_since = !shown->has_since;
    shown->since_ns = shown->answer->now.time_ns;
    if (shown->has_since)
        snprintf(app->message, sizeof app->message,
                 "A range begins at %s: move the time cursor; m again ends it.",
                 number_time(shown->since_ns).text);
    app_go_to(app, app->wanted);
}

// Which blocks count from now on; an empty text: all.
static void app_count_only(struct app *app, const char *text) {
    struct failure failure = {.text = ""};
    struct block_filter *filter = NULL;
    if (*text && !(filter = filter_new(text, &failure))) {
        snprintf(app->message, sizeof app->message, "%s.", failure.text);
        return;
    }
    if (!filter && !app->shown.filter)
        return;
    if (filter) {
        // Who reads may look at those before it still.
        app->filters = memory_resize(app->filters, app->filter_count + 1,
                                     sizeof *app->filters);
        app->filters[app->filter_count++] = filter;
    }
    app->shown.filter = filter;
    app_go_to(app, app->wanted);
}

// The blocks of the line under the cursor, or all again.
static void app_count_line(struct app *app, const struct table *table) {
    const struct table_row *row = table_current(table);
    char text[FILTER_BYTES];
    if (app->shown.filter) {
        app_count_only(app, "");
    } else if (row && table->ops->conditions) {
        table->ops->conditions(&app->shown, row->item, text, sizeof text);
        app_count_only(app, text);
    }
}

static void app_ask_blocks(struct app *app) {
    prompt_open(&app->prompt, PROMPT_BLOCKS, NULL);
    if (app->shown.filter && strlen(app->shown.filter->text) < PROMPT_BYTES)
        snprintf(app->prompt.command, sizeof app->prompt.command, "%s",
                 app->shown.filter->text);
}

static bool app_act_common(struct app *app, enum action action) {
    switch (action) {
    case ACTION_NEXT_SCREEN:
    case ACTION_PREVIOUS_SCREEN:
        app_stack_step(app, action == ACTION_NEXT_SCREEN ? 1 : -1);
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
    case ACTION_WRAPPERS:
        app_wrappers(app);
        return true;
    case ACTION_UNITS:
        app->shown.unit = (app->shown.unit + 1) % UNIT_COUNT;
        return true;
    case ACTION_MOMENT:
        if (app->shown.answer)
            app_next_moment(app);
        return true;
    case ACTION_EARLIER:
    case ACTION_LATER:
    case ACTION_PREVIOUS_NOTE:
    case ACTION_NEXT_NOTE:
        if (app->shown.answer)
            app_move(app, action);
        return true;
    case ACTION_MARK:
        if (app->shown.answer)
            app_mark(app);
        return true;
    case ACTION_COMMAND:
        if (app->shown.answer)
            prompt_open(&app->prompt, PROMPT_COMMAND, NULL);
        return true;
    case ACTION_BLOCKS:
        if (app->shown.answer)
            app_ask_blocks(app);
        return true;
    case ACTION_GRAPHICS:
        app->ascii = !app->ascii;
        return true;
    case ACTION_RELOAD:
        app->wants_reload = true;
        return true;
    case ACTION_FOLLOW:
        app_follow(app);
        return true;
    case ACTION_HELP:
        help_open(&app->help, app->views);
        return true;
    default:
        return false;
    }
}

static void app_act_table(struct app *app, struct table *table,
                          enum action action) {
    switch (action) {
    case ACTION_SEARCH:
        prompt_open(&app->prompt, PROMPT_SEARCH, table);
        break;
    case ACTION_FILTER:
        prompt_open(&app->prompt, PROMPT_FILTER, table);
        break;
    case ACTION_ONLY:
        app_count_line(app, table);
        break;
    case ACTION_SORT:
        prompt_open(&app->prompt, PROMPT_SORT, table);
        break;
    case ACTION_SEARCH_NEXT:
        app_search_again(app, table, 1);
        break;
    case ACTION_SEARCH_PREVIOUS:
        app_search_again(app, table, -1);
        break;
    default:
        table_act(table, action);
    }
}

static void app_group(struct app *app, size_t by) {
    app->shown.group_by = by;
    for (int i = 0; i < app->view_count; i++)
        if (app->views[i]->pick)
            table_show(&app->panes[i].table,
                       app_table_of(app->views[i], &app->shown), &app->shown);
}

// Does what a view has asked for.
static void app_fulfil(struct app *app, const struct request *request) {
    if (request->edit)
        app->edit = request->edit;
    if (request->range) {
        app->shown.from_ns = request->from_ns;
        app->shown.to_ns = request->to_ns;
        app_go_to(app, app->wanted); // its timeline in more detail
    }
    if (request->asks_history) {
        app->shown.history = request->history;
        if (request->history.kind != SUBJECT_NONE)
            app_go_to(app, app->wanted); // with it
        else if (app->loading < 1 && app->shown.answer->unread_share == 0)
            app->wants_stop = true;
    }
    if (request->groups)
        app_group(app, request->group_by);
    if (request->moves)
        app_go_to(app, request->moment);
    if (*request->message)
        memcpy(app->message, request->message, sizeof app->message);
    if (!request->view)
        return;
    app_stack_go(app, request->view);
    struct table *table = app_table(app, request->view);
    if (app->shown.group_by != 0)
        app_group(app, 0); // the item is none
    if (table && table_select(table, request->item) && request->unfold)
        table_act(table, ACTION_UNFOLD);
}

static void app_act(struct app *app, enum action action) {
    const struct view *view = app_view(app);
    struct table *table = app_table(app, view);
    struct request request = {0};
    if (app_act_common(app, action) || !app->shown.answer)
        return;
    if (view->act &&
        view->act(&app->panes[app->stack[app->depth]], action, &request))
        app_fulfil(app, &request);
    else if (action == ACTION_CANCEL && app->loading < 1 &&
             app->shown.answer->unread_share == 0)
        app->wants_stop = true;
    else if (action == ACTION_CANCEL)
        app_cancel(table);
    else if (table)
        app_act_table(app, table, action);
}

// ---- keys ----

static void app_click(struct app *app, int x, int y) {
    const struct view *tab = y == 1 ? tabs_at(app->views, x) : NULL;
    struct shown_moment to;
    if (tab)
        app_stack_go(app, tab);
    if (app->shown.answer && scrubber_click(&app->shown, x, y, &to))
        app_go_to(app, to);
    struct table *table = app_table(app, app_view(app));
    if (table)
        table_click(table, y);
}

void app_key(struct app *app, int key, int x, int y) {
    // What was said stays until somebody presses a key.
    if (key == PRESS_WINDOW || key == PRESS_NONE)
        return;
    *app->message = 0;
    if (keys_action(&all_keys, key) == ACTION_QUIT && key != 'Q') {
        app->quit = true;
        return;
    }
    if (app->prompt.kind != PROMPT_NONE) {
        enum prompt_kind kind = app->prompt.kind;
        if (!prompt_key(&app->prompt, key))
            app_say_no_line(app, app->prompt.table);
        else if (kind == PROMPT_COMMAND && key == PRESS_ENTER)
            app_command(app, app->prompt.command);
        else if (kind == PROMPT_BLOCKS &&
                 (key == PRESS_ENTER || key == PRESS_ESC))
            app_count_only(app, app->prompt.command);
        return;
    }
    if (app->help.open) {
        help_key(&app->help, key);
        return;
    }
    if (key == PRESS_CLICK || key == PRESS_DOUBLE_CLICK)
        app_click(app, x, y);
    const struct view *digit = tabs_digit(app->views, key);
    if (digit)
        app_stack_go(app, digit);
    else
        app_act(app, keys_action(&app_view(app)->keys, key));
}
