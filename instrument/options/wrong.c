// wrong.c - see wrong.h.
#include "instrument/options/wrong.h"

#include "instrument/os/line.h"

#include <string.h>

enum { MOST_SHOWN = 200 }; // bytes of a value

const char *rp_option_wrong(const char *name, const char *value,
                            const char *accepted, const char *so) {
    static char sentence[512];
    struct rp_line line = rp_line_start(sentence, sizeof sentence);
    size_t bytes = strlen(value);

    rp_line_text(&line, name);
    rp_line_text(&line, " is \"");
    rp_line_bytes(&line, value, bytes < MOST_SHOWN ? bytes : MOST_SHOWN);
    rp_line_text(&line, "\"; it may be ");
    rp_line_text(&line, accepted);
    rp_line_text(&line, ". ");
    rp_line_text(&line, so);
    return sentence;
}
