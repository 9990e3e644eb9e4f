#!/usr/bin/env python3
"""Leaks are told at the end and while the program goes on, and nothing else."""
import json
import os
import re
import subprocess
import threading

from case import HANG, Skip, await_that, case, cases_for, in_folder, main
from checking import RPSCOPE, run
from recording import program


def leaks_of(*words, status=0, settings=()):
    done = run(*(settings if '--check' in ''.join(settings)
                 else ('--check=leaks', *settings)), '--', program('leaky'), *words)
    if 'could not be stopped' in done.stderr:
        raise Skip('threads may not be traced here')
    assert done.returncode == status, done
    return done.stderr


@cases_for([(), ('threads',)])
def what_something_leads_to_is_no_leak(words):
    assert leaks_of(*words) == ''


@cases_for([('lose',), ('lose', 'threads')])
def a_leak_is_told_by_where_it_was_made(words):
    text = leaks_of(*words)
    found = re.findall(r'^rpscope: leak of (.*)\n.*\n  known      (.*)\n'
                       r'(?:.*\n)*?    #0 make leaky.c:\d+\n'
                       r'    #1 (\w+) ', text, re.M)
    assert sorted(found) == [
        ('40 bytes in 1 block', 'nothing leads to 40 bytes in 1 block', 'lose'),
        ('40 bytes in 1 block', 'nothing leads to 40 bytes in 1 block',
         'lose_ring'),
        ('40 bytes in 1 block', 'only lost blocks lead to 40 bytes in 1 block',
         'lose'),
        ('40 bytes in 1 block', 'only lost blocks lead to 40 bytes in 1 block',
         'lose'),
        ('40 bytes in 1 block', 'only lost blocks lead to 40 bytes in 1 block',
         'lose_ring')], (found, text)


@case
def what_is_left_on_the_stack_of_those_who_end_the_program_leads_nowhere():
    text = leaks_of('last')
    assert re.findall(r'^rpscope: leak of (.*)$', text, re.M) == [
        '40 bytes in 1 block'], text


@case
def what_the_allocator_has_left_in_a_block_leads_nowhere():
    text = leaks_of('unwritten')
    assert re.findall(r'^rpscope: leak of (.*)\n.*\n  known      (.*)$', text,
                      re.M) == [
        ('120 bytes in 3 blocks', 'nothing leads to 120 bytes in 3 blocks')
    ], text


@case
def of_many_sites_the_largest_are_told_and_how_much_the_others_have():
    text = leaks_of('deep')
    told = re.findall(r'^rpscope: leak of (\d+) bytes? in 1 block$', text, re.M)
    assert told == [str(120 - i) for i in range(100)], told
    assert text.endswith('rpscope: leaks of 20 more sites, 210 bytes in 20 '
                         'blocks: the largest are told\n'), text[-300:]
    assert 'more site' not in leaks_of('lose')


@in_folder
def leaks_can_change_the_exit_code_and_be_suppressed(folder):
    path = os.path.join(folder, 'known')
    assert leaks_of('lose', status=5, settings=('--on-error=exit=5',)) != ''
    with open(path, 'w') as file:
        file.write('leak:^lose\n')
    assert leaks_of('lose', settings=('--on-error=exit=5', '--suppressions',
                                      path)) == ''
    with open(path, 'w') as file:
        file.write('leak:^lose$\n')
    text = leaks_of('lose', settings=('--suppressions', path))
    assert 'lose_ring' in text and ' lose ' not in text, text


def kept_of(text):
    """What still is reachable, and the functions that made it."""
    return sorted(re.findall(
        r'^rpscope: still reachable, (.*)\n  found      at (?:the end|'
        r'rpmalloc_check_leaks), by the check "leaks:reachable"; likely\n'
        r'  known      something leads to them\n  one block  .*\n'
        r'  made .*:\n    #0 (\w+) leaky.c:\d+\n(?:    #.*\n)*'
        r'  to do      free them, unless they are meant to last as long as the '
        r'program$', text, re.M))


KEPT = [('1000 bytes in 1 block', 'main'), ('3000000 bytes in 1 block', 'main'),
        *[('40 bytes in 1 block', 'make')] * 6]


@case
def what_still_is_reachable_is_told_when_that_is_asked_for():
    assert kept_of(leaks_of('lose')) == []
    text = leaks_of('lose', settings=('--check=leaks:reachable',))
    assert kept_of(text) == KEPT, text
    assert text.count('rpscope: leak of ') == 5, text
    freed = run('--check=leaks:reachable', '--', program('misuse'), 'twice',
                '24', '0', 'good')
    assert (freed.stderr, freed.returncode) == ('', 0), freed


@in_folder
def what_still_is_reachable_is_no_error(folder):
    settings = '--check=leaks:reachable', '--on-error=exit=5'
    assert kept_of(leaks_of(settings=settings)) == KEPT
    assert kept_of(leaks_of('lose', status=5, settings=settings)) == KEPT
    path = os.path.join(folder, 'known')
    with open(path, 'w') as file:
        file.write('leak:^main$\n')
    assert leaks_of('lose', settings=(*settings, '--suppressions', path)) == ''

    trace = os.path.join(folder, 'run.rptrace')
    done = subprocess.run(
        [RPSCOPE, 'record', '-o', trace, '--check=leaks:reachable', '--',
         program('leaky'), 'lose'], capture_output=True, text=True,
        timeout=HANG)
    rows = json.loads(subprocess.run(
        [RPSCOPE, 'query', 'findings', trace, '--format', 'json'],
        capture_output=True, text=True, timeout=HANG).stdout)['rows']
    found = sorted((row['kind'], row['severity']) for row in rows
                   if row['kind'] in ('heap bug', 'still reachable'))
    assert found == [('heap bug', 'error')] * 5 + [
        ('still reachable', 'note')] * len(KEPT), (found, done)


@case
def what_still_is_reachable_is_told_while_the_program_goes_on():
    done = subprocess.Popen(
        [RPSCOPE, 'run', '--check=leaks:reachable', '--', program('leaky'),
         'wait'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    process = done.stdout.readline().strip()
    asked = subprocess.run([RPSCOPE, 'ctl', process, 'leaks'],
                           capture_output=True, text=True, timeout=HANG)
    if 'may not be traced' in asked.stderr:
        done.kill()
        raise Skip('processes may not be traced here')
    _, text = done.communicate(timeout=HANG)
    now, end = text.split('  found      at the end', 1)
    assert asked.returncode == 0, asked
    assert len(kept_of(now)) >= len(KEPT) and 'check_leaks, ' in now, text


@cases_for([(words, check) for words in ((), ('threads',), ('nap',))
            for check in ('free', 'leaks')])
def leaks_are_told_while_the_program_goes_on(values):
    words, check = values
    done = subprocess.Popen([RPSCOPE, 'run', f'--check={check}', '--',
                             program('leaky'), 'lose', 'wait', *words],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    process = done.stdout.readline().strip()
    heard = threading.Thread(target=lambda: done.text.append(done.stderr.read()))
    done.text = []
    heard.start()

    def all_are_told():
        asked = subprocess.run([RPSCOPE, 'ctl', process, 'leaks'],
                               capture_output=True, text=True, timeout=HANG)
        if 'may not be traced' in asked.stderr:
            done.kill()
            raise Skip('processes may not be traced here')
        assert asked.returncode == 0, asked
        return asked.stdout == (
            "leaks of 5 sites, told on the program's stderr\n")
    # While it is on its way to where it waits, words are left on its stack.
    await_that(all_are_told, 'all leaks are told')
    assert all_are_told()
    done.stdin.close()
    heard.join(HANG)
    text, = done.text
    assert text.count('  found      at rpmalloc_check_leaks, ') >= 10, text
    assert text.count('  found      at the end, ') == (
        5 if check == 'leaks' else 0), text
    assert done.wait(HANG) == 0, (done.returncode, text)


@case
def leaks_of_what_is_not_checked_cannot_be_told():
    done = subprocess.Popen([program('leaky'), 'wait'], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    process = done.stdout.readline().strip()
    for _ in range(2):
        asked = subprocess.run([RPSCOPE, 'ctl', process, 'leaks'],
                               capture_output=True, text=True, timeout=HANG)
        assert 'has no library of rpscope' in asked.stderr, asked
        assert asked.returncode == 2, asked
    done.communicate(timeout=HANG)
    assert done.returncode == 0


main()
