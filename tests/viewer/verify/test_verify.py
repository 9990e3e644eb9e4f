#!/usr/bin/env python3
"""rpscope verify: equal is equal, and what differs is told, with its cause."""
import os
import re
import shutil
import subprocess
import tempfile

from case import HANG, Skip, built, case, cases_for, main

RPSCOPE = built('rpscope')
CC = os.environ.get('CC', 'gcc')

MANY = '''
#include <stdlib.h>
static void *kept[1000];
int main(void) {
    for (unsigned i = 0, n = 1; i < 30000; i++) {
        n = n * 1103515245 + 12345;
        void **place = &kept[n / 65536 % 1000];
        free(*place);
        *place = malloc(n / 65536 % 5000);
    }
}
'''

LUA = '''
local t = {}
for i = 1, 30000 do t[i] = {i, "a" .. i} end
for i = 1, 30000, 3 do t[i] = nil end
print(#table.concat({("x"):rep(100000), "y"}))
'''

SQL = '''
create table t(a integer primary key, b text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000)
  insert into t select i, 'text ' || (i * 7919) % 10007 from n;
delete from t where a % 3 = 0;
select count(*), max(b) from t;
'''


class Verified:
    def __init__(self, *words, status, cwd, **settings):
        done = subprocess.run([RPSCOPE, 'verify', *words], cwd=cwd, timeout=HANG,
                              capture_output=True, text=True,
                              **{'stdin': subprocess.DEVNULL, **settings})
        self.out, self.err = done.stdout, done.stderr
        assert done.returncode == status, (
            f'{words}: exit code {done.returncode}, expected {status}:\n'
            f'{self.out[-500:]}{self.err[-1500:]}')


def in_folder(function):
    """A case that gets a folder; temporary files go there, and must be gone."""
    def inside():
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(f'{folder}/tmp')
            os.environ['TMPDIR'] = f'{folder}/tmp'
            try:
                function(folder)
            finally:
                del os.environ['TMPDIR']
            left = os.listdir(f'{folder}/tmp')
            assert not left, left
    inside.__name__ = function.__name__
    return case(inside)


def compiled(folder, source, *flags, name='program'):
    with open(f'{folder}/{name}.c', 'w') as file:
        file.write(source)
    subprocess.run([CC, '-O1', '-fno-builtin', '-o', f'{folder}/{name}',
                    f'{folder}/{name}.c', *flags], check=True)
    return f'{folder}/{name}'


def calls(text):
    """How many calls a verdict of equality speaks of."""
    found = re.search(r'EQUAL: .* in all ([\d,]+) calls', text)
    assert found, text
    return int(found.group(1).replace(',', ''))


# ---- equal ----

@in_folder
def a_program_is_placed_alike_call_by_call(folder):
    run = Verified('--', compiled(folder, MANY), status=0, cwd=folder)

    assert calls(run.err) == 59000, run.err  # 30000 and the frees of them


@in_folder
def it_is_so_however_often_and_with_any_stacks(folder):
    program = compiled(folder, MANY)

    for stacks in 'none', '3', 'full':
        run = Verified('--runs', '2', '--stacks', stacks, program, status=0,
                       cwd=folder)
        assert '2 times over' in run.err, run.err


@cases_for(['lua5.4', 'sqlite3', 'perl', 'sort', 'cc1'])
def real_programs_are_placed_alike(name):
    with tempfile.TemporaryDirectory() as folder:
        source = compiled(folder, MANY) + '.c'
        compiler = subprocess.run(['gcc', '-print-prog-name=cc1'],
                                  stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.strip()
        command, settings = {
            'lua5.4': (['lua5.4', '-e', LUA], {}),
            'sqlite3': (['sqlite3', ':memory:', SQL], {}),
            'perl': (['perl', '-e', '$h{$_ % 777} .= "x" for 1 .. 30000;'
                      'print scalar(keys %h)'], {'PERL_HASH_SEED': '0'}),
            'sort': (['sort', '--parallel=1', source], {}),
            # It goes by addresses.
            'cc1': ([compiler, '-quiet', '-O2', '-frandom-seed=1', source,
                     '-o', '/dev/null'], {}),
        }[name]
        if not shutil.which(command[0]):
            raise Skip(f'no {command[0]}')

        run = Verified('--', *command, status=0, cwd=folder,
                       env={**os.environ, **settings})

        assert calls(run.err) > 100, run.err


@in_folder
def a_program_that_is_killed_is_compared_up_to_there(folder):
    program = compiled(folder, MANY.replace('\n}\n', '\n__builtin_trap();}\n'))

    run = Verified(program, status=4, cwd=folder)
    assert 'until then all 59,000 calls are the same.' in run.err, run.err


@in_folder
def a_program_that_becomes_another_is_compared_as_both(folder):
    program = compiled(folder, MANY)

    assert calls(Verified('sh', '-c', f'exec {program}', status=0,
                          cwd=folder).err) > 59010


@in_folder
def threads_that_ask_for_the_same_are_no_difference(folder):
    program = compiled(folder, '''
#include <pthread.h>
#include <stdlib.h>
static void *work(void *context) {
    for (int i = 0; i < 5000; i++)
        free(malloc((size_t)(i % 3000)));
    return context;
}
int main(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}
''', '-pthread')

    done = subprocess.run([RPSCOPE, 'verify', program], cwd=folder, timeout=HANG,
                          capture_output=True, text=True)

    assert done.returncode in (0, 4), done
    assert done.returncode == 0 or 'all threads ask for the same' in done.stderr


@in_folder
def c_plus_plus_is_compared_too(folder):
    with open(f'{folder}/new.cc', 'w') as file:
        file.write('''
#include <new>
struct alignas(64) wide { char bytes[640]; };
int main() {
    for (int i = 1; i < 2000; i++) {
        int *one = new int[i];
        wide *other = new wide;
        delete[] one;
        if (i % 3 == 0)
            delete other;
    }
    try {
        return !operator new(static_cast<std::size_t>(-1) / 4);
    } catch (const std::bad_alloc &) {
        return 0;
    }
}
''')
    subprocess.run(['g++', '-std=c++17', '-O0', '-o', f'{folder}/new',
                    f'{folder}/new.cc'], check=True)

    run = Verified(f'{folder}/new', status=0, cwd=folder)

    assert calls(run.err) > 6600, run.err


@in_folder
def addresses_are_the_same_with_both_libraries(folder):
    program = compiled(folder, '''
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
static void by(const void *address) {
    free(malloc((uintptr_t)address / 16 % 65536));
}
int main(void) {
    for (int i = 0; i < 3000; i++)
        by(malloc((size_t)i));
    by(&printf);
    by(malloc(10000000));
    by(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}
''')

    for stacks in 'none', 'full':
        Verified('--stacks', stacks, program, status=0, cwd=folder)


# ---- not equal ----

def perturbing(folder, body):
    """A library that passes malloc on to the release one, but oddly."""
    return compiled(folder, f'''
#include <stddef.h>
void *rpmalloc(size_t size);
void *malloc(size_t size);
void *malloc(size_t size) {{
    static int calls;
    {body}
}}
''', '-shared', '-fPIC', name='odd.so')


def with_library(library):
    return {'env': {**os.environ, 'RPSCOPE_LIBRARY': library}}


@in_folder
def a_library_that_moves_one_block_is_found_out(folder):
    odd = perturbing(folder, 'return rpmalloc(++calls == 20000 ? size + 5000'
                             ' : size);')

    run = Verified('--', compiled(folder, MANY), status=1, cwd=folder,
                   **with_library(odd))

    assert 'DIFFERENT: from call 39' in run.err, run.err
    assert re.search(r'\n  release +malloc\(\d+\) at span \d+ \+ \d+\n'
                     r'  instrumented +malloc\(\d+\) at span \d+ \+ \d+\n'
                     r'  called from +/\S+/program\+0x', run.err), run.err


@in_folder
def a_library_that_passes_all_on_is_not_but_has_recorded_nothing(folder):
    odd = perturbing(folder, 'return rpmalloc(++calls ? size : 0);')

    run = Verified('--', compiled(folder, MANY), status=4, cwd=folder,
                   **with_library(odd))

    assert 'all 59,000 calls are the same' in run.err, run.err
    assert 'wrote no trace' in run.err, run.err


@in_folder
def a_library_that_takes_memory_for_itself_is_found_out(folder):
    odd = perturbing(folder, 'if (++calls == 20000) rpmalloc(9000000);'
                             'return rpmalloc(size);')

    run = Verified('--', compiled(folder, MANY), status=1, cwd=folder,
                   **with_library(odd))

    assert 'DIFFERENT' in run.err and 'bytes' in run.err, run.err


@in_folder
def a_program_that_asks_for_something_else_under_the_recorder(folder):
    program = compiled(folder, '''
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
int main(void) {
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    int found = 0;
    while (fgets(line, sizeof line, maps))
        found |= strstr(line, ".rings.") != NULL;
    fclose(maps);
    free(malloc(found ? 1000 : 2000));
}
''')

    run = Verified(program, status=1, cwd=folder)

    assert 'malloc(2000)' in run.err and 'malloc(1000)' in run.err, run.err
    assert 'the program does not ask for the same' in run.err, run.err


@in_folder
def an_output_that_differs_under_the_recorder(folder):
    run = Verified('sh', '-c', 'grep -c [.]rings[.] /proc/$$/maps; :',
                   status=1, cwd=folder)

    assert 'what the program writes is not the same' in run.err, run.err


@in_folder
def a_program_that_is_not_deterministic_is_told_from_that(folder):
    program = compiled(folder, '''
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    for (size_t i = 0; i < 100; i++)
        free(malloc(i));
    free(malloc((size_t)getpid() * 16));
}
''')

    run = Verified(program, status=4, cwd=folder)

    assert 'NOT COMPARABLE: from call 201 of thread 1 on' in run.err, run.err
    assert 'is not deterministic by itself' in run.err, run.err
    assert '200 calls are the same' in run.err, run.err


@in_folder
def a_program_that_goes_by_addresses_is_told_from_that(folder):
    program = compiled(folder, '''
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    size_t size = (uintptr_t)&printf / 4096 % 65536;
    while (fgets(line, sizeof line, maps))
        size += strstr(line, ".rings.") != NULL;
    fclose(maps);
    free(malloc(size));
}
''')

    run = Verified(program, status=4, cwd=folder)

    assert 'goes by addresses, which differ' in run.err, run.err


# ---- input and output ----

@in_folder
def what_the_program_writes_is_seen_once(folder):
    run = Verified('sh', '-c', 'echo out; echo err >&2; exit 3', status=0,
                   cwd=folder)

    assert run.out == 'out\n', run.out
    assert run.err.startswith('err\nrpscope: EQUAL') and \
        run.err.count('err\n') == 1, run.err


@in_folder
def every_run_reads_the_same_input(folder):
    for through in 'a file', 'a pipe':
        with open(f'{folder}/in', 'w') as file:
            file.write('b\na\n')
        given = (['sh', '-c', '"$0" verify sort < in'] if through == 'a file'
                 else ['sh', '-c', 'cat in | "$0" verify sort'])

        done = subprocess.run([*given, RPSCOPE], cwd=folder, timeout=HANG,
                              capture_output=True, text=True)

        assert done.returncode == 0 and done.stdout == 'a\nb\n', done


# ---- what cannot be run ----

@in_folder
def what_cannot_be_run_is_told_in_one_sentence(folder):
    static = compiled(folder, 'int main(void) { return 0; }', '-static')
    for words, says in (
            (['no-such-program'], 'cannot start "no-such-program": no program '
             'of that name in PATH.'),
            ([static], 'is statically linked'),
            (['--library', '/no/lib.so', 'true'],
             'cannot read the library "/no/lib.so": No such file'),
            (['--release', '/no/lib.so', 'true'],
             'cannot read the library "/no/lib.so": No such file'),
            (['--runs', '0', 'true'], '--runs takes 1..1000, not "0"'),
            (['--stacks', 'some', 'true'], '--stacks takes '),
            (['--library', shutil.which('true'), 'ls'],
             'true" cannot be preloaded')):
        run = Verified(*words, status=2, cwd=folder)
        assert says in run.err, (words, run.err)


@in_folder
def a_program_that_asks_for_nothing_cannot_be_compared(folder):
    program = compiled(folder, 'int main(void) { return 0; }')

    run = Verified(program, status=2, cwd=folder)

    assert 'asked for no memory' in run.err, run.err


# ---- without any library ----

ASKS = '''
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    void *volatile block = malloc(100);
    free(block);
    Dl_info info;
    if (dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info) == 0)
        return 1;
    int ours = strstr(info.dli_fname, "libc.so") == NULL;
    %s
}
'''


@in_folder
def what_the_program_does_only_with_the_libraries_is_not_equal(folder):
    ends = 'with the release and the instrumented library'
    writes = ('what the program writes is not the same without the release '
              'and the instrumented library')
    for what, says in (
            ('if (ours) *(volatile int *)0 = 1; return 0;',
             f'the program ended by signal 11 (SIGSEGV) {ends}, and with exit '
             'code 0 without them.'),
            ('return ours;', f'the program ended with exit code 1 {ends}, and '
             'with exit code 0 without them.'),
            ('puts(ours ? "ours" : "own"); return 0;', writes),
            ('fputs(ours ? "ours" : "own", stderr); return 0;', writes)):
        program = compiled(folder, ASKS % what, '-D_GNU_SOURCE')
        run = Verified('--', program, status=1, cwd=folder)
        assert f'rpscope: DIFFERENT: {says}' in run.err, run.err


@in_folder
def a_crash_is_not_equal(folder):
    program = compiled(folder, ASKS % 'if (ours || !ours) abort();',
                       '-D_GNU_SOURCE')
    run = Verified('--', program, status=4, cwd=folder)
    assert ('NOT COMPARABLE: the program ended by signal 6 (SIGABRT) with '
            'either library and without them; until then all ') in run.err, (
                run.err)


@in_folder
def addresses_that_are_written_are_those_of_any_run(folder):
    program = compiled(folder, ASKS % 'printf("%p\\n", block); return 0;',
                       '-D_GNU_SOURCE')
    run = Verified('--', program, status=0, cwd=folder)
    assert 'EQUAL: ' in run.err, run.err


main()
