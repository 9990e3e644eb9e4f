// leaky.c - has blocks in all places where a pointer may be, and loses some.
//
// leaky [lose] [threads] [wait | nap] [last] [unwritten] [deep]: waits until
// its input ends, or for a second, before it goes on; with its process id on
// stdout. last: loses one as the last that it does.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct node {
    struct node *next;
    char text[30];
};

static struct node *volatile kept;
static _Thread_local struct node *volatile mine;
static void *volatile large;
static char *volatile inside;
static struct node *volatile *volatile mapped;
static atomic_int ready;

__attribute__((noinline)) static struct node *make(struct node *next) {
    struct node *node = malloc(sizeof *node);

    if (node == NULL)
        exit(9);
    node->next = next;
    return node;
}

// A chain of three: nothing leads to one, and only that to the others.
__attribute__((noinline)) static void lose(void) {
    struct node *volatile chain = make(make(make(NULL)));

    if (chain->next != NULL)
        chain = NULL;
}

// A ring of two.
__attribute__((noinline)) static void lose_ring(void) {
    struct node *volatile one = make(NULL), *volatile other = make(one);

    one->next = other;
    one = other = NULL;
}

// Blocks in a row that are never written: what the allocator has left in one
// may lead to the next.
static void *volatile unwritten;
__attribute__((noinline)) static void lose_unwritten(void) {
    unwritten = malloc(40);
    for (int i = 0; i < 3; i++) {
        void *volatile lost = malloc(40);
        if (lost == NULL)
            exit(9);
    }
}

// One for each depth, each as large as that: so each is a site.
static volatile int ends;
__attribute__((noinline)) static void lose_deep(int depth) {
    void *volatile lost = malloc((size_t)depth);

    if (lost != NULL && depth > 1)
        lose_deep(depth - 1);
    lost = NULL;
    ends++;
}

// What is left on the stack.
__attribute__((noinline)) static void wipe(void) {
    volatile char bytes[8192];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = 0;
}

static void *wait_for_ever(void *unused) {
    struct node *volatile here = make(NULL);

    mine = make(make(NULL));
    atomic_fetch_add(&ready, 1);
    while (here != NULL)
        ;
    return unused;
}

// The last that it does: what is left on the stack is right below main's frame,
// where those who end the program have theirs.
__attribute__((noinline)) static void lose_at_last(void) {
    struct node *volatile copies[1000];

    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        copies[i] = i == 0 ? make(NULL) : copies[i - 1];
}

// Whoever has looked at it meanwhile must not have broken a wait.
static int rest(int naps) {
    struct timespec second = {.tv_sec = 1};
    char byte;

    printf("%d\n", (int)getpid());
    fflush(stdout);
    if (naps && nanosleep(&second, NULL) != 0)
        return 6;
    return read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 5;
}

int main(int count, char **words) {
    int loses = 0, threads = 0, waits = 0, naps = 0, lasts = 0, unwrites = 0,
        is_deep = 0;
    pthread_t thread;

    for (int i = 1; i < count; i++) {
        loses |= strcmp(words[i], "lose") == 0;
        threads |= strcmp(words[i], "threads") == 0;
        lasts |= strcmp(words[i], "last") == 0;
        unwrites |= strcmp(words[i], "unwritten") == 0;
        is_deep |= strcmp(words[i], "deep") == 0;
        waits |= strcmp(words[i], "wait") == 0;
        naps |= strcmp(words[i], "nap") == 0;
    }
    kept = make(make(make(NULL)));
    mine = make(NULL);
    large = malloc(3000000);
    inside = (char *)malloc(1000) + 500;
    mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *mapped = make(NULL);
    *(struct node **)large = make(NULL);
    if (loses) {
        lose();
        lose_ring();
    }
    if (is_deep)
        lose_deep(120);
    if (unwrites)
        lose_unwritten();
    if (threads && pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
        return 8;
    while (threads && atomic_load(&ready) == 0)
        ;
    wipe();
    if (lasts)
        lose_at_last();
    return waits ? rest(naps) : 0;
}
