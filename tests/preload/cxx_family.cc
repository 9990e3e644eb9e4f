// cxx_family.cc - operator new and delete in all their forms.
//
// Run plainly and with each library in front, it tells its cases in TAP.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

static volatile std::size_t too_much = std::size_t(PTRDIFF_MAX);
static bool failed;

static void tell(bool good, const char *name) {
    std::printf("%sok - %s\n", good ? "" : "not ", name);
    failed |= !good;
}

static bool aligned_to(void *block, std::size_t alignment) {
    return block != nullptr &&
           reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

static bool each_new_goes_with_each_delete_of_its_kind() {
    using std::align_val_t, std::nothrow;
    bool good = true;
    for (std::size_t n = 1; n < 200000; n = n * 5 + 2) {
        void *a = ::operator new(n), *b = ::operator new(n, nothrow);
        void *c = ::operator new[](n), *d = ::operator new[](n, nothrow);
        void *e = ::operator new(n), *f = ::operator new[](n);
        for (void *block : {a, b, c, d, e, f}) {
            good &= aligned_to(block, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
            std::memset(block, 1, n);
        }
        ::operator delete(a);
        ::operator delete(b, nothrow);
        ::operator delete[](c);
        ::operator delete[](d, nothrow);
        ::operator delete(e, n);
        ::operator delete[](f, n);
        for (std::size_t alignment = 32; alignment <= 65536; alignment *= 8) {
            align_val_t to{alignment};
            void *g = ::operator new(n, to),
                 *h = ::operator new(n, to, nothrow);
            void *i = ::operator new[](n, to),
                 *j = ::operator new[](n, to, nothrow);
            void *k = ::operator new(n, to), *l = ::operator new[](n, to);
            for (void *block : {g, h, i, j, k, l}) {
                good &= aligned_to(block, alignment);
                std::memset(block, 1, n);
            }
            ::operator delete(g, to);
            ::operator delete(h, to, nothrow);
            ::operator delete[](i, to);
            ::operator delete[](j, to, nothrow);
            ::operator delete(k, n, to);
            ::operator delete[](l, n, to);
        }
    }
    return good;
}

template <class Call> static bool throws_bad_alloc(Call call) {
    try {
        call();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

static bool too_large_throws_bad_alloc() {
    std::align_val_t to{64};
    return throws_bad_alloc([] { return ::operator new(too_much); }) &&
           throws_bad_alloc([] { return ::operator new[](too_much); }) &&
           throws_bad_alloc([&] { return ::operator new(too_much, to); }) &&
           throws_bad_alloc([&] { return ::operator new[](too_much, to); });
}

static bool too_large_without_throw_gives_null() {
    std::align_val_t to{64};
    return ::operator new(too_much, std::nothrow) ==
           nullptr && ::operator new[](too_much, std::nothrow) ==
           nullptr && ::operator new(too_much, to, std::nothrow) ==
           nullptr && ::operator new[](too_much, to, std::nothrow) == nullptr;
}

static int handler_calls;
static void handler() {
    if (++handler_calls == 3)
        std::set_new_handler(nullptr);
}

static bool the_new_handler_is_called_until_it_gives_up() {
    std::set_new_handler(handler);
    return throws_bad_alloc([] { return ::operator new(too_much); }) &&
           handler_calls == 3;
}

struct no_more_memory {};

static bool the_new_handler_may_throw_what_it_likes() {
    bool good = false;
    std::set_new_handler([] { throw no_more_memory(); });
    try {
        ::operator delete(::operator new(too_much));
    } catch (const no_more_memory &) {
        good = true;
    }
    std::set_new_handler(nullptr);
    return good;
}

static bool containers_cross_threads() {
    std::map<std::string, std::vector<std::shared_ptr<std::string>>> all;
    for (int round = 0; round < 8; round++) {
        std::thread writer([&] {
            for (int i = 0; i < 3000; i++)
                all["key " + std::to_string(i * 7919 % 1009)].push_back(
                    std::make_shared<std::string>(std::size_t(i % 90), 'x'));
        });
        writer.join();
        for (auto at = all.begin(); at != all.end();)
            at = at->second.size() % 2 ? all.erase(at) : std::next(at);
    }
    for (auto &[key, values] : all)
        if (values.empty())
            return false;
    return true;
}

#define TELL(name) tell(name(), #name)

int main() {
    TELL(each_new_goes_with_each_delete_of_its_kind);
    TELL(too_large_throws_bad_alloc);
    TELL(too_large_without_throw_gives_null);
    TELL(the_new_handler_is_called_until_it_gives_up);
    TELL(the_new_handler_may_throw_what_it_likes);
    TELL(containers_cross_threads);
    return failed;
}
