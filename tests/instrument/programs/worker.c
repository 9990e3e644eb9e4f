// worker.c - a server's way: what root has begun goes on as somebody else.
// Arguments: "user", or "jail" and an empty folder that becomes the root folder
// too. Gives up being root, and only then forks a worker that allocates, and
// one of that worker's. Prints what they end with: 7 7.
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

static int work(void) {
    allocate(1001);
    pid_t other = fork();
    if (other == 0) {
        allocate(1002);
        exit(7);
    }
    return status_of(other);
}

int main(int count, char **arguments) {
    allocate(1000);
    if (count > 2 && (chroot(arguments[2]) != 0 || chdir("/") != 0))
        return 1;
    if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        return 2;
    pid_t worker = fork();
    if (worker == 0)
        exit(work());
    printf("%d %s\n", status_of(worker), arguments[1]);
    return 0;
}
