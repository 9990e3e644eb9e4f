// state.c - what stands behind an answer: the analysis of the trace, and the
// heap at the moment asked for.
#include "viewer/answer/state.h"

#include <stdarg.h>
#include <stdlib.h>

#include "viewer/answer/texts.h"

void state_free(struct answer_state *state) {
    pool_free(&state->pool); // and all that the answer points to
    if (state->owns_analysis)
        analysis_close(state->of);
    free(state);
}

const char *state_text(struct answer_state *state, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = texts_add_list(&state->pool, &state->texts,
                                      &state->text_count, format, arguments);
    va_end(arguments);
    return text;
}

const char *state_thread_name(const struct answer_state *state,
                              const struct threads *threads, uint32_t thread) {
    if (thread >= threads->count || threads->list[thread].name == UINT64_MAX)
        return NULL;
    return trace_text(&state->tables, threads->list[thread].name);
}

struct symbols *state_names(struct answer_state *state) {
    pthread_mutex_lock(&state->of->names_lock);
    state->has_names = true;
    state->of->names_pool.out = state->pool.out;
    return state->of->symbols;
}

void state_names_done(struct answer_state *state) {
    if (!state->has_names)
        return;
    state->of->names_pool.out = NULL;
    state->has_names = false;
    pthread_mutex_unlock(&state->of->names_lock);
}

const struct frame *state_stack(struct answer_state *state, size_t stack,
                                uint32_t node, size_t *count) {
    struct state_frames *known = &state->frames[stack];
    if (!known->frames) {
        known->frames = stack_frames(state_names(state), &state->tables, node,
                                     &known->count);
        state_names_done(state);
    }
    *count = known->count;
    return known->frames;
}
