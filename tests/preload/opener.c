// opener.c - opens the library that its argument names, at run time, as often
// as its second argument says, and uses it beside the C library's malloc.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *(*allocate)(size_t size);
static void (*give)(void *block);

static void *use(void *argument) {
    void *blocks[100];

    for (size_t i = 0; i < 100; ++i) {
        blocks[i] = allocate(i * i);
        memset(blocks[i], 1, i * i);
    }
    for (size_t i = 0; i < 100; ++i)
        give(blocks[i]);
    return argument;
}

int main(int count, char **arguments) {
    pthread_t threads[8];

    if (count != 3)
        return 2;
    for (int i = atoi(arguments[2]); i > 0; --i) {
        void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        *(void **)&allocate = dlsym(library, "rpmalloc");
        *(void **)&give = dlsym(library, "rpfree");
        use(NULL);
        for (int t = 0; t < 8; ++t)
            pthread_create(&threads[t], NULL, use, NULL);
        // Closed while threads that used it have not ended yet.
        dlclose(library);
        for (int t = 0; t < 8; ++t)
            pthread_join(threads[t], NULL);
    }
    puts("done");
    return 0;
}
