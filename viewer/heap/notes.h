// notes.h - what the trace notes of a time: marks, and how much of what is held
// was in memory.
#ifndef RPSCOPE_HEAP_NOTES_H
#define RPSCOPE_HEAP_NOTES_H

#include "viewer/heap/model.h"

void notes_mark(struct model *model, const struct trace_event *event);
// Those of one sample have one time.
void notes_residency(struct model *model, const struct trace_event *event);

#endif
