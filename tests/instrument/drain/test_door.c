// test_door.c - tests instrument/drain/door.c.
#include "instrument/drain/door.h"

#include "instrument/os/handover.h"
#include "instrument/os/system.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <unistd.h>

enum { SECRET = 77 };

static uint64_t number;
static struct rp_door door;

static void setup(void) {
    number = rp_system_random();
    door = (struct rp_door){.secret = SECRET};
    cr_assert(eq(int, rp_handover_open(number, &door.socket), 0));
}

TestSuite(door, .init = setup);

// As another process would; the door is looked at in between, since few
// datagrams wait.
static void come(uint64_t secret, uint64_t token) {
    struct rp_handover what = {secret, token};
    int file;

    cr_assert(eq(int, rp_system_share_unnamed(4096, &file), 0));
    cr_assert(eq(int, rp_handover_give(number, &what, file), 0));
    close(file);
}

static int take(uint64_t token) {
    return rp_door_take(&door, token, (uint32_t)getpid());
}

Test(door, gives_each_token_its_file_once) {
    come(SECRET, 1);
    come(SECRET, 2);

    int second = take(2), first = take(1);

    cr_assert(first >= 0 && second >= 0 && first != second);
    cr_assert(eq(int, take(1), -1));
    cr_assert(eq(int, take(3), -1));
}

Test(door, lets_nobody_in_without_the_secret) {
    come(SECRET + 1, 1);

    cr_assert(eq(int, take(1), -1));
    cr_assert(eq(u32, door.count, 0));
}

Test(door, gives_to_no_other_process_what_one_has_handed_over) {
    come(SECRET, 1);

    cr_assert(eq(int, rp_door_take(&door, 1, (uint32_t)getpid() + 1), -1));
    cr_assert(take(1) >= 0);
}

Test(door, closes_the_oldest_when_too_many_wait) {
    for (uint64_t token = 0; token <= RP_DOOR_FILES; token++) {
        come(SECRET, token);
        rp_door_look(&door);
    }
    int oldest = door.files[0].file;

    cr_assert(eq(u32, door.count, RP_DOOR_FILES));
    cr_assert(eq(int, take(0), -1));
    cr_assert(take(1) == oldest);
    cr_assert(take(RP_DOOR_FILES) >= 0);
}

Test(door, closes_what_nobody_asks_for) {
    come(SECRET, 1);
    rp_door_look(&door);
    int file = door.files[0].file;

    for (int i = 0; i < RP_DOOR_PATIENCE; i++)
        rp_door_look(&door);
    cr_assert(eq(u32, door.count, 1));
    rp_door_look(&door);

    cr_assert(eq(u32, door.count, 0));
    cr_assert(eq(int, fcntl(file, F_GETFD), -1));
}

Test(door, without_a_socket_is_closed) {
    close(door.socket);
    door.socket = -1;

    cr_assert(eq(int, take(1), -1));
}
