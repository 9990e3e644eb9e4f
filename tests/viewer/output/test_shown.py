#!/usr/bin/env python3
"""What README.md and FRAGMENTATION.md show is what rpscope shows today.

A block behind <!-- shown: PROGRAM COMMAND lines FIRST-LAST --> is those lines of
the command, of a recording of tests/demo/PROGRAM.c (game+ is its cured twin).
RPSCOPE_GOLDEN=write writes what is shown now in its place. Figures that follow
<!-- measured: ... --> are compared with those of two runs.
"""
import functools
import json
import os
import re
import subprocess
import tempfile

from case import HANG, TOP, built, case, main, output

RPSCOPE = built('rpscope')
WRITE = os.environ.get('RPSCOPE_GOLDEN') == 'write'
SHOWN = re.compile(r'(<!-- shown: (\S+) (.*) lines (\d+)-(\d+) -->\n+```\n)'
                   r'((?:(?!```)[^\n]*\n)*)(```)')
folder = tempfile.TemporaryDirectory()


@functools.cache
def program(name):
    """Builds and records it; returns the trace, and what was resident in KiB
    without recording."""
    source, path = name.rstrip('+'), f'{folder.name}/{name}'
    output('cc', '-g', '-O2', '-DRPMALLOC_TAGS=1', f'-I{TOP}',
           *(['-DCURED'] if name.endswith('+') else []), '-o', path,
           f'{TOP}/tests/demo/{source}.c', f'-L{built("release")}', '-lrpscope',
           f'-Wl,-rpath,{built("release")}', '-lpthread')
    resident = int(subprocess.run([path], check=True, timeout=HANG,
                                  capture_output=True).stdout)
    output(RPSCOPE, 'record', '-q', '-o', f'{path}.rptrace', '--', path)
    return f'{path}.rptrace', resident


def masked(text):
    """Without what is another each time: times, and what follows from them."""
    lines = []
    for line in text.rstrip('\n').split('\n'):
        if ' · pid ' in line:
            line = 'PID'
        elif re.search(r'^ +0 ns .*s$', line):
            line = 'TIME LINE'
        elif len(re.findall(r'[\d.]+ (?:[KMG]i)?B', line)) >= 4:
            line = re.sub(r' +\S+ (?:[KMG]i)?B$', ' MEAN', line)
        lines.append(re.sub(r'\b\d+(\.\d+)? (ns|us|ms|s|min)\b', 'T',
                            line).rstrip())
    return '\n'.join(lines)


def is_shown(path):
    with open(f'{TOP}/{path}') as file:
        text = file.read()
    wrong = []

    def check(block):
        before, name, words, first, last, shown, after = block.groups()
        now = output(RPSCOPE, *words.split(), program(name)[0]).split('\n')
        now = '\n'.join(now[int(first) - 1:int(last)]) + '\n'
        now = re.sub(r' +$', '', now, flags=re.M)
        if masked(now) == masked(shown):
            return block.group(0)
        wrong.append(f'{path}: {name} {words} shows\n{now}')
        return before + now + after

    found = SHOWN.sub(check, text)
    assert len(SHOWN.findall(text)) >= 2
    if WRITE and wrong:
        with open(f'{TOP}/{path}', 'w') as file:
            file.write(found)
        return
    assert not wrong, '\n'.join(wrong)


@case
def the_readme_shows_the_screens_of_today():
    is_shown('README.md')


@case
def the_page_about_fragmentation_shows_them_too():
    is_shown('viewer/FRAGMENTATION.md')


def bytes_of(text):
    number, unit = text.split()
    return float(number) * {'KiB': 1 << 10, 'MiB': 1 << 20}[unit]


@case
def its_figures_of_before_and_after_are_measured():
    with open(f'{TOP}/viewer/FRAGMENTATION.md') as file:
        rows = re.findall(r'<!-- measured: (\S+) -->\n?.*?\| ([\d.]+ [KM]iB) \| '
                          r'([\d.]+ [KM]iB) \|', file.read())
    assert len(rows) == 4, rows
    for name, held, resident in rows:
        trace, resident_now = program(name)
        told = json.loads(output(RPSCOPE, 'report', '--json', trace))
        held_now = told['held_bytes']
        assert abs(held_now - bytes_of(held)) <= max(
            bytes_of(held) / 10, 256 << 10), (name, held, held_now)
        # What the kernel has not counted yet, and the C library itself.
        assert abs(resident_now * 1024 - bytes_of(resident)) <= max(
            bytes_of(resident) / 4, 1 << 20), (name, resident, resident_now)


main()
