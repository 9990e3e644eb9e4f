// stack_unwind.c - fulfils stack.h by libunwind's unw_backtrace.
//
// unw_backtrace keeps, for each thread, a table of how to step over each
// return address that it has met, and so needs some nanoseconds a frame. What
// it has not met it looks up in the unwind tables. The cache that libunwind
// shares among threads for that is switched off: it is guarded by a lock that
// is held while the loader's list of modules is walked, and a program that
// allocates inside its own dl_iterate_phdr could come to a standstill.
#include "instrument/stack.h"

#include "core/check.h"

#include <errno.h>
#include <link.h>
#include <string.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

// Our own code, when it is a shared library: [start, end).
static struct {
    uintptr_t start;
    uintptr_t end;
} own;

// The section that the static library's code is in; see site_scons.
extern const char __start_rp_text[] __attribute__((weak));
extern const char __stop_rp_text[] __attribute__((weak));

static_assert(sizeof(void *) == sizeof(uint64_t), "a frame is a word");

static int find_own(struct dl_phdr_info *module, size_t size, void *context) {
    uintptr_t here = (uintptr_t)&rp_stack_start;

    (void)size, (void)context;
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &module->dlpi_phdr[i];
        uintptr_t start = module->dlpi_addr + part->p_vaddr;
        if (part->p_type != PT_LOAD || here < start ||
            here >= start + part->p_memsz)
            continue;
        // The program's own file has no name here: its code is not ours only.
        if (module->dlpi_name != NULL && module->dlpi_name[0] != 0) {
            own.start = start;
            own.end = start + part->p_memsz;
        }
        return 1;
    }
    return 0;
}

void rp_stack_start(void) {
    void *frames[4];

    if (own.end == 0 && __start_rp_text != NULL) {
        own.start = (uintptr_t)__start_rp_text;
        own.end = (uintptr_t)__stop_rp_text;
    } else if (own.end == 0) {
        dl_iterate_phdr(find_own, NULL);
    }
    unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
    unw_backtrace(frames, 4);
}

uint32_t rp_stack_capture(struct rp_recorder *recorder, struct rp_lane *lane,
                          bool *fresh) {
    void **frames = lane->thread->frames;
    int most = (int)recorder->options->stack_frames + RP_OWN_FRAMES;
    int saved = errno;
    int count = unw_backtrace(frames, most);
    int first = 0;

    *fresh = false;
    errno = saved;
    // Frame 0 is in this function.
    while (first < count && first < RP_OWN_FRAMES &&
           (uintptr_t)frames[first] - own.start < own.end - own.start)
        first++;
    if (first == 0) // nothing known of where our code is
        first = 1;
    count -= first;
    // The outermost frame's return address is 0.
    while (count > 0 && frames[first + count - 1] == NULL)
        count--;
    if (count > (int)recorder->options->stack_frames)
        count = (int)recorder->options->stack_frames;
    if (count <= 0)
        return 0;
    return rp_intern(recorder->stacks, (const uint64_t *)(void *)&frames[first],
                     (uint32_t)count, fresh);
}
