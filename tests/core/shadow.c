// shadow.c - see shadow.h.
#include "tests/core/shadow.h"

#include "core/rpmalloc.h"
#include "tests/core/random.h"

#include <errno.h>
#include <string.h>

// Of a large block only the ends are filled and looked at.
enum { WHOLE = 64 * 1024, END = 4096 };

static void mistake(struct shadow *s, const char *what) {
    if (s->mistakes++ == 0)
        s->first_mistake = what;
}

static unsigned char pattern(uint64_t seed, size_t at) {
    return (unsigned char)((seed >> 8) + at * 7 + (at >> 8));
}

static void fill(unsigned char *bytes, size_t size, uint64_t seed) {
    for (size_t i = 0; i < size; ++i)
        if (size <= WHOLE || i < END || i >= size - END)
            bytes[i] = pattern(seed, i);
        else
            i = size - END - 1;
}

// The first `count` bytes of a block that was filled as one of `size`.
static int is_filled(const unsigned char *bytes, size_t count, size_t size,
                     uint64_t seed) {
    for (size_t i = 0; i < count; ++i)
        if (size <= WHOLE || i < END || i >= size - END) {
            if (bytes[i] != pattern(seed, i))
                return 0;
        } else {
            i = size - END - 1;
        }
    return 1;
}

static int is_zero(const unsigned char *bytes, size_t size) {
    return size == 0 ||
           (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

void shadow_init(struct shadow *s, uint64_t seed, size_t places,
                 size_t most_bytes) {
    memset(s, 0, sizeof *s);
    s->random = seed;
    s->places = places;
    s->most_bytes = most_bytes;
}

// A call returned `bytes`: what must hold of any new block.
static void accept(struct shadow *s, size_t place, void *bytes, size_t size,
                   size_t alignment) {
    struct shadow_block *b = &s->blocks[place];

    if (bytes == NULL) {
        ++s->failures;
        if (errno != ENOMEM)
            mistake(s, "NULL without errno ENOMEM");
        return;
    }
    if ((uintptr_t)bytes % alignment != 0)
        mistake(s, "a block is not aligned");
    if (rpmalloc_usable_size(bytes) < size)
        mistake(s, "the usable size is less than was asked for");
    *b = (struct shadow_block){bytes, size, alignment, random_next(&s->random)};
    fill(b->bytes, size, b->seed);
}

void shadow_free(struct shadow *s, size_t place) {
    struct shadow_block *b = &s->blocks[place];
    int kept = 12345;

    if (b->bytes != NULL && !is_filled(b->bytes, b->size, b->size, b->seed))
        mistake(s, "a block changed before it was freed");
    errno = kept;
    rpfree(b->bytes);
    if (errno != kept)
        mistake(s, "free changed errno");
    b->bytes = NULL;
}

void shadow_alloc(struct shadow *s, size_t place) {
    size_t size = random_size(&s->random, s->most_bytes);

    shadow_free(s, place);
    errno = 0;
    accept(s, place, rpmalloc(size), size, 16);
}

void shadow_calloc(struct shadow *s, size_t place) {
    size_t size = random_size(&s->random, s->most_bytes);
    size_t parts = 1 + random_below(&s->random, 16);

    shadow_free(s, place);
    errno = 0;
    unsigned char *bytes = rpcalloc(parts, size / parts);
    size = size / parts * parts;
    if (bytes != NULL && !is_zero(bytes, size))
        mistake(s, "calloc returned bytes that are not zero");
    accept(s, place, bytes, size, 16);
}

void shadow_aligned(struct shadow *s, size_t place) {
    size_t size = random_size(&s->random, s->most_bytes);
    size_t alignment = (size_t)1 << random_below(&s->random, 18);

    shadow_free(s, place);
    errno = 0;
    void *bytes = rpaligned_alloc(alignment, size);
    accept(s, place, bytes, size, alignment < 16 ? 16 : alignment);
}

// What must hold of a block that was moved, or not.
static void accept_moved(struct shadow *s, size_t place, void *bytes,
                         size_t size, size_t alignment, size_t kept) {
    struct shadow_block old = s->blocks[place];

    if (bytes != NULL && !is_filled(bytes, kept, old.size, old.seed))
        mistake(s, "realloc did not keep the bytes");
    if (bytes == NULL && old.bytes != NULL &&
        !is_filled(old.bytes, old.size, old.size, old.seed))
        mistake(s, "a failed realloc changed the block");
    accept(s, place, bytes, size, alignment);
}

void shadow_realloc(struct shadow *s, size_t place) {
    const struct shadow_block *b = &s->blocks[place];
    size_t size = random_size(&s->random, s->most_bytes);

    // Often by a little, to stay or nearly stay where it is.
    if (b->bytes != NULL && random_below(&s->random, 2) != 0)
        size = b->size + random_below(&s->random, b->size / 4 + 32);
    size_t kept = b->size < size ? b->size : size;
    if (b->bytes == NULL)
        kept = 0;
    errno = 0;
    if (random_below(&s->random, 4) != 0) {
        accept_moved(s, place, rprealloc(b->bytes, size), size, 16, kept);
        return;
    }
    size_t alignment = (size_t)16 << random_below(&s->random, 10);
    unsigned flags =
        random_below(&s->random, 4) == 0 ? RPMALLOC_NO_PRESERVE : 0;
    size_t asked = b->bytes != NULL && flags == 0 ? b->size : 0;
    void *moved = rpaligned_realloc(b->bytes, alignment, size, asked, flags);
    if (flags != 0)
        kept = 0;
    accept_moved(s, place, moved, size, alignment, kept);
}

void shadow_step(struct shadow *s) {
    size_t place = random_below(&s->random, s->places);

    switch (random_below(&s->random, 8)) {
    case 0:
    case 1:
    case 2:
        shadow_alloc(s, place);
        break;
    case 3:
        shadow_calloc(s, place);
        break;
    case 4:
        shadow_aligned(s, place);
        break;
    case 5:
        shadow_realloc(s, place);
        break;
    default:
        shadow_free(s, place);
    }
}

void shadow_check(struct shadow *s) {
    for (size_t i = 0; i < s->places; ++i) {
        const struct shadow_block *b = &s->blocks[i];
        if (b->bytes != NULL && !is_filled(b->bytes, b->size, b->size, b->seed))
            mistake(s, "a block changed");
    }
}

void shadow_free_all(struct shadow *s) {
    for (size_t i = 0; i < s->places; ++i)
        shadow_free(s, i);
}

size_t shadow_bytes(const struct shadow *s) {
    size_t bytes = 0;

    for (size_t i = 0; i < s->places; ++i)
        bytes += s->blocks[i].bytes != NULL ? s->blocks[i].size : 0;
    return bytes;
}

size_t shadow_count(const struct shadow *s) {
    size_t count = 0;

    for (size_t i = 0; i < s->places; ++i)
        count += s->blocks[i].bytes != NULL;
    return count;
}
