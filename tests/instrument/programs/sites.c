// sites.c - allocates at known places: one function a size.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

void rpmalloc_mark(const char *text) __attribute__((weak));

static void *volatile kept[8];

void *site_calloc(void);
void *site_malloc(void);
void *site_deep(int depth);
void *site_aligned(void);
void *site_realloc(void);

__attribute__((noinline)) void *site_calloc(void) {
    return kept[0] = calloc(1, 1001);
}
__attribute__((noinline)) void *site_malloc(void) {
    return kept[1] = malloc(1002);
}
__attribute__((noinline)) void *site_deep(int depth) {
    void *block = depth > 0 ? site_deep(depth - 1) : malloc(1003);

    kept[2] = block;
    return block;
}
__attribute__((noinline)) void *site_aligned(void) {
    return kept[3] = aligned_alloc(256, 1024);
}
__attribute__((noinline)) void *site_realloc(void) {
    return kept[4] = realloc(kept[1], 5005);
}

int main(void) {
    if (rpmalloc_mark != NULL)
        rpmalloc_mark("before");
    site_calloc();
    site_malloc();
    site_deep(2000);
    site_aligned();
    site_realloc();
    if (rpmalloc_mark != NULL)
        rpmalloc_mark("after");
    void *library = dlopen("libm.so.6", RTLD_NOW);
    kept[5] = malloc(1006);
    if (library != NULL)
        dlclose(library);
    kept[6] = malloc(1007);
    return 0;
}
