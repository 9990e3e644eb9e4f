// sweep.h - traces of killed recorders that nobody has opened.
#ifndef RPSCOPE_RECORD_SWEEP_H
#define RPSCOPE_RECORD_SWEEP_H

#include <stdbool.h>

// Adds to their traces what dead processes of this user have left in buffers,
// makes the traces of those that were killed before they had one, and removes
// buffers and registrations that are of no use any more. tell: on stderr, which
// traces were made.
void record_sweep(bool tell);

#endif
