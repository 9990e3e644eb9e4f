// drawing.h - what was used and held over time, as a drawing in a page.
#ifndef RPSCOPE_EXPORT_DRAWING_H
#define RPSCOPE_EXPORT_DRAWING_H

#include <stdio.h>

#include "viewer/answer/answer.h"

// Writes an SVG element: the most that was held and used in each step of time,
// one over the other, from the start to the end, and a line at each mark.
void drawing_put(const struct answer *answer, FILE *out);

#endif
