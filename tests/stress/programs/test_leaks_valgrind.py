#!/usr/bin/env python3
"""What is told as a leak, valgrind tells, too, of the same program: python3 with
every object by malloc, perl, a compiler, and one that loses what it was told to.

Valgrind calls possibly lost what only pointers into the middle lead to, which
counts as reachable here; so what it calls that may be told or not. What it
calls lost may be reached here by a word that is left of something else, since
the two put blocks and stacks at other places. So nothing may be told that
valgrind does not know, and of python3, which loses nothing, nothing at all."""
import collections
import os
import re
import shutil
import subprocess

from case import HANG, TOP, Skip, built, cases_for, main, output

JSON = ("import json; print(len(json.loads(json.dumps([{'a': i} for i in "
        "range(500)]))))")
SETTINGS = {**os.environ, 'PYTHONMALLOC': 'malloc', 'PYTHONHASHSEED': '0',
            'PERL_HASH_SEED': '0', 'PERL_PERTURB_KEYS': '0'}
PROGRAMS = {
    'python3': ['/usr/bin/python3', '-c', JSON],
    'python3 modules': ['/usr/bin/python3', '-c',
                        'import asyncio, sqlite3, unittest, decimal'],
    'perl': ['/usr/bin/perl', '-e', 'my %h; $h{$_} = $_ for 1 .. 999'],
    'compiler': ['cc1', '-quiet', '-O1', '-o', '/dev/null',
                 os.path.join(TOP, 'tests/instrument/programs/leaky.c')],
    'leaky': [built('tests/instrument/programs/leaky'), 'lose'],
}
LOSES = {'python3': 0, 'python3 modules': 0, 'leaky': 200}  # bytes


def ours(command):
    """{bytes of a site: how many such sites}, and the bytes of all."""
    told = subprocess.run(
        [built('rpscope'), 'run', '--check=leaks', '--', *command],
        capture_output=True, text=True, timeout=HANG, env=SETTINGS).stderr
    if 'could not be stopped' in told:
        raise Skip('threads may not be traced here')
    sizes = [int(size) for size in re.findall(
        r'^rpscope: leak of (\d+) bytes?', told, re.M)]
    return collections.Counter(sizes), sum(sizes)


def theirs(command):
    told = subprocess.run(
        ['valgrind', '--leak-check=full', '--show-leak-kinds=all',
         '--leak-resolution=high', '--num-callers=100', *command],
        capture_output=True, text=True, timeout=4 * HANG, env=SETTINGS).stderr
    assert 'LEAK SUMMARY' in told or 'All heap blocks were freed' in told, told
    sizes = [int((direct or all_of_it).replace(',', ''))
             for all_of_it, direct in re.findall(
                 r'== ([\d,]+)(?: \(([\d,]+) direct, [\d,]+ indirect\))? bytes '
                 r'in [\d,]+ blocks? (?:is|are) (?:definitely|indirectly|'
                 r'possibly) lost', told)]
    return collections.Counter(sizes)


@cases_for(PROGRAMS)
def what_is_told_valgrind_knows(name):
    command = PROGRAMS[name]
    if command[0] == 'cc1':
        command = [output('gcc', '-print-prog-name=cc1').strip(), *command[1:]]
    for needed in 'valgrind', command[0]:
        if not shutil.which(needed):
            raise Skip(f'no {needed}')
    sites, lost = ours(command)
    assert lost == LOSES.get(name, lost), sites

    unknown = sites - theirs(command)

    assert not unknown, unknown


main()
