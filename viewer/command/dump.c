// dump.c - rpscope dump: a screen as text, without a terminal.
//
// For tests and documentation: the same cells that the terminal would show,
// after keys that were given instead of typed.
#include "viewer/command/dump.h"
#include "viewer/command/headless.h"
#include "viewer/command/opening.h"
#include "viewer/screen/theme.h"
#include "viewer/ui/app_draw.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_SCREEN,
    OPTION_SIZE,
    OPTION_KEYS,
    OPTION_ASCII,
    OPTION_COLOR,
    OPTION_OPENING
};
enum { DUMP_MAX_WIDTH = 1000, DUMP_MAX_HEIGHT = 1000 };

static bool dump_read_size(const char *value, int *width, int *height) {
    char end;
    return sscanf(value, "%4dx%4d%c", width, height, &end) == 2 && *width > 0 &&
           *width <= DUMP_MAX_WIDTH && *height > 0 &&
           *height <= DUMP_MAX_HEIGHT;
}

static bool dump_is_size(const char *value) {
    int width, height;
    return dump_read_size(value, &width, &height);
}

// Answers for another moment when the keys asked for one.
static void dump_moment(struct app *app, struct analysis *analysis) {
    struct analyse_options options = {.revisits = true};
    struct failure failure = {.text = ""};
    if (!app->wants_moment)
        return;
    app->wants_moment = false;
    headless_wanted(app, &options);
    struct answer *old = app->shown.answer;
    struct answer *answer = analyse_moment(analysis, &options, &failure);
    if (!answer) {
        app_stay(app, failure.text);
        return;
    }
    app_ready(app, answer);
    answer_free(old);
}

static void dump_keys(struct app *app, struct analysis *analysis,
                      struct screen *s, const char *keys) {
    for (int key; keys && !app->quit && (key = keys_parse(&keys)) != 0;) {
        // Some actions depend on what was drawn: how long is a page?
        app_draw(app, s);
        app_key(app, key, 0, 0);
        dump_moment(app, analysis);
    }
}

static int dump_run(const struct arguments *arguments) {
    const char *size = arguments->value[OPTION_SIZE];
    const char *color = arguments->value[OPTION_COLOR];
    const char *screen = arguments->value[OPTION_SCREEN];
    int width = 100, height = 30;
    if (size)
        dump_read_size(size, &width, &height);
    // Wide characters have a width only in a locale that knows them.
    setlocale(LC_CTYPE, "C.UTF-8");
    struct analyse_options options = {.at = AT_USUAL, .revisits = true};
    struct failure failure = {.text = ""};
    opening_begin(arguments->operands[0], &arguments->value[OPTION_OPENING],
                  &options);
    struct analysis *analysis =
        analysis_open(arguments->operands[0], &options, &failure);
    struct answer *answer =
        analysis ? analyse_moment(analysis, &options, &failure) : NULL;
    if (!answer) {
        analysis_close(analysis);
        return opening_refuse(&failure);
    }
    struct app app;
    struct screen s;
    app_open(&app, arguments->operands[0], views);
    app.wanted = headless_shown(&options);
    app.shown.wrappers = options.wrappers;
    app.ascii_only = arguments->value[OPTION_ASCII];
    if (screen)
        app_begin(&app, views_find(screen));
    app_ready(&app, answer);
    if (!cells_open(&s, width, height, false)) {
        fputs("rpscope: no memory for a screen of this size.\n", stderr);
        return EXIT_USAGE;
    }
    dump_keys(&app, analysis, &s, arguments->value[OPTION_KEYS]);
    app_draw(&app, &s);
    enum colors colors =
        theme_colors(color ? color : "never", getenv("NO_COLOR"), 256);
    if (colors == COLORS_NONE)
        cells_write_text(&s, stdout);
    else
        theme_write_ansi(&s, stdout, colors, false);
    answer = app.shown.answer; // perhaps of another moment now
    int code = headless_exit(answer);
    cells_close(&s);
    app_close(&app);
    answer_free(answer);
    analysis_close(analysis);
    return code;
}

const struct command dump_command = {
    .name = "dump",
    .operands = "FILE",
    .summary = "print one screen as text, after scripted keys",
    .text = "Prints a screen as the terminal would show it, without one. Keys "
            "are separated by\n"
            "blanks; those of more than one character are named as in the "
            "help: Enter, Esc, Tab,\n"
            "up, PgDn, F6. Other words are typed character by character.\n\n"
            "  rpscope dump --screen pins --size 100x30 game.rptrace\n"
            "  rpscope dump --keys '5 /session Enter right' game.rptrace",
    .options =
        {
            [OPTION_SCREEN] = HEADLESS_SCREEN,
            [OPTION_SIZE] = {.name = "size",
                             .value = "WxH",
                             .check = dump_is_size,
                             .expected = "columns x lines, such as 100x30",
                             .help = "of the screen, 100x30 if not said"},
            [OPTION_KEYS] = {.name = "keys",
                             .value = "KEYS",
                             .help = "what is typed before the picture is "
                                     "taken"},
            [OPTION_ASCII] = {.name = "ascii",
                              .help = "draw with ASCII characters only"},
            [OPTION_COLOR] = {.name = "color",
                              .value = "WHEN",
                              .accepted = "always|never",
                              .help = "write colours as ANSI sequences: "
                                      "always, or never (default)"},
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 1,
    .most = 1,
    .run = dump_run,
};
