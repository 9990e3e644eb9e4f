// state.h - what analysis.c and its parts keep behind an analysis.
#ifndef RPSCOPE_ANSWER_STATE_H
#define RPSCOPE_ANSWER_STATE_H

#include "viewer/answer/answer.h"
#include "viewer/heap/heap.h"
#include "viewer/trace/order.h"
#include "viewer/names/symbols.h"
#include "viewer/trace/file.h"
#include "viewer/trace/tables.h"

// The frames of one exact stack, once they were asked for.
struct stack_frames {
    struct frame *frames;
    size_t count;
};

struct analysis_state {
    struct analysis_options options;
    struct trace_file file;
    struct trace_tables tables;
    struct model whole; // the heap at the end of the recording
    struct model early; // at the moment asked for, when that is not the end
    struct model *now;  // one of the two
    uint64_t missing_events;
    struct symbols *symbols;
    uint32_t *site_of_stack;     // by number in now->stacks
    struct stack_frames *frames; // by index in analysis.stacks
    char **texts;                // that the analysis points to
    size_t text_count;
};

// Formats a text that lives as long as the analysis.
const char *analysis_text(struct analysis *analysis, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Adds one to a list of sentences.
void analysis_say(char ***list, size_t *count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// analysis_sites.c: sites, stacks, pins, together.
void analysis_fill_sites(struct analysis *analysis);
// analysis_tables.c: classes, heaps, threads, timeline, marks.
void analysis_fill_tables(struct analysis *analysis);
// analysis_findings.c: findings and the sentences of quality.
void analysis_fill_findings(struct analysis *analysis);
// verdict.c
void analysis_fill_verdict(struct analysis *analysis);

// Steps since the start of the model -> ns since the start of the recording.
uint64_t analysis_ns(const struct analysis *analysis, uint64_t steps);
// The name of the thread at this index of model->rings, or NULL.
const char *analysis_thread_name(const struct analysis *analysis,
                                 const struct model *model, uint32_t thread);
// "session_new (session.c:88)", for sentences; valid as long as the analysis.
const char *analysis_site_name(struct analysis *analysis, uint32_t site);

#endif
