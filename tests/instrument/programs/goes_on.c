// goes_on.c - main ends while three threads allocate and free on, also blocks
// whose memory comes from the system and goes back to it.
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 3, KEPT = 64, HUGE_MASK = 0x7fffff, SMALL_MASK = 0xfff };

static void *work(void *argument) {
    static __thread void *kept[KEPT];
    uint32_t random = (uint32_t)(uintptr_t)argument;

    for (;;) {
        random = random * 1103515245 + 12345;
        void **place = &kept[random >> 16 & (KEPT - 1)];
        free(*place);
        *place = malloc(random >> 4 &
                        ((random >> 8) % 16 == 0 ? HUGE_MASK : SMALL_MASK));
    }
    return NULL;
}

int main(void) {
    pthread_t thread;

    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&thread, NULL, work, (void *)(i + 1)) != 0 ||
            pthread_detach(thread) != 0)
            return 1;
    usleep(20000);
    return 0;
}
