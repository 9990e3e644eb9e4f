// options.c - what may stand on the command line, as tables.
#include "viewer/base/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORD_BYTES = 64,
    ACCEPTED_MOST = 15,   // words that an option takes
    ACCEPTED_BYTES = 256, // of all of them
};

// How many letters must be changed, added, left out or swapped.
static unsigned options_distance(const char *a, const char *b) {
    unsigned row[3][WORD_BYTES + 1];
    size_t n = strlen(a), m = strlen(b);
    if (n > WORD_BYTES || m > WORD_BYTES)
        return UINT32_MAX;
    for (size_t k = 0; k <= m; k++)
        row[0][k] = (unsigned)k;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = row[i % 3];
        const unsigned *before = row[(i + 2) % 3], *second = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t k = 1; k <= m; k++) {
            unsigned best = before[k - 1] + (a[i - 1] != b[k - 1]);
            if (before[k] + 1 < best)
                best = before[k] + 1;
            if (now[k - 1] + 1 < best)
                best = now[k - 1] + 1;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
                a[i - 2] == b[k - 1] && second[k - 2] + 1 < best)
                best = second[k - 2] + 1;
            now[k] = best;
        }
    }
    return row[n % 3][m];
}

const char *options_nearest(const char *word, const char *const *words) {
    const char *nearest = NULL;
    unsigned least = UINT32_MAX;
    for (; *words; words++) {
        unsigned distance = options_distance(word, *words);
        // The beginning of a word is always near: "sta" for "stacks".
        if (strlen(word) >= 2 && strncmp(word, *words, strlen(word)) == 0)
            distance = 1;
        if (distance < least && distance <= 1 + strlen(word) / 5) {
            least = distance;
            nearest = *words;
        }
    }
    return nearest;
}

const char *options_guess(char out[OPTIONS_GUESS_BYTES], const char *word,
                          const char *const *words, const char *before) {
    const char *nearest = options_nearest(word, words);
    *out = 0;
    if (nearest)
        snprintf(out, OPTIONS_GUESS_BYTES, " (did you mean %s%s?)", before,
                 nearest);
    return out;
}

bool options_number(const char *text, uint64_t least, uint64_t most,
                    uint64_t *number) {
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *end || value < least || value > most)
        return false;
    *number = value;
    return true;
}

bool options_size(const char *text, uint64_t *bytes) {
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    static const char letters[] = "KMG";
    const char *letter = *end ? strchr(letters, *end) : NULL;
    unsigned shift = letter ? 10 * (unsigned)(letter - letters + 1) : 0;
    if (errno || value == 0 || value > UINT64_MAX >> shift ||
        (*end && (!letter || end[1])))
        return false;
    *bytes = value << shift;
    return true;
}

static void option_shown(const struct option *o, char out[WORD_BYTES]) {
    if (o->letter)
        snprintf(out, WORD_BYTES, "-%c, --%s", o->letter, o->name);
    else
        snprintf(out, WORD_BYTES, "--%s", o->name);
}

static bool option_unknown(const struct command *command, const char *given,
                           struct failure *failure) {
    char accepted[512] = "", guess[OPTIONS_GUESS_BYTES] = "";
    const char *names[OPTIONS_MAX + 1] = {NULL};
    size_t used = 0;
    for (int i = 0; i < OPTIONS_MAX && command->options[i].name; i++) {
        char shown[WORD_BYTES];
        option_shown(&command->options[i], shown);
        names[i] = command->options[i].name;
        used += (size_t)snprintf(accepted + used, sizeof accepted - used,
                                 "%s%s", used ? ", " : "", shown);
    }
    if (strncmp(given, "--", 2) == 0)
        options_guess(guess, given + 2, names, "--");
    return fail(failure, "unknown option %s%s; accepted are %s, --help", given,
                guess, accepted);
}

// "full, none or 1..256"
static void option_accepted(const struct option *o, char *out, size_t size) {
    size_t used = 0;
    *out = 0;
    for (const char *word = o->accepted; word && *word;) {
        size_t length = strcspn(word, "|");
        bool last = word[length] == 0 && !o->expected;
        used += (size_t)snprintf(out + used, size - used, "%s%.*s",
                                 !used  ? ""
                                 : last ? " or "
                                        : ", ",
                                 (int)length, word);
        word += length + (word[length] == '|');
    }
    if (o->expected)
        snprintf(out + used, size - used, "%s%s", used ? " or " : "",
                 o->expected);
}

static bool option_check(const struct option *o, const char *value,
                         struct failure *failure) {
    const char *names[ACCEPTED_MOST + 1] = {NULL};
    char words[ACCEPTED_BYTES] = "";
    if (o->accepted) {
        snprintf(words, sizeof words, "%s", o->accepted);
        char *rest = words;
        for (int i = 0; i < ACCEPTED_MOST && rest; i++) {
            names[i] = rest;
            rest = strchr(rest, '|');
            if (rest)
                *rest++ = 0;
            if (strcmp(names[i], value) == 0)
                return true;
        }
    }
    if (o->check ? o->check(value) : !o->accepted)
        return true;
    char accepted[2 * ACCEPTED_BYTES], guess[OPTIONS_GUESS_BYTES];
    option_accepted(o, accepted, sizeof accepted);
    return fail(failure, "--%s takes %s, not \"%s\"%s", o->name, accepted,
                value, options_guess(guess, value, names, ""));
}

static const struct option *option_find(const struct command *command,
                                        const char *given, size_t length) {
    for (int i = 0; i < OPTIONS_MAX && command->options[i].name; i++) {
        const struct option *o = &command->options[i];
        if (given[1] == '-' ? strlen(o->name) == length - 2 &&
                                  strncmp(o->name, given + 2, length - 2) == 0
                            : o->letter && given[1] == o->letter)
            return o;
    }
    return NULL;
}

bool options_parse(const struct command *command, int argc, char **argv,
                   struct arguments *arguments, struct failure *failure) {
    *arguments = (struct arguments){.operands = argv};
    int i = 0;
    bool operands_only = false;
    for (; i < argc; i++) {
        char *given = argv[i];
        if (operands_only || given[0] != '-' || given[1] == 0) {
            argv[arguments->operand_count++] = given;
            operands_only |= command->program;
            continue;
        }
        if (strcmp(given, "--") == 0) {
            operands_only = true;
            continue;
        }
        bool is_long = given[1] == '-';
        size_t length = is_long ? strcspn(given, "=") : 2;
        const struct option *o = option_find(command, given, length);
        if (!o)
            return option_unknown(command, given, failure);
        const char *value = given[length] ? given + length + is_long : NULL;
        if (!o->value && value)
            return fail(failure, "--%s takes no value, but got \"%s\"", o->name,
                        value);
        if (o->value && !value) {
            if (i + 1 == argc)
                return fail(failure, "--%s needs a value: %s", o->name,
                            o->value);
            value = argv[++i];
        }
        if (o->value && !option_check(o, value, failure))
            return false;
        arguments->value[o - command->options] = value ? value : "";
    }
    int count = arguments->operand_count;
    argv[count] = NULL; // the program of `record` is started with these
    if (count < command->least)
        return fail(failure, "needs %s", command->operands);
    if (count > command->most)
        return fail(failure, "takes %s and no more, but got \"%s\"",
                    command->operands, argv[command->most]);
    return true;
}

bool options_ask(const struct command *command, int argc,
                 const char *const *argv, const char *name, char letter) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *given = argv[i];
        if (given[0] != '-') {
            if (command->program)
                return false;
            continue;
        }
        if (strncmp(given, "--", 2) == 0 ? strcmp(given + 2, name) == 0
                                         : letter && given[1] == letter)
            return true;
        const struct option *o = option_find(command, given, strlen(given));
        if (o && o->value)
            i++; // its value is no option
    }
    return false;
}

void options_help(const struct command *command, FILE *out) {
    fprintf(out, "rpscope %s - %s\n\n", command->name, command->summary);
    fprintf(out, "usage: rpscope %s [options] %s\n\n%s\n", command->name,
            command->operands, command->text);
    fputs("\noptions:\n", out);
    for (int i = 0; i < OPTIONS_MAX && command->options[i].name; i++) {
        const struct option *o = &command->options[i];
        char shown[WORD_BYTES], left[2 * WORD_BYTES];
        option_shown(o, shown);
        snprintf(left, sizeof left, "%s%s%s%s", o->letter ? "" : "    ", shown,
                 o->value ? " " : "", o->value ? o->value : "");
        if (strlen(left) > 22)
            fprintf(out, "  %s\n  %22s %s\n", left, "", o->help);
        else
            fprintf(out, "  %-22s %s\n", left, o->help);
    }
    fputs("      --version          print the version\n"
          "  -h, --help             print this\n",
          out);
}
