// trace_path.c - where a recording writes its trace.
#include "viewer/record/trace_path.h"
#include "viewer/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Whether a file can be made, or overwritten, at the path that was given.
static bool trace_path_is_free(const struct trace_path *trace,
                               const char *given, bool force,
                               struct failure *failure) {
    struct stat status;
    // A symbolic link is not followed: with force, it is what is replaced.
    bool there = lstat(trace->path, &status) == 0;
    bool link = there && S_ISLNK(status.st_mode);
    if (!*text_base_name(given) || (there && !link && !S_ISREG(status.st_mode)))
        return fail(failure, "cannot write the trace to \"%s\": it is %s",
                    given,
                    !there || S_ISDIR(status.st_mode) ? "a folder" : "no file");
    if (there && !force)
        return fail(failure, "\"%s\" is there already; --force overwrites it",
                    given);
    if (there && !link && eaccess(trace->path, W_OK) != 0)
        return fail(failure, "cannot write \"%s\": %s", given, strerror(errno));
    return true;
}

bool trace_path_choose(struct trace_path *trace, const char *given, bool force,
                       struct failure *failure) {
    char working[PATH_MAX];
    *trace = (struct trace_path){.shown = given};
    if (!getcwd(working, sizeof working))
        return fail(failure, "cannot tell the working folder: %s",
                    strerror(errno));
    int length = 0;
    if (!given)
        length = snprintf(trace->folder, sizeof trace->folder, "%s", working);
    else if (*given == '/')
        length = snprintf(trace->path, sizeof trace->path, "%s", given);
    else
        length =
            snprintf(trace->path, sizeof trace->path, "%s/%s", working, given);
    if ((size_t)length >= sizeof trace->path)
        return fail(failure, "cannot write \"%s\": the path is too long",
                    given ? given : working);
    if (given) {
        memcpy(trace->folder, trace->path, sizeof trace->folder);
        trace->folder[text_base_name(trace->folder) - trace->folder] = 0;
        if (!trace_path_is_free(trace, given, force, failure))
            return false;
    }
    if (eaccess(trace->folder, W_OK | X_OK) != 0)
        return fail(failure, "cannot write into the folder \"%s\": %s",
                    trace->folder, strerror(errno));
    return true;
}

void trace_path_parts(const struct trace_path *trace, const char *command,
                      char *before, size_t room, char *after,
                      size_t after_room) {
    snprintf(after, after_room, "%s", *trace->path ? "" : ".rptrace");
    if (*trace->path)
        snprintf(before, room, "%s", trace->path);
    else
        snprintf(before, room, "%.*s/%s.", PATH_MAX - 300, trace->folder,
                 text_base_name(command));
}

void trace_path_name(struct trace_path *trace, const char *command,
                     pid_t process) {
    if (!*trace->path) {
        char before[PATH_MAX], after[16];
        trace_path_parts(trace, command, before, sizeof before, after,
                         sizeof after);
        snprintf(trace->path, sizeof trace->path, "%.*s%d%s", PATH_MAX - 32,
                 before, (int)process, after);
    }
    if (!trace->shown)
        trace->shown = text_base_name(trace->path);
}
