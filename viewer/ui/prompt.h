// prompt.h - the bottom line as a place to type: search, filter, sort, command.
#ifndef RPSCOPE_UI_PROMPT_H
#define RPSCOPE_UI_PROMPT_H

#include "viewer/ui/table.h"

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_SEARCH,
    PROMPT_FILTER,
    PROMPT_SORT,
    PROMPT_COMMAND,
    PROMPT_BLOCKS // conditions
};

enum { PROMPT_BYTES = 256 };

struct prompt {
    enum prompt_kind kind;      // PROMPT_NONE: it is not open
    struct table *table;        // that it acts on; NULL for these
    char command[PROMPT_BYTES]; // or conditions
};

void prompt_open(struct prompt *prompt, enum prompt_kind kind,
                 struct table *table);
// What is typed acts at once, key by key; some keys close it. False: no line
// has the text that was searched for.
bool prompt_key(struct prompt *prompt, int key);
void prompt_draw(struct prompt *prompt, struct screen *s, int y);

#endif
