// under_way.c - a recording of the test program itself.
#include "tests/instrument/under_way.h"

#include "instrument/capture/control.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static char folder[] = "/tmp/rpscope-test-XXXXXX";

void under_way_begin(void) {
    char path[64];

    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/run.rptrace", folder);
    setenv("RPSCOPE_FILE", path, 1);
    setenv("RPSCOPE_RECORD", "on", 1);
}

void under_way_end(void) {
    char command[64];

    rp_control_stop();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_assert(eq(int, system(command), 0));
}
