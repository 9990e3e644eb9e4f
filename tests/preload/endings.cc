// endings.cc - objects of C++ that allocate and free when a thread ends, and
// when the program does, after main.
//
// Run plainly and with each library in front, it tells its cases in TAP.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

static std::atomic<int> ended;

// Frees what it has, and allocates as much again, in its destructor.
struct Ending {
    std::map<int, std::string> rows;
    explicit Ending(int count) {
        for (int i = 0; i < count; ++i)
            rows[i] = std::string(static_cast<std::size_t>(i) % 300, 'x');
    }
    ~Ending() {
        std::map<int, std::string> others;
        for (auto &row : rows)
            others[-row.first] = row.second + row.second;
        rows.swap(others);
        ++ended;
    }
};

static void tell(bool good, const char *name) {
    std::printf("%sok - %s\n", good ? "" : "not ", name);
    std::fflush(stdout);
    if (!good)
        std::_Exit(1);
}

static thread_local Ending of_thread(200);
static thread_local std::unique_ptr<std::vector<int>> late;

// Comes after of_thread, which was made before it: destructors go backwards.
struct Last {
    char *block = nullptr;
    ~Last() {
        std::free(block);
        block = static_cast<char *>(std::malloc(5000));
        std::memset(block, 1, 5000);
        std::free(block);
        ++ended;
    }
};
static thread_local Last last;

static void work() {
    last.block = static_cast<char *>(std::malloc(100));
    of_thread.rows[1000] = "used";
    late = std::make_unique<std::vector<int>>(1000);
}

static bool objects_of_threads_allocate_in_their_destructors() {
    for (int i = 0; i < 300; ++i) {
        std::thread one(work), other(work);
        one.join();
        other.join();
    }
    return ended == 1200;
}

// Its destructor comes last of all static ones, as it is made first.
static struct Report {
    ~Report() { tell(ended == 2, "static_objects_allocate_in_destructors"); }
} report;
static Ending first_static(500), second_static(500);

int main() {
    tell(objects_of_threads_allocate_in_their_destructors(),
         "objects_of_threads_allocate_in_their_destructors");
    ended = 0;
    return 0;
}
