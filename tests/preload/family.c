// family.c - what the C library promises of malloc and its family.
//
// Run plainly and with each library in front, it tells its cases in TAP.
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile size_t too_much = (size_t)PTRDIFF_MAX + 1;
static int failed;

static void tell(int good, const char *name) {
    printf("%sok - %s\n", good ? "" : "not ", name);
    failed |= !good;
}

static int is_filled(const unsigned char *bytes, size_t size, int value) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != value)
            return 0;
    return 1;
}

static int aligned_to(const void *block, size_t alignment) {
    return block != NULL && (uintptr_t)block % alignment == 0;
}

static int blocks_are_aligned_writable_and_apart(void) {
    enum { BLOCKS = 3000 };
    static unsigned char *blocks[BLOCKS];
    int good = 1;
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = i * i % 70000;
        blocks[i] = malloc(size);
        good &= aligned_to(blocks[i], 16);
        memset(blocks[i], (int)(i & 255), size);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        good &= is_filled(blocks[i], i * i % 70000, (int)(i & 255));
        free(blocks[i]);
    }
    return good;
}

static int calloc_gives_zeroes_in_used_memory(void) {
    int good = 1;
    for (size_t size = 1; size < 3000000; size = size * 3 + 1) {
        void *dirty = malloc(size);
        memset(dirty, 0xA5, size);
        free(dirty);
        unsigned char *block = calloc(1, size);
        good &= is_filled(block, size, 0);
        free(block);
    }
    return good;
}

static int realloc_keeps_what_fits(void) {
    int good = 1;
    size_t size = 1;
    unsigned char *block = realloc(NULL, size);
    memset(block, 7, size);
    for (size_t next = 2; next < 40000000; next *= 2) {
        block = realloc(block, next);
        good &= is_filled(block, size, 7);
        memset(block, 7, next);
        size = next;
    }
    while (size > 1) {
        block = realloc(block, size / 2);
        good &= is_filled(block, size / 2, 7);
        size /= 2;
    }
    free(block);
    return good;
}

static int too_large_gives_enomem(void) {
    int good = 1;
    errno = 0;
    good &= malloc(too_much) == NULL && errno == ENOMEM;
    errno = 0;
    good &= calloc(too_much / 2, 4) == NULL && errno == ENOMEM;
    errno = 0;
    good &= reallocarray(NULL, too_much / 2, 4) == NULL && errno == ENOMEM;
    errno = 0;
    good &= aligned_alloc(64, too_much) == NULL && errno == ENOMEM;
    char *block = malloc(10);
    strcpy(block, "kept");
    errno = 0;
    char *moved = realloc(block, too_much);
    if (moved == NULL) {
        good &= errno == ENOMEM && strcmp(block, "kept") == 0;
        free(block);
    }
    good &= moved == NULL;
    return good;
}

static int every_alignment_is_kept(void) {
    int good = 1;
    for (size_t alignment = sizeof(void *); alignment <= 8 << 20;
         alignment *= 2)
        for (size_t size = 1; size < 200000; size = size * 7 + 3) {
            void *first = aligned_alloc(alignment, size), *second = NULL;
            int status = posix_memalign(&second, alignment, size);
            void *third = memalign(alignment, size);
            good &= status == 0 && aligned_to(first, alignment) &&
                    aligned_to(second, alignment) &&
                    aligned_to(third, alignment);
            memset(first, 1, size);
            memset(second, 2, size);
            memset(third, 3, size);
            third = realloc(third, size * 2);
            good &= is_filled(third, size, 3);
            good &= is_filled(second, size, 2) && is_filled(first, size, 1);
            free(first);
            free(third);
            free(second);
        }
    return good;
}

static int posix_memalign_refuses_bad_alignments(void) {
    void *block = &failed;
    errno = 123;
    return posix_memalign(&block, 3, 8) == EINVAL &&
           posix_memalign(&block, 2, 8) == EINVAL && block == &failed &&
           errno == 123;
}

static int memalign_rounds_an_alignment_up_as_glibc_does(void) {
    int good = 1;
    for (size_t alignment = 0; alignment < 5000;
         alignment += 1 + alignment / 5) {
        size_t power = 16;
        while (power < alignment)
            power *= 2;
        void *block = memalign(alignment, 100);
        good &= aligned_to(block, power);
        memset(block, 1, 100);
        free(block);
    }
    volatile size_t none = SIZE_MAX / 2 + 2; // clang knows better
    errno = 0;
    good &= memalign(none, 1) == NULL && errno == EINVAL;
    return good;
}

static int trim_gives_memory_back_and_says_so(void) {
    enum { BLOCKS = 3000 };
    static void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++)
        blocks[i] = memset(malloc(1000), 1, 1000);
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    void *large = memset(malloc(100000), 1, 100000);
    free(large);
    return malloc_trim(0) == 1;
}

// Whether `value` is `expected`, to a tenth and a hundred kilobytes.
static int is_about(size_t value, size_t expected) {
    return value + 100000 >= expected - expected / 10 &&
           value <= expected + expected / 10 + 100000;
}

static int mallinfo2_tells_what_is_in_use(void) {
    enum { BLOCKS = 10000, BYTES = 1000, HUGE = 50000000 };
    static void *blocks[BLOCKS];
    struct mallinfo2 first = mallinfo2();
    for (size_t i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(BYTES);
    void *huge = malloc(HUGE);
    struct mallinfo2 full = mallinfo2();
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    free(huge);
    malloc_trim(0);
    struct mallinfo2 last = mallinfo2();
    return is_about(full.uordblks - first.uordblks, BLOCKS * BYTES) &&
           is_about(full.hblkhd - first.hblkhd, HUGE) &&
           full.hblks == first.hblks + 1 && last.hblks == first.hblks &&
           is_about(last.uordblks, first.uordblks) &&
           full.arena >= full.uordblks && full.arena >= BLOCKS * BYTES;
}

static int malloc_info_tells_the_same(void) {
    char *text = NULL;
    size_t bytes = 0, current = 0, in_use = 0;
    void *block = malloc(30000000);
    FILE *file = open_memstream(&text, &bytes);
    int good = malloc_info(1, file) != 0 && malloc_info(0, file) == 0;
    fclose(file);
    const char *system = strstr(text, "<system type=\"current\" size=\"");
    const char *total = strstr(text, "<total type=\"mmap\" count=\"");
    good &= strncmp(text, "<malloc version=\"1\">\n", 21) == 0 &&
            system != NULL && total != NULL &&
            strcmp(text + bytes - 10, "</malloc>\n") == 0 &&
            sscanf(system, "%*[^0-9]%zu", &current) == 1 &&
            sscanf(total, "%*[^0-9]%*u%*[^0-9]%zu", &in_use) == 1 &&
            current >= 30000000 && in_use >= 30000000;
    free(text);
    free(block);
    return good;
}

static int page_functions_give_pages(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *block = valloc(10), *whole = pvalloc(page + 1);
    int good = aligned_to(block, page) && aligned_to(whole, page) &&
               malloc_usable_size(whole) >= 2 * page;
    free(block);
    free(whole);
    return good;
}

static int usable_size_may_be_used(void) {
    int good = malloc_usable_size(NULL) == 0;
    for (size_t size = 0; size < 500000; size = size * 2 + 1) {
        void *block = malloc(size);
        size_t usable = malloc_usable_size(block);
        good &= usable >= size;
        memset(block, 9, usable);
        good &= malloc_usable_size(block) == usable;
        free(block);
    }
    return good;
}

static int free_keeps_errno(void) {
    void *small = malloc(10), *huge = malloc(300 << 20);
    errno = 77;
    free(NULL);
    free(small);
    free(huge);
    return errno == 77;
}

static int the_library_allocates_too(void) {
    char *line = NULL;
    size_t room = 0;
    FILE *file = tmpfile();
    for (int i = 0; i < 30000; i++)
        putc(i % 101 ? 'x' : 'y', file);
    rewind(file);
    ssize_t got = getline(&line, &room, file);
    char *copy = strdup(line);
    int good = got == 30000 && strcmp(copy, line) == 0;
    free(copy);
    free(line);
    fclose(file);
    return good;
}

static void *free_all(void *blocks) {
    for (void **block = blocks; *block != NULL; block++)
        free(*block);
    return NULL;
}

static void *allocate_all(void *blocks) {
    for (size_t i = 0; i < 999; i++)
        ((void **)blocks)[i] = malloc(i % 300 + 1);
    return NULL;
}

static int blocks_outlive_and_cross_threads(void) {
    static void *blocks[1000];
    pthread_t thread;
    for (int round = 0; round < 50; round++) {
        pthread_create(&thread, NULL, allocate_all, blocks);
        pthread_join(thread, NULL);
        pthread_create(&thread, NULL, free_all, blocks);
        pthread_join(thread, NULL);
    }
    return 1;
}

static int a_forked_child_allocates_and_frees(void) {
    void *before = malloc(100);
    pid_t child = fork();
    if (child == 0) {
        free(before);
        for (int i = 0; i < 1000; i++)
            free(malloc((size_t)i * 10));
        _exit(17);
    }
    int status = 0;
    waitpid(child, &status, 0);
    free(before);
    return WIFEXITED(status) && WEXITSTATUS(status) == 17;
}

#define TELL(name) tell(name(), #name)

int main(void) {
    TELL(blocks_are_aligned_writable_and_apart);
    TELL(calloc_gives_zeroes_in_used_memory);
    TELL(realloc_keeps_what_fits);
    TELL(too_large_gives_enomem);
    TELL(every_alignment_is_kept);
    TELL(posix_memalign_refuses_bad_alignments);
    TELL(memalign_rounds_an_alignment_up_as_glibc_does);
    TELL(trim_gives_memory_back_and_says_so);
    TELL(mallinfo2_tells_what_is_in_use);
    TELL(malloc_info_tells_the_same);
    TELL(page_functions_give_pages);
    TELL(usable_size_may_be_used);
    TELL(free_keeps_errno);
    TELL(the_library_allocates_too);
    TELL(blocks_outlive_and_cross_threads);
    TELL(a_forked_child_allocates_and_frees);
    return failed;
}
