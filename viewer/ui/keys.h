// keys.h - what each key does: one table for dispatch, help, the bottom line
// and the manual page.
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
    ACTION_SCREEN_1,
    ACTION_SCREEN_2,
    ACTION_SCREEN_3,
    ACTION_SCREEN_4,
    ACTION_SCREEN_LAST = ACTION_SCREEN_4,
    ACTION_NEXT_SCREEN,
    ACTION_PREVIOUS_SCREEN,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_ENTER,
    ACTION_UNFOLD,
    ACTION_FOLD,
    ACTION_UNFOLD_ALL,
    ACTION_SORT,
    ACTION_FILTER,
    ACTION_SEARCH,
    ACTION_SEARCH_NEXT,
    ACTION_SEARCH_PREVIOUS,
    ACTION_UNITS,
    ACTION_MOMENT,
    ACTION_GRAPHICS,
    ACTION_EDIT,
    ACTION_CANCEL,
    ACTION_BACK,
    ACTION_HELP,
    ACTION_QUIT,
    ACTION_COUNT
};

// Where a binding holds.
enum scope {
    SCOPE_SUMMARY = 1 << 0,
    SCOPE_CLASSES = 1 << 1,
    SCOPE_SITES = 1 << 2,
    SCOPE_PINS = 1 << 3,
    SCOPE_HELP = 1 << 4,
    SCOPE_TABLES = SCOPE_CLASSES | SCOPE_SITES | SCOPE_PINS,
    SCOPE_SCREENS = SCOPE_SUMMARY | SCOPE_TABLES,
    SCOPE_ALL = SCOPE_SCREENS | SCOPE_HELP,
};
enum { SCOPE_COUNT = 5 };

enum { BINDING_KEYS = 4 };

struct binding {
    enum action action;
    unsigned scopes;        // of enum scope
    int keys[BINDING_KEYS]; // 0 ends the list
    const char *name;       // one word, for the bottom line
    const char *help;       // what it does, for help and manual
    int bar;                // rank in the bottom line, 1 first; 0 not there
};

extern const struct binding key_bindings[];
extern const size_t key_binding_count;

// What `key` does in a view of `scope`.
enum action keys_action(enum scope scope, int key);

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
