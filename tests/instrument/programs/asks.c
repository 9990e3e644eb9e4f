// asks.c - asks for checks by itself, and then frees a block twice.
//
// asks CHECKS, or late: when it has a block.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char *rpmalloc_check_start(const char *checks)
    __attribute__((weak));

static void *volatile block; // so that the compiler does not see what it is

static void say(const char *text) {
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(9);
}

int main(int count, char **words) {
    int is_late = count > 1 && strcmp(words[1], "late") == 0;

    if (is_late)
        free(block = malloc(1));
    const char *why = rpmalloc_check_start(is_late ? "all" : words[1]);
    if (why != NULL) {
        say(why);
        return 0;
    }
    const char *variable = getenv("RPSCOPE_CHECK");
    block = malloc(40);
    free(block);
    if (variable == NULL || strcmp(variable, "none") != 0)
        free(block);
    return 0;
}
