// ancestor.h - the heap that a forked process has inherited, as the trace of
// its parent has it.
//
// The parent's events are read up to the fork. They tell it twice, before and
// after: a block that lives there from the one to the other, and was not
// resized between them, lived when the child came to its memory, whatever other
// threads did then. Where anything is missing before, nothing is said: not when
// the parent's trace has lost events, is damaged, or has several rings and no
// end yet, when what a thread did last may be missing.
#ifndef RPSCOPE_HEAP_ANCESTOR_H
#define RPSCOPE_HEAP_ANCESTOR_H

#include "viewer/trace/tables.h"

// Of the trace in `file`, whose tables were just loaded, if it says of which
// fork it comes: looks for the parent's trace in the same recording, and sets
// tables->past, which is given to past_free after them, and file->past_digest.
void ancestor_read(struct trace_tables *tables, struct trace_file *file);

#endif
