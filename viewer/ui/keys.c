// keys.c - what each key does: one table for dispatch, help, the bottom line
// and the manual page.
#include "viewer/ui/keys.h"
#include "viewer/base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

// clang-format off
const struct binding key_bindings[] = {
    // What a screen has of its own.
    {ACTION_ENTER, SCOPE_SUMMARY, {PRESS_ENTER, PRESS_DOUBLE_CLICK},
     "go there", "go to the screen and the line that the finding is about", 2},
    {ACTION_ENTER, SCOPE_SITES, {PRESS_ENTER, PRESS_DOUBLE_CLICK},
     "stack", "show or hide the call stack", 2},
    {ACTION_ENTER, SCOPE_PINS, {PRESS_ENTER, PRESS_DOUBLE_CLICK},
     "its stack", "show this call site, with its stack and source, in Sites",
     2},
    {ACTION_UNFOLD, SCOPE_SITES, {PRESS_ARROW_RIGHT, 'l', '+'},
     "unfold", "show the call stack", 0},
    {ACTION_FOLD, SCOPE_SITES, {PRESS_ARROW_LEFT, 'h', '-'},
     "fold", "hide the call stack", 0},
    {ACTION_UNFOLD_ALL, SCOPE_SITES, {'*'},
     "all stacks", "show or hide all call stacks", 6},
    {ACTION_EDIT, SCOPE_SITES, {'o'},
     "editor", "open the source line in $VISUAL or $EDITOR", 6},
    {ACTION_SORT, SCOPE_TABLES, {'s', PRESS_F + 6},
     "sort", "choose the column to sort by; s s turns the order round", 3},
    {ACTION_SEARCH, SCOPE_TABLES, {'/', PRESS_F + 3},
     "search", "find a name; capitals count when you type one", 4},
    {ACTION_SEARCH_NEXT, SCOPE_TABLES, {'n'},
     "next", "to the next match", 0},
    {ACTION_SEARCH_PREVIOUS, SCOPE_TABLES, {'N'},
     "previous", "to the match before", 0},
    {ACTION_FILTER, SCOPE_TABLES, {'\\', PRESS_F + 4},
     "filter", "show only lines with a text; an empty one shows all", 5},
    {ACTION_UNITS, SCOPE_SCREENS, {'u'},
     "units", "bytes as MiB, as plain numbers, or as per cent of what is held",
     5},
    {ACTION_MOMENT, SCOPE_SCREENS, {'p'},
     "end/peak", "the moment: the end, when most was held, when most was used",
     5},
    // Moving.
    {ACTION_UP, SCOPE_SCREENS, {PRESS_ARROW_UP, 'k', PRESS_WHEEL_UP},
     "up", "one line up", 0},
    {ACTION_DOWN, SCOPE_SCREENS, {PRESS_ARROW_DOWN, 'j', PRESS_WHEEL_DOWN},
     "down", "one line down", 0},
    {ACTION_PAGE_UP, SCOPE_SCREENS, {PRESS_PAGE_UP},
     "page up", "one page up", 0},
    {ACTION_PAGE_DOWN, SCOPE_SCREENS, {PRESS_PAGE_DOWN},
     "page down", "one page down", 0},
    {ACTION_FIRST, SCOPE_SCREENS, {'g', PRESS_TO_HOME},
     "first", "to the first line", 0},
    {ACTION_LAST, SCOPE_SCREENS, {'G', PRESS_TO_END},
     "last", "to the last line", 0},
    {ACTION_SCREEN_1, SCOPE_SCREENS, {'1'},
     "summary", "Summary: how much is held, where it is, what to look at", 0},
    {ACTION_SCREEN_2, SCOPE_SCREENS, {'2'},
     "classes", "Classes: blocks of one size, and how full their spans are",
     0},
    {ACTION_SCREEN_3, SCOPE_SCREENS, {'3'},
     "sites", "Sites: which calls allocated what is live, with their stacks",
     0},
    {ACTION_SCREEN_4, SCOPE_SCREENS, {'4'},
     "pins", "Pins: which calls' blocks keep free memory from going back", 0},
    {ACTION_NEXT_SCREEN, SCOPE_SCREENS, {PRESS_TAB},
     "next screen", "to the next screen", 6},
    {ACTION_PREVIOUS_SCREEN, SCOPE_SCREENS, {PRESS_BACK_TAB},
     "previous screen", "to the screen before", 0},
    // The same everywhere.
    {ACTION_HELP, SCOPE_SCREENS, {'?', PRESS_F + 1},
     "help", "explain this screen: its words and its keys", 1},
    {ACTION_GRAPHICS, SCOPE_SCREENS, {'~'},
     "graphics", "draw with ASCII characters only, and back", 0},
    {ACTION_CANCEL, SCOPE_SCREENS, {PRESS_ESC},
     "cancel", "close a prompt, clear the search and the filter", 0},
    {ACTION_BACK, SCOPE_SCREENS, {'q', PRESS_BACK},
     "back", "back to where you came from; on the first screen, leave", 3},
    {ACTION_QUIT, SCOPE_ALL, {'Q', PRESS_F + 10, PRESS_CTRL_C},
     "quit", "leave rpscope from wherever you are", 8},
    // While help is shown, characters filter it.
    {ACTION_BACK, SCOPE_HELP, {PRESS_ESC, PRESS_ENTER, PRESS_F + 1},
     "close", "close the help", 1},
    {ACTION_UP, SCOPE_HELP, {PRESS_ARROW_UP, PRESS_WHEEL_UP},
     "up", "one line up", 0},
    {ACTION_DOWN, SCOPE_HELP, {PRESS_ARROW_DOWN, PRESS_WHEEL_DOWN},
     "more", "one line down", 2},
    {ACTION_PAGE_UP, SCOPE_HELP, {PRESS_PAGE_UP},
     "page up", "one page up", 0},
    {ACTION_PAGE_DOWN, SCOPE_HELP, {PRESS_PAGE_DOWN},
     "page down", "one page down", 3},
    {ACTION_FIRST, SCOPE_HELP, {PRESS_TO_HOME},
     "first", "to the first line", 0},
    {ACTION_LAST, SCOPE_HELP, {PRESS_TO_END},
     "last", "to the last line", 0},
};
// clang-format on
const size_t key_binding_count = sizeof key_bindings / sizeof *key_bindings;

enum action keys_action(enum scope scope, int key) {
    for (size_t i = 0; i < key_binding_count; i++)
        for (int k = 0; k < BINDING_KEYS && key_bindings[i].keys[k]; k++)
            if (key_bindings[i].keys[k] == key &&
                key_bindings[i].scopes & scope)
                return key_bindings[i].action;
    return ACTION_NONE;
}

static const struct {
    int key;
    const char *name;
} key_names[] = {
    {PRESS_CTRL_C, "Ctrl-C"},      {PRESS_TAB, "Tab"},
    {PRESS_ENTER, "Enter"},        {PRESS_ESC, "Esc"},
    {PRESS_SPACE, "Space"},        {PRESS_BACK, "Backspace"},
    {PRESS_ARROW_UP, "up"},        {PRESS_ARROW_DOWN, "down"},
    {PRESS_ARROW_LEFT, "left"},    {PRESS_ARROW_RIGHT, "right"},
    {PRESS_PAGE_UP, "PgUp"},       {PRESS_PAGE_DOWN, "PgDn"},
    {PRESS_TO_HOME, "Home"},       {PRESS_TO_END, "End"},
    {PRESS_BACK_TAB, "Shift-Tab"},
};

void keys_name(int key, char *out) {
    for (size_t i = 0; i < sizeof key_names / sizeof *key_names; i++)
        if (key_names[i].key == key) {
            strcpy(out, key_names[i].name);
            return;
        }
    if (key > PRESS_F && key <= PRESS_F_LAST)
        snprintf(out, 16, "F%d", key - PRESS_F);
    else if (key < PRESS_SPECIAL)
        text_encode(out, (uint32_t)key);
    else
        *out = 0; // the mouse has no name
}

void keys_names(const struct binding *b, char *out, size_t size) {
    size_t used = 0;
    *out = 0;
    for (int k = 0; k < BINDING_KEYS && b->keys[k]; k++) {
        char name[16];
        keys_name(b->keys[k], name);
        size_t length = strlen(name);
        if (length == 0 || used + length + 2 > size)
            continue;
        if (used)
            out[used++] = ' ';
        memcpy(out + used, name, length + 1);
        used += length;
    }
}

int keys_parse(const char **text) {
    while (**text == ' ' && (*text)[1])
        ++*text;
    if (**text == 0 || **text == ' ')
        return PRESS_NONE;
    size_t length = strcspn(*text, " ");
    for (size_t i = 0; i < sizeof key_names / sizeof *key_names; i++)
        if (strlen(key_names[i].name) == length &&
            strncasecmp(key_names[i].name, *text, length) == 0) {
            *text += length;
            return key_names[i].key;
        }
    int number = 0, used = 0;
    if (sscanf(*text, "F%2d%n", &number, &used) == 1 &&
        (size_t)used == length && number >= 1 && number <= 12) {
        *text += length;
        return PRESS_F + number;
    }
    return (int)text_next(text);
}
