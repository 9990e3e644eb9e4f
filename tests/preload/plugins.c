// plugins.c - opens a library that is linked with librpscope.so, uses it in two
// threads, and closes it, again and again: nothing may grow.
//
// Arguments: the library and how often. The library's function allocates and
// frees, and leaves one block to the next call.
#include "core/rpmalloc.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { GROWS = 8 }; // mappings that the recorder makes as its tables fill

static void *(*work)(void *block);

static void *in_thread(void *block) {
    return work(block);
}

static long mappings(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    long lines = 0;

    for (int c; (c = getc(maps)) != EOF;)
        lines += c == '\n';
    fclose(maps);
    return lines;
}

static void numbers(struct rpmalloc_global_statistics *result) {
    // It stays loaded when it was once.
    void *library = dlopen("librpscope.so.1", RTLD_NOW | RTLD_NOLOAD);
    void (*ask)(struct rpmalloc_global_statistics * result);

    *(void **)&ask = dlsym(library, "rpmalloc_global_statistics");
    ask(result);
    dlclose(library);
}

int main(int count, char **arguments) {
    struct rpmalloc_global_statistics first = {0}, last;
    int times = count == 3 ? atoi(arguments[2]) : 0;
    void *block = NULL;
    long maps = 0;

    for (int i = 0; i < times; ++i) {
        void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        *(void **)&work = dlsym(library, "work");
        block = work(block);
        pthread_t thread;
        pthread_create(&thread, NULL, in_thread, block);
        pthread_join(thread, &block);
        dlclose(library);
        if (i == times / 10) {
            numbers(&first);
            maps = mappings();
        }
    }
    numbers(&last);
    printf("mapped %s, heaps %s, mappings %s\n",
           last.mapped <= first.mapped ? "same" : "more",
           last.heaps <= first.heaps ? "same" : "more",
           mappings() <= maps + GROWS ? "same" : "more");
    return 0;
}
