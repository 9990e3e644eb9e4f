// early.c - its first allocation takes for ever: it makes the call that would
// make its trace wait for an answer that nobody gives. Meanwhile a signal
// handler allocates. Each time it prints how often it has.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { BYTES = 777, FIRST_US = 10000, EVERY_US = 100000 };

// It comes again and again, whatever it has interrupted: on a busy machine the
// first allocation may be one of its own, or of what comes before it, and then
// it never comes to its end.
static void on_alarm(int signal) {
    static int count;
    char text[16];

    (void)signal;
    for (int i = 0; i < 100; i++) {
        void *volatile block = malloc(BYTES);
        free(block);
    }
    count += 100;
    int length = snprintf(text, sizeof text, "%d\n", count);
    if (write(STDOUT_FILENO, text, (size_t)length) != length)
        _exit(1);
}

static void hold_new_files(void) {
    enum { FLAGS = offsetof(struct seccomp_data, args[2]) }; // the lower half
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FLAGS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    // The file that answers would come through stays open, and is not read.
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) < 0)
        _exit(2);
}

int main(void) {
    struct sigaction action = {.sa_handler = on_alarm,
                               .sa_flags = SA_RESTART | SA_NODEFER};
    struct itimerval often = {{0, EVERY_US}, {0, FIRST_US}};

    hold_new_files();
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    void *volatile first = malloc(1);
    free(first);
    return 0;
}
