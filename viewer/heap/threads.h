// threads.h - the threads of the program, and which heaps they have.
#ifndef RPSCOPE_HEAP_THREADS_H
#define RPSCOPE_HEAP_THREADS_H

#include "viewer/heap/model.h"

// THREAD_START, _END, _NAME.
void threads_event(struct model *model, const struct trace_event *event);
// HEAP_CREATE, _ADOPT, _RESET, _ORPHAN.
void threads_heap_event(struct model *model, const struct trace_event *event);

#endif
