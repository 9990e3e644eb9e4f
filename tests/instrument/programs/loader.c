// loader.c - threads that allocate while the loader's list is walked and
// changed by others, which allocate in the middle of it.
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 300, THREADS = 4 };

static int visit(struct dl_phdr_info *info, size_t size, void *context) {
    (void)info, (void)size, (void)context;
    void *volatile block = malloc(100);
    free(block);
    return 0;
}

static void recurse(int depth) {
    void *volatile block = malloc((size_t)depth);

    if (depth > 0)
        recurse(depth - 1);
    free(block);
}

static void *work(void *argument) {
    for (int i = 0; i < ROUNDS; i++) {
        if (argument != NULL) {
            dl_iterate_phdr(visit, NULL);
        } else {
            void *library = dlopen("libresolv.so.2", RTLD_NOW);
            recurse(i % 50);
            if (library != NULL)
                dlclose(library);
        }
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, i % 2 == 0 ? NULL : work);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 0;
}
