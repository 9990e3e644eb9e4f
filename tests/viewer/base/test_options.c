// test_options.c - what is accepted on the command line, and what is said of
// the rest.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "viewer/command/commands.h"
#include "viewer/command/dump.h"
#include "viewer/command/report.h"
#include "viewer/command/view.h"
#include "viewer/record/record.h"

static struct failure failure;

// Parses up to four words; returns whether they were accepted.
static bool parse(const struct command *command, struct arguments *arguments,
                  const char *a, const char *b, const char *c, const char *d) {
    static char words[4][128];
    static char *argv[5];
    const char *given[] = {a, b, c, d};
    int argc = 0;
    for (int i = 0; i < 4 && given[i]; i++) {
        snprintf(words[i], sizeof words[i], "%s", given[i]);
        argv[argc++] = words[i];
    }
    failure.text[0] = 0;
    return options_parse(command, argc, argv, arguments, &failure);
}

static void refuses(const struct command *command, const char *a, const char *b,
                    const char *sentence) {
    struct arguments arguments;
    cr_assert(!parse(command, &arguments, a, b, NULL, NULL), "accepted %s", a);
    cr_assert_str_eq(failure.text, sentence);
}

Test(options, a_value_stands_apart_or_behind_an_equals_sign) {
    struct arguments a;

    cr_assert(parse(&report_command, &a, "--top", "5", "x", NULL));
    cr_assert_str_eq(a.value[2], "5");
    cr_assert(parse(&report_command, &a, "--top=7", "x", NULL, NULL));
    cr_assert_str_eq(a.value[2], "7");
    cr_assert(parse(&record_command, &a, "-ofile", "program", NULL, NULL));
    cr_assert_str_eq(a.value[0], "file");
}

Test(options, options_may_follow_a_file) {
    struct arguments a;

    cr_assert(parse(&report_command, &a, "x", "--json", NULL, NULL));
    cr_assert_str_eq(a.operands[0], "x");
    cr_assert_str_eq(a.value[1], "");
}

Test(options, what_follows_a_program_is_the_program_s) {
    struct arguments a;

    cr_assert(parse(&record_command, &a, "--quiet", "ls", "--force", "-x"));
    cr_assert(a.operand_count == 3);
    cr_assert(a.operands[3] == NULL);
    cr_assert_str_eq(a.operands[1], "--force");
    cr_assert(a.value[1] == NULL);
}

Test(options, two_dashes_end_the_options) {
    struct arguments a;

    cr_assert(parse(&record_command, &a, "--", "--odd", "-o", NULL));
    cr_assert_str_eq(a.operands[0], "--odd");
    cr_assert(a.operand_count == 2);
}

Test(options, an_unknown_option_is_named_with_those_that_are_known) {
    refuses(&report_command, "--jsn", "x",
            "unknown option --jsn (did you mean --json?); accepted are "
            "--format, --json, --top, --by, --at, --no-rescue, --no-names, "
            "--no-index, "
            "--skip, --skip-rules, --wrappers, --help");
    refuses(&record_command, "-z", "x",
            "unknown option -z; accepted are -o, --output, --force, "
            "--stacks, --free-stacks, --follow, --only, --buffer, --limit, "
            "--loss, --clock, "
            "--spill, "
            "--paused, "
            "--last, --residency, --no-names, --check, --on-error, "
            "--quarantine, --suppressions, "
            "--library, -q, "
            "--quiet, "
            "--help");
}

Test(options, a_wrong_value_is_named_with_those_that_are_accepted) {
    refuses(&record_command, "--stacks=ful", "x",
            "--stacks takes full, none or a list of 1..1024 frames, fp, "
            "sample:BYTES, check:N, not "
            "\"ful\" (did you mean full?)");
    refuses(&record_command, "--stacks=1025", "x",
            "--stacks takes full, none or a list of 1..1024 frames, fp, "
            "sample:BYTES, check:N, not "
            "\"1025\"");
    refuses(&record_command, "--follow=some", "x",
            "--follow takes all, exec or none, not \"some\"");
    refuses(&record_command, "--buffer=8X", "x",
            "--buffer takes a size from 4K up, such as 512K, 8M or 1G, not "
            "\"8X\"");
    refuses(&view_command, "--screen=pin", "x",
            "--screen takes summary, time, map, classes, calls or pins, not "
            "\"pin\" (did "
            "you mean pins?)");
    refuses(&report_command, "--at=noon", "x",
            "--at takes worst, end, peak, peak-used or a time such as 12.4s, "
            "mark TEXT, event:N or snapshot-N, not \"noon\"");
    refuses(&dump_command, "--size=100", "x",
            "--size takes columns x lines, such as 100x30, not \"100\"");
}

Test(options, no_command_has_two_options_of_one_name) {
    for (int i = 0; commands[i]; i++)
        for (int k = 0; k < OPTIONS_MAX && commands[i]->options[k].name; k++)
            for (int j = 0; j < k; j++) {
                const struct option *a = &commands[i]->options[j],
                                    *b = &commands[i]->options[k];
                cr_expect(strcmp(a->name, b->name) != 0 &&
                              (a->letter == 0 || a->letter != b->letter),
                          "%s has two options --%s", commands[i]->name,
                          b->name);
            }
}

Test(options, a_missing_or_needless_value_is_told) {
    refuses(&record_command, "-o", NULL, "--output needs a value: FILE");
    refuses(&record_command, "--force=yes", "x",
            "--force takes no value, but got \"yes\"");
}

Test(options, missing_and_needless_operands_are_told) {
    refuses(&report_command, NULL, NULL, "needs FILE");
    refuses(&report_command, "a", "b", "takes FILE and no more, but got \"b\"");
    refuses(&record_command, "--quiet", NULL, "needs -- PROGRAM [ARGUMENTS]");
}

Test(options, help_is_asked_for_only_before_the_program) {
    const char *before[] = {"-o", "x", "--help", "ls"};
    const char *after[] = {"ls", "--help"};
    const char *value[] = {"-o", "--help"};
    const char *behind[] = {"--", "--help"};

    cr_assert(options_ask(&record_command, 4, before, "help", 'h'));
    cr_assert(!options_ask(&record_command, 2, after, "help", 'h'));
    cr_assert(!options_ask(&record_command, 2, value, "help", 'h'));
    cr_assert(!options_ask(&record_command, 2, behind, "help", 'h'));
    cr_assert(options_ask(&report_command, 2, after, "help", 'h'));
}

Test(options, help_names_every_option_within_90_columns) {
    for (int i = 0; commands[i]; i++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        options_help(commands[i], out);
        fclose(out);
        for (int k = 0; k < OPTIONS_MAX && commands[i]->options[k].name; k++) {
            char name[64];
            snprintf(name, sizeof name, "--%s", commands[i]->options[k].name);
            cr_assert(strstr(text, name) != NULL);
        }
        for (char *line = text; *line; line += strcspn(line, "\n") + 1)
            cr_assert(strcspn(line, "\n") <= 90, "%.100s", line);
        free(text);
    }
}

Test(options, near_words_are_found_and_far_ones_are_not) {
    static const char *const words[] = {"record", "view", "report", "dump",
                                        NULL};
    cr_assert_str_eq(options_nearest("recrod", words), "record");
    cr_assert_str_eq(options_nearest("rep", words), "report");
    cr_assert_str_eq(options_nearest("veiw", words), "view");
    cr_assert(options_nearest("frobnicate", words) == NULL);
    cr_assert(options_nearest("", words) == NULL);
}

Test(options, sizes_have_letters_and_do_not_overflow) {
    uint64_t bytes;
    cr_assert(options_size("64K", &bytes) && bytes == 65536);
    cr_assert(options_size("2G", &bytes) && bytes == 2ull << 30);
    cr_assert(options_size("17", &bytes) && bytes == 17);
    static const char *const bad[] = {"",
                                      "K",
                                      "-1",
                                      "1KB",
                                      "0K",
                                      "1.5M",
                                      "99999999999999999999",
                                      "99999999999999G"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!options_size(bad[i], &bytes), "%s", bad[i]);
}

// All words of an option are looked at, however many they are.
Test(options, every_word_that_an_option_accepts_is_accepted) {
    for (int i = 0; commands[i]; i++)
        for (int k = 0; k < OPTIONS_MAX && commands[i]->options[k].name; k++) {
            const struct option *o = &commands[i]->options[k];
            const char *word = o->accepted;
            while (word && *word) {
                size_t length = strcspn(word, "|");
                char text[100];
                struct arguments a;
                snprintf(text, sizeof text, "--%s=%.*s", o->name, (int)length,
                         word);
                const char *second = commands[i]->most > 1 ? "x" : NULL;
                cr_expect(parse(commands[i], &a, text, "x", second, NULL), "%s",
                          text);
                word += length + (word[length] == '|');
            }
        }
}
