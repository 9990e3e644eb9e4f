// sized.cc - gives a block back by a size: as the argument says, the right one,
// or a wrong one. Tells that it lived.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

extern "C" {
__attribute__((weak)) void free_sized(void *block, std::size_t size);
__attribute__((weak)) void free_aligned_sized(void *block,
                                              std::size_t alignment,
                                              std::size_t size);
}

static bool right() {
    for (std::size_t n = 0; n < 5000000; n = n * 3 + 1) {
        ::operator delete(::operator new(n), n);
        ::operator delete[](::operator new[](n), n);
        ::operator delete (::operator new (n, std::align_val_t{64}), n,
                           std::align_val_t{64});
        free_sized(std::malloc(n), n);
        free_sized(std::realloc(std::malloc(n), n * 2 + 1), n * 2 + 1);
        free_aligned_sized(std::aligned_alloc(256, n), 256, n);
    }
    ::operator delete(nullptr, 10);
    free_sized(nullptr, 10);
    free_aligned_sized(nullptr, 16, 10);
    return true;
}

int main(int, char **arguments) {
    const char *what = arguments[1];
    bool known = std::strcmp(what, "right") == 0 && right();

    if (std::strcmp(what, "delete") == 0) {
        ::operator delete(::operator new(200), 100);
        known = true;
    } else if (std::strcmp(what, "large-delete") == 0) {
        ::operator delete(::operator new(400000), 100000);
        known = true;
    } else if (std::strcmp(what, "free") == 0) {
        free_sized(std::malloc(100), 5000);
        known = true;
    } else if (std::strcmp(what, "aligned") == 0) {
        free_aligned_sized(std::aligned_alloc(64, 100), 1 << 20, 100);
        known = true;
    }
    std::puts(known ? "lived" : "what?");
    return 0;
}
