// misuse.c - misuses the heap in one way, or does it well.
//
// misuse WAY SIZE ALIGNMENT [good] [thread] [tag]: a block of that size, by
// malloc when ALIGNMENT is 0. good: the same without the misuse. thread: what
// is done to the block, another thread does. tag: it is made under a tag.
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *volatile block;
static size_t size;
static int is_good;
static int global[64];
static volatile int ends; // of functions: so that no call is their last deed

// The compiler must not see what it is about.
static void *hidden(void *pointer) {
    void *volatile copy = pointer;

    return copy;
}

// The first blocks of a size are of a larger class, and go another way.
static void begin(void) {
    enum { FIRST = 20, SMALL = 1000 };
    void *volatile first[FIRST];

    if (size > SMALL)
        return;
    for (int i = 0; i < FIRST; i++)
        first[i] = malloc(size);
    for (int i = 0; i < FIRST; i++)
        free(first[i]);
}

__attribute__((noinline)) static void make(size_t alignment) {
    block = alignment == 0 ? malloc(size) : memalign(alignment, size); // made
    if (block == NULL)
        exit(9);
}

__attribute__((noinline)) static void give_back(void *pointer) {
    free(pointer); // freed
    ends++;
}

__attribute__((noinline)) static void again(void *pointer) {
    free(pointer); // again
    ends += 2;
}

__attribute__((noinline)) static void damage(void) {
    char *last = hidden(block + size - 1);

    last[is_good ? 0 : 1] = 1;
    give_back(block);
    ends++;
}

__attribute__((noinline)) static void underrun(void) {
    char *first = hidden(block);

    first[is_good ? 0 : -1] = 1;
    give_back(block);
    ends++;
}

__attribute__((noinline)) static void after_free(void) {
    char *kept = hidden(block + (size - 1) / 2);

    give_back(block);
    if (!is_good)
        *kept = 1;
    ends++;
}

__attribute__((noinline)) static void twice(void) {
    give_back(block);
    if (!is_good)
        again(hidden(block));
    ends++;
}

__attribute__((noinline)) static void inside(void) {
    again(hidden(block + (is_good ? 0 : size / 2)));
    ends++;
}

__attribute__((noinline)) static void on_the_stack(void) {
    char bytes[64];

    again(hidden(is_good ? block : &bytes[16]));
    ends++;
}

__attribute__((noinline)) static void of_the_program(void) {
    again(hidden(is_good ? (void *)block : &global[4]));
    ends++;
}

__attribute__((noinline)) static void misaligned(void) {
    again(hidden(is_good ? (void *)block : (char *)global + 1));
    ends++;
}

extern void free_sized(void *block, size_t bytes) __attribute__((weak));
extern void free_aligned_sized(void *block, size_t alignment, size_t bytes)
    __attribute__((weak));

__attribute__((noinline)) static void by_size(void) {
    free_sized(block, is_good ? size : size + 1); // again
    ends++;
}

__attribute__((noinline)) static void by_alignment(void) {
    free_aligned_sized(block, is_good ? 64 : 128, size); // again
    ends++;
}

typedef struct rpmalloc_heap heap;
extern heap *rpmalloc_heap_acquire(void) __attribute__((weak));
extern void *rpmalloc_heap_alloc(heap *of, size_t bytes) __attribute__((weak));
extern void rpmalloc_heap_free(heap *of, void *pointer) __attribute__((weak));
extern void rpmalloc_heap_free_all(heap *of) __attribute__((weak));
extern void rpmalloc_heap_release(heap *of) __attribute__((weak));

__attribute__((noinline)) static void after_its_heap(void) {
    heap *own = rpmalloc_heap_acquire();

    give_back(block);
    block = rpmalloc_heap_alloc(own, size); // owned
    if (is_good)
        rpmalloc_heap_free(own, block);
    rpmalloc_heap_free_all(own); // gone
    rpmalloc_heap_release(own);
    if (!is_good)
        again(hidden(block));
    ends++;
}

__attribute__((noinline)) static void nowhere(void) {
    again(hidden(is_good ? (void *)block : (void *)(uintptr_t)0x12340));
    ends++;
}

__attribute__((noinline)) static void grown(void) {
    if (!is_good)
        give_back(block);
    char *larger = realloc(hidden(block), size + 100); // again

    give_back(larger);
    ends++;
}

__attribute__((noinline)) static void asked(void) {
    if (!is_good)
        give_back(block);
    if (malloc_usable_size(hidden(block)) > (size_t)1 << 40) // again
        puts("so large?");
    if (is_good)
        give_back(block);
    ends++;
}

__attribute__((noinline)) static void read_past(void) {
    ends += block[is_good ? size - 1 : size]; // touched
    give_back(block);
    ends++;
}

__attribute__((noinline)) static void write_past(void) {
    block[is_good ? size - 1 : size] = 1; // touched
    give_back(block);
    ends++;
}

__attribute__((noinline)) static void read_before(void) {
    char *first = block;

    ends += first[is_good ? 0 : -1]; // touched
    give_back(block);
    ends++;
}

__attribute__((noinline)) static void read_freed(void) {
    char *kept = hidden(block);

    if (!is_good)
        give_back(block);
    ends += kept[0]; // touched
    if (is_good)
        give_back(block);
    ends++;
}

// The header of the allocator's span, 64 KiB aligned, says how large its blocks
// are.
__attribute__((noinline)) static void over_the_header(void) {
    char *span = hidden((char *)((uintptr_t)block & ~(uintptr_t)0xffff));

    if (!is_good)
        memset(span + 32, 1, 4);
    give_back(block);
    ends++;
}

extern void rpmalloc_no_alloc_begin(void) __attribute__((weak));
extern void rpmalloc_no_alloc_end(void) __attribute__((weak));
extern void rpmalloc_tag_push(const char *name) __attribute__((weak));
extern void rpmalloc_tag_pop(void) __attribute__((weak));

__attribute__((noinline)) static void in_the_loop(void) {
    rpmalloc_no_alloc_begin();
    rpmalloc_no_alloc_begin();
    rpmalloc_no_alloc_end();
    if (is_good)
        rpmalloc_no_alloc_end();
    hidden(malloc(10)); // touched
    ends++;
}

// Realloc'ed, and then written to its old end.
__attribute__((noinline)) static void shrunk(void) {
    char *smaller = realloc(block, size / 2 + 1);
    char *last = hidden(smaller + size / 2);

    last[is_good ? 0 : 1] = 1;
    give_back(smaller);
    ends++;
}

static const struct {
    const char *name;
    void (*misuse)(void);
} ways[] = {
    {"twice", twice},
    {"inside", inside},
    {"stack", on_the_stack},
    {"global", of_the_program},
    {"nowhere", nowhere},
    {"misaligned", misaligned},
    {"by_size", by_size},
    {"by_alignment", by_alignment},
    {"after_its_heap", after_its_heap},
    {"grown", grown},
    {"asked", asked},
    {"past", damage},
    {"before", underrun},
    {"after_free", after_free},
    {"shrunk", shrunk},
    {"read_past", read_past},
    {"header", over_the_header},
    {"loop", in_the_loop},
    {"write_past", write_past},
    {"read_before", read_before},
    {"read_freed", read_freed},
};

__attribute__((noinline)) static void *do_it(void *way) {
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, way) == 0) {
            ways[i].misuse();
            return NULL;
        }
    exit(8);
}

int main(int count, char **words) {
    int is_threaded = 0, is_tagged = 0;
    pthread_t thread;

    if (count < 4)
        return 7;
    size = strtoul(words[2], NULL, 10);
    for (int i = 4; i < count; i++) {
        is_good |= strcmp(words[i], "good") == 0;
        is_threaded |= strcmp(words[i], "thread") == 0;
        is_tagged |= strcmp(words[i], "tag") == 0;
    }
    begin();
    if (is_tagged)
        rpmalloc_tag_push("Layout");
    make(strtoul(words[3], NULL, 10));
    if (is_tagged)
        rpmalloc_tag_pop();
    if (is_threaded) {
        if (pthread_create(&thread, NULL, do_it, words[1]) != 0)
            return 6;
        pthread_join(thread, NULL);
    } else {
        do_it(words[1]);
    }
    return 0;
}
