// introduce.c - says where the trace goes, when the program asks for it.
#include "core/hook.h"
#include "instrument/capture/setup.h"
#include "instrument/drain/naming.h"
#include "instrument/options/options.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include <stddef.h>

// Nothing is recorded with these; as large as they are, they are touched only
// here.
static struct rp_options options;
static struct rp_shared naming;

void rp_on_introduce(const char *who) {
    char text[2 * RP_PATH_BYTES];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, who);
    if (rp_options_read(&options) != NULL || !rp_setup_wants(&options)) {
        rp_line_text(&line, "nothing is recorded");
    } else {
        rp_naming_wish(&naming, &options, rp_setup_is_root(&options));
        rp_line_text(&line, "the trace: ");
        rp_line_text(&line, naming.wanted);
        if (!naming.exact && naming.gathers) {
            rp_line_text(&line, ", in the folder of its other processes");
        } else if (!naming.exact) {
            rp_line_text(&line, ", with .");
            rp_line_number(&line, rp_system_process());
            rp_line_text(&line, " before the suffix");
        }
    }
    rp_system_say(text);
}
