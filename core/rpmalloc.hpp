// rpmalloc.hpp - the allocator for C++ containers, from C++11 on.
//
//   std::vector<int, rp::allocator<int>> numbers;
//
//   rp::heap level; // what dies together, lives together
//   std::vector<int, rp::heap_allocator<int>> more{level};
//
//   std::pmr::vector<int> last{rp::resource()}; // from C++17 on
//   std::pmr::vector<int> most{&level};
//
// When memory is out: std::bad_alloc, or for a count that no memory holds
// std::bad_array_new_length, which is one; where exceptions are turned off, the
// end of the program, by abort. Nothing here is initialized before main, so all
// of it may be used there. No RTTI is needed.
#ifndef RPMALLOC_HPP
#define RPMALLOC_HPP

#include "rpmalloc.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#if __cplusplus >= 201703L && defined(__has_include)
#if __has_include(<memory_resource>)
#define RPMALLOC_HAS_RESOURCES 1
#include <memory_resource>
#endif
#endif

// Not `rpmalloc`, which is a function.
namespace rp {

namespace detail {

// Blocks are aligned so by themselves.
constexpr std::size_t natural_alignment = 16;

template <class Error> [[noreturn]] void refuse() {
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
    throw Error();
#else
    std::abort();
#endif
}

inline void *checked(void *block) {
    if (block == nullptr)
        refuse<std::bad_alloc>();
    return block;
}

template <class T> std::size_t bytes(std::size_t count) {
    if (count > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T))
        refuse<std::bad_array_new_length>();
    return count * sizeof(T);
}

inline void *get(std::size_t alignment, std::size_t size) {
    return checked(alignment > natural_alignment
                       ? ::rpaligned_alloc(alignment, size)
                       : ::rpmalloc(size));
}

inline void *get(struct rpmalloc_heap *heap, std::size_t alignment,
                 std::size_t size) {
    return checked(alignment > natural_alignment
                       ? ::rpmalloc_heap_aligned_alloc(heap, alignment, size)
                       : ::rpmalloc_heap_alloc(heap, size));
}

} // namespace detail

// ---- the thread's heap ----

// A standard allocator. All are equal: what one has allocated, any other one
// frees, in any thread.
template <class T> struct allocator {
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using propagate_on_container_move_assignment = std::true_type;
    using is_always_equal = std::true_type;

    allocator() noexcept = default;
    template <class U> allocator(const allocator<U> &) noexcept {}

    // count: of objects; 0 gives a block, too.
    T *allocate(std::size_t count) {
        return static_cast<T *>(
            detail::get(alignof(T), detail::bytes<T>(count)));
    }
    void deallocate(T *block, std::size_t) noexcept { ::rpfree(block); }
};

template <class T, class U>
bool operator==(const allocator<T> &, const allocator<U> &) noexcept {
    return true;
}
template <class T, class U>
bool operator!=(const allocator<T> &, const allocator<U> &) noexcept {
    return false;
}

// Moves what a vector or a string holds into new memory, when its memory should
// move (rpmalloc_should_move); returns whether it did, and so invalidated what
// points there. Who asks all of them in turn until none moves, and then calls
// rpmalloc_thread_collect, has spans back that few blocks kept. Throws as
// allocation does, and leaves `sequence` as it was then, but for what its
// elements' own move throws.
template <class Sequence> bool repack(Sequence &sequence) {
    if (sequence.empty() || !::rpmalloc_should_move(sequence.data()))
        return false;
    Sequence moved(sequence.get_allocator());
    moved.reserve(sequence.size());
    for (auto &element : sequence)
        moved.push_back(std::move(element));
    sequence.swap(moved);
    return true;
}

// ---- a heap of one's own ----

#ifdef RPMALLOC_HAS_RESOURCES
#define RPMALLOC_RESOURCE : public std::pmr::memory_resource
#else
#define RPMALLOC_RESOURCE
#endif

// A first-class heap (rpmalloc.h), for as long as this object lives; whatever
// of it still lives then, stays valid. One thread at a time may allocate from
// it. Where there are polymorphic resources, it is one.
class heap RPMALLOC_RESOURCE {
  public:
    heap() : heap_(::rpmalloc_heap_acquire()) { detail::checked(heap_); }
    ~heap() { ::rpmalloc_heap_release(heap_); }
    heap(const heap &) = delete;
    heap &operator=(const heap &) = delete;

    // alignment: a power of two.
    void *get(std::size_t size,
              std::size_t alignment = detail::natural_alignment) {
        return detail::get(heap_, alignment, size);
    }
    // Of this heap, by the thread that may use it; NULL is ignored.
    void give(void *block) noexcept { ::rpmalloc_heap_free(heap_, block); }
    // All that was allocated from it is gone: no destructor is called, and no
    // other thread may be freeing a block of it meanwhile.
    void give_all() noexcept { ::rpmalloc_heap_free_all(heap_); }

    struct rpmalloc_heap *native() const noexcept {
        return heap_;
    }

  private:
#ifdef RPMALLOC_HAS_RESOURCES
    void *do_allocate(std::size_t size, std::size_t alignment) override {
        return get(size, alignment);
    }
    void do_deallocate(void *block, std::size_t, std::size_t) override {
        give(block);
    }
    bool do_is_equal(
        const std::pmr::memory_resource &other) const noexcept override {
        return this == &other;
    }
#endif

    struct rpmalloc_heap *heap_;
};

// A standard allocator from such a heap, which must live longer. Two are equal
// when they are of one heap. A container that is moved takes it along; one that
// is copied uses that of its origin.
template <class T> class heap_allocator {
  public:
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using propagate_on_container_move_assignment = std::true_type;
    using propagate_on_container_swap = std::true_type;
    using is_always_equal = std::false_type;

    // Not explicit: a container is given the heap itself.
    heap_allocator(heap &from) noexcept : heap_(from.native()) {}
    template <class U>
    heap_allocator(const heap_allocator<U> &other) noexcept
        : heap_(other.native()) {}

    T *allocate(std::size_t count) {
        return static_cast<T *>(
            detail::get(heap_, alignof(T), detail::bytes<T>(count)));
    }
    void deallocate(T *block, std::size_t) noexcept {
        ::rpmalloc_heap_free(heap_, block);
    }

    struct rpmalloc_heap *native() const noexcept {
        return heap_;
    }

  private:
    struct rpmalloc_heap *heap_;
};

template <class T, class U>
bool operator==(const heap_allocator<T> &a,
                const heap_allocator<U> &b) noexcept {
    return a.native() == b.native();
}
template <class T, class U>
bool operator!=(const heap_allocator<T> &a,
                const heap_allocator<U> &b) noexcept {
    return !(a == b);
}

// ---- polymorphic memory resources ----

#ifdef RPMALLOC_HAS_RESOURCES
namespace detail {

class thread_resource final : public std::pmr::memory_resource {
    void *do_allocate(std::size_t size, std::size_t alignment) override {
        return get(alignment, size);
    }
    void do_deallocate(void *block, std::size_t, std::size_t) override {
        ::rpfree(block);
    }
    bool do_is_equal(
        const std::pmr::memory_resource &other) const noexcept override {
        return this == &other; // there is only one
    }
};

} // namespace detail

// The heap of whichever thread calls it: one object for all, which is never
// destroyed, so that static containers may use it to the last.
inline std::pmr::memory_resource *resource() noexcept {
    alignas(detail::thread_resource) static unsigned char
        room[sizeof(detail::thread_resource)];
    static std::pmr::memory_resource *const only =
        new (room) detail::thread_resource;

    return only;
}
#endif

} // namespace rp

#undef RPMALLOC_RESOURCE

#endif
