// throws.cc - exceptions that pass frames which allocate, and are caught.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

static volatile unsigned sink;

struct Guard {
    std::string text;
    explicit Guard(unsigned n) : text(100 + n, 'x') {}
    ~Guard() { sink = sink + std::vector<int>(text.size()).size(); }
};

__attribute__((noinline)) static void descend(unsigned depth) {
    Guard guard(depth);

    if (depth == 0)
        throw std::runtime_error(std::string(200, 'e'));
    if (depth % 4 == 0) {
        try {
            descend(depth - 1);
        } catch (const std::exception &error) {
            std::string copy = error.what();
            throw std::logic_error(copy + copy);
        }
    }
    descend(depth - 1);
}

int main() {
    for (unsigned i = 0; i < 500; i++) {
        try {
            descend(i % 15);
        } catch (const std::exception &error) {
            std::string copy = error.what();
            sink = sink + copy.size();
        }
    }
    std::puts("done");
    return 0;
}
