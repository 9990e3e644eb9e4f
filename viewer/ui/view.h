// view.h - a screen of the viewer: one table of operations each.
//
// A view draws what is shown into a box of cells and acts on named actions. It
// knows neither keys nor terminals nor the viewer around it: what is not its
// own to do, it asks for. All of its state is in its pane, so that scripted
// keys give the same screens as typed ones.
#ifndef RPSCOPE_UI_VIEW_H
#define RPSCOPE_UI_VIEW_H

#include "viewer/screen/cells.h"
#include "viewer/ui/keys.h"
#include "viewer/ui/shown.h"
#include "viewer/ui/table.h"

enum { VIEW_MESSAGE_BYTES = 160 };

struct pane;
struct request;

struct view {
    const char *name;  // for --screen and messages: "pins"
    const char *title; // on its tab
    char digit;        // that goes there, for good
    const char *says;  // what it tells: one sentence, after its title
    struct key_set keys;
    // Words of this screen and what they mean, in pairs; NULL ends.
    const char *const *words;
    const struct table_ops *table; // NULL: the view has none
    // What stands in its place where there is a range; NULL: the same.
    const struct table_ops *range_table;
    // Which it is where there is none; NULL: `table`.
    const struct table_ops *(*pick)(const struct shown *shown);
    bool keeps_cursor; // pane.cursor is of something that is there at any time
    // Both only when there is something to show.
    void (*draw)(struct pane *pane, struct screen *s, struct box box);
    // Does what is not common to all views; returns whether it did anything.
    bool (*act)(struct pane *pane, enum action action, struct request *request);
};

// Where the map stands.
struct map_state {
    unsigned zoom;  // a cell is 1 << zoom spans
    unsigned color; // enum map_color
    enum { MAP_GRID, MAP_WHY, MAP_LIST, MAP_HISTORY } mode;
    uint32_t span;     // number of the one under the cursor
    size_t top;        // the first row shown
    int columns, rows; // of cells, as they were drawn last
};

// A view and its state.
struct pane {
    const struct view *view;
    const struct shown *shown;
    struct table table;      // when the view has one
    size_t cursor, first_in; // of a list that is no table: the line under the
                             // cursor, the first one shown
    struct map_state map;    // of the map alone
};

// What a view wants of the viewer. All zero: nothing.
struct request {
    const struct view *view;  // go there
    uint32_t item;            // with the cursor on this item of its table
    bool unfold;              // and show the lines of the item
    const struct frame *edit; // open the editor at this line
    bool range;               // show this part of the time; 0, 0: all of it
    uint64_t from_ns, to_ns;
    bool asks_history; // of this, or of nothing
    struct subject history;
    bool groups; // blocks by this word (shown.group_by)
    size_t group_by;
    bool moves; // go to this moment
    struct shown_moment moment;
    char message[VIEW_MESSAGE_BYTES]; // on the bottom line, to the next key
};

#endif
