// view_command.c - rpscope view: the screens on a terminal.
//
// The trace is read in a thread of its own while the terminal is served: the
// keys that leave always work. Only this thread touches the terminal; the two
// share nothing but struct loading, and the analysis once it is complete.
#include "viewer/app.h"
#include "viewer/commands.h"
#include "viewer/headless.h"
#include "viewer/memory.h"
#include "viewer/term.h"

#include <errno.h>
#include <langinfo.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

enum { VIEW_WAIT_MS = 100, VIEW_FIRST_WAIT_MS = 150 };

enum { OPTION_SCREEN, OPTION_AT, OPTION_ASCII, OPTION_COLOR, OPTION_NO_MOUSE };

struct loading {
    const char *path;
    struct analysis_options options;
    pthread_t thread;
    pthread_mutex_t lock; // guards what follows
    pthread_cond_t changed;
    double done;
    bool finished, cancelled;
    struct analysis *analysis; // NULL when finished: failed
    struct failure failure;
};

static bool view_progress(void *context, double done) {
    struct loading *l = context;
    pthread_mutex_lock(&l->lock);
    l->done = done;
    bool go_on = !l->cancelled;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

static void *view_load(void *context) {
    struct loading *l = context;
    struct failure failure = {""};
    struct analysis *analysis = analysis_run(l->path, &l->options, &failure);
    pthread_mutex_lock(&l->lock);
    l->analysis = analysis;
    l->failure = failure;
    l->finished = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

// Starts to read, and waits a moment: most traces need no more than that.
static bool view_start(struct loading *l) {
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    l->options.progress = view_progress;
    l->options.progress_context = l;
    if (pthread_create(&l->thread, NULL, view_load, l) != 0)
        return false;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += VIEW_FIRST_WAIT_MS * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&l->lock);
    int waited = 0;
    while (!l->finished && waited == 0)
        waited = pthread_cond_timedwait(&l->changed, &l->lock, &until);
    pthread_mutex_unlock(&l->lock);
    return true;
}

static bool view_finished(struct loading *l, double *done) {
    pthread_mutex_lock(&l->lock);
    bool finished = l->finished;
    *done = l->done;
    pthread_mutex_unlock(&l->lock);
    return finished;
}

// Runs the editor at the line that the app wants to see.
static void view_edit(struct app *app) {
    const struct analysis_frame *frame = app->edit;
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
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
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
        scr_close(&screen);
        if (!scr_open(&screen, term_width(), term_height(), false))
            exit(EXIT_USAGE); // the terminal is given back at exit
    }
    app_draw(app, &screen);
    term_show(&screen);
}

// Serves the terminal until the user leaves. Returns false when the trace
// turned out to be unreadable.
static bool view_loop(struct app *app, struct loading *l) {
    while (!app->quit) {
        if (!app->analysis && view_finished(l, &app->loading)) {
            if (!l->analysis)
                return false;
            app_ready(app, l->analysis);
        }
        view_paint(app);
        struct term_event event = term_wait(app->analysis ? -1 : VIEW_WAIT_MS);
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
    struct loading l = {.path = arguments->operands[0]};
    const char *screen = arguments->value[OPTION_SCREEN];
    struct app app;
    headless_at(arguments->value[OPTION_AT], &l.options);
    const char *why = NULL;
    if (!isatty(STDOUT_FILENO) || !view_start(&l))
        return headless_report(l.path, &l.options, NULL, false);
    app_open(&app, l.path);
    app.ascii_only = arguments->value[OPTION_ASCII] || view_is_ascii();
    if (screen)
        app_begin(&app, app_find_view(screen));
    bool finished = view_finished(&l, &app.loading), readable = true;
    struct term_options options = {arguments->value[OPTION_COLOR],
                                   !arguments->value[OPTION_NO_MOUSE]};
    bool shown = !(finished && !l.analysis) && term_open(&options, &why);
    if (shown) {
        if (term_notice())
            snprintf(app.message, sizeof app.message, "%s", term_notice());
        readable = view_loop(&app, &l);
        term_close();
    }
    pthread_mutex_lock(&l.lock);
    l.cancelled = shown;
    pthread_mutex_unlock(&l.lock);
    pthread_join(l.thread, NULL);
    int code = EXIT_ALL_WELL;
    if (!l.analysis && (!shown || !readable)) {
        fprintf(stderr, "rpscope: %s\n", l.failure.text);
        code = EXIT_UNREADABLE;
    } else if (!shown) {
        fprintf(stderr,
                "rpscope: no screens on this terminal: %s; here is "
                "the report.\n",
                why);
        code = headless_print(l.analysis, NULL, false);
    } else if (l.analysis && app.analysis) {
        code = headless_exit(l.analysis);
    }
    app_close(&app);
    analysis_free(l.analysis);
    return code;
}

const struct command command_view = {
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
            [OPTION_SCREEN] = {.name = "screen",
                               .value = "NAME",
                               .accepted = APP_VIEW_NAMES,
                               .help = "begin with summary, classes, sites "
                                       "or pins"},
            [OPTION_AT] = {.name = "at",
                           .value = "WHEN",
                           .accepted = HEADLESS_AT,
                           .check = headless_is_time,
                           .expected = HEADLESS_AT_TIME,
                           .help = "the moment: end, peak (of held bytes), "
                                   "peak-used, or 12.4s"},
            [OPTION_ASCII] = {.name = "ascii",
                              .help = "draw with ASCII characters only"},
            [OPTION_COLOR] = {.name = "color",
                              .value = "WHEN",
                              .accepted = "always|auto|never",
                              .help = "colours: always, auto (NO_COLOR turns "
                                      "them off) or never"},
            [OPTION_NO_MOUSE] = {.name = "no-mouse",
                                 .help = "leave the mouse to the terminal"},
        },
    .least = 1,
    .most = 1,
    .run = view_run,
};
