// stuck.c - fulfils stuck.h.
#include "core/memory/stuck.h"

#include "core/base/atomic.h"
#include "core/os/os.h"

// Stands at the start of memory that waits.
struct stuck {
    struct stuck *next;
    size_t bytes;
};

static _Atomic(struct stuck *) waiting;

// Pushes a list of them, from `first` to `last`.
static void push(struct stuck *first, struct stuck *last) {
    struct stuck *head = load_relaxed(&waiting); // relaxed: a guess

    do {
        last->next = head;
        // release [stuck]: next, bytes
    } while (!cas_release(&waiting, &head, first));
}

void rp_stuck_unmap(void *address, size_t bytes) {
    if (rp_os_unmap(address, bytes) == 0) {
        rp_stuck_retry();
        return;
    }
    struct stuck *stuck = address;
    rp_os_discard(address, bytes);
    stuck->bytes = bytes;
    push(stuck, stuck);
}

void rp_stuck_retry(void) {
    // relaxed: a look before the exchange, which decides.
    if (load_relaxed(&waiting) == NULL)
        return;
    // acquire [stuck]: next, bytes
    struct stuck *first = swap_acquire(&waiting, NULL);
    while (first != NULL) {
        struct stuck *next = first->next;
        if (rp_os_unmap(first, first->bytes) != 0)
            break;
        first = next;
    }
    struct stuck *none = NULL;
    // release [stuck]: next, bytes
    if (first == NULL || cas_strong_acq_rel(&waiting, &none, first))
        return;
    struct stuck *last = first; // others came: all go before them
    while (last->next != NULL)
        last = last->next;
    push(first, last);
}
