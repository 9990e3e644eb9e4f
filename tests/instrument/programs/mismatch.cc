// mismatch.cc - frees blocks in another way than they were made, or well.
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

// The compiler must not see what it is about.
void *hidden(void *pointer) {
    void *volatile copy = pointer;

    return copy;
}

__attribute__((noinline)) void *make(const char *how) {
    if (std::strcmp(how, "malloc") == 0)
        return std::malloc(40);
    if (std::strcmp(how, "new") == 0)
        return ::operator new(40);
    if (std::strcmp(how, "aligned") == 0)
        return ::operator new(40, std::align_val_t(128));
    return ::operator new[](40);
}

__attribute__((noinline)) void give_back(void *block, const char *how) {
    if (std::strcmp(how, "free") == 0)
        std::free(block);
    else if (std::strcmp(how, "delete") == 0)
        ::operator delete(block);
    else if (std::strcmp(how, "delete[]") == 0)
        ::operator delete[](block);
    else if (std::strcmp(how, "aligned") == 0)
        ::operator delete(block, std::align_val_t(128));
    else
        ::operator delete(block, std::strtoul(how, nullptr, 10));
}

} // namespace

int main(int, char **words) {
    give_back(hidden(make(words[1])), words[2]);
}
