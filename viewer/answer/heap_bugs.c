// heap_bugs.c - see heap_bugs.h.
#include "viewer/answer/heap_bugs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/state.h"

enum { FRAMES = 64 };
static const char advice[] = "  to do ";

size_t heap_bugs_count(const struct answer *answer) {
    return answer->state->of->whole.metrics.notes.finding_count;
}

// ", made in make (misuse.c:30)"; nothing where there is no stack.
static void put_site(struct answer *a, const char *words, uint32_t node,
                     FILE *out) {
    char sentence[SITE_SENTENCE_BYTES];
    if (node == 0)
        return;
    struct symbols *names = state_names(a->state);
    struct site site = site_of_frame(
        stack_naming_frame(names, &a->state->tables, node, false));
    site_sentence(&site, sentence, sizeof sentence);
    state_names_done(a->state);
    fprintf(out, "%s%s", words, sentence);
}

static void put_stack(struct answer *a, const char *heading, uint32_t node,
                      FILE *out) {
    static const struct frame_words words = {"", ""};
    char name[FRAME_NAME_BYTES], place[FRAME_NAME_BYTES];
    size_t count;
    if (node == 0)
        return;
    fprintf(out, "  %s:\n", heading);
    struct symbols *names = state_names(a->state);
    const struct frame *frames =
        stack_frames(names, &a->state->tables, node, &count);
    for (size_t i = 0; i < count && i < FRAMES; i++) {
        frame_call(&frames[i], false, &words, name, sizeof name);
        frame_locate(&frames[i], &words, place, sizeof place);
        fprintf(out, "    #%zu %s%s%s%s\n", i, name, *place ? " " : "", place,
                frames[i].inlined ? " (inlined)" : "");
    }
    state_names_done(a->state);
}

// A copy that lives as long as the answer.
static const char *keep(struct answer *a, FILE *out, char **text) {
    fclose(out);
    const char *kept = state_text(a->state, "%s", *text);
    free(*text);
    return kept;
}

static const char *details_of(struct answer *a, const struct note_finding *note,
                              const char *rest) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const char *last = strstr(rest, advice);
    if (!last)
        last = rest + strlen(rest);
    fprintf(out, "%.*s", (int)(last - rest), rest);
    put_stack(a, "now", note->now, out);
    put_stack(a, "freed", note->freed, out);
    put_stack(a, "made", note->made, out);
    fputs(last, out);
    return keep(a, out, &text);
}

static const char *sentence_of(struct answer *a,
                               const struct note_finding *note,
                               const char *headline, size_t bytes) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%.*s", (int)bytes, headline);
    put_site(a, ", found in ", note->now, out);
    put_site(a, ", freed in ", note->freed, out);
    put_site(a, ", made in ", note->made, out);
    return keep(a, out, &text);
}

struct answer_finding heap_bugs_finding(struct answer *a, size_t i) {
    const struct replay *whole = &a->state->of->whole;
    const struct note_finding *note = &whole->metrics.notes.findings[i];
    const struct threads *threads = &whole->metrics.threads;
    const char *text = trace_text(&a->state->tables, note->text);
    if (!text)
        text = "?";
    size_t headline = strcspn(text, "\n");
    bool is_kept = strstr(text, "by the check \"leaks:reachable\"") != NULL;
    return (struct answer_finding){
        .severity = is_kept ? SEVERITY_NOTE : SEVERITY_ERROR,
        .kind = is_kept ? "still reachable" : "heap bug",
        .certain = strstr(text, "\"; likely") == NULL,
        .count = 1,
        .time_ns = heap_ns(&whole->heap, note->time),
        .thread = state_thread_name(
            a->state, threads, threads_at(threads, note->ring, note->time)),
        .site = ANSWER_NONE,
        .text = sentence_of(a, note, text, headline),
        .details =
            details_of(a, note, text + headline + (text[headline] == '\n')),
    };
}
