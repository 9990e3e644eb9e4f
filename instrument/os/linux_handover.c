// linux_handover.c - fulfils handover.h.
#include "instrument/os/handover.h"

#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/os/system_call.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum { MOST_FILES = 4, TRIES = 2000, BETWEEN_NS = 1000000 };

// A name that begins with NUL is in no file system.
static socklen_t name_of(uint64_t number, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    struct rp_line line =
        rp_line_start(address->sun_path + 1, sizeof address->sun_path - 1);

    rp_line_text(&line, "rpscope-");
    rp_line_id(&line, number);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + line.used);
}

static long open_socket(void) {
    return rp_call(SYS_socket, AF_UNIX,
                   SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0);
}

int rp_handover_open(uint64_t number, int *socket) {
    struct sockaddr_un address;
    socklen_t bytes = name_of(number, &address);
    long made = open_socket();
    int saved = errno, yes = 1;

    if (made < 0)
        return (int)-made;
    long error = rp_call(SYS_bind, made, (long)&address, bytes, 0);
    if (error == 0 &&
        setsockopt((int)made, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) != 0)
        error = -errno;
    errno = saved;
    if (error != 0)
        rp_system_close((int)made);
    else
        *socket = (int)made;
    return (int)-error;
}

int rp_handover_give(uint64_t number, const struct rp_handover *what,
                     int file) {
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof file)] = {0};
    struct rp_handover copy = *what;
    struct sockaddr_un address;
    struct iovec part = {&copy, sizeof copy};
    struct msghdr message = {.msg_name = &address,
                             .msg_namelen = name_of(number, &address),
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    const struct timespec pause = {0, BETWEEN_NS};
    long made = open_socket(), sent = -EAGAIN;

    if (made < 0)
        return (int)-made;
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(head), &file, sizeof file);
    for (int i = 0; i < TRIES && sent == -EAGAIN; i++) {
        if (i > 0)
            rp_call(SYS_nanosleep, (long)&pause, 0, 0, 0);
        sent = rp_call(SYS_sendmsg, made, (long)&message, MSG_NOSIGNAL, 0);
    }
    rp_system_close((int)made);
    return sent < 0 ? (int)-sent : 0;
}

// The files of a message, as many as there was room for.
static int files_of(const struct cmsghdr *head, int files[MOST_FILES]) {
    size_t bytes = head->cmsg_len - CMSG_LEN(0);

    if (bytes > MOST_FILES * sizeof *files)
        bytes = MOST_FILES * sizeof *files;
    memcpy(files, CMSG_DATA(head), bytes);
    return (int)(bytes / sizeof *files);
}

int rp_handover_take(int socket, struct rp_handover *what, uint32_t *process,
                     int *file) {
    _Alignas(struct cmsghdr) char
        control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
    struct rp_handover came;
    struct iovec part = {&came, sizeof came};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct ucred sender = {0};
    int files[MOST_FILES], count = 0;
    long bytes = rp_call(SYS_recvmsg, socket, (long)&message,
                         MSG_DONTWAIT | MSG_CMSG_CLOEXEC, 0);

    if (bytes < 0)
        return (int)-bytes;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head != NULL;
         head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET)
            continue;
        if (head->cmsg_type == SCM_RIGHTS && count == 0)
            count = files_of(head, files);
        if (head->cmsg_type == SCM_CREDENTIALS)
            memcpy(&sender, CMSG_DATA(head), sizeof sender);
    }
    bool good = bytes == (long)sizeof came && count == 1 &&
                (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    for (int i = 0; i < count && !good; i++)
        rp_system_close(files[i]);
    if (!good)
        return EBADMSG;
    *what = came;
    *process = (uint32_t)sender.pid;
    *file = files[0];
    return 0;
}
