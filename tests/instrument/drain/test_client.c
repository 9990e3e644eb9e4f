// test_client.c - tests instrument/drain/client.c: processes with rings that
// were handed over, which may be of somebody else.
#include "instrument/drain/client.h"

#include "instrument/os/clock.h"
#include "instrument/os/handover.h"
#include "instrument/os/system.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET = 5, TOKEN = 6 };

static char folder[] = "/tmp/rpscope-test-XXXXXX";
static struct rp_drainer_names names;
static struct rp_entrance entrance;
static uint64_t number;

static void setup(void) {
    cr_assert(mkdtemp(folder) != NULL);
    rp_clock_start();
    number = rp_system_random();
    snprintf(names.before, sizeof names.before, "%s/run.rptrace", folder);
    entrance = (struct rp_entrance){
        .names = &names, .door = {.secret = SECRET}, .root = 12};
    cr_assert(eq(int, rp_handover_open(number, &entrance.door.socket), 0));
}

static void teardown(void) {
    char command[200];

    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert(eq(int, system(command), 0));
}

TestSuite(client, .init = setup, .fini = teardown);

// Rings as this process would have them, in `file`.
static struct rp_shared *make(struct rp_shm *shm, int *file) {
    cr_assert(eq(
        int, rp_shm_make_unnamed(shm, sizeof(struct rp_shared), 4096, 0, file),
        0));
    struct rp_shared *shared = rp_shared_of(shm);
    shared->process = (uint32_t)getpid();
    shared->header.trace_id = 1;
    shared->header.process_id = shared->process;
    shared->base_ticks = rp_clock_now();
    shared->base_ns = rp_clock_monotonic();
    shared->layout = rp_layout();
    for (uint32_t i = 0; i < shared->layout.class_count; i++)
        shared->classes[i] = rp_class(i);
    shared->stacks = rp_tree_make(shm);
    snprintf(shared->program, sizeof shared->program, "worker");
    snprintf(shared->wanted, sizeof shared->wanted, "%s/elsewhere.rptrace",
             folder);
    return shared;
}

static struct rp_client *enter(int file) {
    struct rp_handover what = {SECRET, TOKEN};

    cr_assert(eq(int, rp_handover_give(number, &what, file), 0));
    return rp_client_make(&entrance, (uint32_t)getpid(), "", TOKEN);
}

static bool is_there(const char *name) {
    char path[300];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void ends_well(struct rp_client *client) {
    struct rp_trace_end end = {TRACE_EXIT_NORMAL, -1};

    cr_assert(client != NULL && client->drainer != NULL);
    rp_drainer_begin(client->drainer);
    rp_drainer_look(client->drainer, true);
    rp_drainer_end(client->drainer, &end);
    rp_client_free(client);
}

Test(client, has_its_trace_where_the_drainer_wants_it) {
    struct rp_shm shm;
    int file;
    struct rp_shared *shared = make(&shm, &file);
    char name[64];

    shared->exact = shared->force = 1;
    ends_well(enter(file));

    snprintf(name, sizeof name, "run.processes/worker.%d.rptrace",
             (int)getpid());
    cr_assert(is_there(name));
    cr_assert(not(is_there("elsewhere.rptrace")));
}

Test(client, is_called_as_the_first_process_by_its_id) {
    struct rp_shm shm;
    int file;
    char name[64];

    make(&shm, &file);
    snprintf(names.before, sizeof names.before, "%s/server.", folder);
    snprintf(names.after, sizeof names.after, ".rptrace");
    ends_well(enter(file));

    snprintf(name, sizeof name, "server.12.processes/worker.%d.rptrace",
             (int)getpid());
    cr_assert(is_there(name));
}

Test(client, cannot_name_itself_out_of_the_folder) {
    struct rp_shm shm;
    int file;
    struct rp_shared *shared = make(&shm, &file);
    char name[64];

    snprintf(shared->program, sizeof shared->program, "../../up");
    ends_well(enter(file));

    snprintf(name, sizeof name, "run.processes/.._.._up.%d.rptrace",
             (int)getpid());
    cr_assert(is_there(name));
}

Test(client, is_not_let_in_with_memory_that_can_be_cut) {
    struct rp_shm shm;
    int file, other = memfd_create("rings", 0);
    char *copy;

    make(&shm, &file);
    cr_assert(eq(int, ftruncate(other, (off_t)shm.size), 0));
    copy = mmap(NULL, shm.size, PROT_WRITE, MAP_SHARED, other, 0);
    memcpy(copy, shm.base, shm.size);

    cr_assert(enter(other) == NULL);
    cr_assert(not(is_there("run.processes")));
}

Test(client, is_not_let_in_as_another_process) {
    struct rp_shm shm;
    int file;
    struct rp_shared *shared = make(&shm, &file);

    shared->process++;

    cr_assert(enter(file) == NULL);
}

Test(client, is_not_let_in_with_a_text_without_an_end) {
    struct rp_shm shm;
    int file;
    struct rp_shared *shared = make(&shm, &file);

    memset(shared->program, 'x', sizeof shared->program);

    cr_assert(enter(file) == NULL);
}
