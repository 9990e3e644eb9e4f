// libunwind.c - see libunwind.h.
//
// unw_backtrace keeps, for each thread, a table of how to step over each
// return address that it has met, and so needs some nanoseconds a frame. What
// it has not met it looks up in the unwind tables. The cache that libunwind
// shares among threads for that is switched off: it is guarded by a lock. The
// lock of the loader is not taken: see site_scons/libunwind_pic.
#include "instrument/stack/libunwind.h"

#include "core/os/check.h"

#define UNW_LOCAL_ONLY
#include <libunwind.h>

static_assert(sizeof(void *) == sizeof(uint64_t), "a frame is a word");

void rp_libunwind_prepare(void) {
    unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
}

void rp_libunwind_start(void) {
    uint64_t frames[4];

    rp_libunwind_quickly(frames, 4);
}

__attribute__((noinline)) unsigned rp_libunwind_quickly(uint64_t *frames,
                                                        unsigned most) {
    int count = unw_backtrace((void **)frames, (int)most);

    return count > 0 ? (unsigned)count : 0;
}

__attribute__((noinline)) unsigned rp_libunwind_carefully(uint64_t *frames,
                                                          unsigned most) {
    unw_context_t context;
    unw_cursor_t cursor;
    unsigned count = 0;
    unw_word_t address;

    if (unw_getcontext(&context) != 0 || unw_init_local(&cursor, &context) != 0)
        return 0;
    while (count < most && unw_get_reg(&cursor, UNW_REG_IP, &address) == 0) {
        frames[count++] = address;
        if (unw_step(&cursor) <= 0)
            break;
    }
    return count;
}
