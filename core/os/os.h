// os.h - what core needs of a system. Which file fulfils it, says SConscript.
//
// Addresses and sizes are page aligned and sizes are not zero. Every function
// that returns int returns 0 or an errno value, touches its result only when
// it returns 0, and leaves errno alone. Any thread may call any of them.
#ifndef RP_CORE_OS_OS_H
#define RP_CORE_OS_OS_H

#include <stddef.h>

// Bytes of a page; a power of two, at most 64 KiB.
size_t rp_os_page_bytes(void);

// Bytes of the huge pages by which the system backs what it is advised to; a
// power of two. 0: it has none.
size_t rp_os_huge_page_bytes(void);

// Maps `size` zeroed bytes that start at a multiple of `align`, a power of two
// from a page to 64 KiB, or to a huge page. Unmapped is what was mapped, whole,
// unless rp_os_is_divisible: then any part of it, or of several together.
int rp_os_map(size_t size, size_t align, void **result);
int rp_os_unmap(void *address, size_t size);
int rp_os_is_divisible(void);

// Makes what rp_os_map returned `to` bytes long instead of `from`, there or at
// another multiple of `align`; the pages that both have keep what they hold.
// Not every system can.
int rp_os_resize(void *address, size_t from, size_t to, size_t align,
                 void **result);

// Gives the memory of a range back and keeps its addresses, which nobody may
// touch before rp_os_commit has made them ready again, as zeroes.
int rp_os_decommit(void *address, size_t size);
int rp_os_commit(void *address, size_t size);
// Gives the memory of a range back, which may be used again at any time; what
// it holds then is anything.
int rp_os_discard(void *address, size_t size);

// The functions of rpmalloc.h that the program was linked with, if it defines
// them; one that it does not equals its `no_`.
struct rp_os_external {
    void *(*allocate)(size_t size);
    void (*deallocate)(void *pointer);
    void *(*no_allocate)(size_t size);
    void (*no_deallocate)(void *pointer);
};
extern const struct rp_os_external rp_os_external;

// Hints, which a system may not know, or not follow: back the range by huge
// pages, or by no huge page from now on; show it under that name, which must
// stay valid.
void rp_os_advise_huge_pages(void *address, size_t size);
void rp_os_refuse_huge_pages(void *address, size_t size);
void rp_os_name(void *address, size_t size, const char *name);

// Calls `at_exit` on a thread when that thread ends, if it called
// rp_os_watch_thread. May call it more than once, when the thread is watched
// again meanwhile.
void rp_os_watch_thread(void (*at_exit)(void));
// Watches no thread any more, until rp_os_watch_thread is called again: the
// code of `at_exit` may be unloaded then. May call it, on the calling thread.
// No other thread may be in the allocator.
void rp_os_unwatch_threads(void);

// The system's name for an error, as errno has it.
enum rp_os_error { RP_OS_OUT_OF_MEMORY, RP_OS_BAD_ARGUMENT, RP_OS_TRY_AGAIN };
int rp_os_errno_of(enum rp_os_error error);
int rp_os_errno(void);
void rp_os_set_errno(int value);

// What the environment has under a name, or NULL; NULL, too, where there is
// none.
const char *rp_os_environment(const char *name);

// Writes the parts of a message to stderr, unbuffered, and a newline.
void rp_os_complain(const char *part1, const char *part2);
_Noreturn void rp_os_abort(void);

#endif
