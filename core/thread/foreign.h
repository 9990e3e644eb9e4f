// foreign.h - freeing blocks that another heap owns.
//
// Such blocks are gathered by span (outgoing.h); a chain of them goes onto the
// span's deferred stack (deferred.h), and the first on that stack tells the
// owner (notify.h). When the owner is idle we collect for it (idle.h).
#ifndef RP_CORE_THREAD_FOREIGN_H
#define RP_CORE_THREAD_FOREIGN_H

#include "core/heap/heap.h"

// Frees a block of a span that another heap owns, and for which outgoing_add
// has no room. heap: of the calling thread, or &rp_no_heap.
void rp_foreign_free(struct heap *heap, struct span *span, struct block *block);
// Sends all blocks that the heap has gathered for others.
void rp_foreign_flush(struct heap *heap);

#endif
