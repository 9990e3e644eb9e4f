// keys.c - what each key does: those that are not of one screen alone.
#include "viewer/ui/keys.h"
#include "viewer/base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

// clang-format off
static const struct binding common[] = {
    {ACTION_SORT, {'s', PRESS_F + 6},
     "sort",
     "choose the column to sort by; s s turns the order round",
     3, KEYS_TABLES},
    {ACTION_SEARCH, {'/', PRESS_F + 3},
     "search",
     "find a name; capitals count when you type one", 4, KEYS_TABLES},
    {ACTION_SEARCH_NEXT, {'n'},
     "next", "to the next match", 0, KEYS_TABLES},
    {ACTION_SEARCH_PREVIOUS, {'N'},
     "previous", "to the match before", 0, KEYS_TABLES},
    {ACTION_FILTER, {'\\', PRESS_F + 4},
     "filter",
     "show only lines with a text; an empty one shows all", 5, KEYS_TABLES},
    {ACTION_WRAPPERS, {'W'},
     "wrappers",
     "let what allocates for others (strings, containers) name call sites, "
     "and back", 0, KEYS_SCREENS},
    {ACTION_BLOCKS, {'f'},
     "blocks",
     "count only blocks for which conditions hold, on all screens: of span, "
     "heap, class, thread, tag, bytes, born_ns, lives_ns, function, file, "
     "module; an empty line counts all", 7, KEYS_SCREENS},
    {ACTION_ONLY, {'b'},
     "only its blocks",
     "count only the blocks of this line, on all screens; again: all", 6,
     KEYS_TABLES},
    {ACTION_UNITS, {'u'},
     "units",
     "bytes as MiB, as plain numbers, or as per cent of what is held",
     5, KEYS_SCREENS},
    {ACTION_MOMENT, {'p'},
     "moment",
     "the moment: the end, the worst, when most was held, when most was used",
     5, KEYS_SCREENS},
    {ACTION_EARLIER, {'<', ','},
     "earlier",
     "the time cursor one column of the line on top back", 4, KEYS_SCREENS},
    {ACTION_LATER, {'>', '.'},
     "later", "the time cursor one column on", 4, KEYS_SCREENS},
    {ACTION_PREVIOUS_NOTE, {'['},
     "before",
     "to the mark, snapshot, peak or finding before this moment",
     0, KEYS_SCREENS},
    {ACTION_NEXT_NOTE, {']'},
     "after", "to the one after it", 0, KEYS_SCREENS},
    {ACTION_MARK, {'m'},
     "mark",
     "one end of a range is here: what happened between it and the time cursor, "
     "wherever that goes; again: no more", 9, KEYS_SCREENS},
    {ACTION_COMMAND, {':'},
     "command",
     "goto 12.4s, worst, end, peak, peak-used, event N, mark TEXT or snapshot N; "
     "quit", 0, KEYS_SCREENS},
    {ACTION_UP, {PRESS_ARROW_UP, 'k', PRESS_WHEEL_UP},
     "up", "one line up", 0, KEYS_SCREENS},
    {ACTION_DOWN, {PRESS_ARROW_DOWN, 'j', PRESS_WHEEL_DOWN},
     "down", "one line down", 0, KEYS_SCREENS},
    {ACTION_PAGE_UP, {PRESS_PAGE_UP},
     "page up", "one page up", 0, KEYS_SCREENS},
    {ACTION_PAGE_DOWN, {PRESS_PAGE_DOWN},
     "page down", "one page down", 0, KEYS_SCREENS},
    {ACTION_FIRST, {'g', PRESS_TO_HOME},
     "first", "to the first line", 0, KEYS_SCREENS},
    {ACTION_LAST, {'G', PRESS_TO_END},
     "last", "to the last line", 0, KEYS_SCREENS},
    {ACTION_NEXT_SCREEN, {PRESS_TAB},
     "next screen", "to the next screen", 6, KEYS_SCREENS},
    {ACTION_PREVIOUS_SCREEN, {PRESS_BACK_TAB},
     "previous screen", "to the screen before", 0, KEYS_SCREENS},
    {ACTION_HELP, {'?', PRESS_F + 1},
     "help", "explain this screen: its words and its keys", 1, KEYS_SCREENS},
    {ACTION_GRAPHICS, {'~'},
     "graphics", "draw with ASCII characters only, and back", 0, KEYS_SCREENS},
    {ACTION_RELOAD, {'r'},
     "reload", "read the trace again, as it is now", 0, KEYS_SCREENS},
    {ACTION_FOLLOW, {'F'},
     "follow", "stay at the end of a recording that still runs, and back",
     0, KEYS_SCREENS},
    {ACTION_CANCEL, {PRESS_ESC},
     "cancel",
     "close a prompt, clear the search and the filter; stop a question",
     0, KEYS_SCREENS},
    {ACTION_BACK, {'q', PRESS_BACK},
     "back",
     "back to where you came from; on the first screen, leave",
     3, KEYS_SCREENS},
    {ACTION_QUIT, {'Q', PRESS_F + 10, PRESS_CTRL_C},
     "quit", "leave rpscope from wherever you are", 8, KEYS_ALL},
    {ACTION_BACK, {PRESS_ESC, PRESS_ENTER, PRESS_F + 1},
     "close", "close the help", 1, KEYS_HELP},
    {ACTION_UP, {PRESS_ARROW_UP, PRESS_WHEEL_UP},
     "up", "one line up", 0, KEYS_HELP},
    {ACTION_DOWN, {PRESS_ARROW_DOWN, PRESS_WHEEL_DOWN},
     "more", "one line down", 2, KEYS_HELP},
    {ACTION_PAGE_UP, {PRESS_PAGE_UP},
     "page up", "one page up", 0, KEYS_HELP},
    {ACTION_PAGE_DOWN, {PRESS_PAGE_DOWN},
     "page down", "one page down", 3, KEYS_HELP},
    {ACTION_FIRST, {PRESS_TO_HOME},
     "first", "to the first line", 0, KEYS_HELP},
    {ACTION_LAST, {PRESS_TO_END},
     "last", "to the last line", 0, KEYS_HELP},
};
// clang-format on

const struct key_set help_keys = {NULL, 0, KEYS_HELP};
const struct key_set all_keys = {NULL, 0, KEYS_ALL};

const struct binding *keys_binding(const struct key_set *set, size_t i) {
    if (i < set->own_count)
        return &set->own[i];
    i -= set->own_count;
    for (size_t k = 0; k < sizeof common / sizeof *common; k++)
        if (common[k].groups & set->groups && i-- == 0)
            return &common[k];
    return NULL;
}

enum action keys_action(const struct key_set *set, int key) {
    const struct binding *b;
    for (size_t i = 0; (b = keys_binding(set, i)); i++)
        for (int k = 0; k < BINDING_KEYS && b->keys[k]; k++)
            if (b->keys[k] == key)
                return b->action;
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
