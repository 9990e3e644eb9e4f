// options.h - what may stand on the command line, as tables.
//
// Each command has one table of options; parsing, --help, the manual page and
// the sentences about mistakes follow from it.
#ifndef RPSCOPE_BASE_OPTIONS_H
#define RPSCOPE_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "viewer/base/fail.h"

enum { OPTIONS_MAX = 24 };

enum exit_code {
    EXIT_ALL_WELL = 0,
    EXIT_DIFFERENT = 1,  // what was compared is not the same, or a rule broken
    EXIT_USAGE = 2,      // or the program cannot be started
    EXIT_UNREADABLE = 3, // no trace, or nothing whole in it
    EXIT_DAMAGED = 4,    // shown, but not all of it is there
};

struct option {
    const char *name;     // without its "--"
    char letter;          // 0: only the long name
    const char *value;    // what help calls its value; NULL: it takes none
    const char *accepted; // words it takes, "full|none"; NULL: see `check`
    // Whether a value that is none of these words is good; NULL: it is not,
    // or, without `accepted`, everything is.
    bool (*check)(const char *value);
    const char *expected; // what `check` wants, in words: "1..256"
    const char *help;
};

struct arguments {
    const char *value[OPTIONS_MAX]; // by place in the table; NULL: not given
    char **operands;                // what is left: files, a program
    int operand_count;
};

struct command {
    const char *name;
    const char *operands;               // as help shows them: "FILE"
    const char *summary;                // half a sentence
    const char *text;                   // paragraphs: what it does, examples
    struct option options[OPTIONS_MAX]; // until one without a name
    int least, most;                    // operands
    bool program; // the first operand and all after it are a program's
    int (*run)(const struct arguments *arguments);
};

// Sorts `argv` (argc entries and a NULL, the command's name not among them)
// into `arguments`. The operands and a NULL are moved to the front of argv.
bool options_parse(const struct command *command, int argc, char **argv,
                   struct arguments *arguments, struct failure *failure);

// Whether `argv` asks for --help or --version (`name`), before any operand of
// a program and before a lone "--".
bool options_ask(const struct command *command, int argc,
                 const char *const *argv, const char *name, char letter);

// Writes the help of one command.
void options_help(const struct command *command, FILE *out);

// The one of `words` (NULL ends) that `word` was probably meant to be, or
// NULL when none is near.
const char *options_nearest(const char *word, const char *const *words);

// Writes " (did you mean WORD?)" with that one, `before` in front of it;
// nothing when none is near. Returns `out`.
enum { OPTIONS_GUESS_BYTES = 96 };
const char *options_guess(char out[OPTIONS_GUESS_BYTES], const char *word,
                          const char *const *words, const char *before);

// Reads a count of bytes: 65536, 64K, 1M, 2G. Returns false when it is none.
bool options_size(const char *text, uint64_t *bytes);

// Reads a whole number from least to most.
bool options_number(const char *text, uint64_t least, uint64_t most,
                    uint64_t *number);

#endif
