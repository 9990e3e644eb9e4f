// keys.h - what each key does: dispatch, help, the bottom line and the manual
// page read the same bindings. A screen brings its own (view.h).
#ifndef RPSCOPE_UI_KEYS_H
#define RPSCOPE_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A key is a character (its code point) or one of these.
enum press {
    PRESS_NONE = 0,
    PRESS_CTRL_C = 3,
    PRESS_TAB = 9,
    PRESS_ENTER = 13,
    PRESS_ESC = 27,
    PRESS_SPACE = 32,
    PRESS_BACK = 127, // Backspace
    PRESS_SPECIAL = 0x110000,
    PRESS_ARROW_UP = PRESS_SPECIAL,
    PRESS_ARROW_DOWN,
    PRESS_ARROW_LEFT,
    PRESS_ARROW_RIGHT,
    PRESS_PAGE_UP,
    PRESS_PAGE_DOWN,
    PRESS_TO_HOME,
    PRESS_TO_END,
    PRESS_BACK_TAB,
    PRESS_F, // PRESS_F + 1 is F1
    PRESS_F_LAST = PRESS_F + 12,
    // Not keys of a keyboard, but they come the same way.
    PRESS_WHEEL_UP,
    PRESS_WHEEL_DOWN,
    PRESS_CLICK, // position apart
    PRESS_DOUBLE_CLICK,
    PRESS_WINDOW, // the window has a new size
};

enum action {
    ACTION_NONE,
    ACTION_NEXT_SCREEN,
    ACTION_PREVIOUS_SCREEN,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_ZOOM_IN,
    ACTION_ZOOM_OUT,
    ACTION_COLOR,
    ACTION_WHY,
    ACTION_HISTORY,
    ACTION_ENTER,
    ACTION_UNFOLD,
    ACTION_FOLD,
    ACTION_UNFOLD_ALL,
    ACTION_SORT,
    ACTION_FILTER,
    ACTION_BLOCKS,
    ACTION_ONLY,
    ACTION_SEARCH,
    ACTION_SEARCH_NEXT,
    ACTION_SEARCH_PREVIOUS,
    ACTION_WRAPPERS,
    ACTION_UNITS,
    ACTION_MOMENT,
    ACTION_EARLIER,
    ACTION_LATER,
    ACTION_PREVIOUS_NOTE,
    ACTION_NEXT_NOTE,
    ACTION_COMMAND,
    ACTION_FIT,
    ACTION_MARK,
    ACTION_GRAPHICS,
    ACTION_RELOAD,
    ACTION_FOLLOW,
    ACTION_EDIT,
    ACTION_GROUP,
    ACTION_CANCEL,
    ACTION_BACK,
    ACTION_HELP,
    ACTION_QUIT,
    ACTION_COUNT
};

// Where a binding holds.
enum key_group {
    KEYS_OWN = 0,          // on the one screen that brings it
    KEYS_SCREENS = 1 << 0, // on every screen
    KEYS_TABLES = 1 << 1,  // on screens that are a table
    KEYS_HELP = 1 << 2,    // while help is shown
    KEYS_ALL = KEYS_SCREENS | KEYS_TABLES | KEYS_HELP,
};

enum { BINDING_KEYS = 4 };

struct binding {
    enum action action;
    int keys[BINDING_KEYS]; // 0 ends the list
    const char *name;       // one word, for the bottom line
    const char *help;       // what it does, for help and manual
    int bar;                // rank in the bottom line, 1 first; 0 not there
    unsigned groups;        // of enum key_group
};

// The keys that hold in one place: a screen's own, and those of some groups.
struct key_set {
    const struct binding *own;
    size_t own_count;
    unsigned groups;
};

#define OWN_KEYS(list, groups)                                                 \
    { (list), sizeof(list) / sizeof *(list), (groups) }

extern const struct key_set help_keys, all_keys;

// The bindings of a set, from 0 on, its own first; NULL ends.
const struct binding *keys_binding(const struct key_set *set, size_t i);
// What `key` does there.
enum action keys_action(const struct key_set *set, int key);

// The name of a key as people write it: "Enter", "F1", "q", "up".
// `out` has room for 16 bytes.
void keys_name(int key, char *out);

// All keys of a binding, "up k" or "? F1"; `out` of `size` bytes.
void keys_names(const struct binding *b, char *out, size_t size);

// Reads one key name from *text, which moves on: names as keys_name() writes
// them (any case), single characters; words of another kind are typed
// character by character. Returns PRESS_NONE at the end.
int keys_parse(const char **text);

#endif
