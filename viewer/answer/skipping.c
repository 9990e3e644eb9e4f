// skipping.c - whether what the user said names no call site has had any sense.
#include "viewer/answer/skipping.h"

#include <string.h>

#include "viewer/answer/state.h"
#include "viewer/base/options.h"
#include "viewer/names/short_name.h"

enum { SHOWN = 80, NEAR_NAMES = 200, NAME_BYTES = 64 };

// " (did you mean pool_get?)": of the names that call sites have.
static const char *guess_name(const struct answer *a, const char *pattern,
                              char guess[OPTIONS_GUESS_BYTES]) {
    static const char stars[] = "*?[]\\";
    char names[NEAR_NAMES][NAME_BYTES], plain[NAME_BYTES];
    const char *list[NEAR_NAMES + 1];
    size_t count = 0, length = 0;
    for (const char *p = pattern; *p && length + 1 < sizeof plain; p++)
        if (!strchr(stars, *p))
            plain[length++] = *p;
    plain[length] = '\0';
    for (size_t i = 0; i < a->site_count && count < NEAR_NAMES; i++) {
        if (!a->sites[i].where.function)
            continue;
        short_function(names[count], NAME_BYTES, a->sites[i].where.function);
        list[count] = names[count];
        count++;
    }
    list[count] = NULL;
    return options_guess(guess, plain, list, "");
}

// Whether a frame that is no rule's names any site.
static bool names_any(const struct answer *a, struct symbols *symbols) {
    bool any = false, stacks = false;
    for (size_t i = 0; i < a->stack_count && !any; i++) {
        const struct frame *frame = stack_naming_frame(
            symbols, &a->state->tables, a->stacks[i].node, a->state->wrappers);
        stacks |= frame != NULL;
        any = frame && (frame->kind == FRAME_USER ||
                        (a->state->wrappers && frame->kind == FRAME_WRAPPER));
    }
    return any || !stacks;
}

static bool check(struct answer *a, struct symbols *symbols,
                  struct failure *failure) {
    const struct skip_rules *rules = symbols_rules(symbols);
    size_t count = skip_rules_count(rules), of_file = 0, fitted = 0;
    char guess[OPTIONS_GUESS_BYTES];
    const struct skip_rule *rule;
    bool any = false;
    for (size_t i = 0; i < count && !(rule = skip_rules_at(rules, i))->built_in;
         i++) {
        bool fits = symbols_rule_fitted(symbols, i);
        any |= fits && rule->kind != FRAME_USER;
        of_file += !rule->asked;
        fitted += !rule->asked && fits;
        if (rule->asked && !fits)
            return fail(failure,
                        "--skip: \"%.*s\" fits no function that could name a "
                        "call site of %s%s",
                        SHOWN, rule->pattern, a->path,
                        guess_name(a, rule->pattern, guess));
    }
    if (of_file > 0 && fitted == 0)
        return fail(
            failure,
            "--skip-rules: none of its %zu rule%s fits a frame that could "
            "name a call site of %s",
            of_file, of_file == 1 ? "" : "s", a->path);
    if (any && !names_any(a, symbols))
        return fail(failure,
                    "%s: with these rules no frame is left that could name "
                    "a call site: leave some out",
                    a->path);
    return true;
}

bool skipping_has_sense(struct answer *a, struct failure *failure) {
    // Of what has not been read nobody knows.
    if (a->state->of->reading ||
        skip_rules_at(a->state->of->rules, 0)->built_in)
        return true;
    bool sense = check(a, state_names(a->state), failure);
    state_names_done(a->state);
    failure->asked |= !sense;
    return sense;
}
