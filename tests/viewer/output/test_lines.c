// test_lines.c - sentences in lines that are not too long to read.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/output/lines.h"

#define TEXT(text) ((char *)(text))

static char *printed(size_t indent, const char *text) {
    static char *out;
    size_t size;
    free(out);
    FILE *file = open_memstream(&out, &size);
    lines_print(file, indent, "%s", text);
    fclose(file);
    return out;
}

Test(lines, a_short_sentence_is_one_line) {
    cr_expect(eq(str, printed(2, "nothing lost"), TEXT("  nothing lost\n")));
}

Test(lines, words_that_do_not_fit_begin_a_line) {
    char text[201];
    for (int i = 0; i < 40; i++)
        memcpy(text + 5 * i, "abcd ", 6);

    char *out = printed(2, text);

    for (char *end; (end = strchr(out, '\n')); out = end + 1) {
        cr_expect(le(sz, (size_t)(end - out), LINES_WIDTH));
        cr_expect(eq(int, strncmp(out, "  abcd", 6), 0));
    }
}

Test(lines, a_word_that_is_too_long_has_a_line_of_its_own) {
    char text[160];
    memset(text, 'x', sizeof text - 1);
    text[0] = 'a';
    text[1] = ' ';
    text[sizeof text - 1] = '\0';

    char *out = printed(0, text);

    cr_expect(eq(int, strncmp(out, "a\nxxx", 5), 0));
    cr_expect(eq(sz, strlen(out), sizeof text));
}

Test(lines, columns_are_characters_not_bytes) {
    char text[400] = "";
    for (int i = 0; i < 90; i++)
        strcat(text, i == 50 ? " " : "\xe2\x82\xac");

    char *out = printed(0, text);

    cr_expect(eq(sz, (size_t)(strchr(out, '\n') - out), strlen(text)));
}

Test(lines, what_a_terminal_would_act_on_is_escaped) {
    cr_expect(eq(str, printed(0, "\033[1m"), TEXT("\\x1b[1m\n")));
}
