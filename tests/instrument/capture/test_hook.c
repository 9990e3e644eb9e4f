// test_hook.c - tests instrument/capture/hook.c.
#include "core/hook.h"

#include "instrument/capture/control.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/rpscope-test-XXXXXX";

static void setup(void) {
  char path[64];

  cr_assert(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/run.rptrace", folder);
  setenv("RPSCOPE_FILE", path, 1);
  setenv("RPSCOPE_RECORD", "on", 1);
  setenv("RPSCOPE_BUFFER", "8K", 1);
  setenv("RPSCOPE_SPILL", "none", 1);
}

static void teardown(void) {
  char command[64];

  rp_control_stop();
  snprintf(command, sizeof command, "rm -rf %s", folder);
  cr_assert(eq(int, system(command), 0));
}

TestSuite(hook, .init = setup, .fini = teardown);

Test(hook, is_not_called_for_blocks_when_the_recording_was_stopped) {
  rp_on_heap_reset(1);
  cr_assert(rp_is_observed());

  rp_on_wish(RP_WISH_STOP);

  cr_assert(not(rp_is_observed()));
}

// It may have a recording of its own.
Test(hook, is_called_again_in_a_forked_child) {
  int status;

  rp_on_heap_reset(1);
  rp_on_wish(RP_WISH_STOP);
  pid_t child = fork();
  if (child == 0)
    _exit(rp_is_observed());

  cr_assert(eq(int, waitpid(child, &status, 0), child));
  cr_assert(ne(int, WIFEXITED(status), 0));
  cr_assert(eq(int, WEXITSTATUS(status), 1));
}
