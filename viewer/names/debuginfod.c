// debuginfod.c - debug files from servers, by elfutils' own program.
#include "viewer/names/debuginfod.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LIMIT_S = 90,    // for one file, as elfutils has it
    NOT_FOUND = 127, // exit code when there is no such program
};

// elfutils' variable, which it takes for the slowness of a server that still
// answers.
static int limit_s(void) {
    const char *text = getenv("DEBUGINFOD_TIMEOUT");
    int value = text ? atoi(text) : 0;
    return value > 0 && value < LIMIT_S ? value : LIMIT_S;
}

void debuginfod_take_over(struct debuginfod *servers) {
    const char *urls = getenv("DEBUGINFOD_URLS");
    *servers = (struct debuginfod){.urls = ""};
    if (urls)
        snprintf(servers->urls, sizeof servers->urls, "%s", urls);
    unsetenv("DEBUGINFOD_URLS");
}

const char *debuginfod_trouble(const struct debuginfod *servers) {
    return servers->trouble[0] ? servers->trouble : NULL;
}

bool debuginfod_id_text(const uint8_t *id, size_t bytes,
                        char text[2 * DEBUGINFOD_ID_BYTES + 1]) {
    if (bytes < 2 || bytes > DEBUGINFOD_ID_BYTES)
        return false;
    for (size_t i = 0; i < bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", id[i]);
    return true;
}

// In the child.
static _Noreturn void ask(const struct debuginfod *servers, const char *id,
                          int answer) {
    int nothing = open("/dev/null", O_RDWR);
    setpgid(0, 0); // so that whatever it starts ends with it
    dup2(nothing, STDIN_FILENO);
    dup2(answer, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    setenv("DEBUGINFOD_URLS", servers->urls, 1);
    execlp("debuginfod-find", "debuginfod-find", "debuginfo", id, (char *)NULL);
    _exit(NOT_FOUND);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Reads what it says until it ends; false when the time is over.
static bool listen_to(int answer, char path[PATH_MAX]) {
    int64_t end = now_ms() + limit_s() * 1000;
    size_t length = 0;
    for (;;) {
        struct pollfd ready = {.fd = answer, .events = POLLIN};
        int64_t left = end - now_ms();
        int found = left > 0 ? poll(&ready, 1, (int)left) : 0;
        if (found < 0 && errno == EINTR)
            continue;
        if (found <= 0)
            return false;
        ssize_t got = read(answer, path + length, PATH_MAX - 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    path[length] = '\0';
    path[strcspn(path, "\n")] = '\0';
    return true;
}

bool debuginfod_find(struct debuginfod *servers, const uint8_t *id,
                     size_t bytes, char path[PATH_MAX]) {
    char text[2 * DEBUGINFOD_ID_BYTES + 1];
    int pipes[2], status = 0;
    if (servers->trouble[0] || !debuginfod_id_text(id, bytes, text))
        return false;
    if (!servers->urls[0]) {
        snprintf(servers->trouble, sizeof servers->trouble,
                 "no server was asked: DEBUGINFOD_URLS is not set");
        return false;
    }
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    pid_t child = fork();
    if (child == 0)
        ask(servers, text, pipes[1]);
    close(pipes[1]);
    bool in_time = child > 0 && listen_to(pipes[0], path);
    close(pipes[0]);
    if (child < 0)
        return false;
    if (!in_time) {
        kill(-child, SIGKILL);
        kill(child, SIGKILL);
        snprintf(servers->trouble, sizeof servers->trouble,
                 "debuginfod-find had no answer within %d s; nothing more was "
                 "asked for",
                 limit_s());
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
        snprintf(servers->trouble, sizeof servers->trouble,
                 "no server was asked: there is no program debuginfod-find "
                 "(elfutils' package debuginfod)");
    return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
           path[0] == '/';
}
