// rescue.h - finishing a trace whose recorder was killed.
//
// A process that is killed leaves its last events in the file of its buffers.
// Whoever opens the trace adds them first.
#ifndef RPSCOPE_RECORD_RESCUE_H
#define RPSCOPE_RECORD_RESCUE_H

// When the trace has no end and nobody is writing it, says on stderr that it
// adds what was left in the buffers, does so, says how much it was, and removes
// the buffers. Buffers are looked for only where they are safe, see buffers.h;
// of what the trace says of them, only their name counts. When there is no such
// trace, makes those that processes left before they had one, and says so.
void record_rescue(const char *path);

#endif
