// test_handover.c - tests instrument/os/linux_handover.c and sealed memory.
#include "instrument/os/handover.h"

#include "instrument/os/system.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t number;
static int door;

static void setup(void) {
    number = rp_system_random();
    cr_assert(eq(int, rp_handover_open(number, &door), 0));
}

TestSuite(handover, .init = setup);

static int memory(const char *text) {
    int file;

    cr_assert(eq(int, rp_system_share_unnamed(4096, &file), 0));
    cr_assert(eq(int, rp_system_write_at(file, text, strlen(text), 0), 0));
    return file;
}

Test(handover, brings_the_file_its_words_and_who_sent_it) {
    struct rp_handover sent = {11, 22}, came;
    uint32_t process;
    char text[6] = "";
    int file = memory("hello"), taken;

    cr_assert(eq(int, rp_handover_give(number, &sent, file), 0));
    close(file);

    cr_assert(eq(int, rp_handover_take(door, &came, &process, &taken), 0));
    cr_assert(eq(u64, came.secret, 11));
    cr_assert(eq(u64, came.token, 22));
    cr_assert(eq(u32, process, (uint32_t)getpid()));
    cr_assert(eq(sz, rp_system_read_at(taken, text, 5, 0), 5));
    cr_assert(strcmp(text, "hello") == 0);
    cr_assert(fcntl(taken, F_GETFD) & FD_CLOEXEC);
}

Test(handover, comes_from_a_child_in_another_root_folder_too) {
    struct rp_handover sent = {1, 2}, came;
    uint32_t process;
    int file = memory("x"), taken, status;
    pid_t child = fork();

    if (child == 0) {
        bool moved =
            geteuid() != 0 || (chroot("/proc") == 0 && chdir("/") == 0);
        _exit(moved ? rp_handover_give(number, &sent, file) : 99);
    }
    waitpid(child, &status, 0);

    cr_assert(eq(int, status, 0));
    cr_assert(eq(int, rp_handover_take(door, &came, &process, &taken), 0));
    cr_assert(eq(u32, process, (uint32_t)child));
}

Test(handover, has_nothing_when_nobody_came) {
    struct rp_handover came;
    uint32_t process;
    int taken;

    cr_assert(eq(int, rp_handover_take(door, &came, &process, &taken), EAGAIN));
}

Test(handover, is_refused_where_there_is_no_door) {
    struct rp_handover sent = {0};

    cr_assert(
        eq(int, rp_handover_give(number + 1, &sent, memory("")), ECONNREFUSED));
}

// ---- what else may come ----

// Sends some bytes and files to the door.
static void send_there(size_t bytes, const int *files, size_t count) {
    char control[CMSG_SPACE(8 * sizeof(int))] = {0}, text[64] = "";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1,
                          "rpscope-%016llx", (unsigned long long)number);
    struct iovec part = {text, bytes};
    struct msghdr message = {
        .msg_name = &address,
        .msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                                   (size_t)length),
        .msg_iov = &part,
        .msg_iovlen = 1};
    int sender = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(count * sizeof *files);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(count * sizeof *files);
        memcpy(CMSG_DATA(head), files, count * sizeof *files);
    }
    cr_assert(sendmsg(sender, &message, 0) >= 0);
    close(sender);
}

static int count_open(void) {
    int count = 0;

    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

Test(handover, drops_what_is_too_short_too_long_or_without_a_file) {
    struct rp_handover came;
    uint32_t process;
    int file = memory(""), taken;
    const size_t sizes[] = {0, 8, 15, 17, 64};
    int before = count_open();

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        send_there(sizes[i], &file, 1);
    send_there(16, NULL, 0);

    for (size_t i = 0; i <= sizeof sizes / sizeof *sizes; i++)
        cr_assert(
            eq(int, rp_handover_take(door, &came, &process, &taken), EBADMSG));
    cr_assert(eq(int, count_open(), before));
}

Test(handover, keeps_none_of_many_files) {
    struct rp_handover came;
    uint32_t process;
    int file = memory(""), taken;
    int before = count_open();

    for (size_t count = 2; count <= 8; count++) {
        const int files[8] = {file, file, file, file, file, file, file, file};
        send_there(16, files, count);
        cr_assert(
            eq(int, rp_handover_take(door, &came, &process, &taken), EBADMSG));
    }
    cr_assert(eq(int, count_open(), before));
}

// ---- sealed memory ----

Test(handover, of_sealed_memory_leaves_it_as_large_as_it_is) {
    int file = memory(""), other;

    cr_assert(rp_system_is_sealed(file));
    cr_assert(eq(int, ftruncate(file, 0), -1));
    cr_assert(eq(int, rp_system_grow(file, 8192), 0));
    other = open("/proc/self/exe", O_RDONLY);
    cr_assert(not(rp_system_is_sealed(other)));
}

// Whoever writes to a closed stdout must not write into it.
Test(handover, of_memory_takes_none_of_the_first_three_descriptors) {
    int status;
    pid_t child = fork();

    if (child == 0) {
        int file = -1;
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        bool made = rp_system_share_unnamed(4096, &file) == 0;
        bool kept = fcntl(STDIN_FILENO, F_GETFD) < 0 &&
                    fcntl(STDOUT_FILENO, F_GETFD) < 0;
        _exit(made && kept && file > STDERR_FILENO ? 0 : 1);
    }
    waitpid(child, &status, 0);

    cr_assert(eq(int, status, 0));
}
