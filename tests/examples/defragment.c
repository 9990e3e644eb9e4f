// defragment.c - a program that packs its blocks together again.
//
// A table of texts is filled, and two thirds of them go, at random: then nearly
// each span has some that stay, and the memory stays with them. The program
// asks of each text whether it should move, and copies those that should to
// where the allocator has room; what is empty then goes back. Prints bytes:
// of the blocks that live, held before, and held after.
//
//     cc defragment.c $(pkg-config --cflags --libs rpscope)
#include <rpmalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 400000 };

struct text {
    char *bytes; // NULL: none
    size_t size;
};

static struct text texts[TEXTS];

static size_t held(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_thread_collect();
    rpmalloc_global_statistics(&now);
    return now.mapped - now.segment_free - now.bookkeeping;
}

static void fill(void) {
    static const size_t sizes[] = {24,  40,  56,  100,  180,
                                   260, 500, 900, 1500, 4000};

    for (size_t i = 0; i < TEXTS; ++i) {
        size_t size = sizes[(size_t)rand() % (sizeof sizes / sizeof *sizes)];
        texts[i] = (struct text){rpmalloc(size), size};
        if (texts[i].bytes == NULL)
            exit(1);
        memset(texts[i].bytes, (int)(i % 251), size);
    }
}

static void thin_out(void) {
    for (size_t i = 0; i < TEXTS; ++i)
        if (rand() % 3 != 0) {
            rpfree(texts[i].bytes);
            texts[i].bytes = NULL;
        }
}

// Moves a text that keeps memory for little; 1 when it did.
static int move(struct text *text) {
    if (text->bytes == NULL || !rpmalloc_should_move(text->bytes))
        return 0;
    char *moved = rpmalloc(text->size);
    if (moved == NULL)
        return 0;
    memcpy(moved, text->bytes, text->size);
    rpfree(text->bytes);
    text->bytes = moved;
    return 1;
}

static void defragment(void) {
    size_t moved;

    do {
        moved = 0;
        for (size_t i = 0; i < TEXTS; ++i)
            moved += (size_t)move(&texts[i]);
    } while (moved > 0);
}

static size_t live(void) {
    size_t bytes = 0;

    for (size_t i = 0; i < TEXTS; ++i) {
        const struct text *text = &texts[i];
        bytes += rpmalloc_usable_size(text->bytes);
        for (size_t k = 0; text->bytes != NULL && k < text->size; ++k)
            if ((unsigned char)text->bytes[k] != i % 251)
                exit(1);
    }
    return bytes;
}

int main(void) {
    if (rpmalloc_initialize() != 0)
        return 1;
    srand(1);
    fill();
    thin_out();
    size_t before = held();
    defragment();
    printf("%zu %zu %zu\n", live(), before, held());
    return 0;
}
