// progress.h - how far a long analysis is, on stderr.
//
// One line that is written over and wiped at the end; nothing when stderr is no
// terminal, or when all is done within half a second.
#ifndef RPSCOPE_BASE_PROGRESS_H
#define RPSCOPE_BASE_PROGRESS_H

#include "viewer/answer/analyse.h"

// Sets the progress function of the options.
void progress_start(struct analyse_options *options);
void progress_end(void);

#endif
