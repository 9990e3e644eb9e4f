// worker.c - a server's way: what root has begun goes on as somebody else.
// Arguments: "user"; or "jail" and an empty folder that becomes the root folder
// too; or "waits" and a file, until the worker finds that. Gives up being root,
// and only then forks a worker that allocates, and one of that worker's. Prints
// what they end with, and the first argument.
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, BLOCKS = 5000, KEPT = 10 };

static void allocate(size_t size) {
    void *kept[KEPT] = {NULL};

    for (int i = 0; i < BLOCKS; i++) {
        free(kept[i % KEPT]);
        kept[i % KEPT] = malloc(size);
    }
}

static int status_of(pid_t worker) {
    int status = -1;

    waitpid(worker, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int work(const char *awaited) {
    allocate(1001);
    while (awaited != NULL && access(awaited, F_OK) != 0)
        usleep(10000);
    pid_t other = fork();
    if (other == 0) {
        allocate(1002);
        exit(7);
    }
    return status_of(other);
}

int main(int count, char **arguments) {
    int waits = count > 2 && strcmp(arguments[1], "waits") == 0;

    allocate(1000);
    if (count > 2 && !waits && (chroot(arguments[2]) != 0 || chdir("/") != 0))
        return 1;
    if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        return 2;
    pid_t worker = fork();
    if (worker == 0)
        exit(work(waits ? arguments[2] : NULL));
    printf("%d %s\n", status_of(worker), arguments[1]);
    return 0;
}
