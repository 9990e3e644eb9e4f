// test_screens.c - every screen, at four sizes, in UTF-8 and in ASCII, is as
// it was agreed to be.
//
// The agreed screens are tests/viewer/golden/NAME.txt. After a change that is
// meant, RPSCOPE_GOLDEN=write build/tests/viewer/ui/view/test_screens writes
// them anew; then read what git says has changed.
#include <criterion/criterion.h>

#include <criterion/parameterized.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/sample.h"
#include "viewer/ui/app_draw.h"
#include "viewer/ui/view/views.h"

#define FOLDER "tests/viewer/golden"

struct picture {
    char name[32];
    char keys[64];
    char sample; // s: the usual one, p: at its peak, d: damaged, e: empty, m:
                 // with marks, r: with a range, f: with a range and a filter
    int width, height;
    bool ascii;
};

static const struct {
    const char *name, *keys;
    char sample;
    bool one_size; // 100x30, UTF-8
} scenes[] = {
    {"summary", "", 's', false},
    {"time", "2", 'm', false},
    {"map", "3", 's', false},
    {"classes", "4", 's', false},
    {"calls", "5", 's', false},
    {"pins", "6", 's', false},
    {"help", "6 ?", 's', false},
    {"summary-damaged", "", 'd', false},
    {"summary-empty", "", 'e', false},
    {"summary-finding", "down down", 's', true},
    {"summary-marks", "", 'm', true},
    {"summary-peak", "", 'p', true},
    {"summary-reading", "p", 's', true},
    {"summary-enter", "down Enter", 's', true},
    {"calls-unfolded", "5 /session Enter Enter down down", 's', true},
    {"calls-stacks", "5 Enter", 's', true},
    {"calls-search", "5 /plug", 's', true},
    {"calls-sort", "5 s", 's', true},
    {"calls-by-name", "5 s1", 's', true},
    {"calls-groups", "5 v v v v down", 's', true},
    {"calls-groups-by-name", "5 v s1", 's', true},
    {"calls-groups-pin", "5 v 6 Enter", 's', true},
    {"pins-filter", "6 \\cache Enter", 's', true},
    {"pins-empty", "6", 'e', true},
    {"pins-enter", "6 Enter", 's', true},
    {"classes-bytes", "4 u", 's', true},
    {"classes-percent", "4 u u", 's', true},
    {"classes-large", "4 G", 's', true},
    {"help-filter", "6 ?sort", 's', true},
    {"time-zoomed", "2 + +", 's', true},
    {"time-goto", "2 :goto", 's', true},
    {"time-empty", "2", 'e', true},
    {"map-sparse", "3 right down down down", 's', true},
    {"map-why", "3 down w", 's', true},
    {"map-why-cache", "3 down down down down down down down down w", 's', true},
    {"map-why-huge", "3 G w", 's', true},
    {"map-zoomed", "3 - - -", 's', true},
    {"map-age", "3 c c c", 's', true},
    {"map-blocks", "3 right Enter down", 's', true},
    {"map-history", "3 right t down", 's', true},
    {"map-history-asked", "3 down t", 's', true},
    {"map-empty", "3", 'e', true},
    {"map-help", "3 ?", 's', true},
    {"summary-range", "", 'r', true},
    {"time-range", "2", 'r', true},
    {"classes-range", "4 down", 'r', true},
    {"calls-range", "5 Enter", 'r', true},
    {"pins-range", "6", 'r', true},
    {"summary-range-filter", "", 'f', true},
    {"classes-range-filter", "4", 'f', true},
    {"calls-range-filter", "5", 'f', true},
    {"pins-range-filter", "6", 'f', true},
};

static struct answer *answer_of(char sample) {
    static struct answer answer;
    answer = *(sample == 'd'   ? sample_damaged()
               : sample == 'e' ? sample_empty()
               : sample == 'm' ? sample_marked()
                               : sample_answer());
    if (sample == 'r')
        sample_range(&answer);
    if (sample == 'f')
        sample_filtered(&answer);
    return &answer;
}

// Draws the picture; the text is malloced.
static char *draw(const struct picture *p) {
    struct app app;
    struct screen s;
    const char *keys = p->keys;
    app_open(&app, "kv-server.rptrace", views);
    sample_shown(&app.shown);
    app.ascii_only = p->ascii;
    app.wanted.at = p->sample == 'p' ? AT_PEAK_HELD : AT_END;
    app_ready(&app, answer_of(p->sample));
    cr_assert(cells_open(&s, p->width, p->height, false));
    for (int key; (key = keys_parse(&keys)) != PRESS_NONE;) {
        app_draw(&app, &s);
        app_key(&app, key, 0, 0);
    }
    app_draw(&app, &s);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cells_write_text(&s, out);
    fclose(out);
    cells_close(&s);
    app_close(&app);
    return text;
}

static bool is_ascii(char c) {
    return c == '\n' || (c >= ' ' && c < 0x7f);
}

static char *read_file(const char *path) {
    char *text = calloc(1, 1 << 17);
    FILE *in = fopen(path, "r");
    if (in) {
        text[fread(text, 1, (1 << 17) - 1, in)] = 0;
        fclose(in);
    }
    return text;
}

ParameterizedTestParameters(screens, is_as_agreed) {
    static const int sizes[][2] = {{60, 15}, {80, 24}, {100, 30}, {200, 60}};
    static struct picture pictures[256];
    size_t count = 0;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        for (int variant = 0; variant < 8; variant++) {
            struct picture *p = &pictures[count];
            p->width = sizes[variant / 2][0];
            p->height = sizes[variant / 2][1];
            p->ascii = variant % 2;
            p->sample = scenes[i].sample;
            if (scenes[i].one_size && (p->width != 100 || p->ascii))
                continue;
            snprintf(p->name, sizeof p->name, "%s-%dx%d%s", scenes[i].name,
                     p->width, p->height, p->ascii ? "-ascii" : "");
            snprintf(p->keys, sizeof p->keys, "%s", scenes[i].keys);
            count++;
        }
    return cr_make_param_array(struct picture, pictures, count);
}

ParameterizedTest(struct picture *p, screens, is_as_agreed) {
    char path[128];
    setlocale(LC_CTYPE, "C.UTF-8");
    snprintf(path, sizeof path, FOLDER "/%s.txt", p->name);

    char *drawn = draw(p);
    const char *mode = getenv("RPSCOPE_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        FILE *out = fopen(path, "w");
        cr_assert(out != NULL);
        fputs(drawn, out);
        fclose(out);
    }
    char *agreed = read_file(path);

    cr_assert(strcmp(drawn, agreed) == 0, "%s differs; it is now:\n%s", path,
              drawn);
    free(drawn);
    free(agreed);
}

Test(screens, an_ascii_screen_has_only_ascii) {
    struct picture p = {
        .sample = 's', .width = 100, .height = 30, .ascii = true};
    setlocale(LC_CTYPE, "C.UTF-8");
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        snprintf(p.keys, sizeof p.keys, "%s", scenes[i].keys);
        char *drawn = draw(&p);
        for (const char *c = drawn; *c; c++)
            cr_assert(is_ascii(*c));
        free(drawn);
    }
}

Test(screens, no_line_is_wider_than_the_screen_at_any_size) {
    setlocale(LC_CTYPE, "C.UTF-8");
    for (int width = 1; width <= 130; width += 3)
        for (int height = 1; height <= 50; height += 7)
            for (int screen = 1; screen <= 6; screen++) {
                struct picture p = {
                    .sample = 's', .width = width, .height = height};
                snprintf(p.keys, sizeof p.keys, "%d", screen);
                char *drawn = draw(&p);
                int lines = 0;
                for (const char *c = drawn; *c; c++)
                    lines += *c == '\n';
                cr_assert(lines == height);
                free(drawn);
            }
}

Test(screens, names_cannot_talk_to_the_terminal) {
    struct picture p = {
        .keys = "5 * G", .sample = 's', .width = 100, .height = 60};
    setlocale(LC_CTYPE, "C.UTF-8");
    char *drawn = draw(&p);
    cr_assert(strstr(drawn, "evil") != NULL);
    cr_assert(strchr(drawn, 033) == NULL);
    cr_assert(strstr(drawn, "\xe2\x80\xae") == NULL); // right to left
    free(drawn);
}

Test(screens, a_small_window_says_what_it_needs) {
    struct picture p = {.sample = 's', .width = 50, .height = 10};
    char *drawn = draw(&p);
    cr_assert(
        strncmp(drawn, "window too small (have 50x10, need 60x15)\n", 42) == 0);
    free(drawn);
}
