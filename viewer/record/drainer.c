// drainer.c - the process that writes the traces of `rpscope record`.
#include "viewer/record/drainer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "instrument/drain/drainer_process.h"
#include "instrument/os/system.h"
#include "instrument/shm/registration.h"
#include "viewer/record/child.h"

static struct rp_registration *registration;
static char registration_path[PATH_MAX];
static struct rp_drainer_names names;
static pid_t drainer;

static bool drainer_make_registration(const char *folder) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char places[3][PATH_MAX] = {""};
    if (runtime && *runtime == '/')
        snprintf(places[0], PATH_MAX, "%s/rpscope", runtime);
    snprintf(places[1], PATH_MAX, "/dev/shm/rpscope-%u", (unsigned)getuid());
    snprintf(places[2], PATH_MAX, "%s.", folder);
    for (size_t i = 0; i < 3; i++) {
        if (!*places[i] || (i < 2 && !rp_system_private_folder(places[i])))
            continue;
        snprintf(registration_path, sizeof registration_path, "%.*s/.desk.%d",
                 PATH_MAX - 32, places[i], (int)getpid());
        unlink(registration_path); // of a process that had our id
        if (rp_registration_make(registration_path, &registration) == 0)
            return true;
    }
    return false;
}

// The whole life of the drainer.
static _Noreturn void drainer_live(void) {
    static const int ignored[] = {SIGINT,  SIGQUIT, SIGHUP,
                                  SIGTERM, SIGTSTP, SIGPIPE};
    setsid();
    prctl(PR_SET_NAME, "rpscope-drainer");
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    close_range(3, ~0u, 0);
    rp_drainer_process_run(registration, &names);
    unlink(registration_path);
    _exit(0);
}

const char *record_drainer_start(const struct trace_path *trace,
                                 const char *command) {
    if (!drainer_make_registration(trace->folder))
        return NULL;
    trace_path_parts(trace, command, names.before, sizeof names.before,
                     names.after, sizeof names.after);
    registration->opener = (uint32_t)getpid();
    drainer = fork();
    if (drainer == 0)
        drainer_live();
    if (drainer < 0) {
        unlink(registration_path);
        return NULL;
    }
    registration->drainer = (uint32_t)drainer;
    return registration_path;
}

void record_drainer_is_root(void) {
    if (registration)
        registration->root = (uint32_t)getpid();
}

uint32_t record_drainer_end(int status) {
    if (drainer <= 0)
        return 0;
    rp_registration_tell_end(registration, status);
    while (!rp_registration_wait(registration))
        if (waitpid(drainer, NULL, WNOHANG) != 0) {
            unlink(registration_path);
            return 0; // it was killed; each process went on by itself
        }
    uint32_t others = registration->clients;
    registration->opener = 0;
    rp_registration_wait(registration); // wakes it, to see that we leave
    if (others == 0)
        child_wait(drainer, &status);
    return others;
}
