// progress.h - how far a long piece of work is, on stderr.
//
// One line that is written over and wiped at the end; nothing when stderr is no
// terminal, or when all is done within half a second.
#ifndef RPSCOPE_BASE_PROGRESS_H
#define RPSCOPE_BASE_PROGRESS_H

// what: is being done, "reading the trace".
void progress_start(const char *what);
// done: the share of the work, from 0 to 1.
void progress_show(double done);
void progress_end(void);

#endif
