// view.h - a screen of the viewer: one table of operations each.
//
// A view draws the answer into a box of cells and acts on named actions; it
// knows neither keys nor terminals. All of its state is in struct app, so that
// scripted keys give the same screens as typed ones.
#ifndef RPSCOPE_UI_VIEW_H
#define RPSCOPE_UI_VIEW_H

#include "viewer/answer/answer.h"
#include "viewer/ui/keys.h"
#include "viewer/base/number.h"
#include "viewer/screen/cells.h"
#include "viewer/ui/table.h"

enum { VIEW_COUNT = 4, HELP_FILTER_BYTES = 32 };

struct app;

struct view {
    const char *name;  // for --screen and messages: "pins"
    const char *title; // on its tab
    enum scope scope;
    // Words of this screen and what they mean, in pairs; NULL ends.
    const char *const *words;
    const struct table_ops *table; // NULL: the view has none
    void (*draw)(struct app *app, struct screen *s, struct box box);
    // Does what is not common to all views; returns whether it did anything.
    bool (*act)(struct app *app, enum action action);
};

extern const struct view view_summary, view_classes, view_sites, view_pins;
extern const struct view *const views[VIEW_COUNT]; // in the order of the tabs

// A prompt on the bottom line.
enum prompt { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER, PROMPT_SORT };

struct app {
    struct answer *answer; // NULL while it is read
    // answer_frames, or what a test puts in its place.
    const struct frame *(*frames)(struct answer *answer, size_t stack,
                                  size_t *count);
    const char *path;
    double loading; // share that was read, 0 .. 1; 1 when all was
    // The moment: what is shown, and what is wanted when wants_moment.
    enum answer_at shown_at, at;
    bool wants_moment; // the trace is to be read for `at`
    enum unit unit;
    bool ascii;
    bool ascii_only; // the terminal has nothing else
    bool quit;
    const struct frame *edit; // the editor is wanted there
    char message[160];        // on the bottom line until the next key

    int stack[VIEW_COUNT]; // the screens one can go back to, the last shown
    int depth;
    struct table tables[VIEW_COUNT];
    size_t finding, first_finding; // summary: the cursor, the first shown

    enum prompt prompt;
    bool help;
    char help_filter[HELP_FILTER_BYTES];
    size_t help_top;
    int body_top, body_rows; // where the rows of the table are, for the mouse
};

// The view that is shown, and its table.
const struct view *app_view(const struct app *app);
struct table *app_table(struct app *app, const struct view *view);

// Goes to a view; `back` comes back from there.
void app_go(struct app *app, const struct view *view);
// Goes to a table with the cursor on one of its items.
void app_go_to(struct app *app, const struct view *view, uint32_t item);

// Bytes in the unit that the user chose.
struct number app_bytes(const struct app *app, uint64_t bytes);

#endif
