// containers.cc - uses core/rpmalloc.hpp as a program does, by whichever
// standard it is compiled for. Ends with 0 and "done", or with the line of what
// is wrong.
#include <rpmalloc.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#define EXPECT(condition)                                                      \
    ((condition)                                                               \
         ? (void)0                                                             \
         : (std::printf("line %d: %s\n", __LINE__, #condition), std::exit(1)))

namespace {

struct alignas(256) wide {
    char bytes[300];
};

bool is_aligned(const void *block, std::size_t alignment) {
    return reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

// Of a block of another allocator it would know nothing.
bool is_ours(const void *block, std::size_t size) {
    const std::size_t usable = rpmalloc_usable_size(block);

    return usable >= size && usable < 2 * size + 64;
}

#ifdef __cpp_exceptions
template <class Call> bool is_refused(Call call) {
    try {
        call();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}
#else
template <class Call> bool is_refused(Call) {
    return true; // it would end the program
}
#endif

void standard() {
    using text =
        std::basic_string<char, std::char_traits<char>, rp::allocator<char>>;
    std::vector<int, rp::allocator<int>> numbers(1000, 7);
    std::map<int, text, std::less<int>,
             rp::allocator<std::pair<const int, text>>>
        names;
    std::unordered_map<int, int, std::hash<int>, std::equal_to<int>,
                       rp::allocator<std::pair<const int, int>>>
        hashed;
    std::vector<wide, rp::allocator<wide>> wides(3);
    auto shared = std::allocate_shared<int>(rp::allocator<int>(), 5);

    for (int i = 0; i < 1000; i++) {
        names[i] = text(static_cast<std::size_t>(i), 'x');
        hashed[i] = i;
    }
    EXPECT(names[999].size() == 999 && hashed[999] == 999 && *shared == 5);
    EXPECT(is_ours(numbers.data(), 1000 * sizeof(int)));
    EXPECT(is_aligned(wides.data(), 256));
    EXPECT(rp::allocator<int>() == rp::allocator<char>());
    EXPECT(!(rp::allocator<int>() != rp::allocator<char>()));

    auto moved = std::move(numbers);
    EXPECT(moved.size() == 1000 && moved[999] == 7);
    rp::allocator<int> ints;
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    EXPECT(is_refused([&] { (void)ints.allocate(most / 2); }));
    EXPECT(is_refused([&] { (void)ints.allocate(most / 8); }));
    ints.deallocate(ints.allocate(0), 0);
}

void moving() {
    using text =
        std::basic_string<char, std::char_traits<char>, rp::allocator<char>>;
    std::vector<text, rp::allocator<text>> texts;
    struct rpmalloc_global_statistics sparse, packed;

    for (int i = 0; i < 40000; i++)
        texts.push_back(text(200, static_cast<char>('a' + i % 26)));
    for (int i = 0; i < 40000; i++)
        if (i % 32 != 0)
            text().swap(texts[static_cast<std::size_t>(i)]);
    rpmalloc_thread_collect();
    rpmalloc_global_statistics(&sparse);
    for (bool moves = true; moves;) {
        moves = false;
        for (text &t : texts)
            moves |= rp::repack(t);
    }
    rpmalloc_thread_collect();
    rpmalloc_global_statistics(&packed);
    EXPECT(packed.mapped - packed.segment_free + 4000000 <
           sparse.mapped - sparse.segment_free);
    for (int i = 0; i < 40000; i += 32)
        EXPECT(texts[static_cast<std::size_t>(i)] ==
               text(200, static_cast<char>('a' + i % 26)));
}

void of_a_heap() {
    rp::heap one, other;
    std::vector<int, rp::heap_allocator<int>> numbers{one};
    std::list<wide, rp::heap_allocator<wide>> wides{other};

    for (int i = 0; i < 10000; i++)
        numbers.push_back(i);
    wides.resize(5);
    EXPECT(rpmalloc_get_heap_for_ptr(numbers.data()) == one.native());
    EXPECT(rpmalloc_get_heap_for_ptr(&wides.front()) == other.native());
    EXPECT(is_aligned(&wides.back(), 256));
    EXPECT(rp::heap_allocator<int>(one) == rp::heap_allocator<char>(one));
    EXPECT(rp::heap_allocator<int>(one) != rp::heap_allocator<int>(other));

    // From one heap into another, element by element; within one, as it is.
    std::vector<int, rp::heap_allocator<int>> there(numbers, other);
    EXPECT(rpmalloc_get_heap_for_ptr(there.data()) == other.native());
    const int *before = numbers.data();
    there = std::move(numbers);
    EXPECT(there.data() == before && there[9999] == 9999);
    EXPECT(rpmalloc_get_heap_for_ptr(there.data()) == one.native());
    EXPECT(is_refused([&] { (void)one.get(PTRDIFF_MAX); }));
    one.give(one.get(100));
    one.give(nullptr);
    other.give(other.get(1, 4096));
}

void all_at_once() {
    rp::heap level;
    struct rpmalloc_global_statistics full, empty;

    for (int i = 0; i < 100000; i++)
        (void)level.get(200);
    rpmalloc_global_statistics(&full);
    level.give_all();
    rpmalloc_collect_all();
    rpmalloc_global_statistics(&empty);
    EXPECT(empty.mapped + 10000000 < full.mapped);
}

#ifdef RPMALLOC_HAS_RESOURCES
void resources() {
    rp::heap level;
    std::pmr::vector<std::pmr::string> mine{&level};
    std::pmr::vector<int> plain{rp::resource()};

    for (int i = 0; i < 100; i++) {
        mine.emplace_back(200, 'x');
        plain.push_back(i);
    }
    EXPECT(rpmalloc_get_heap_for_ptr(mine.data()) == level.native());
    EXPECT(rpmalloc_get_heap_for_ptr(mine[99].data()) == level.native());
    EXPECT(is_ours(plain.data(), 100 * sizeof(int)));
    EXPECT(*rp::resource() == *rp::resource());
    EXPECT(!(*rp::resource() == level) && level == level);
    EXPECT(is_aligned(rp::resource()->allocate(1, 1024), 1024));
    EXPECT(is_refused([] { (void)rp::resource()->allocate(PTRDIFF_MAX, 16); }));
    EXPECT(is_refused([&] { (void)level.allocate(PTRDIFF_MAX, 64); }));
}
#endif

} // namespace

int main() {
    standard();
    moving();
    of_a_heap();
    all_at_once();
#ifdef RPMALLOC_HAS_RESOURCES
    resources();
#elif __cplusplus >= 201703L
#error "C++17 has memory resources"
#endif
    std::puts("done");
    return 0;
}
