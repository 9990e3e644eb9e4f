// sized.c - fulfils sized.h.
#include "core/malloc/sized.h"

#include "core/api/alloc.h"
#include "core/heap/begin.h"
#include "core/os/check.h"

#include <stdio.h>

enum { TEXT = 200 };

static _Noreturn void wrong_size(const char *name, size_t usable, size_t size) {
    char text[TEXT];

    snprintf(text, sizeof text,
             "%s of a block of %zu bytes by a size of %zu: not the size that "
             "it was made with",
             name, usable, size);
    rp_fatal(text);
}

// Whether a block of `usable` bytes is what a request of `size` gets.
static int is_of(const void *block, size_t usable, size_t size) {
    if (size == 0)
        size = 1;
    if (size <= SMALL_MAX) {
        size_t class_index = small_class(size);
        return usable == class_index * BLOCK_ALIGN ||
               usable == begin_class(class_index) * BLOCK_ALIGN;
    }
    if (size <= MEDIUM_MAX)
        return usable == rp_size_classes[medium_class(size)].block_bytes;
    // A run of spans, or memory that was kept and has a quarter more.
    size_t most = (span_flags(span_of(block)) & SPAN_HUGE) != 0
                      ? SPAN_BYTES + size / 4
                      : SPAN_BYTES - 1;
    return usable >= size && usable - size <= most;
}

void rp_sized_check_new(const void *block, size_t size) {
    size_t usable = block_usable(block);

    if (!is_of(block, usable, size))
        wrong_size("delete", usable, size);
}

void rp_sized_check(const char *name, const void *block, size_t size) {
    size_t usable = block_usable(block);

    if (size > usable)
        wrong_size(name, usable, size);
}

void rp_sized_check_aligned(const char *name, const void *block,
                            size_t alignment, size_t size) {
    char text[TEXT];

    if (is_power_of_two(alignment) &&
        ((uintptr_t)block & (alignment - 1)) == 0) {
        rp_sized_check(name, block, size);
        return;
    }
    snprintf(text, sizeof text,
             "%s of a block that is not aligned to %zu: not the alignment that "
             "it was made with",
             name, alignment);
    rp_fatal(text);
}
