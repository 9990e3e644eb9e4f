// untouched.h - what of the live blocks nobody has ever touched.
#ifndef RPSCOPE_ANSWER_UNTOUCHED_H
#define RPSCOPE_ANSWER_UNTOUCHED_H

#include "viewer/answer/answer.h"

// Fills untouched_bytes of all sites, and of the answer: bytes of live blocks
// in pages that were not in memory, and not in swap, by the last sample up to
// the moment. Blocks that came after it do not count. After the sites.
void untouched_fill(struct answer *a);

#endif
