#!/usr/bin/env python3
"""Core is a whole without the recorder, and nothing is left of its hooks."""
import glob
import os
import re
import tempfile

from case import BUILD, built, case, cases_for, main, output
from tree import copied, scons

CORE = ['SConstruct', 'site_scons', 'core', 'tests/core',
        'tests/quick_start.c']
# Libraries, and the tests of a room: of the others it is enough that they read
# nothing from elsewhere.
SAME = ['librpscope.so', 'librpscope-malloc.so', 'tests/core/thread']


def stripped(program):
    """The bytes of a program without what tells in which folder it was built."""
    with tempfile.NamedTemporaryFile() as file:
        output('strip', '-g', '-R', '.note.gnu.build-id', '-o', file.name,
               program)
        return file.read()


@case
def core_and_its_tests_are_the_same_with_instrument_deleted():
    with copied(*CORE) as root:
        scons(root, *(f'build/release/{name}' for name in SAME))
        built_there = glob.glob(f'{root}/build/release/**', recursive=True)
        programs = [path for path in built_there if os.path.isfile(path) and
                    ('.so' in path or os.access(path, os.X_OK))]

        assert len(programs) > 5, programs
        for program in programs:
            # A test passes, then: scons test runs the other one.
            ours = os.path.join(BUILD, os.path.relpath(program, f'{root}/build'))
            assert stripped(program) == stripped(ours), program


@case
def core_and_its_tests_read_nothing_from_elsewhere():
    lists = [path for part in ('core', 'tests/core') for path in
             glob.glob(f'{BUILD}/release/{part}/**/*.d', recursive=True)]
    assert len(lists) > 60, lists
    for path in lists:
        with open(path) as file:
            read = file.read().replace('\\\n', ' ').split()[1:]
        wrong = [name for name in read if not name.startswith(
            ('/', 'core/', 'tests/core/'))]
        assert not wrong, (path, wrong)


# What those give back that give back something.
GIVEN = {
    'rp_is_observed()': '0', 'rp_is_recorded()': '0',
    'rp_may_be_checked()': '0', 'rp_is_checked()': '0',
    'rp_check_plan(request, ready)': '((request)->size)',
    'rp_check_space()': 'RP_UNSAID',
    'rp_check_made(request, place)': '((place)->block)',
    'rp_check_made_again(block, size, family, span, bytes, heap)': '(block)',
    'rp_check_give(pointer, how)': '(pointer)', 'rp_check_rest()': 'NULL',
    'rp_check_size(pointer, call)': 'RP_UNSAID',
    'rp_check_fault(address, context)': '0', 'rp_checks_spans()': '0',
    'rp_check_span(place)': '1',
    'rp_check_heap_rest(heap)': 'NULL', 'rp_check_has(pointer)': '0',
    'rp_check_leaks()': '-1',
    'rp_check_ask(checks)':
        '"this is the release library, which checks nothing"',
    'rp_on_malloc(wanted, span, block, pointer)': '(pointer)',
}


def emptied(text):
    """hook.h with nothing in place of each hook, not even a function."""
    declared = text[:text.index('#if RP_INSTRUMENT')]
    hooks = dict(map(reversed, re.findall(
        r'^static inline (?:const )?(\w+) \*?(rp_\w+)\(', text, re.M)))
    given = {name.partition('(')[0] for name in GIVEN}
    told = {name for name, type in hooks.items()
            if type != 'void' or f'void *{name}(' in text}
    assert told == given, told ^ given
    return declared + 'enum { RP_IS_OBSERVED = 0 };\n' + ''.join(
        [f'#define {name} {value}\n' for name, value in GIVEN.items()] +
        [f'#define {name}(...) ((void)0)\n' for name in hooks
         if name not in given]) + '#endif\n'


def code(library):
    """function -> its instructions, with names in place of addresses."""
    text = output('objdump', '-d', '--no-show-raw-insn', '-j', '.text', library)
    text = re.sub(r'^ +[0-9a-f]+:\t', '', text, flags=re.M)
    text = re.sub(r'-?0x[0-9a-f]+\(%rip\)', '(%rip)', text)
    text = re.sub(r'\b[0-9a-f]+ (?=<\w+[+>])', '', text)
    return dict(re.findall(r'^<(\S+)>:\n(.*?)(?:\n\n|\Z)', text, re.M | re.S))


def calls(instructions):
    return sorted(re.findall(r'\b(?:call|jmp) +<(\w+)>', instructions))


def without_hooks(root):
    with open(f'{root}/core/hook.h', 'r+') as file:
        text = emptied(file.read())
        file.seek(0)
        file.truncate()
        file.write(text)
    compiler = os.environ.get('CC', 'gcc')
    scons(root, f'CC={compiler} -w', 'build/release')  # -w: unused parameters


with copied('SConstruct', 'site_scons', 'core') as tree:
    without_hooks(tree)
    FAST = {'librpscope.so': ['rpmalloc', 'rpfree'],
            'librpscope-malloc.so': ['rpmalloc', 'rpfree', 'malloc', 'free']}

    @cases_for(FAST)
    def the_fast_path_is_the_one_without_hooks(name):
        ours = code(built('release', name))
        bare = code(f'{tree}/build/release/{name}')

        for function in FAST[name]:
            assert ours[function] == bare[function], (
                f'{function}:\n{ours[function]}\n--- without hooks:\n'
                f'{bare[function]}')

    @cases_for(FAST)
    def every_function_calls_what_it_calls_without_hooks(name):
        ours = code(built('release', name))
        bare = code(f'{tree}/build/release/{name}')

        assert ours.keys() == bare.keys(), ours.keys() ^ bare.keys()
        for function in ours:
            assert calls(ours[function]) == calls(bare[function]), function

    main()
