// test_app.c - what the viewer does with keys, without a terminal.
#include <criterion/criterion.h>
#include <string.h>

#include "tests/viewer/sample.h"
#include "viewer/ui/app_draw.h"
#include "viewer/ui/view/pins.h"
#include "viewer/ui/view/calls.h"
#include "viewer/ui/view/summary.h"
#include "viewer/ui/view/views.h"

static void open_sample(struct app *app) {
    app_open(app, "sample.rptrace", views);
    sample_shown(&app->shown);
    app_ready(app, sample_answer());
}

static void type(struct app *app, const char *keys) {
    for (int key; (key = keys_parse(&keys)) != PRESS_NONE;)
        app_key(app, key, 0, 0);
}

Test(app, back_goes_to_where_one_came_from_and_leaves_at_last) {
    struct app app;
    open_sample(&app);

    type(&app, "6 5 q");
    cr_assert(app_view(&app) == &pins_view);
    type(&app, "q");
    cr_assert(app_view(&app) == &summary_view);
    cr_assert(!app.quit);
    type(&app, "q");
    cr_assert(app.quit);
    app_close(&app);
}

// Whether the first line has the text.
static bool title_has(struct app *app, const char *text) {
    struct screen s;
    char line[1024];
    size_t size = 0;
    cells_open(&s, 100, 30, true);
    app_draw(app, &s);
    for (int x = 0; x < 100; x++)
        line[size++] = (char)s.cells[x].glyph;
    line[size] = 0;
    cells_close(&s);
    return strstr(line, text) != NULL;
}

Test(app, an_answer_of_a_part_of_the_trace_is_shown_and_called_so) {
    struct app app;
    app_open(&app, "sample.rptrace", views);
    sample_shown(&app.shown);
    struct answer *early = sample_answer();
    early->unread_share = 0.75;

    app_early(&app, early);
    app.left_seconds = 11;

    cr_expect(title_has(&app, "so far [indexing 25"));
    cr_expect(title_has(&app, ", 11 s left]"));
    cr_expect(app_table(&app, &pins_view) != NULL);
    early->unread_share = 0;
    app_ready(&app, early);
    cr_expect(!title_has(&app, "indexing"));
    app_close(&app);
}

Test(app, escape_stops_a_question_and_keeps_the_picture) {
    struct app app;
    open_sample(&app);
    struct answer *before = app.shown.answer;

    type(&app, "p");
    cr_expect(app.wants_moment);
    type(&app, "Esc");

    cr_expect(app.wants_stop);
    cr_expect(app.shown.answer == before);
    app_stay(&app, "Stopped.");
    cr_expect(app.wanted.at == app.shown.moment.at);
    app_close(&app);
}

Test(app, a_recording_that_runs_is_called_so_and_followed) {
    struct app app;
    open_sample(&app);
    app.shown.answer->quality.running = true;
    app.shown.answer->quality.complete = false;
    cr_expect(title_has(&app, "[still running: F follows]"));
    cr_expect(!title_has(&app, "damaged"));

    type(&app, "F");
    cr_expect(app.follows && app.wants_reload);
    cr_expect(title_has(&app, "[running, followed]"));
    app.wants_reload = false;
    type(&app, "<");
    cr_expect(!app.follows, "who goes elsewhere stays there");
    type(&app, "r");
    cr_expect(app.wants_reload && !app.follows);
    app_close(&app);
}

Test(app, tab_goes_round) {
    struct app app;
    open_sample(&app);

    type(&app, "Tab Tab Tab Tab Tab");
    cr_assert(app_view(&app) == &pins_view);
    type(&app, "Tab");
    cr_assert(app_view(&app) == &summary_view);
    type(&app, "Shift-Tab");
    cr_assert(app_view(&app) == &pins_view);
    app_close(&app);
}

Test(app, escape_clears_and_never_leaves) {
    struct app app;
    open_sample(&app);

    type(&app, "5 \\cache Enter");
    cr_assert(app_table(&app, &calls_view)->row_count == 1);
    type(&app, "Esc Esc Esc");
    cr_assert(app_table(&app, &calls_view)->row_count == 6);
    cr_assert(!app.quit);
    app_close(&app);
}

Test(app, ctrl_c_leaves_a_prompt_and_the_help_too) {
    struct app app;
    open_sample(&app);
    type(&app, "5 /abc Ctrl-C");
    cr_assert(app.quit);
    app_close(&app);

    open_sample(&app);
    type(&app, "? Ctrl-C");
    cr_assert(app.quit);
    app_close(&app);
}

Test(app, sorting_again_turns_the_order_round) {
    struct app app;
    open_sample(&app);
    struct table *table = app_table(&app, &calls_view);

    type(&app, "5");
    uint32_t first = table->rows[0].item;
    type(&app, "s s");
    cr_assert(table->reversed);
    cr_assert(table->rows[table->row_count - 1].item == first);
    type(&app, "s s");
    cr_assert(table->rows[0].item == first);
    app_close(&app);
}

Test(app, search_goes_to_the_next_match_and_round) {
    struct app app;
    open_sample(&app);
    struct table *table = app_table(&app, &calls_view);

    type(&app, "5 /parse Enter");
    uint32_t item = table_current(table)->item;
    cr_assert_str_eq(app.shown.answer->sites[item].where.function, "req_parse");
    type(&app, "n");
    cr_assert(table_current(table)->item == item); // the only one
    type(&app, "/nothing Enter");
    cr_assert_str_eq(app.message, "No line has \"nothing\".");
    app_close(&app);
}

Test(app, while_the_trace_is_read_only_leaving_and_looking_work) {
    struct app app;
    struct screen s;
    app_open(&app, "sample.rptrace", views);
    cr_assert(cells_open(&s, 80, 24, true));

    type(&app, "5 / \\ s Enter o * j k u ? Esc 1");
    app_draw(&app, &s);
    cr_assert(!app.quit);
    type(&app, "Ctrl-C");
    cr_assert(app.quit);
    cells_close(&s);
    app_close(&app);
}

Test(app, the_mouse_selects_a_line_and_a_tab) {
    struct app app;
    struct screen s;
    open_sample(&app);
    cr_assert(cells_open(&s, 100, 30, true));
    type(&app, "5");
    app_draw(&app, &s);

    struct table *table = app_table(&app, &calls_view);
    app_key(&app, PRESS_CLICK, 10, table->drawn_y + 2);
    cr_assert(table->cursor == 2);
    app_key(&app, PRESS_CLICK, 2, 1);
    cr_assert(app_view(&app) == &summary_view);
    cells_close(&s);
    app_close(&app);
}

Test(app, another_moment_keeps_what_the_user_chose) {
    struct app app;
    open_sample(&app);
    type(&app, "5 s2 \\cache Enter p");

    cr_assert(app.wants_moment);
    cr_assert(app.wanted.at == AT_WORST);
    app.wants_moment = false;
    app_ready(&app, sample_answer());

    struct table *table = app_table(&app, &calls_view);
    cr_assert(app_view(&app) == &calls_view);
    cr_assert_str_eq(table->filter, "cache");
    cr_assert(table->row_count == 1);
    cr_assert(app.shown.moment.at == AT_WORST);
    app_close(&app);
}

Test(app, a_moment_that_cannot_be_had_leaves_the_one_that_is_shown) {
    struct app app;
    open_sample(&app);
    type(&app, "p");

    app_stay(&app, "No such moment.");

    cr_assert(app.wanted.at == AT_END);
    cr_assert_str_eq(app.message, "No such moment.");
    app_close(&app);
}

Test(app, a_range_that_cannot_be_had_is_none) {
    struct app app;
    open_sample(&app);
    type(&app, "5 m");
    cr_assert(app.shown.has_since);
    cr_assert(app.wants_moment);

    app_stay(&app, "Not of such blocks.");

    cr_assert(!app.shown.has_since);
    cr_assert_str_eq(app.message, "Not of such blocks.");
    app_close(&app);
}

Test(app, a_range_gives_screens_tables_of_its_own_and_takes_them_back) {
    static struct answer ranged;
    struct app app;
    open_sample(&app);
    type(&app, "5 \\cache Enter");
    ranged = *sample_answer();
    sample_range(&ranged);

    app_ready(&app, &ranged);
    struct table *table = app_table(&app, &calls_view);
    cr_assert_str_eq(table->ops->data->key, "between");
    cr_assert_str_eq(table->filter, "cache");
    cr_assert(title_has(&app, "from 9.00 s to 41.3 s"));
    app_ready(&app, sample_answer());

    cr_assert_str_eq(table->ops->data->key, "sites");
    cr_assert_str_eq(table->filter, "cache");
    cr_assert(!title_has(&app, "from 9.00 s"));
    app_close(&app);
}

static void answer_what_is_wanted(struct app *app) {
    cr_assert(app->wants_moment);
    app->wants_moment = false;
    app_ready(app, app->shown.answer);
}

Test(app, the_cursor_moves_by_a_column_and_back_to_the_end) {
    struct app app;
    open_sample(&app);
    uint64_t end = app.shown.answer->now.time_ns;

    type(&app, "3 <");
    cr_assert(app.wanted.at == AT_TIME);
    cr_assert(app.wanted.ns < end && app.wanted.ns > end - end / 20);
    answer_what_is_wanted(&app);
    type(&app, ">");
    cr_assert(app.wanted.at == AT_END);
    answer_what_is_wanted(&app);
    type(&app, ">");
    cr_assert(!app.wants_moment);
    cr_assert_str_eq(app.message, "This is where the recording ends.");
    app_close(&app);
}

Test(app, brackets_go_to_what_is_of_note) {
    struct app app;
    open_sample(&app);
    app_ready(&app, sample_marked());

    type(&app, "[");
    cr_assert(app.wanted.at == AT_TIME);
    cr_assert(app.wanted.ns == 40000000000); // a snapshot
    answer_what_is_wanted(&app);
    type(&app, "[");
    cr_assert(app.wanted.ns == 22118004000); // a finding
    answer_what_is_wanted(&app);
    type(&app, "[");
    cr_assert(app.wanted.at == AT_PEAK_HELD);
    app_close(&app);
}

Test(app, goto_takes_times_marks_events_and_names) {
    static const struct {
        const char *keys;
        enum answer_at at;
        uint64_t value;
    } cases[] = {{":goto Space 12.4s Enter", AT_TIME, 12400000000},
                 {":goto Space mark Space wave Enter", AT_TIME, 9100000000},
                 {":goto Space snapshot Space 2 Enter", AT_TIME, 9500000000},
                 {":goto Space peak Enter", AT_PEAK_HELD, 0},
                 {":goto Space event Space 77 Enter", AT_EVENT, 77}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct app app;
        open_sample(&app);
        app_ready(&app, sample_marked());
        type(&app, cases[i].keys);
        cr_assert(app.wants_moment, "%s", cases[i].keys);
        cr_assert(app.wanted.at == cases[i].at);
        cr_assert(app.wanted.ns ==
                  (cases[i].at == AT_TIME ? cases[i].value : 0));
        cr_assert(app.wanted.event ==
                  (cases[i].at == AT_EVENT ? cases[i].value : 0));
        app_close(&app);
    }
}

Test(app, a_command_that_is_none_says_which_there_are) {
    struct app app;
    open_sample(&app);

    type(&app, ":goto Space yesterday Enter");
    cr_assert(!app.wants_moment);
    cr_assert(strstr(app.message, "There is: goto") != NULL);
    type(&app, ":q Enter");
    cr_assert(app.quit);
    app_close(&app);
}

Test(app, zooming_in_time_shows_a_part_around_the_cursor) {
    struct app app;
    open_sample(&app);
    app_ready(&app, sample_marked());
    uint64_t all = app.shown.answer->duration_ns;

    type(&app, "2 +");
    cr_assert(app.shown.to_ns == all); // the cursor is at the end
    cr_assert(app.shown.from_ns > all / 2 - 2);
    type(&app, ":goto Space 1s Enter");
    cr_assert(app.shown.from_ns == 0); // the range follows
    cr_assert(app.shown.to_ns > all / 2 - 2 && app.shown.to_ns < all);
    type(&app, "z");
    cr_assert(app.shown.to_ns == 0);
    app_close(&app);
}

Test(app, the_cursor_of_the_map_stays_on_its_span_at_another_moment) {
    struct app app;
    open_sample(&app);

    type(&app, "3 G left left p");
    uint32_t span = app.panes[2].map.span;
    cr_assert(span == 0x80000000u);
    answer_what_is_wanted(&app);
    type(&app, "c");
    cr_assert(app.panes[2].map.span == span);
    app_close(&app);
}

Test(app, a_click_on_the_line_of_time_goes_there) {
    struct app app;
    struct screen s;
    open_sample(&app);
    cr_assert(cells_open(&s, 100, 30, true));
    app_draw(&app, &s);

    app_key(&app, PRESS_CLICK, 50, app.shown.scrubber_y);
    uint64_t all = app.shown.answer->duration_ns;
    cr_assert(app.wanted.at == AT_TIME);
    cr_assert(app.wanted.ns > all * 4 / 10 && app.wanted.ns < all * 6 / 10);
    cells_close(&s);
    app_close(&app);
}
