// rights.c - a program that gives up being root, and waits until each of its
// threads has given up as much as the first; at most 30 s. Argument: user (it
// becomes another), or power (it stays root, without what root may).
#include <dirent.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534, TRIES = 3000, EVERY_US = 10000, BLOCKS = 5000 };

static void allocate(size_t size) {
    for (int i = 0; i < BLOCKS; i++) {
        void *volatile block = malloc(size);
        free(block);
    }
}

static int give_up_user(void) {
    const gid_t groups[] = {NOBODY, 7};

    return setgroups(2, groups) != 0 || setgid(NOBODY) != 0 ||
           setuid(NOBODY) != 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0;
}

static int give_up_power(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];

    memset(none, 0, sizeof none);
    return (int)syscall(SYS_capset, &header, none);
}

// What a thread may, as the kernel tells it.
static void read_rights(const char *thread, char told[4096]) {
    static const char *const lines[] = {
        "Uid:", "Gid:", "Groups:", "CapPrm:", "CapEff:"};
    char path[300], line[512];
    snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
    FILE *file = fopen(path, "r");

    *told = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
            if (strncmp(line, lines[i], strlen(lines[i])) == 0)
                strncat(told, line, 4095 - strlen(told));
    if (file != NULL)
        fclose(file);
}

// Whether all threads may as much; else, what one may.
static int are_alike(char first[4096], char other[4096]) {
    DIR *threads = opendir("/proc/self/task");
    struct dirent *thread;
    char self[24];
    int alike = threads != NULL;

    snprintf(self, sizeof self, "%d", (int)getpid());
    read_rights(self, first);
    while (alike && (thread = readdir(threads)) != NULL)
        if (thread->d_name[0] != '.') {
            read_rights(thread->d_name, other);
            alike = strcmp(first, other) == 0;
        }
    if (threads != NULL)
        closedir(threads);
    return alike;
}

int main(int count, char **arguments) {
    static char first[4096], other[4096];
    int alike = 0;

    allocate(100);
    if (count > 1 && strcmp(arguments[1], "power") == 0 ? give_up_power()
                                                        : give_up_user())
        return 2;
    allocate(200);
    for (int i = 0; i < TRIES && !(alike = are_alike(first, other)); i++)
        usleep(EVERY_US);
    allocate(300);
    printf("%sdumpable %d\n%s%s", first, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
           alike ? "all alike\n" : "a thread has\n", alike ? "" : other);
    return 0;
}
