// folded.c - stacks as lines of text, for flame graphs.
//
// The format is that of Brendan Gregg's stackcollapse scripts. flamegraph.pl
// takes a second number at the end of a line for a difference.
#include "viewer/export/folded.h"

#include <inttypes.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/export/frames.h"

enum { ESCAPED_BYTES = 4 * FRAMES_NAME_BYTES };

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

// "a 12" at the end of a line would be two numbers.
static void part_from_number(char *name) {
    size_t end = strlen(name), at = end;
    while (at > 0 && (is_digit(name[at - 1]) || name[at - 1] == '.'))
        at--;
    if (at > 0 && at < end && name[at - 1] == ' ')
        name[at - 1] = '_';
}

static void put_name(const struct frame *frame, FILE *out) {
    char name[FRAMES_NAME_BYTES], escaped[ESCAPED_BYTES];
    frames_name(frame, name);
    escape_text(escaped, sizeof escaped, name);
    for (char *at = escaped; *at; at++)
        if (*at == ';')
            *at = ':';
    part_from_number(escaped);
    fputs(*escaped ? escaped : "?", out);
}

bool folded_write(struct answer *answer, const struct export_wish *wish,
                  FILE *out, struct export_told *told) {
    const struct export_metric *metric = wish->metric;
    uint64_t sum = 0;
    for (size_t i = 0; i < answer->stack_count; i++) {
        uint64_t value = export_value(&answer->stacks[i].counts, metric);
        size_t count;
        if (value == 0)
            continue;
        const struct frame *frames = answer_frames(answer, i, &count);
        for (size_t k = count; k > 0; k--) {
            put_name(&frames[k - 1], out);
            putc(k > 1 ? ';' : ' ', out);
        }
        if (count == 0)
            fprintf(out, "%s ", frames_no_stack);
        fprintf(out, "%" PRIu64 "\n", value);
        sum += value;
    }
    export_tell(told, "%" PRIu64 " %s of %s; flamegraph.pl --countname %s %s",
                sum, metric->unit, metric->key, metric->unit, wish->path);
    return true;
}
