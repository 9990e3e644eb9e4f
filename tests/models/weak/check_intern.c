// check_intern.c - rows that several threads put into one series of tables.
//
// The file itself is part of this one, since its hash is its own.
#include "instrument/shm/intern.c"

#include "tests/models/weak/program.h"

enum { TABLES = 6, ROWS = 16, WORDS = 2, KINDS = 3 };

static struct rp_intern intern;
static uint64_t words[KINDS][WORDS]; // of one bucket
static uint32_t told[4];             // numbers, by who got them

// ---- what it stands on ----

// Of the zeroes of a table those are written that are looked at.
static _Atomic uint32_t tables[TABLES][RP_INTERN_FIRST_BUCKETS * 4];
static _Atomic(unsigned) table_count;

static uint64_t hash_of(unsigned kind) {
    return hash_words(words[kind], WORDS);
}
void *rp_system_map(size_t bytes, enum rp_mapping kind) {
    // relaxed: the number alone
    unsigned i = add_relaxed(&table_count, 1);

    (void)kind;
    WEAK_EXPECT(i < TABLES && bytes <= sizeof tables[i]);
    for (unsigned k = 0; k < KINDS; k++)
        *(uint32_t *)&tables[i][hash_of(k) & (bytes / sizeof **tables - 1)] = 0;
    return tables[i];
}
void rp_system_unmap(void *address, size_t bytes) {
    (void)bytes;
    for (unsigned i = 0; i < TABLES; i++) // nobody uses it any more
        if (address == (void *)tables[i])
            *(uint32_t *)&tables[i][hash_of(0) &
                                    (bytes / sizeof **tables - 1)] = ~0u;
}

static _Alignas(16) char rows[ROWS + 1][sizeof(struct rp_row) + WORDS * 8];
static _Atomic(uint32_t) row_count;

void *rp_pool_take(struct rp_pool *pool, size_t bytes, uint32_t *number) {
    (void)pool;
    *number = add_relaxed(&row_count, 1) + 1; // relaxed: as above
    WEAK_EXPECT(bytes <= sizeof *rows && *number <= ROWS);
    return rows[*number];
}
void *rp_pool_at(const struct rp_pool *pool, uint32_t number) {
    (void)pool;
    WEAK_EXPECT(number != 0 && number <= ROWS);
    return rows[number];
}

// ---- what threads do ----

// Three rows that fall into the same bucket of each table.
static void find_words(void) {
    uint64_t mask = (RP_INTERN_FIRST_BUCKETS << 2) - 1;

    for (unsigned kind = 1; kind < KINDS; kind++) {
        words[kind][0] = words[kind - 1][0];
        do
            words[kind][0]++;
        while (((hash_of(kind) ^ hash_of(0)) & mask) != 0);
    }
}

static void begin(void) {
    if (words[1][0] == 0)
        find_words();
    weak_ignore(&table_count);
    weak_ignore(&row_count);
    // relaxed, all: alone
    for (unsigned i = 0; i < RP_INTERN_TABLES; i++) {
        store_relaxed(&intern.tables[i].buckets, NULL);
        store_relaxed(&intern.tables[i].rows, 0);
    }
    store_relaxed(&table_count, 0);
    store_relaxed(&row_count, 0);
    __builtin_memset(told, 0, sizeof told);
}

static bool is_row(uint32_t number, unsigned kind) {
    const struct rp_row *row = rp_intern_row(&intern, number);

    return row->hash == hash_of(kind) && row->count == WORDS &&
           row->words[0] == words[kind][0] && row->words[1] == words[kind][1];
}

// The thread of a place puts one row in; and looks at it.
static void put(unsigned place, unsigned kind) {
    bool added;

    told[place] = rp_intern(&intern, words[kind], WORDS, &added);
    WEAK_EXPECT(told[place] != 0 && is_row(told[place], kind));
    if (added)
        rp_intern_row(&intern, told[place])->note = place; // its maker's
}
static void put_first(void) {
    put(0, 0);
}
static void put_same(void) {
    put(1, 0);
}
static void put_second(void) {
    put(1, 1);
}
static void put_third(void) {
    put(2, 2);
}
static void put_first_and_second(void) {
    put(2, 0);
    put(3, 1);
}

static void begin_with_table(void) {
    begin();
    put(3, 2);
    told[3] = 0;
}
// One more row, and the first table is full.
static void begin_nearly_full(void) {
    begin_with_table();
    // relaxed: alone
    store_relaxed(&intern.tables[0].rows, RP_INTERN_FIRST_BUCKETS - 1);
}

static bool is_found_again(uint32_t number, unsigned kind) {
    bool added;

    return rp_intern(&intern, words[kind], WORDS, &added) == number && !added;
}
static void it_is_one(void) {
    WEAK_EXPECT(told[0] == told[1]);
    WEAK_EXPECT(is_found_again(told[0], 0));
}
static void each_is_one(void) {
    static const unsigned kinds[] = {0, 1, 2};

    for (unsigned i = 0; i < 3; i++)
        WEAK_EXPECT(told[i] == 0 || is_found_again(told[i], kinds[i]));
}
static void all_agree(void) {
    WEAK_EXPECT(told[0] == told[2] && told[1] == told[3]);
    WEAK_EXPECT(is_found_again(told[0], 0) && is_found_again(told[1], 1));
}
// In two tables, the same row may have two numbers.
static void each_is_there(void) {
    WEAK_EXPECT(is_row(told[0], 0) && is_row(told[1], 0));
    bool added;
    uint32_t number = rp_intern(&intern, words[0], WORDS, &added);
    WEAK_EXPECT(!added && (number == told[0] || number == told[1]));
}

int main(int argc, char **argv) {
    static const struct weak_program programs[] = {
        {"one_row", begin, {put_first, put_same}, it_is_one},
        {"rows_of_one_bucket",
         begin_with_table,
         {put_first, put_second},
         each_is_one},
        {"three_rows",
         begin_with_table,
         {put_first, put_second, put_third},
         each_is_one},
        {"all_of_them",
         begin_with_table,
         {put_first, put_second, put_first_and_second},
         all_agree},
        {"full", begin_nearly_full, {put_first, put_same}, each_is_there},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
