// observe.c - running a program and knowing what it asked of the allocator.
#include "viewer/verify/observe.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

bool observe_run(struct verification *v, struct observed *o,
                 const char *library, bool is_moved, struct failure *failure) {
    o->run = (struct verify_run){
        .library = library,
        .other = library == v->release ? v->instrumented : v->release,
        .is_moved = is_moved};
    if (!verify_run(&v->stage, &o->run, v->program.path, v->words, failure))
        return false;
    if (WIFSIGNALED(o->run.status) && WTERMSIG(o->run.status) == SIGINT)
        return fail(failure, "interrupted");
    if (!verify_log_open(&o->log, o->run.log, failure))
        return false;
    o->is_there = true;
    if (o->log.head->images && !o->log.head->has_places)
        return fail(failure,
                    "the library \"%s\" does not tell where blocks are; is it "
                    "of another version?",
                    library);
    if (o->log.head->images && !verify_run_had(&v->stage, o->log.head->library))
        return fail(failure, "the library \"%s\" cannot be preloaded", library);
    if (o->log.calls == 0)
        return fail(failure,
                    "%s asked for no memory by malloc or new, or nothing can "
                    "be preloaded into it",
                    v->words[0]);
    return true;
}

void observe_forget(struct observed *o) {
    if (!o->is_there)
        return;
    verify_log_close(&o->log);
    unlink(o->run.log);
    o->is_there = false;
}
