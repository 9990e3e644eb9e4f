// skip_rules.c - which frames of a stack are no answer to "who did this?"
#include "viewer/names/skip_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/memory.h"
#include "viewer/base/options.h"
#include "viewer/base/text.h"
#include "viewer/names/pattern.h"
#include "viewer/names/short_name.h"

enum {
    FILE_MOST = 1 << 20, // bytes of a file of rules
    WORD_BYTES = 32,
    SHOWN = 60, // characters of a pattern in a sentence
    FIRSTS = 257,
    ANY = 256, // of them: what begins with no character of its own
    END = 0,
};

// Those of functions are found by their first character, so that a name is
// compared with few: `next` leads to the next with the same one.
struct skip_rules {
    struct skip_rule *list;
    uint32_t *next; // + 1
    size_t count, capacity, next_capacity;
    uint32_t first[FIRSTS], last[FIRSTS]; // + 1
    uint32_t first_other, last_other;     // modules and sources, + 1
};

// skip.rules, and a NUL.
__asm__(".pushsection .rodata\n"
        ".type rpscope_skip_rules, @object\n"
        "rpscope_skip_rules:\n"
        ".incbin \"viewer/names/skip.rules\"\n"
        ".byte 0\n"
        ".size rpscope_skip_rules, . - rpscope_skip_rules\n"
        ".popsection\n");
extern const char rpscope_skip_rules[] __attribute__((visibility("hidden")));

const char *skip_rules_built_in(void) {
    return rpscope_skip_rules;
}

struct skip_rules *skip_rules_new(void) {
    return memory_zeroed(1, sizeof(struct skip_rules));
}

void skip_rules_free(struct skip_rules *rules) {
    if (!rules)
        return;
    for (size_t i = 0; i < rules->count; i++)
        free(rules->list[i].pattern);
    free(rules->list);
    free(rules->next);
    free(rules);
}

size_t skip_rules_count(const struct skip_rules *rules) {
    return rules->count;
}

const struct skip_rule *skip_rules_at(const struct skip_rules *rules,
                                      size_t i) {
    return &rules->list[i];
}

static void add(struct skip_rules *rules, const struct skip_rule *rule) {
    unsigned char first = (unsigned char)*rule->pattern;
    bool any = strchr("*?[\\", first) != NULL;
    uint32_t *from = &rules->first[any ? ANY : first];
    uint32_t *to = &rules->last[any ? ANY : first];
    if (rule->what != SKIP_FUNCTION) {
        from = &rules->first_other;
        to = &rules->last_other;
    }
    rules->list = memory_grow(rules->list, rules->count, &rules->capacity,
                              sizeof *rules->list);
    rules->next = memory_grow(rules->next, rules->count, &rules->next_capacity,
                              sizeof *rules->next);
    rules->list[rules->count] = *rule;
    rules->next[rules->count] = END;
    uint32_t place = (uint32_t)++rules->count;
    if (*to != END)
        rules->next[*to - 1] = place;
    else
        *from = place;
    *to = place;
}

// ---- patterns of the command line ----

// The end of the first of them.
static const char *pattern_end(const char *text) {
    int depth = 0;
    for (; *text && (*text != ',' || depth > 0); text++) {
        depth += *text == '<' || *text == '(';
        depth -= (*text == '>' || *text == ')') && depth > 0;
    }
    return text;
}

bool skip_rules_add_skips(struct skip_rules *rules, const char *patterns,
                          struct failure *failure) {
    for (const char *at = patterns;; at++) {
        const char *end = pattern_end(at);
        char *pattern = memory_text(at, (size_t)(end - at));
        const char *fault = pattern_fault(pattern);
        if (fault) {
            fail(failure, "--skip: the pattern \"%.*s\" %s", SHOWN, pattern,
                 fault);
            free(pattern);
            return false;
        }
        add(rules, &(struct skip_rule){FRAME_LIBRARY, SKIP_FUNCTION, pattern,
                                       true, false});
        at = end;
        if (!*at)
            return true;
    }
}

// ---- lines of a file ----

static const char *const kinds[] = {[FRAME_USER] = "own",
                                    [FRAME_ALLOCATOR] = "allocator",
                                    [FRAME_LIBRARY] = "library",
                                    [FRAME_WRAPPER] = "wrapper",
                                    NULL};
static const char *const whats[] = {[SKIP_FUNCTION] = "function",
                                    [SKIP_MODULE] = "module",
                                    [SKIP_SOURCE] = "source",
                                    NULL};

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// The next word of *line, which is moved behind it and the blanks there.
static void take_word(const char **line, const char *end, char *word) {
    size_t length = 0;
    for (; *line < end && !blank(**line); ++*line)
        if (length + 1 < WORD_BYTES)
            word[length++] = **line;
    word[length] = '\0';
    while (*line < end && blank(**line))
        ++*line;
}

// Its place among the words; their count: it is none of them.
static size_t find_word(const char *word, const char *const *words) {
    size_t i = 0;
    while (words[i] && strcmp(words[i], word) != 0)
        i++;
    return i;
}

static bool add_line(struct skip_rules *rules, const char *line,
                     const char *end, const char *name, unsigned number,
                     struct failure *failure) {
    char word[WORD_BYTES], guess[OPTIONS_GUESS_BYTES];
    take_word(&line, end, word);
    size_t kind = find_word(word, kinds);
    if (!kinds[kind])
        return fail(failure,
                    "%s:%u: \"%s\" is no kind of frame%s; there are own, "
                    "allocator, library and wrapper",
                    name, number, word, options_guess(guess, word, kinds, ""));
    take_word(&line, end, word);
    size_t what = find_word(word, whats);
    if (!whats[what])
        return fail(failure,
                    "%s:%u: \"%s\" is nothing that a pattern can be of%s; "
                    "there are function, module and source",
                    name, number, word, options_guess(guess, word, whats, ""));
    char *pattern = memory_text(line, (size_t)(end - line));
    const char *fault = pattern_fault(pattern);
    if (fault) {
        fail(failure, "%s:%u: the pattern \"%.*s\" %s", name, number, SHOWN,
             pattern, fault);
        free(pattern);
        return false;
    }
    add(rules, &(struct skip_rule){(enum frame_kind)kind, (enum skip_what)what,
                                   pattern, false, false});
    return true;
}

bool skip_rules_add_text(struct skip_rules *rules, const char *text,
                         const char *name, struct failure *failure) {
    for (unsigned number = 1; *text; number++) {
        const char *next = text + strcspn(text, "\n"), *end = next;
        while (text < end && blank(*text))
            text++;
        while (end > text && blank(end[-1]))
            end--;
        if (text < end && *text != '#' &&
            !add_line(rules, text, end, name, number, failure))
            return false;
        text = *next ? next + 1 : next;
    }
    return true;
}

// Into `text`, with a NUL. Returns false with a sentence.
static bool read_file(int file, const char *path, char *text,
                      struct failure *failure) {
    size_t size = 0;
    for (;;) {
        ssize_t got = read(file, text + size, FILE_MOST + 1 - size);
        if (got < 0)
            return fail(failure, "%s: cannot be read: %s", path,
                        strerror(errno));
        size += (size_t)got;
        if (size > FILE_MOST)
            return fail(failure, "%s: is larger than 1 MiB: no file of rules",
                        path);
        if (got == 0)
            break;
    }
    text[size] = '\0';
    if (strlen(text) != size)
        return fail(failure, "%s: has a NUL in it: no file of rules", path);
    return true;
}

bool skip_rules_add_file(struct skip_rules *rules, const char *path,
                         struct failure *failure) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return fail(failure, "%s: cannot be opened: %s", path, strerror(errno));
    char *text = memory_get(FILE_MOST + 2);
    bool read = fstat(file, &status) == 0 && S_ISREG(status.st_mode)
                    ? read_file(file, path, text, failure)
                    : fail(failure, "%s: is no plain file", path);
    close(file);
    size_t before = rules->count;
    bool good = read && skip_rules_add_text(rules, text, path, failure);
    free(text);
    return good && (rules->count > before ||
                    fail(failure, "%s: has no rule in it", path));
}

void skip_rules_add_built_in(struct skip_rules *rules) {
    struct failure failure = {.text = ""};
    size_t before = rules->count;
    if (!skip_rules_add_text(rules, rpscope_skip_rules, "skip.rules", &failure))
        abort(); // test_skip_rules.c reads it, too
    for (size_t i = before; i < rules->count; i++)
        rules->list[i].built_in = true;
}

// ---- which one ----

// The first from `place` on that fits and comes before `least`; else `least`.
static size_t first_of(const struct skip_rules *rules, uint32_t place,
                       size_t least, const char *name) {
    for (; place != END && place - 1 < least; place = rules->next[place - 1])
        if (pattern_fits(rules->list[place - 1].pattern, name))
            return place - 1;
    return least;
}

size_t skip_rules_find(const struct skip_rules *rules,
                       const struct frame *frame) {
    const char *module = frame->module ? text_base_name(frame->module) : NULL;
    size_t found = SKIP_NONE;
    for (uint32_t place = rules->first_other; place != END;
         place = rules->next[place - 1]) {
        const struct skip_rule *rule = &rules->list[place - 1];
        const char *name = rule->what == SKIP_MODULE ? module : frame->file;
        if (name && pattern_fits(rule->pattern, name)) {
            found = place - 1;
            break;
        }
    }
    if (frame->function) {
        const char *name = short_start(frame->function);
        found =
            first_of(rules, rules->first[(unsigned char)*name], found, name);
        found = first_of(rules, rules->first[ANY], found, name);
    }
    return found;
}
