#!/usr/bin/env python3
"""What the fast paths of the release libraries are made of, instruction by
instruction, is as agreed in fast_paths.golden.

The path of a function is what runs when no jump is taken, from its start to its
first return. After a change that is meant, and looked at:

    python3 tests/build/test_fast_paths.py --agree
"""
import collections
import os
import re
import sys

from case import TOP, Skip, built, cases_for, main, output

GOLDEN = f'{TOP}/tests/build/fast_paths.golden'
HEADING = ('compiler  library              function   '
           'instructions  jumps  calls  locked  leaves')
FUNCTIONS = [f'librpscope.so {name}' for name in ('rpmalloc', 'rpfree')] + [
    f'librpscope-malloc.so {name}' for name in
    ('malloc', 'free', '_Znwm', '_ZdlPv', '_ZdlPvm')]

Path = collections.namedtuple('Path', 'instructions jumps calls locked leaves')


def compiler():
    """gcc-12, say."""
    told = output('readelf', '-p', '.comment', built('release/librpscope.so'))
    # The start files of the system are gcc's, whatever compiled the rest.
    found = re.search(r'(clang)\D*(\d+)', told) or re.search(
        r'(GCC)\D*(\d+)', told)
    return '-'.join(found.groups()).lower()


def path_of(which):
    library, function = which.split()
    text = output('objdump', '-d', '--no-show-raw-insn',
                  f'--disassemble={function}', built('release', library))
    body = [line.split('\t', 1)[1] for line in text.splitlines()
            if re.match(r' *[0-9a-f]+:\t', line)]
    end = next(i for i, line in enumerate(body) if re.match(r'(rep )?ret', line))
    hot = body[:end + 1]

    def count(pattern, lines=hot):
        return sum(bool(re.match(pattern, line)) for line in lines)

    # Jumps out of the function, to what the fast path leaves over.
    leaves = count(rf'jmp +[0-9a-f]+ <(?!{function}[+>])', body)
    return Path(len(hot), count(r'j'), count(r'call', body),
                count(r'lock |xchg .*\(', body), leaves)


def agreed():
    with open(GOLDEN) as file:
        rows = [line.split() for line in file if not line.startswith('#')]
    return {(row[0], f'{row[1]} {row[2]}'): Path(*map(int, row[3:]))
            for row in rows}


def agree():
    table = {**agreed(), **{(compiler(), which): path_of(which)
                            for which in FUNCTIONS}}
    with open(GOLDEN, 'w') as file:
        file.write(f'# {HEADING}\n')
        for (made_by, which), path in sorted(table.items()):
            library, function = which.split()
            file.write(f'{made_by:11} {library:20} {function:10}' +
                       '{:13} {:6} {:6} {:7} {:7}\n'.format(*path))


@cases_for(FUNCTIONS)
def the_fast_path_is_as_agreed(which):
    expected = agreed().get((compiler(), which))
    if expected is None:
        raise Skip(f'nothing is agreed for {compiler()}')
    found = path_of(which)

    assert found == expected, f'{found}\nagreed: {expected}'


@cases_for(FUNCTIONS)
def the_function_has_no_call_and_no_locked_instruction(which):
    found = path_of(which)

    assert found.calls == 0 and found.locked == 0, found


if '--agree' in sys.argv:
    agree()
else:
    main()
