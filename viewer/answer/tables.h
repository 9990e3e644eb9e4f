// tables.h - classes, heaps, threads, timeline, marks, snapshots.
#ifndef RPSCOPE_ANSWER_TABLES_H
#define RPSCOPE_ANSWER_TABLES_H

#include "viewer/answer/answer.h"

void tables_fill(struct answer *answer);

#endif
