// app.h - the viewer without its terminal: keys go in, app_draw.h draws it.
//
// It knows the screens as a list that it is given. What a screen asks for, it
// does after the screen has acted.
#ifndef RPSCOPE_UI_APP_H
#define RPSCOPE_UI_APP_H

#include "viewer/ui/help.h"
#include "viewer/ui/prompt.h"
#include "viewer/ui/view.h"

enum { APP_MOST_VIEWS = 10 }; // a digit each

struct app {
    const struct view *const *views; // in the order of the tabs; NULL ends
    struct pane panes[APP_MOST_VIEWS];
    int view_count;
    int stack[APP_MOST_VIEWS]; // the screens one can go back to, the last shown
    int depth;

    struct shown shown;
    const struct block_filter **filters; // all that were ever asked for
    size_t filter_count;
    const char *path;
    double loading;             // share that was read, 0 .. 1; 1 when all was
    double left_seconds;        // until it is, about; 0: not known
    struct shown_moment wanted; // the moment
    bool wants_moment;          // and an answer is to be made for it
    bool wants_stop;            // no more
    bool wants_reload;          // the trace is to be read again as it is now
    bool follows;               // and so whenever it has grown

    bool ascii;
    bool ascii_only; // the terminal has nothing else
    bool quit;
    const struct frame *edit;         // the editor is wanted there
    char message[VIEW_MESSAGE_BYTES]; // on the bottom line until the next key
    struct prompt prompt;
    struct help help;
};

// `path`: of the trace, which is not read yet. `views`: at most
// APP_MOST_VIEWS; the first is shown.
void app_open(struct app *app, const char *path,
              const struct view *const *views);
// The view to begin with; there is nothing to go back to.
void app_begin(struct app *app, const struct view *view);
// The answer is there: the first, or of another moment. The app does not own
// it, and does not use the one before any more.
void app_ready(struct app *app, struct answer *answer);
// The same, of what was read of the trace by now; there will be another.
void app_early(struct app *app, struct answer *answer);
// There is no answer of the moment that was asked for; why, in a sentence.
void app_stay(struct app *app, const char *why);
void app_close(struct app *app);

// A key was pressed; x and y are for the mouse.
void app_key(struct app *app, int key, int x, int y);

// The view that is shown.
const struct view *app_view(const struct app *app);
// The table of a view; NULL: it has none, or there is nothing to show yet.
struct table *app_table(struct app *app, const struct view *view);

#endif
