// report_format.c - the formats of the report, by name.
#include "viewer/output/report_format.h"

#include <string.h>

#include "viewer/answer/groups.h"

enum report_format report_format(const char *word) {
    return !word                           ? REPORT_AS_TEXT
           : strcmp(word, "json") == 0     ? REPORT_AS_JSON
           : strcmp(word, "markdown") == 0 ? REPORT_AS_MARKDOWN
                                           : REPORT_AS_TEXT;
}

void report_write(struct answer *answer, const struct report_options *options,
                  enum report_format format, FILE *out) {
    static void (*const write[])(struct answer *, const struct report_options *,
                                 FILE *) = {
        [REPORT_AS_TEXT] = report_text,
        [REPORT_AS_JSON] = report_json,
        [REPORT_AS_MARKDOWN] = report_markdown,
    };
    if (options && options->by)
        groups_choose(answer, options->by);
    write[format](answer, options, out);
}
