#!/usr/bin/env python3
"""Faults planted in what reads an index are found by its fuzzer, soon, and none
is where none was planted."""
import concurrent.futures
import functools
import glob
import os
import shutil
import subprocess
import tempfile

from case import HANG, TOP, case, cases_for, main

ROOMS = ('base', 'trace', 'heap', 'metric', 'index')
FUZZED = '-fsanitize=address,undefined,fuzzer'
FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-O1', '-I', TOP, '-w', '-pthread',
         '-DRP_INSTRUMENT=1', '-DRP_CHECK=1', FUZZED + '-no-link',
         '-fno-sanitize-recover=all']
RUNS = 40000  # in which each must be found
WHOLE_RUNS = 3000
PLANTS = {  # what is wrong: file, text, text in its place
    'a ring that stands behind its blocks': (
        'index/keyframes.c', 'position->next_block > ring->block_count ||', ''),
    'sums that are not those of the heap': (
        'index/heap_frame.c',
        'memcmp(parts, sums->now.parts, sizeof parts) == 0 &&', ''),
    'other blocks than its span says': (
        'index/slots_read.c', 'return live == span->live && (', 'return ('),
}
folder = tempfile.TemporaryDirectory()


def compile(source, name):
    target = os.path.join(folder.name, name)
    subprocess.run(['clang', *FLAGS, '-c', source, '-o', target], check=True)
    return target


@functools.cache
def objects():
    """Of the fuzzer as it is: source -> object."""
    sources = [source for room in ROOMS
               for source in glob.glob(f'{TOP}/viewer/{room}/*.c')]
    sources += [f'{TOP}/tests/fuzz/fuzz_index.c', f'{TOP}/tests/fuzz/seed.c',
                f'{TOP}/tests/viewer/trace_builder.c']
    names = [f'{number}.o' for number in range(len(sources))]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(sources, pool.map(compile, sources, names)))


def fuzz(objects, runs):
    """What it says; of its seed alone, so that it is the same each time."""
    program = os.path.join(folder.name, 'fuzz_index')
    corpus = os.path.join(folder.name, 'corpus')
    subprocess.run(['clang', FUZZED, '-pthread', '-o', program, *objects,
                    '-lzstd', '-lm'], check=True)
    shutil.rmtree(corpus, ignore_errors=True)
    os.mkdir(corpus)
    return subprocess.run(
        [program, '-seed=1', f'-runs={runs}', '-max_len=256',
         f'-artifact_prefix={folder.name}/', corpus], timeout=HANG,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors='replace')


@case
def nothing_is_found_where_nothing_is_planted():
    done = fuzz(objects().values(), WHOLE_RUNS)
    assert done.returncode == 0, done.stdout[-3000:]


@cases_for(PLANTS)
def is_found(name):
    file, text, instead = PLANTS[name]
    path = f'{TOP}/viewer/{file}'
    with open(path) as source:
        whole = source.read()
    assert whole.count(text) == 1, f'{file} has {text!r} not once'
    changed = os.path.join(folder.name, 'planted.c')
    with open(changed, 'w') as out:
        out.write(whole.replace(text, instead))
    with_plant = {**objects(), path: compile(changed, 'planted.o')}
    done = fuzz(with_plant.values(), RUNS)
    assert done.returncode != 0, done.stdout[-3000:]
    assert 'SUMMARY' in done.stdout, done.stdout[-3000:]


main()
