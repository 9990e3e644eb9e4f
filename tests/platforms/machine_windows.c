// machine_windows.c - threads as Windows has them.
#include "tests/platforms/machine.h"

#include <stdlib.h>
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

struct start {
    void (*work)(int index, void *context);
    int index;
    void *context;
};

static DWORD WINAPI thread_main(void *argument) {
    const struct start *start = argument;

    start->work(start->index, start->context);
    return 0;
}

void machine_run(int count, void (*work)(int index, void *context),
                 void *context) {
    struct start starts[64];
    HANDLE threads[64];

    for (int i = 0; i < count; ++i) {
        starts[i] = (struct start){work, i, context};
        threads[i] = CreateThread(NULL, 0, thread_main, &starts[i], 0, NULL);
        if (threads[i] == NULL)
            abort();
    }
    for (int i = 0; i < count; ++i) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
}
