// no_runtime.c - asks operator new for more than there is, in a program without
// the C++ library, which could throw.
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

int main(void) {
    void *(*operator_new)(size_t size);

    *(void **)&operator_new = dlsym(RTLD_DEFAULT, "_Znwm");
    return operator_new != NULL && operator_new(PTRDIFF_MAX) == NULL ? 1 : 0;
}
