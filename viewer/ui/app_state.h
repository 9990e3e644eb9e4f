// app_state.h - what the viewer knows while it runs.
#ifndef RPSCOPE_UI_APP_STATE_H
#define RPSCOPE_UI_APP_STATE_H

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

#endif
