"""planted.py - programs in which one cause of held and unused memory is planted.

Each is made from a seed: which cause, how many call sites beside it, sizes,
threads, malloc or rpmalloc, memory of the system or a pool of the program's
own. The same program, called with `cured`, does what the verdict advises. Both
set the mark "here" at the moment that counts, and write how much of them is in
memory then, without pages of files, which vary.
"""
import json
import math
import os
import random
import re
import subprocess

from case import HANG, TOP, built, output

RPSCOPE = built('rpscope')
# With huge pages what is held and resident goes by units of 2 MiB.
SMALL_PAGES = {**os.environ, 'RPSCOPE_HUGE_PAGES': 'never'}
KINDS = ('pin', 'shared pin', 'segment pin', 'global cache', 'deferred', 'leak',
         'growth', 'rounding', 'thread cache', 'torn down')
CLASSES = 64, 96, 128, 160, 240, 320, 448

HEAD = r'''
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "core/rpmalloc.h"
#define COLLECT(how) @COLLECT@
#define OWN __attribute__((noinline)) static
enum { N = @N@ };
static void *gone[N], *stay[N];
static int cured, collects, moves;
static long limit; // of blocks, in the cured program
static long cures = -1; // which of its sites, a bit each
static struct rpmalloc_heap *stays;
static pthread_barrier_t meeting;

static void *map(void *user, size_t size) {
    (void)user;
    char *at = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at + 4096;
}
static void unmap(void *user, void *at, size_t size) {
    (void)user;
    munmap((char *)at - 4096, size + 4096);
}
static void use_pool(void) {
    struct rpmalloc_config config = {.map_memory = map, .unmap_memory = unmap};
    rpmalloc_initialize_config(&config);
}
static void rest(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}
static void *touch(void *block, size_t size) {
    return block ? memset(block, 1, size) : NULL;
}
// Here is where it counts. Nothing is allocated for it.
static void here(void) {
    unsigned long all, resident, files;
    char line[128] = "";
    int file = open("/proc/self/statm", O_RDONLY);
    if (read(file, line, sizeof line - 1) <= 0 ||
        sscanf(line, "%lu %lu %lu", &all, &resident, &files) != 3)
        abort();
    close(file);
    rpmalloc_mark("here");
    int used = snprintf(line, sizeof line, "rss %lu\n",
                        (resident - files) * 4096);
    if (write(1, line, (size_t)used) != used)
        abort();
    rest(@REST@);
}
OWN void *passing(size_t size) { return touch(TAKE(size), size); }
// A block that stays: in the cured program in a heap of its own.
#define STAYS(size, i) \
    touch(cured && cures >> i & 1 ? rpmalloc_heap_alloc(stays, size) : TAKE(size), size)
'''

# What all of them do beside: data that is dense, and blocks that come and go.
BESIDE = r'''
OWN void *beside@I@(size_t size) { return touch(TAKE(size), size); }
'''
THREAD = r'''
static void *busy(void *unused) {
    (void)unused;
    void *some[16] = {NULL};
    for (int i = 0; i < 20000; i++) {
        GIVE(some[i % 16]);
        some[i % 16] = passing(32 + (size_t)(i % 7) * 48);
    }
    for (int i = 0; i < 16; i++)
        GIVE(some[i]);
    return NULL;
}
'''

BUSY = r'''pthread_t busy_ones[@COUNT@];
    for (int i = 0; i < @COUNT@; i++)
        pthread_create(&busy_ones[i], NULL, busy, NULL);
    for (int i = 0; i < @COUNT@; i++)
        pthread_join(busy_ones[i], NULL);'''

# Every EVERY-th block is of a site that stays; the others go.
PIN = r'''
@SITES@
static int move_one(void **block, size_t size) {
    if (!*block || !rpmalloc_should_move(*block))
        return 0;
    void *moved = TAKE(size);
    memcpy(moved, *block, size);
    GIVE(*block);
    *block = moved;
    return 1;
}
static void move_all(size_t size) {
    int moved;
    do {
        moved = 0;
        for (int i = 0; i < N; i++)
            if (cures >> i / @EVERY@ % @COUNT@ & 1)
                moved += move_one(&stay[i], size);
    } while (moved > 0);
}
static void plant(void) {
    for (int i = 0; i < N; i++)
        if (i % @EVERY@ == 0)
            stay[i] = site[i / @EVERY@ % @COUNT@](@SIZE@);
        else
            gone[i] = passing(@SIZE@);
    for (int i = 0; i < N; i++)
        GIVE(gone[i]);
    if (moves)
        move_all(@SIZE@);
    if (cured || moves || collects)
        COLLECT(thread_collect);
}
static void tear_down(void) {
    for (int i = 0; i < N; i++)
        GIVE(stay[i]);
    rpmalloc_collect_all();
}
'''
CACHE = r'''
static void plant(void) {
    for (int i = 0; i < N; i++)
        gone[i] = passing(@SIZE@);
    for (int i = 0; i < N; i++)
        GIVE(gone[i]);
    if (cured)
        COLLECT(collect_all);
}
'''
DEFERRED = r'''
@SITES@
static void *owner(void *unused) {
    (void)unused;
    pthread_setname_np(pthread_self(), "owner");
    for (int i = 0; i < N; i++)
        gone[i] = site[i % @COUNT@](@SIZE@);
    pthread_barrier_wait(&meeting); // all are there
    pthread_barrier_wait(&meeting); // all are freed
    if (cured)
        rpmalloc_thread_collect();
    pthread_barrier_wait(&meeting);
    pause();
    return NULL;
}
static void plant(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, owner, NULL);
    pthread_barrier_wait(&meeting);
    for (int i = 0; i < N; i++)
        GIVE(gone[i]);
    if (cured)
        rpmalloc_thread_collect(); // and what is on its way here
    pthread_barrier_wait(&meeting);
    pthread_barrier_wait(&meeting);
}
'''
# It takes over a second, and never stops.
LEAK = r'''
@SITES@
static void plant(void) {
    for (int i = 0; i < N; i++) {
        void *one = site[i % @COUNT@](@SIZE@);
        GIVE(passing(700));
        if (cured)
            GIVE(one);
        if (i % (N / 150) == 0)
            rest(20);
    }
    if (cured)
        rpmalloc_collect_all();
}
'''
# Of what comes a part goes again, but less than comes.
GROWTH = r'''
@SITES@
static void plant(void) {
    int kept = 0, oldest = 0;
    for (int i = 0; i < N; i++) {
        stay[kept++] = site[0](@SIZE@);
        if (i % @EVERY@ == 0 || (cured && kept - oldest > limit))
            GIVE(stay[oldest++]);
        if (i % (N / 150) == 0)
            rest(20);
    }
    if (cured)
        rpmalloc_collect_all();
}
'''
ROUNDING = r'''
@SITES@
static void plant(void) {
    for (int i = 0; i < N; i++)
        stay[i] = site[0](cured ? @FITS@ : @SIZE@);
}
'''
SLEEPING = r'''
static void *sleeper(void *unused) {
    (void)unused;
    pthread_setname_np(pthread_self(), "sleeper");
    static _Thread_local void *mine[@EACH@];
    for (int i = 0; i < @EACH@; i++)
        mine[i] = passing(@SIZE@);
    for (int i = 0; i < @EACH@; i++)
        GIVE(mine[i]);
    if (cured)
        rpmalloc_thread_collect();
    pthread_barrier_wait(&meeting);
    pause();
    return NULL;
}
static void plant(void) {
    for (int i = 0; i < @THREADS@; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, sleeper, NULL);
        pthread_barrier_wait(&meeting);
    }
}
'''
MAIN = r'''
static void *volatile dense[1 << 14];
int main(int count, char **arguments) {
    cured = count > 1 && strcmp(arguments[1], "cured") == 0;
    collects = count > 1 && strcmp(arguments[1], "collects") == 0;
    moves = count > 1 && strcmp(arguments[1], "moves") == 0;
    limit = cures = count > 2 ? atol(arguments[2]) : -1;
    @POOL@
    pthread_barrier_init(&meeting, NULL, 2);
    stays = rpmalloc_heap_acquire();
    @BUSY@
    @DENSE@
    plant();
    here();
    @END@
}
'''

SITE = r'''
OWN void *@NAME@(size_t size) { return @HOW@; }
'''
NAMES = ('session_new', 'parse_line', 'node_copy', 'texture_load', 'row_insert',
         'glyph_cache')


def fill(text, **values):
    for key, value in values.items():
        text = text.replace(f'@{key}@', str(value))
    return text


class Planted:
    """.kind, .sites: what the verdict is to say; .source: the program."""

    def __init__(self, kind, seed):
        chance = random.Random(f'{kind} {seed}')
        self.kind, self.seed, self.chance = kind, seed, chance
        self.torn = kind == 'torn down'
        self.pool = kind == 'segment pin' or (
            kind == 'deferred' or seed % 3 == 2 and kind in (
                'pin', 'shared pin', 'leak', 'growth', 'rounding'))
        self.malloc = not self.pool and seed % 2 == 1
        self.sites, self.owner = [], None
        make = {'pin': self.pin, 'shared pin': self.pin, 'torn down': self.pin,
                'segment pin': self.segment, 'global cache': self.cache,
                'deferred': self.deferred, 'leak': self.leak,
                'growth': self.growth, 'rounding': self.rounding,
                'thread cache': self.sleeping}[kind]
        self.rest = 100
        cause, blocks = make()
        take = ('#define TAKE malloc\n#define GIVE free\n' if self.malloc else
                '#define TAKE rpmalloc\n#define GIVE rpfree\n')
        beside = chance.randrange(2, 9)
        dense = ''.join(
            f'for (int i = 0; i < {chance.randrange(200, 2000)}; i++)\n'
            f'        dense[at++] = beside{i}({chance.choice(CLASSES)});\n    '
            for i in range(beside))
        busy = fill(BUSY, COUNT=chance.randrange(1, 4)) if seed % 4 else ''
        end = ('tear_down();\n    rest(2);\n    return 0;' if self.torn
               else '_Exit(0);')
        head, _, rest = HEAD.partition('static void *gone')
        self.source = (head + take + 'static void *gone' +
                       rest).replace('@N@', str(blocks)).replace(
                           '@REST@', str(self.rest)).replace(
                               '@COLLECT@', 'malloc_trim(0)' if self.malloc
                               else 'rpmalloc_##how()')
        self.source += ''.join(fill(BESIDE, I=i) for i in range(beside))
        self.source += THREAD + cause
        self.source += fill(MAIN, POOL='use_pool();' if self.pool else '',
                            BUSY=busy, END=end,
                            DENSE='int at = 0;\n    ' + dense)

    # ---- causes: the text, and how many blocks ----

    def site_texts(self, count, how):
        self.sites = self.chance.sample(NAMES, count)
        return (''.join(fill(SITE, NAME=name, HOW=how.replace('INDEX', str(i)))
                        for i, name in enumerate(self.sites)) +
                'static void *(*const site[])(size_t) = {' +
                ', '.join(self.sites) + '};\n')

    def pin(self):
        count = self.chance.randrange(2, 6) if self.kind == 'shared pin' else 1
        size = self.chance.choice(CLASSES[1:5])
        blocks = (self.chance.randrange(12, 24) << 20) // size
        # Each site has several blocks in every span.
        every = 65536 // size // (3 * count) if count > 1 else \
            65536 // size // self.chance.randrange(1, 4)
        if self.torn:
            self.rest = 300
        return fill(PIN, SITES=self.site_texts(count, 'STAYS(size, INDEX)'),
                    EVERY=every, COUNT=count, SIZE=size), blocks

    def segment(self):
        size = self.chance.randrange(62000, 65000)
        count = self.chance.randrange(1, 4)
        return fill(PIN, SITES=self.site_texts(count, 'STAYS(size, INDEX)'),
                    EVERY=self.chance.randrange(14, 24), COUNT=count,
                    SIZE=size), self.chance.randrange(400, 800)

    def cache(self):
        size = self.chance.choice(CLASSES)
        return fill(CACHE, SIZE=size), \
            (self.chance.randrange(24, 56) << 20) // size

    def deferred(self):
        size = self.chance.choice(CLASSES)
        self.owner = 'owner'
        count = self.chance.randrange(1, 4)
        text = self.site_texts(count, 'touch(TAKE(size), size)')
        self.sites = []
        return fill(DEFERRED, SITES=text, COUNT=count, SIZE=size), \
            (self.chance.randrange(10, 24) << 20) // size

    def leak(self):
        size = self.chance.choice(CLASSES)
        return fill(LEAK, SITES=self.site_texts(1, 'touch(TAKE(size), size)'),
                    COUNT=1, SIZE=size), \
            (self.chance.randrange(10, 24) << 20) // size

    def growth(self):
        size = self.chance.choice(CLASSES)
        blocks = (self.chance.randrange(16, 32) << 20) // size
        every = self.chance.randrange(3, 6)
        return fill(GROWTH, SITES=self.site_texts(1, 'touch(TAKE(size), size)'),
                    EVERY=every, SIZE=size), blocks

    def rounding(self):
        size, fits = self.chance.choice(
            [(33000, 32768), (34000, 32768), (66000, 65536), (67000, 65536)])
        return fill(ROUNDING, SITES=self.site_texts(1, 'touch(TAKE(size), size)'),
                    SIZE=size, FITS=fits), self.chance.randrange(200, 500)

    def sleeping(self):
        size = self.chance.choice(CLASSES)
        self.owner = 'sleeper'
        return fill(SLEEPING, SIZE=size, EACH=(3 << 20) // size,
                    THREADS=self.chance.randrange(8, 16)), 1

    # ---- running it ----

    def build(self, folder):
        self.folder = folder
        self.program = os.path.join(folder, 'planted')
        with open(self.program + '.c', 'w') as file:
            file.write(self.source)
        library = 'rpscope-malloc' if self.malloc else 'rpscope'
        output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-pthread', '-I', TOP,
               '-o', self.program, self.program + '.c',
               '-L', built('release'), f'-l{library}',
               '-Wl,-rpath,' + built('release'))

    def record(self, *arguments):
        trace = os.path.join(self.folder, '-'.join(('run', *arguments)) +
                             '.rptrace')
        done = subprocess.run([RPSCOPE, 'record', '-q', '--force', '-o', trace,
                               '--', self.program, *arguments],
                              capture_output=True, text=True, timeout=HANG,
                              env=SMALL_PAGES)
        assert done.returncode == 0, (done.returncode, done.stderr)
        return trace

    def resident(self, *arguments):
        return int(re.search(r'rss (\d+)', output(
            self.program, *arguments, env=SMALL_PAGES))[1])


# ---- what the verdict says of it, and what comes of it ----

NEAR_PART, NEAR_BYTES = 0.05, 256 << 10
MARK = 'mark "here"'


def query(table, trace, *words):
    return json.loads(output(RPSCOPE, 'query', table, *words, '--format',
                             'json', trace))['rows']


def verdict_of(trace, *words):
    """The first cause, and the functions of its sites."""
    report = json.loads(output(RPSCOPE, 'report', '--json', *words, trace))
    cause, = report['causes'][:1] or [None]
    sites = [report['sites'][row['site']]['function']
             for row in report['together']]
    return report, cause, sites


def sampled(planted, trace, seed=1, every=512 << 10):
    """Whom an estimator would blame that sees one allocation in so many bytes:
    of the class with the most free bytes, the site with most old blocks."""
    chance = random.Random(seed)
    classes = query('classes', trace, '--at', MARK, '--sort', 'free_bytes',
                    '--top', '1')
    blocks = [row for row in query('blocks', trace, '--at', MARK)
              if chance.random() < 1 - math.exp(-row['bytes'] / every)]
    of_class = [row for row in blocks
                if row['block_bytes'] == classes[0]['block_bytes']]
    ages = sorted(row['lives_ns'] for row in of_class)
    old = [row['function'] for row in of_class
           if row['lives_ns'] >= ages[len(ages) // 2]]
    return max(sorted(set(old)), key=old.count, default=None)


def is_near(got, expected, unsure=0):
    near = max(NEAR_BYTES, NEAR_PART * abs(expected))
    return expected - near <= got <= expected + unsure + near


class Judged:
    """One planted program and its cured twin, run: .named, .predicted, .held,
    .resident, .says."""

    def __init__(self, planted, folder, sample=False):
        planted.build(folder)
        self.trace = planted.record()
        report, cause, sites = verdict_of(self.trace)
        self.says = report['verdict']
        expected = 'pin' if planted.torn else planted.kind
        self.kind = cause and cause['kind']
        self.who = cause and cause['who']
        self.named = self.kind == expected
        if self.named and planted.sites:
            # Of segments a few sites may be enough for half.
            if planted.kind == 'segment pin':
                sites = [name for name in planted.sites if name in self.who]
            self.named &= report['sites'][cause['site']]['function'] in \
                planted.sites and cause['sites'] == len(
                    sites if 'pin' in self.kind else planted.sites) and \
                (planted.kind != 'shared pin' or
                 sorted(sites) == sorted(planted.sites))
        if self.named and planted.owner:
            self.named &= planted.owner in self.who
        self.predicted = cause['back_bytes']
        self.unsure = cause['back_most_bytes'] - cause['back_bytes']
        self.resides = cause['resident_bytes']
        # A range is a segment at the most: an eighth of what there is.
        self.sharp = 0 <= self.unsure <= report['held_bytes'] / 8
        # The cures collect, which empties caches, too; what was never used is
        # not in memory.
        back = {row['keeper']: row['back_bytes'] for row in report['keepers']}
        counted = {'thread cache': 'heaps', 'global cache': 'global_cache',
                   'deferred': 'frees'}.get(self.kind)
        if self.kind != 'rounding':
            caches = sum(back[key] for key in ('heaps', 'global_cache')
                         if key != counted)
            # Pages of spans that stay, too; the pins' own go with their spans.
            pages = 0 if 'pin' in self.kind else back['blocks']
            self.predicted += caches + back['reserve'] + pages
            self.resides += caches + pages
        at = '--at', MARK
        here = json.loads(output(RPSCOPE, 'report', '--json', *at, self.trace))
        cure = ['cured']
        if self.kind == 'growth':
            # As many blocks as it had at the time that the verdict names.
            site = report['sites'][cause['site']]
            bytes_of_one = (site['live_bytes'] + site['rounding_bytes']) / \
                site['live_blocks']
            cure.append(str(site['live_blocks'] -
                            round(cause['resident_bytes'] / bytes_of_one)))
        if self.kind and 'pin' in self.kind:
            cure.append(str(sum(1 << planted.sites.index(name)
                                for name in sites if name in planted.sites)))
        cured, _, _ = verdict_of(planted.record(*cure), *at)
        self.held = here['held_bytes'] - cured['held_bytes']
        self.resident = planted.resident() - planted.resident(*cure)
        # What is said to be cheaper: what goes back, at least and at the most,
        # and what went. Where little of it does, nothing is said.
        self.cheaper = []
        for how, least, most in (
                ('collects', cause['collect_bytes'], cause['collect_bytes']),
                ('moves', cause['move_bytes'], cause['move_most_bytes'])):
            if self.kind not in ('pin', 'shared pin') or planted.torn or \
                    least < NEAR_BYTES:
                continue
            other, _, _ = verdict_of(planted.record(how, *cure[1:]), *at)
            least += caches + back['reserve']
            most += caches + back['reserve']
            self.cheaper.append((how, least, most - least,
                                 here['held_bytes'] - other['held_bytes']))
        self.blamed = sampled(planted, self.trace) if sample else None

    @property
    def comes_true(self):
        return self.sharp and \
            is_near(self.held, self.predicted, self.unsure) and \
            is_near(self.resident, self.resides) and \
            all(is_near(held, least, unsure) and
                unsure <= max(NEAR_BYTES, self.predicted / 8)
                for _, least, unsure, held in self.cheaper)

    def __str__(self):
        def mib(number):
            return f'{number / (1 << 20):.2f}'
        return (f'named {self.named} ({self.kind}: {self.who}), predicted '
                f'{mib(self.predicted)} '
                + (f'to {mib(self.predicted + self.unsure)} '
                   if self.unsure else '') +
                f'({mib(self.resides)} of it resident) MiB, '
                f'held fell by {mib(self.held)}, resident by '
                f'{mib(self.resident)}'
                + ''.join(f'; {how}: predicted {mib(least)} to '
                          f'{mib(least + unsure)}, held fell by {mib(held)}'
                          for how, least, unsure, held in self.cheaper)
                + (f'; sampled: {self.blamed}' if self.blamed else ''))
