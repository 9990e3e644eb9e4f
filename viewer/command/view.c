// view.c - rpscope view: the screens on a terminal.
//
// The trace is read in another thread (loading.h), which answers when the user
// asks for another moment, too: the keys that leave always work.
#include "viewer/command/view.h"
#include "viewer/command/headless.h"
#include "viewer/command/opening.h"
#include "viewer/record/child.h"
#include "viewer/ui/app_draw.h"
#include "viewer/ui/loading.h"
#include "viewer/ui/term.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

enum { VIEW_WAIT_MS = 100, VIEW_FOLLOW_MS = 500 };

enum {
    OPTION_SCREEN,
    OPTION_ASCII,
    OPTION_COLOR,
    OPTION_NO_MOUSE,
    OPTION_OPENING
};

// When reading began, and where: an index may be there.
struct view_pace {
    double began, share;
};

// Runs the editor at the line that the app wants to see.
static void view_edit(struct app *app) {
    const struct frame *frame = app->edit;
    app->edit = NULL;
    const char *editor = getenv("VISUAL");
    if (!editor || !*editor)
        editor = getenv("EDITOR");
    if (!editor || !*editor)
        editor = "vi";
    char line[16];
    snprintf(line, sizeof line, "+%u", frame->line);
    term_suspend();
    pid_t child = fork();
    if (child == 0) {
        // The setting may hold arguments: the shell splits it, and only it.
        char script[512];
        snprintf(script, sizeof script, "exec %s \"$@\"", editor);
        execl("/bin/sh", "sh", "-c", script, "sh", line, frame->file,
              (char *)NULL);
        _exit(127);
    }
    int status = -1;
    if (child > 0)
        child_wait(child, &status);
    term_resume();
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
        snprintf(app->message, sizeof app->message,
                 "The editor \"%.60s\" cannot be started: set VISUAL or "
                 "EDITOR.",
                 editor);
}

static void view_paint(struct app *app) {
    static struct screen screen;
    if (screen.width != term_width() || screen.height != term_height()) {
        cells_close(&screen);
        if (!cells_open(&screen, term_width(), term_height(), false))
            exit(EXIT_USAGE); // the terminal is given back at exit
    }
    app_draw(app, &screen);
    term_show(&screen);
}

static double view_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// How long it will take still, as fast as it went from where it began.
static void view_left(struct app *app, struct view_pace *pace) {
    double now = view_seconds(), read = app->loading - pace->share;
    if (pace->began == 0)
        *pace = (struct view_pace){now, app->loading};
    else if (read > 0.01)
        app->left_seconds = (now - pace->began) / read * (1 - app->loading);
}

// What was read by now, when there is an answer of it.
static void view_take_early(struct app *app, struct loading *l,
                            struct view_pace *pace) {
    struct answer *old = app->shown.answer, *early = loading_early(l);
    view_left(app, pace);
    if (!early)
        return;
    if (old && old->unread_share == 0) { // a whole one is shown until the next
        answer_free(early);
        return;
    }
    double loading = app->loading;
    app_early(app, early);
    app->loading = loading;
    answer_free(old);
    loading_forget(l);
}

// Takes the answer when it is there. False when there is none at all.
static bool view_take(struct app *app, struct loading *l,
                      struct view_pace *pace) {
    if (!l->running)
        return true;
    if (!loading_finished(l, &app->loading)) {
        view_take_early(app, l, pace);
        return true;
    }
    if (*l->says)
        snprintf(app->message, sizeof app->message, "%s", l->says);
    *l->says = 0;
    struct answer *old = app->shown.answer;
    struct answer *answer = loading_end(l, false);
    if (!answer && !old)
        return false;
    if (answer) {
        app_ready(app, answer);
        answer_free(old);
        loading_forget(l);
    } else {
        app_stay(app, l->failure.text);
    }
    return true;
}

// Whether there is more of the trace than the answer knows.
static bool view_has_grown(const struct app *app) {
    struct stat status;
    return app->shown.answer && stat(app->path, &status) == 0 &&
           (uint64_t)status.st_size > app->shown.answer->trace_bytes;
}

// Serves the terminal until the user leaves. Returns false when the trace
// turned out to be unreadable.
static bool view_loop(struct app *app, struct loading *l,
                      struct view_pace *pace) {
    while (!app->quit) {
        if (app->wants_moment) {
            struct analyse_options options = l->options;
            headless_wanted(app, &options);
            app->wants_moment = false;
            if (!loading_ask(l, &options)) {
                loading_end(l, true);
                l->options = options;
                if (!loading_start(l))
                    app_stay(app, "There is no thread to read the trace with.");
            }
        }
        if (app->wants_reload ||
            (app->follows && !l->running && view_has_grown(app))) {
            app->wants_reload = false;
            headless_wanted(app, &l->options);
            *pace = (struct view_pace){0};
            if (!loading_again(l))
                app_stay(app, "There is no thread to read the trace with.");
        }
        if (app->wants_stop) {
            app->wants_stop = false;
            loading_end(l, true);
            app_stay(app, "Stopped: this is the moment from before.");
        }
        if (!view_take(app, l, pace))
            return false;
        view_paint(app);
        struct term_event event = term_wait(l->running     ? VIEW_WAIT_MS
                                            : app->follows ? VIEW_FOLLOW_MS
                                                           : -1);
        app_key(app, event.key, event.x, event.y);
        if (app->edit)
            view_edit(app);
    }
    return true;
}

static bool view_is_ascii(void) {
    return strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || wcwidth(0x2588) != 1;
}

static int view_run(const struct arguments *arguments) {
    struct loading l = {.path = arguments->operands[0],
                        .options = {.at = AT_USUAL}};
    const char *screen = arguments->value[OPTION_SCREEN];
    opening_begin(l.path, &arguments->value[OPTION_OPENING], &l.options);
    if (!isatty(STDOUT_FILENO) || !loading_start(&l))
        return headless_report(l.path, &l.options, NULL, REPORT_AS_TEXT);
    struct app app;
    app_open(&app, l.path, views);
    app.wanted = headless_shown(&l.options);
    app.shown.wrappers = l.options.wrappers;
    app.ascii_only = arguments->value[OPTION_ASCII] || view_is_ascii();
    if (screen)
        app_begin(&app, views_find(screen));
    // A trace that cannot be read at all never gets the terminal.
    struct term_options options = {arguments->value[OPTION_COLOR],
                                   !arguments->value[OPTION_NO_MOUSE]};
    const char *why = NULL;
    struct view_pace pace = {0};
    bool readable = view_take(&app, &l, &pace);
    bool shown = readable && term_open(&options, &why);
    if (shown) {
        if (term_notice())
            snprintf(app.message, sizeof app.message, "%s", term_notice());
        readable = view_loop(&app, &l, &pace);
        term_close();
    }
    struct answer *late = loading_end(&l, shown), *answer = app.shown.answer;
    if (!shown && readable && !answer) {
        answer = late;
        late = NULL;
        readable = answer != NULL;
    }
    int code = EXIT_ALL_WELL;
    if (!readable) {
        code = opening_refuse(&l.failure);
    } else if (!shown) {
        fprintf(stderr,
                "rpscope: no screens on this terminal: %s; here is the "
                "report.\n",
                why);
        code = headless_print(answer, NULL, REPORT_AS_TEXT);
    } else if (answer) {
        code = headless_exit(answer);
    }
    app_close(&app);
    answer_free(answer);
    answer_free(late);
    loading_close(&l);
    return code;
}

const struct command view_command = {
    .name = "view",
    .operands = "FILE",
    .summary = "look at a trace on the terminal; the same as rpscope FILE",
    .text = "Shows what the program held and used, which size classes and "
            "call sites it went to,\n"
            "and which call sites' blocks keep free memory from going back. ? "
            "explains each\n"
            "screen. Where there is no terminal it prints the report.\n\n"
            "  rpscope game.rptrace\n"
            "  rpscope --screen pins --at peak game.rptrace",
    .options =
        {
            [OPTION_SCREEN] = HEADLESS_SCREEN,
            [OPTION_ASCII] = {.name = "ascii",
                              .help = "draw with ASCII characters only"},
            [OPTION_COLOR] = {.name = "color",
                              .value = "WHEN",
                              .accepted = "always|auto|never",
                              .help = "colours: always, auto (NO_COLOR turns "
                                      "them off) or never"},
            [OPTION_NO_MOUSE] = {.name = "no-mouse",
                                 .help = "leave the mouse to the terminal"},
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 1,
    .most = 1,
    .run = view_run,
};
