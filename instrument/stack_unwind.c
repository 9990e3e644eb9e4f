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
#include <sys/auxv.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

// Our own code: [start, end). Nothing when it cannot be told from the
// program's.
static struct {
    uintptr_t start;
    uintptr_t end;
} own;

// The section that the static library's code is in; see site_scons.
extern const char __start_rp_text[] __attribute__((weak));
extern const char __stop_rp_text[] __attribute__((weak));
// The file that this code is in: its header, and the end of its code.
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

static_assert(sizeof(void *) == sizeof(uint64_t), "a frame is a word");

void rp_stack_prepare(void) {
    ElfW(Ehdr) header;

    if (__start_rp_text != NULL) {
        own.start = (uintptr_t)__start_rp_text;
        own.end = (uintptr_t)__stop_rp_text;
        return;
    }
    memcpy(&header, __ehdr_start, sizeof header);
    if ((uintptr_t)__ehdr_start + header.e_phoff == getauxval(AT_PHDR))
        return; // it is the program's own file
    own.start = (uintptr_t)__ehdr_start;
    own.end = (uintptr_t)etext;
}

void rp_stack_start(void) {
    void *frames[4];

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
