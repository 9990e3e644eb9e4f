#!/usr/bin/env python3
"""Call stacks of programs that make it hard, each compared with libunwind's."""
import os
import shutil
import resource
import signal
import subprocess
import sys
import tempfile

from case import TOP, Skip, case, cases_for, main
from recording import Recording, program, whole

KINDS = ('shapes', 'recursion', 'jumps', 'coroutines', 'signals', 'other_stack',
         'forks', 'signals_inside', 'forks_inside', 'made_code', 'small_stacks', 'crowd')
WAYS = ('gcc -O0', 'gcc -O3', 'gcc -O2 -fno-omit-frame-pointer',
        'gcc -O2 -fno-asynchronous-unwind-tables', 'clang -O2', 'clang -O0',
        'clang -O3 -fomit-frame-pointer')
LIBRARY = '''
void enter(void (*callback)(unsigned), unsigned depth);
static volatile char sink;
__attribute__((noinline)) static void step(void (*callback)(unsigned),
                                           unsigned depth) {
    volatile char room[ROOM];
    room[depth] = 1;
    callback(depth);
    sink += room[depth];
}
void enter(void (*callback)(unsigned), unsigned depth) {
    step(callback, depth);
    sink++;
}
'''


def counts(trace):
    return {key: int(value) for key, value in trace.meta.items()
            if key.startswith('stack')}


def same(recorded):
    """The one trace of a run in which every stack was compared."""
    assert recorded.status == 0, (recorded.status, recorded.complaints[-500:])
    assert 'done' in recorded.output
    trace = recorded.trace()
    whole(trace)
    found = counts(trace)
    assert found['stack_checks'] > 100, found
    assert found['stack_differences'] == 0, found
    assert found['stacks_lost'] == 0, found
    return found


@cases_for(KINDS)
def stacks_are_those_of_libunwind(kind):
    with Recording(program('stacks'), kind, stacks='full,check:1') as recorded:
        found = same(recorded)
        if 'signals' in kind or 'forks' in kind or kind == 'other_stack':
            assert found['stacks_by_libunwind'] > 100, found
        else:
            assert found['stacks_by_libunwind'] == 0, found


@cases_for(range(1, 3))
def stacks_that_are_unmapped_and_come_back_smaller_are_right_or_cut(seed):
    with Recording(program('stack_games'), str(seed)) as recorded:
        assert recorded.status == 0 and 'done' in recorded.output, (
            recorded.status, recorded.complaints[-500:])
        trace = recorded.trace()
        whole(trace)
        found = counts(trace)
        assert found['stack_checks'] > 10, found


@case
def exceptions_leave_good_stacks():
    with Recording(program('throws'), stacks='full,check:1') as recorded:
        assert same(recorded)['stacks_by_libunwind'] == 0


@cases_for(WAYS)
def stacks_are_right_however_the_program_was_compiled(way):
    compiler, *flags = way.split()
    if not shutil.which(compiler):
        raise Skip(f'there is no {compiler}')
    with tempfile.TemporaryDirectory() as folder:
        made = os.path.join(folder, 'stacks')
        subprocess.run(
            [compiler, *flags, '-w', '-I', TOP, '-o', made, '-pthread',
             os.path.join(TOP, 'tests/instrument/programs/stacks.c'), '-ldl'],
            check=True)
        for kind in 'shapes', 'jumps', 'made_code':
            with Recording(made, kind, stacks='full,check:1') as recorded:
                same(recorded)


@case
def a_library_in_the_place_of_another_has_stacks_of_its_own():
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for room in 40, 400:
            source = os.path.join(folder, f'{room}.c')
            with open(source, 'w') as file:
                file.write(LIBRARY)
            files.append(os.path.join(folder, f'{room}.so'))
            subprocess.run(['gcc', '-O2', '-shared', '-fPIC', f'-DROOM={room}',
                            '-o', files[-1], source], check=True)
        with Recording(program('stacks'), 'libraries', *files,
                       stacks='full,check:1') as recorded:
            same(recorded)
            paths = [module for module in recorded.trace().modules.values()
                     if any(file in str(module) for file in files)]
            assert len(paths) == 60, len(paths)


def small_stack():
    resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, 512 << 10))


@case
def a_stack_that_overflows_ends_the_program_as_without_us():
    with Recording(program('stacks'), 'overflow', stacks='full,check:1',
                   preexec_fn=small_stack) as recorded:
        assert recorded.status == -signal.SIGSEGV, recorded.status
        assert recorded.complaints == '', recorded.complaints


@cases_for(('fp', 'fp,3', '1', '7', 'sample:1K', 'full,sample:64', '256'))
def every_way_to_choose_stacks_makes_a_whole_trace(choice):
    for kind in 'shapes', 'signals', 'coroutines', 'recursion':
        with Recording(program('stacks'), kind, stacks=choice) as recorded:
            assert recorded.status == 0, (kind, recorded.status)
            trace = recorded.trace()
            whole(trace)
            frames = int(trace.meta['stack_frames'])
            assert max(depth(trace)) <= frames


def depth(trace):
    depths = [0]
    for parent, _ in trace.stacks[1:]:
        depths.append(depths[parent] + 1)
    return depths


@cases_for((sys.executable, '/usr/bin/python3'))
def stacks_of_python_are_those_of_libunwind(python):
    text = 'import json, re; print(len(json.dumps([[]] * 999)), "done")'
    with Recording(python, '-c', text, stacks='full,check:1') as recorded:
        same(recorded)


@case
def stacks_of_a_compiler_are_those_of_libunwind():
    compiler = subprocess.run(['gcc', '-print-prog-name=cc1'],
                              capture_output=True, text=True).stdout.strip()
    if not os.access(compiler, os.X_OK):
        raise Skip('there is no cc1')
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, 'input.c')
        with open(source, 'w') as file:
            file.write(LIBRARY.replace('ROOM', '40') + 'int main(void) {}\n')
        with Recording(compiler, '-quiet', '-O2', '-g', '-o',
                       os.path.join(folder, 'output.s'), source,
                       stacks='full,check:1') as recorded:
            recorded.output = 'done'  # it says nothing
            same(recorded)


main()
