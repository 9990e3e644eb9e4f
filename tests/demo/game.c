// game.c - a game that keeps something of each level, among what it does not.
//
// A level is many small meshes, and now and then a trophy that stays for the
// rest of the game. When the level is over the meshes are freed: but in nearly
// every span a trophy is left. With -DCURED the trophies have a heap of their
// own. Prints how much is resident in the menu, in KiB. viewer/FRAGMENTATION.md
// tells of it, and test_fragmentation.py runs it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rpmalloc.h"

enum { LEVELS = 8, MESHES = 60000, TROPHY_EVERY = 150, BYTES = 200 };

struct thing {
    struct thing *next;
    char name[BYTES - sizeof(struct thing *)];
};

static struct thing *meshes, *trophies;

#ifdef CURED
static struct rpmalloc_heap *trophy_heap;
#endif

static void keep(struct thing **list, struct thing *thing, int number) {
    snprintf(thing->name, sizeof thing->name, "thing %d", number);
    thing->next = *list;
    *list = thing;
}

__attribute__((noinline)) static void add_trophy(int number) {
#ifdef CURED
    keep(&trophies, rpmalloc_heap_alloc(trophy_heap, sizeof(struct thing)),
         number);
#else
    keep(&trophies, rpmalloc(sizeof(struct thing)), number);
#endif
}

__attribute__((noinline)) static void add_mesh(int number) {
    keep(&meshes, rpmalloc(sizeof(struct thing)), number);
}

static void play_level(int level) {
    rpmalloc_mark("level");
    for (int i = 0; i < MESHES * (level + 1) / LEVELS; i++) {
        if (i % TROPHY_EVERY == 0)
            add_trophy(i);
        add_mesh(i);
    }
    while (meshes) {
        struct thing *next = meshes->next;
        rpfree(meshes);
        meshes = next;
    }
}

static long resident_kib(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2)
        return 0;
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(void) {
    rpmalloc_initialize();
#ifdef CURED
    trophy_heap = rpmalloc_heap_acquire();
    rpmalloc_heap_name(trophy_heap, "trophies");
#endif
    for (int level = 0; level < LEVELS; level++)
        play_level(level);
    rpmalloc_mark("menu");
    rpmalloc_thread_collect();
    printf("%ld\n", resident_kib());
    _exit(fflush(stdout)); // as if it went on: nothing is torn down
}
