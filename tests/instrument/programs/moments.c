// moments.c - frees a block twice, or once, at a moment when little can be
// done.
//
// moments WHEN [good]. WHEN: handler (of a signal), stack (the same, on a stack
// of its own), before (main), after (the program's last destructor), or the
// path of a library, whose misuse() does it, or its own last destructor.
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *when = "";
static int is_good;
static void *volatile block; // so that the compiler does not see what it is
static volatile int ends;    // of functions: so that no call is their last deed

__attribute__((noinline)) static void free_twice(void) {
    block = malloc(40);
    free(block);
    if (!is_good)
        free(block);
    ends++;
}

static void on_signal(int number) {
    (void)number;
    free_twice();
    ends++;
}

__attribute__((constructor(101))) static void before(int count, char **words) {
    if (count < 2)
        return;
    when = words[1];
    is_good = count > 2 && strcmp(words[2], "good") == 0;
    if (strcmp(when, "before") == 0)
        free_twice();
    ends++;
}

__attribute__((destructor(101))) static void after(void) {
    if (strcmp(when, "after") == 0)
        free_twice();
    ends++;
}

static void in_handler(int flags) {
    static char bytes[64 << 10];
    stack_t stack = {.ss_sp = bytes, .ss_size = sizeof bytes};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};

    if (sigaltstack(&stack, NULL) == 0 &&
        sigaction(SIGUSR1, &action, NULL) == 0)
        raise(SIGUSR1);
}

static void in_library(void) {
    void *library = dlopen(when, RTLD_NOW);
    void (*misuse)(int is_good) = NULL;

    if (library == NULL) {
        puts(dlerror());
        exit(3);
    }
    *(void **)&misuse = dlsym(library, "misuse");
    misuse(is_good);
}

int main(int count, char **words) {
    (void)words;
    if (count < 2)
        return 2;
    if (strcmp(when, "handler") == 0)
        in_handler(0);
    else if (strcmp(when, "stack") == 0)
        in_handler(SA_ONSTACK);
    else if (when[0] == '/')
        in_library();
    return 0;
}
