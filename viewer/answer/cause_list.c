// cause_list.c - the list of causes, while it is filled.
#include "viewer/answer/cause_list.h"

#include <string.h>

#include "viewer/answer/state.h"

struct answer_cause *causes_add(struct answer *a, const char *kind,
                                uint64_t keeps, uint64_t frees, uint64_t back) {
    if ((back > frees ? back : frees) < CAUSE_LEAST ||
        a->cause_count == CAUSES_MOST)
        return NULL;
    struct answer_cause *cause = &a->causes[a->cause_count++];
    *cause = (struct answer_cause){.kind = kind,
                                   .certain = true,
                                   .site = ANSWER_NONE,
                                   .heap = ANSWER_NONE,
                                   .keeps_bytes = keeps,
                                   .free_bytes = frees,
                                   .back_bytes = back,
                                   .back_most_bytes = back,
                                   .resident_bytes = back};
    return cause;
}

bool causes_call_malloc(const struct answer *a) {
    const struct trace_tables *tables = &a->state->tables;
    bool malloc_library = false, library = false;
    for (size_t i = 0; i < tables->module_count; i++) {
        const char *path = tables->modules[i].path;
        malloc_library |= path && strstr(path, "librpscope-malloc");
        library |= path && strstr(path, "librpscope.so");
    }
    return malloc_library && !library;
}
