// thread.h - the heap of the calling thread.
#ifndef RP_CORE_THREAD_THREAD_H
#define RP_CORE_THREAD_THREAD_H

#include "core/heap/heap.h"
#include "core/rpmalloc.h"

// Never NULL: &rp_no_heap stands for none. Initial-exec, so that it is one load
// away; static TLS is small when a library is dlopened, so this, a ticket and
// two counts are all there is.
extern _Thread_local struct heap *rp_thread_heap
    __attribute__((tls_model("initial-exec")));

// Whether it has one; forgets a heap that went with a finalize.
int rp_thread_has_heap(void);
// The thread's heap; gives it one first when it has none. NULL: out of memory.
struct heap *rp_thread_attach(void);
// For a thread without one that frees others' blocks: a heap, in which these
// are gathered, once there were FREES_WITHOUT_HEAP of them; until then, and for
// a thread that has given its heap up, as it may be at its end, &rp_no_heap.
enum { FREES_WITHOUT_HEAP = 32 };
struct heap *rp_thread_heap_for_frees(void);
// Makes the thread's heap idle, if it has one.
void rp_thread_detach(void);

// A signal handler that allocates is like another thread that runs while this
// one is stopped, so it is safe as soon as it has a heap of its own: begin puts
// the thread's heap aside, in whatever state it is, and end takes it up again.
// Pairs nest, as handlers do.
void rp_thread_visit_begin(struct rpmalloc_signal *aside);
void rp_thread_visit_end(const struct rpmalloc_signal *aside);

#endif
