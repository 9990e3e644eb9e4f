// linux_child.c - see child.h: by clone(2), with the memory of the caller, who
// stands still until the program has started.
#include "instrument/os/child.h"

#include "instrument/os/system.h"
#include "instrument/os/system_call.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 64 << 10, VARIABLES = 4096 };

struct start {
    const char *path;
    const char *const *words;
    const char **environment;
    int input;
};

// In the child, which has the caller's memory.
static int become(void *argument) {
    const struct start *start = argument;

    rp_system_block(0);
    if (rp_call(SYS_dup3, start->input, STDIN_FILENO, 0, 0) == STDIN_FILENO)
        rp_call(SYS_execve, (long)start->path, (long)start->words,
                (long)start->environment, 0);
    rp_call(SYS_exit, 127, 0, 0, 0);
    return 127;
}

// What this process has, but for what would come into the other, too.
static void fill_environment(const char **to) {
    unsigned used = 0;

    for (char **from = environ;
         from != NULL && *from != NULL && used < VARIABLES - 1; from++)
        if (strncmp(*from, "LD_PRELOAD=", 11) != 0 &&
            strncmp(*from, "RPSCOPE_CHECK=", 14) != 0)
            to[used++] = *from;
    to[used] = NULL;
}

static void send_all(int file, const char *text, size_t bytes) {
    while (bytes > 0) {
        long done = syscall(SYS_sendto, file, text, bytes, MSG_NOSIGNAL, 0, 0);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break;
        text += done;
        bytes -= (size_t)done;
    }
    rp_call(SYS_shutdown, file, SHUT_WR, 0, 0);
}

static void take_answer(int file, char *answer, size_t room) {
    while (answer != NULL && room > 0) {
        long done = rp_call(SYS_read, file, (long)answer, (long)room, 0);
        if (done == -EINTR)
            continue;
        if (done <= 0)
            break;
        answer += done;
        room -= (size_t)done;
    }
}

static int end_of(long child) {
    int status = 0;
    long ended;

    do
        ended = rp_call(SYS_wait4, child, (long)&status, __WALL, 0);
    while (ended == -EINTR);
    return ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int rp_child_run(const char *path, const char *const *words, const char *text,
                 size_t bytes, char *answer, size_t room) {
    int saved = errno, ends[2], code = -1;
    size_t area_bytes = STACK_BYTES + VARIABLES * sizeof(char *);
    char *area = rp_system_map(area_bytes, RP_MAP_KEPT);

    if (area == NULL)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
        struct start start = {path, words, (const char **)(void *)area,
                              ends[1]};
        fill_environment(start.environment);
        // No handler of the program may run in the child.
        uint64_t before = rp_system_block(UINT64_MAX);
        long child =
            clone(become, area + area_bytes, CLONE_VM | CLONE_VFORK, &start);
        close(ends[1]);
        if (child > 0) {
            send_all(ends[0], text, bytes);
            take_answer(ends[0], answer, room);
            code = end_of(child);
        }
        close(ends[0]);
        rp_system_block(before);
    }
    rp_system_unmap(area, area_bytes);
    errno = saved;
    return code;
}
