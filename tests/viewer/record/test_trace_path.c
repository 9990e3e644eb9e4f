// test_trace_path.c - where a recording writes its trace.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "viewer/record/trace_path.h"

static struct trace_path trace;
static struct failure failure;

static bool refuses(const char *given, bool force, const char *sentence) {
    return !trace_path_choose(&trace, given, force, &failure) &&
           strcmp(failure.text, sentence) == 0;
}

Test(trace_path, one_that_is_given_is_absolute_and_shown_as_given) {
    cr_assert(chdir("/tmp") == 0);

    cr_assert(trace_path_choose(&trace, "x.none", false, &failure));
    trace_path_name(&trace, "/bin/ls", 12);

    cr_assert_str_eq(trace.path, "/tmp/x.none");
    cr_assert_str_eq(trace.folder, "/tmp/");
    cr_assert_str_eq(trace.shown, "x.none");
}

Test(trace_path, else_the_command_and_its_process_name_it) {
    cr_assert(chdir("/tmp") == 0);

    cr_assert(trace_path_choose(&trace, NULL, false, &failure));
    cr_assert_str_eq(trace.path, "");
    trace_path_name(&trace, "/bin/ls", 12);

    cr_assert_str_eq(trace.path, "/tmp/ls.12.rptrace");
    cr_assert_str_eq(trace.shown, "ls.12.rptrace");
}

Test(trace_path, what_is_there_is_overwritten_only_by_force) {
    char there[] = "/tmp/test_trace_path.XXXXXX", sentence[128];
    close(mkstemp(there));
    snprintf(sentence, sizeof sentence,
             "\"%s\" is there already; --force overwrites it", there);

    cr_expect(refuses(there, false, sentence), "%s", failure.text);
    cr_expect(trace_path_choose(&trace, there, true, &failure));
    unlink(there);
}

Test(trace_path, a_folder_is_no_place_for_a_trace) {
    cr_expect(refuses("/tmp", true,
                      "cannot write the trace to \"/tmp\": it is a folder"));
    cr_expect(refuses("/no/x", false,
                      "cannot write into the folder \"/no/\": No such file or "
                      "directory"));
    cr_expect(refuses("/dev/null", true,
                      "cannot write the trace to \"/dev/null\": it is no "
                      "file"));
}
