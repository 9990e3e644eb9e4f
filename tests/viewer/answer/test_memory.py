#!/usr/bin/env python3
"""Where memory comes from is told in the trace, and what is resident only
because of huge pages is not without them."""
import json
import os
import re

from case import Skip, built, case, in_folder, main, output

RPSCOPE = built('rpscope')
SAMPLES = '--residency', '50ms'
PROGRAM = r'''
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "core/rpmalloc.h"
static void *volatile blocks[60000];
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
static int leave(void *user, void *at, size_t size) {
    (void)user;
    return madvise(at, size, MADV_DONTNEED);
}
static int come(void *user, void *at, size_t size) {
    (void)user, (void)at, (void)size;
    return 0;
}
int main(int count, char **arguments) {
    const char *how = count > 1 ? arguments[1] : "";
    struct rpmalloc_config config = {.map_memory = map, .unmap_memory = unmap};
    if (strcmp(how, "by pages") == 0) {
        config.decommit_memory = leave;
        config.commit_memory = come;
    }
    if (*how && rpmalloc_initialize_config(&config) != 0)
        return 1;
    for (int i = 0; i < @COUNT@; i++)
        memset(blocks[i] = rpmalloc(200), 1, 200);
    char line[128] = "";
    long all, resident, files;
    int file = open("/proc/self/statm", O_RDONLY);
    if (read(file, line, sizeof line - 1) <= 0 ||
        sscanf(line, "%ld %ld %ld", &all, &resident, &files) != 3)
        return 1;
    printf("rss %ld\n", (resident - files) * 4096);
    fflush(stdout);
    nanosleep(&(struct timespec){0, 300000000}, NULL); // for a sample
    _exit(0);
}
'''


def build(folder, count):
    program = os.path.join(folder, f'blocks-{count}')
    with open(program + '.c', 'w') as file:
        file.write(PROGRAM.replace('@COUNT@', str(count)))
    output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-I', '.', '-o', program,
           program + '.c', '-L', built('release'), '-lrpscope',
           '-Wl,-rpath,' + built('release'))
    return program


def told(program, *arguments, huge='', samples=()):
    """The report of a recording."""
    trace = program + '.rptrace'
    output(RPSCOPE, 'record', '-q', '--force', *samples, '-o', trace, '--',
           program, *arguments, env=environment(huge))
    return json.loads(output(RPSCOPE, 'report', '--json', '--at', 'end', trace))


def environment(huge):
    return {**os.environ, 'RPSCOPE_HUGE_PAGES': huge}


@in_folder
def the_trace_tells_whose_memory_it_is(folder):
    program = build(folder, 3000)

    for arguments, memory, huge in ((), 'system', 'grown'), \
            (('pool',), 'embedder', 'never'), \
            (('by pages',), 'embedder', 'never'):
        report = told(program, *arguments)
        assert (report['memory'], report['huge_pages']) == (memory, huge), (
            arguments, report['memory'], report['huge_pages'])
    for wish in 'always', 'never':
        assert told(program, huge=wish)['huge_pages'] == wish


@in_folder
def what_is_resident_only_because_of_huge_pages_is_not_without_them(folder):
    with open('/sys/kernel/mm/transparent_hugepage/enabled') as file:
        if '[never]' in file.read():
            raise Skip('the system has no huge pages')
    program = build(folder, 43000)
    resident = {huge: int(re.search(r'rss (\d+)', output(
        program, env=environment(huge)))[1]) for huge in ('', 'never')}

    report = told(program, samples=SAMPLES)
    small = told(program, huge='never', samples=SAMPLES)

    assert report['huge_pages_seen']
    saved = resident[''] - resident['never']
    assert abs(saved - report['huge_page_bytes']) <= 256 << 10, (
        resident, report['huge_page_bytes'])
    assert small['huge_page_bytes'] == 0
    # The sentence is there when it is worth one.
    says = [line for line in report['verdict'] if 'huge pages' in line]
    assert bool(says) == (report['huge_page_bytes'] >= max(
        256 << 10, report['held_bytes'] / 16)), report['verdict']


main()
