// events.c - does everything that the recorder has an event for, but for what
// is asked of the recorder itself.
//
// The sizes that are asked for name the call: a test looks for them.
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

void rpmalloc_thread_reset(void) __attribute__((weak));
void rpmalloc_thread_collect(void) __attribute__((weak));
void rpmalloc_mark(const char *text) __attribute__((weak));

enum {
    MALLOC = 1001,
    CALLOC = 1002,
    ALIGNED = 1003,
    REALLOC = 5004,
    RESIZE = 1005, // of a block that has room for it
    LARGE = 300007,
    HUGE = (64 << 20) + 8,
    KEPT = 9 << 20,
    MANY = 4000, // small blocks, to fill spans
    SMALL = 500,
    MEDIUM = 20000,
};

static void *many[MANY];
static void *volatile kept; // so that nothing is left out

static void calls(void) {
    void *block = kept = malloc(MALLOC);

    malloc_usable_size(block);
    block = kept = realloc(block, RESIZE);
    block = kept = realloc(block, REALLOC);
    free(block);
    free(kept = calloc(1, CALLOC));
    free(kept = aligned_alloc(256, ALIGNED));
    free(kept = malloc(LARGE));
    free(kept = malloc(HUGE));
    free(kept = malloc(HUGE * (size_t)4)); // too large to be kept
    for (int i = 0; i < 20; i++) // its memory is kept, and taken again
        free(kept = malloc(KEPT));
}

static void fill(size_t size) {
    for (int i = 0; i < MANY; i++)
        memset(many[i] = malloc(size), 1, size);
}

static void drain(int step) {
    for (int i = 0; i < MANY; i += step) {
        free(many[i]);
        many[i] = NULL;
    }
}

static void *free_all(void *argument) {
    (void)argument;
    prctl(PR_SET_NAME, "other name");
    drain(2);
    return NULL;
}

static void *use_a_heap(void *argument) {
    free(kept = malloc(MALLOC));
    return argument;
}

static void threads(void) {
    pthread_t thread;

    fill(SMALL);
    pthread_create(&thread, NULL, free_all, NULL);
    pthread_join(thread, NULL);
    fill(SMALL); // takes back what was freed
    for (int i = 0; i < 2; i++) {
        pthread_create(&thread, NULL, use_a_heap, NULL);
        pthread_join(thread, NULL);
    }
}

// Memory goes to all caches, back to the system, and comes again.
static void come_and_go(void) {
    fill(MEDIUM);
    drain(1);
    fill(SMALL);
    drain(1);
    if (rpmalloc_thread_collect != NULL)
        rpmalloc_thread_collect();
    fill(MEDIUM);
    drain(1);
    if (rpmalloc_thread_collect != NULL)
        rpmalloc_thread_collect();
}

int main(void) {
    void *library;

    if (rpmalloc_mark != NULL)
        rpmalloc_mark("begun");
    calls();
    threads();
    come_and_go();
    come_and_go();
    // What comes and goes is noticed with the next new stack.
    library = dlopen("libresolv.so.2", RTLD_NOW);
    free(kept = malloc(MALLOC));
    if (library != NULL)
        dlclose(library);
    free(kept = malloc(MALLOC));
    if (rpmalloc_thread_reset != NULL)
        rpmalloc_thread_reset();
    use_a_heap(NULL);
    return 0;
}
