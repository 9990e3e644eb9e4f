// skip_rules.h - which frames of a stack are no answer to "who did this?"
//
// A call site is named by its nearest frame that is the program's own. What is
// not, say rules: lines of a file (skip.rules explains them, and is built in),
// of a file of the user's, and patterns of the command line. The first that
// fits a frame is the one that counts, and the user's come first.
//
// Progress: not thread-safe while rules are added; then they do not change.
#ifndef RPSCOPE_NAMES_SKIP_RULES_H
#define RPSCOPE_NAMES_SKIP_RULES_H

#include <stddef.h>

#include "viewer/base/fail.h"
#include "viewer/names/frame.h"

enum skip_what { SKIP_FUNCTION, SKIP_MODULE, SKIP_SOURCE };

struct skip_rule {
    enum frame_kind kind;
    enum skip_what what;
    char *pattern;
    bool asked;    // by an option, for this pattern alone
    bool built_in; // of skip.rules
};

struct skip_rules;

struct skip_rules *skip_rules_new(void); // none
void skip_rules_free(struct skip_rules *rules);

// Each adds rules behind those that are there. False with a sentence: nothing
// of it can be used.

// Patterns of functions, with commas between them (not in <> or ()).
bool skip_rules_add_skips(struct skip_rules *rules, const char *patterns,
                          struct failure *failure);
bool skip_rules_add_file(struct skip_rules *rules, const char *path,
                         struct failure *failure);
// `name`: how sentences call the text, before the number of a line.
bool skip_rules_add_text(struct skip_rules *rules, const char *text,
                         const char *name, struct failure *failure);
// skip.rules itself.
void skip_rules_add_built_in(struct skip_rules *rules);

size_t skip_rules_count(const struct skip_rules *rules);
const struct skip_rule *skip_rules_at(const struct skip_rules *rules, size_t i);

// The place of the first that fits; SKIP_NONE: the frame is the program's own.
#define SKIP_NONE SIZE_MAX
size_t skip_rules_find(const struct skip_rules *rules,
                       const struct frame *frame);

// The text of skip.rules.
const char *skip_rules_built_in(void);

#endif
