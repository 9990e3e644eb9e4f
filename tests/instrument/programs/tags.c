// tags.c - allocates under tags, in threads, in a forked child, in a heap with
// a name, and sets marks in a row. With the argument late it asks for the start
// of its recording when its blocks are there, with again for a pause and
// another start.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct rpmalloc_heap;
void rpmalloc_tag_push(const char *name) __attribute__((weak));
void rpmalloc_tag_pop(void) __attribute__((weak));
void rpmalloc_mark(const char *text) __attribute__((weak));
void rpmalloc_record_start(void) __attribute__((weak));
void rpmalloc_record_stop(void) __attribute__((weak));
struct rpmalloc_heap *rpmalloc_heap_acquire(void) __attribute__((weak));
void rpmalloc_heap_name(struct rpmalloc_heap *heap, const char *name)
    __attribute__((weak));
void *rpmalloc_heap_alloc(struct rpmalloc_heap *heap, size_t size)
    __attribute__((weak));

static void *volatile kept[1000];
static int count;

static void make(int blocks, size_t size) {
    while (blocks-- > 0)
        kept[__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED)] = malloc(size);
}

static void *audio(void *nothing) {
    rpmalloc_tag_push("Audio");
    make(5, 3001);
    // Freed and resized by another thread and under another tag than its own.
    free(kept[0]);
    kept[1] = realloc(kept[1], 1007);
    rpmalloc_tag_pop();
    return nothing;
}

static void ask(void (*what)(void)) {
    if (what != NULL)
        what();
}

int main(int words, char **word) {
    const char *how = words > 1 ? word[1] : "";
    char name[8] = "Layout";
    pthread_t thread;

    if (rpmalloc_tag_push == NULL)
        return 1;
    make(1, 501);
    rpmalloc_tag_push(name);
    make(3, 1001);
    rpmalloc_tag_push("Text");
    make(2, 300001); // a large block
    make(2, 2001);
    rpmalloc_tag_pop();
    make(1, 1001);
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
    rpmalloc_heap_name(heap, "strings");
    kept[count++] = rpmalloc_heap_alloc(heap, 4001);
    if (strcmp(how, "late") == 0 || strcmp(how, "again") == 0)
        ask(rpmalloc_record_start);
    pthread_create(&thread, NULL, audio, NULL);
    pthread_join(thread, NULL);
    if (strcmp(how, "again") == 0) {
        ask(rpmalloc_record_stop);
        rpmalloc_tag_push("Unseen");
        make(2, 5001);
        rpmalloc_tag_pop();
        ask(rpmalloc_record_start);
    }
    make(1, 1001); // under the outer tag still
    if (strcmp(how, "fork") == 0 && fork() == 0) {
        make(2, 6001);
        rpmalloc_tag_pop();
        make(2, 7001);
        return 0;
    }
    wait(NULL);
    rpmalloc_tag_pop();
    make(2, 501);
    rpmalloc_tag_pop(); // there is none
    make(1, 501);
    for (int i = 0; i < 5; i++) {
        rpmalloc_mark("frame");
        void *temporary = malloc(10000 + (size_t)i);
        memset(temporary, i, 100);
        kept[999] = temporary;
        free(temporary);
        if (i == 2)
            make(3, 501);
    }
    return 0;
}
