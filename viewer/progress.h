// progress.h - how far a long analysis is, on stderr.
//
// One line that is written over and wiped at the end; nothing when stderr is no
// terminal, or when all is done within half a second.
#ifndef RPSCOPE_PROGRESS_H
#define RPSCOPE_PROGRESS_H

#include "viewer/analysis.h"

// Sets the progress function of the options.
void progress_start(struct analysis_options *options);
void progress_end(void);

#endif
