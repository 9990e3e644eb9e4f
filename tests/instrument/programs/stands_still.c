// stands_still.c - makes and frees 200,000 blocks, from when it is told to go
// until it says that it is done; when nobody tells it, after five minutes.
// Argument: the folder where that is.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCKS = 200000, BYTES = 4321, LOOK_US = 10000, LOOKS = 30000 };

static void touch(const char *name) {
    close(open(name, O_CREAT | O_WRONLY, 0600));
}

int main(int count, char **arguments) {
    char ready[32];

    if (count < 2 || chdir(arguments[1]) != 0)
        return 1;
    void *volatile first = malloc(1);
    free(first);
    snprintf(ready, sizeof ready, "ready.%d", (int)getpid());
    touch(ready);
    for (int i = 0; i < LOOKS && access("go", F_OK) != 0; i++)
        usleep(LOOK_US);
    for (int i = 0; i < BLOCKS; i++) {
        void *volatile block = malloc(BYTES);
        free(block);
    }
    touch("done");
    return 0;
}
