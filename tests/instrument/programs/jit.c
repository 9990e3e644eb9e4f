// jit.c - calls malloc through code that is in no file, and tells of it as a
// run-time compiler does: argument 1 is what to write into /tmp/perf-PID.map,
// where START, SIZE and ESC stand for the place of that code, its bytes, and
// the escape character.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) static void work(void) {
    kept = malloc(777);
    __asm__ volatile("");
}

static void tell(const char *text, const void *code, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    FILE *map = fopen(path, "w");
    while (map && *text) {
        if (strncmp(text, "START", 5) == 0) {
            fprintf(map, "%" PRIxPTR, (uintptr_t)code);
            text += 5;
        } else if (strncmp(text, "SIZE", 4) == 0) {
            fprintf(map, "%zx", size);
            text += 4;
        } else if (strncmp(text, "ESC", 3) == 0) {
            fputc(27, map);
            text += 3;
        } else {
            fputc(*text++, map);
        }
    }
    if (map)
        fclose(map);
}

int main(int count, char **words) {
    // push rbp; mov rbp, rsp; call rdi; pop rbp; ret
    static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5,
                                         0xff, 0xd7, 0x5d, 0xc3};
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void (*run)(void (*)(void));
    if (memory == MAP_FAILED || count < 2)
        return 1;
    memcpy(memory, code, sizeof code);
    memcpy(&run, &memory, sizeof run);
    tell(words[1], memory, sizeof code);
    run(work);
    return 0;
}
