#!/usr/bin/env python3
"""The code of the lock-free structures, run in every way that C11 allows: it
holds, and each of its orders is needed, or it is said here why not."""
import functools
import re
import subprocess

from case import HANG, built, case, cases_for, main, output

STRUCTURES = ('bookkeeping', 'deferred', 'directory', 'huge_memory', 'intern',
              'registry', 'ring', 'segment')
TOLD = re.compile(r'(\w+):(?: without (0x\w+) (\w+))? (holds|fails), '
                  r'(\d+) executions(?:: (.+))?')

# Halves of orders (which of several in a function) that can be made relaxed, and nothing that is checked here fails.
TAKES_ONLY = 'the half of acq_rel that is not asked for: it tells nobody'
GIVES_ONLY = 'the half of acq_rel that is not asked for: it reads nothing'
TOLD_BY_FLAG = ('who maps a segment hears that the index is kept, and writes '
                'there; or is heard by who begins it')
SPARE = {
    ('deferred_leave', 'release', 1): 'the next CAS tells what this one begins',
    ('deferred_left', 'release', 2): 'the owner is notified after it',
    ('rp_bookkeeping_alloc', 'acquire', 2): 'what the CAS found is read again',
    ('notify_is_empty_for_good', 'acquire', 1): GIVES_ONLY,
    ('idle_push', 'acquire', 1): GIVES_ONLY,
    ('idle_pop', 'release', 1): 'passes on what it took, as a read-modify-write',
    ('rp_registry_give', 'acquire', 1): GIVES_ONLY,
    ('rp_registry_take_idle', 'release', 1): TAKES_ONLY,
    ('rp_registry_try_take', 'release', 1): TAKES_ONLY,
    ('rp_page_map_done', 'acquire', 1): GIVES_ONLY,
    ('bits_take', 'release', 1): TAKES_ONLY,
    ('segment_purge', 'release', 1): TAKES_ONLY,
    ('place_fill', 'acquire', 1): GIVES_ONLY,
    ('place_empty', 'release', 1): TAKES_ONLY,
    ('segment_map', 'release', 1): TOLD_BY_FLAG,
    ('write', 'acquire', 1): TOLD_BY_FLAG,
    ('is_to_be_told', 'acquire', 1): GIVES_ONLY,
    ('rp_segment_index_at', 'release', 1): TAKES_ONLY,
    ('hint_set', 'acquire', 1): GIVES_ONLY,
    ('hint_clear', 'release', 1): TAKES_ONLY,
    ('group_take_slot', 'release', 1): TAKES_ONLY,
    ('rp_segment_table_give', 'acquire', 1): GIVES_ONLY,
    ('rp_segment_table_each', 'acquire', 1): 'called here by one thread alone',
    ('rp_segment_table_groups', 'acquire', 1):
        'there is one group here: segment_table.pml has several',
}


def path_of(structure):
    return built('tests', 'models', 'weak', f'check_{structure}')


@functools.cache
def told(structure):
    done = subprocess.run([path_of(structure)], capture_output=True, text=True,
                          timeout=HANG)
    lines = [TOLD.fullmatch(line) for line in done.stdout.splitlines()]
    assert lines and all(lines), done.stdout + done.stderr
    return done.returncode, [line.groups() for line in lines]


def orders_of(structure):
    """Each order that was relaxed: function, half, which of these in the
    function; and whether that was noticed in any of its programs."""
    lines = [line for line in told(structure)[1] if line[1]]
    places = sorted({place for _, place, *_ in lines})
    named = output('addr2line', '-f', '-e', path_of(structure),
                   *places).splitlines()
    where = {place: (function, int(re.search(r':(\d+)', line)[1]))
             for place, function, line in zip(places, named[::2], named[1::2])}
    noticed = {}
    for _, place, half, result, _, _ in lines:
        key = (*where[place], half)
        noticed[key] = noticed.get(key, False) or result == 'fails'
    for function, line, half in noticed:
        before = {l for f, l, h in noticed
                  if (f, h) == (function, half) and l <= line}
        yield (function, half, len(before)), noticed[function, line, half]


@case
def of_programs_whose_outcomes_are_known_these_are_found_and_no_others():
    done = subprocess.run([path_of('litmus')], capture_output=True, text=True,
                          timeout=HANG)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and len(lines) == 10, done.stdout + done.stderr


@cases_for(STRUCTURES)
def it_holds_in_every_execution(structure):
    status, lines = told(structure)
    assert status == 0, lines
    for program, place, _, result, executions, failure in lines:
        assert place or (result == 'holds' and int(executions) > 1), (
            program, failure)


@case
def each_order_is_needed_or_known_not_to_be():
    noticed = {}
    for structure in STRUCTURES:
        for order, is_noticed in orders_of(structure):
            noticed[order] = noticed.get(order, False) or is_noticed
    spare = {order for order, is_noticed in noticed.items() if not is_noticed}
    assert len(noticed) - len(spare) >= 35, noticed
    assert spare == set(SPARE), ('not needed: ', spare - set(SPARE),
                                 'needed, or not there: ', set(SPARE) - spare)


main()
