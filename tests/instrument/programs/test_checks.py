#!/usr/bin/env python3
"""Each misuse of the heap is told, word by word, and its good twin is not."""
import json
import os
import re
import signal
import subprocess
import tempfile

from case import HANG, case, cases_for, in_folder, main
from checking import (ABORTED, ALIGNMENTS, KEPT, ONCE, RPSCOPE, SIZES, START,
                      TAGS, UNSEEN, block, expect, freed, made, plain, run,
                      stack, told, way)
from recording import LIBRARY, program
from second_reader import Trace  # noqa: E402


@cases_for(SIZES)
def a_double_free_is_told_at_the_second(size):
    expect(told('double free', 'free', 'free', size,
                stack('now, by thread N (misuse)', 'again again',
                      *way('twice')),
                freed('twice'), made(), advice=ONCE), 'twice', size, '0')


@cases_for(ALIGNMENTS[1:])
def of_an_aligned_block_too(alignment):
    expect(told('double free', 'free', 'free', '500',
                stack('now, by thread N (misuse)', 'again again',
                      *way('twice')),
                freed('twice'), made(), advice=ONCE, alignment=alignment),
           'twice', '500', alignment)


@case
def of_another_thread_s_block_too():
    expect(told('double free', 'free', 'free', '24',
                stack('now, by thread N (misuse)', 'again again',
                      *way('twice', True)),
                freed('twice', True), made(), advice=ONCE),
           'twice', '24', '0', 'thread')


@cases_for(SIZES[1:])
def a_pointer_into_the_middle_is_told(size):
    expect(told('pointer into the middle', 'free', 'free', size,
                stack('now, by thread N (misuse)', 'again again',
                      *way('inside')), made(), advice=START),
           'inside', size, '0')


@cases_for([('stack', 'on_the_stack', 'on the stack of this thread'),
            ('global', 'of_the_program', 'in the data of '),
            ('nowhere', 'nowhere', 'where no memory is')])
def a_pointer_to_no_block_is_told(values):
    name, function, place = values
    if name == 'global':
        place += os.path.realpath(program('misuse')) + '+0x'
    expect('rpscope: pointer to no block\n'
           '  found      at free of 0x, by the check "free"; certain\n'
           f'  address    {place}\n'
           + stack('now, by thread N (misuse)', 'again again', *way(function))
           + '  to do      only what malloc, new and their like returned can be '
           'freed\n', name, '24', '0')


@case
def a_misaligned_pointer_is_told():
    expect('rpscope: pointer to no block\n'
           '  found      at free of 0x, by the check "free"; certain\n'
           '  address    in the data of ' + os.path.realpath(program('misuse'))
           + '+0x\n  known      no block begins at an odd address\n'
           + stack('now, by thread N (misuse)', 'again again',
                   *way('misaligned'))
           + '  to do      only what malloc, new and their like returned can be '
           'freed\n', 'misaligned', '24', '0')


@cases_for([('by_size', '0', 'size', 'free_sized', 'a larger size is said'),
            ('by_alignment', '64', 'alignment', 'free_aligned_sized',
             "see the block's above")])
def a_free_that_says_it_wrongly_is_told(values):
    name, alignment, what, call, known = values
    expect(told(f'mismatched {what} at the free', 'match', call, '24',
                f'  known      {known}\n',
                stack('now, by thread N (misuse)', f'{name} again', 'do_it',
                      'main'), made(),
                advice='is it the type that was made? A destructor that is not '
                'virtual makes it another', alignment=alignment),
           name, '24', alignment)


@case
def a_block_of_a_heap_that_was_freed_is_told():
    expect(told('free after its heap was freed,', 'free', 'free', '24',
                stack('now, by thread N (misuse)', 'again again',
                      *way('after_its_heap')),
                stack('freed T s before, by thread N (misuse)',
                      'after_its_heap gone', 'do_it', 'main'),
                stack('made T s before, by thread N (misuse)',
                      'after_its_heap owned', 'do_it', 'main'),
                advice='rpmalloc_heap_free_all frees all blocks of a heap; '
                'leave this one to it, or free it before'),
           'after_its_heap', '24', '0')


@cases_for(('handler', 'stack', 'before', 'after'))
def a_misuse_is_told_whenever_it_comes(when):
    done = run('--', program('moments'), when)
    assert re.match('rpscope: double free of a block of 40 bytes\n', done.stderr)
    assert done.stderr.count('free_twice moments.c') == 3, done.stderr
    assert done.returncode == ABORTED, done
    good = run('--', program('moments'), when, 'good')
    assert (good.stderr, good.returncode) == ('', 0), good


PLUGIN = """
#include <stdlib.h>
static int is_late_and_bad;
static volatile int ends;
static void free_twice(int is_good) {
    char *volatile block = malloc(40);
    free(block);
    if (!is_good)
        free(block);
    ends++;
}
void misuse(int is_good) {
#ifdef LATE
    is_late_and_bad = !is_good;
#else
    free_twice(is_good);
#endif
}
__attribute__((destructor)) static void last(void) {
    if (is_late_and_bad)
        free_twice(0);
}
"""


@in_folder
def a_misuse_of_a_plugin_is_told_and_of_its_last_destructor(folder):
    with open(f'{folder}/plugin.c', 'w') as file:
        file.write(PLUGIN)
    for flag in '-DEARLY', '-DLATE':
        subprocess.run([os.environ.get('CC', 'gcc'), '-g', '-O1', '-shared',
                        '-fPIC', '-fno-builtin', flag, '-o',
                        f'{folder}/plugin.so', f'{folder}/plugin.c'],
                       check=True)
        words = '--', program('moments'), f'{folder}/plugin.so'
        done = run(*words)
        assert done.stderr.startswith(
            'rpscope: double free of a block of 40 bytes\n'), (flag, done)
        assert done.stderr.count('free_twice plugin.c') == 3, (flag, done)
        assert done.returncode == ABORTED, (flag, done)
        good = run(*words, 'good')
        assert (good.stderr, good.returncode) == ('', 0), (flag, good)


@case
def one_bug_is_told_once_for_each_site():
    done = run('--on-error=continue', '--', program('loops'), '1000')
    assert done.stderr.count('rpscope: ') == 2, done.stderr
    assert done.stderr.count('double free of a block of 40 bytes') == 2, done


@cases_for([('grown', 'realloc'), ('asked', 'malloc_usable_size')])
def a_freed_block_is_told_where_it_is_used(values):
    name, call = values
    expect(told('use after free', 'free', call, '24',
                stack('now, by thread N (misuse)', f'{name} again', 'do_it',
                      'main'), freed(name), made(), advice=ONCE),
           name, '24', '0')


def damage(where):
    return (f'  damage     1 byte from 0x on, {where}; what was  fb is\n'
            '             01\n')


@cases_for([(size, '0') for size in SIZES]
           + [('500', alignment) for alignment in ALIGNMENTS[1:]])
def a_byte_behind_a_block_is_told(values):
    size, alignment = values
    expect(told('write past the end', 'guards', 'free', size,
                damage('0 behind the end of the block'),
                stack('now, by thread N (misuse)', 'give_back freed',
                      *way('damage')), made(), advice=UNSEEN,
                alignment=alignment), 'past', size, alignment)


@cases_for([(size, '0') for size in SIZES]
           + [('500', alignment) for alignment in ALIGNMENTS[1:]])
def a_byte_before_a_block_is_told(values):
    size, alignment = values
    expect(told('write before the start', 'guards', 'free', size,
                damage('1 before the block'),
                stack('now, by thread N (misuse)', 'give_back freed',
                      *way('underrun')), made(), advice=UNSEEN,
                alignment=alignment), 'before', size, alignment)


@cases_for(('1', '24', '1000', '5000', '100000'))
def a_write_after_free_is_told_at_the_end(size):
    at = (int(size) - 1) // 2
    expect(told('write after free', 'poison', 'the end', size,
                f'  damage     1 byte from 0x on, {at} behind the start of the '
                'block; what was  db is\n             01\n',
                stack('now, by thread N (misuse)', '(no stack)'),
                freed('after_free'), made(), advice=KEPT),
           'after_free', size, '0')


@case
def a_block_that_realloc_made_has_guards_too():
    done = run('--', program('misuse'), 'shrunk', '100', '0')
    assert ('write past the end of a block of 51 bytes\n' in done.stderr
            and 'made' in done.stderr), done.stderr
    assert run('--', program('misuse'), 'shrunk', '100', '0',
               'good').stderr == ''


@cases_for([('malloc', 'delete', 'mismatched free'),
            ('malloc', 'delete[]', 'mismatched free'),
            ('new', 'free', 'mismatched free'),
            ('new', 'delete[]', 'mismatched free'),
            ('new[]', 'free', 'mismatched free'),
            ('new[]', 'delete', 'mismatched free'),
            ('new', '39', 'mismatched size at the free'),
            ('new', '41', 'mismatched size at the free'),
            ('new', 'aligned', 'mismatched alignment at the free'),
            ('aligned', 'delete', ''), ('aligned', 'aligned', ''),
            ('malloc', 'free', ''), ('new', 'delete', ''), ('new', '40', ''),
            ('new[]', 'delete[]', '')])
def a_block_that_is_freed_as_it_was_not_made_is_told(values):
    how, back, what = values
    done = run('--check=match', '--', program('mismatch'), how, back)
    first = done.stderr.split('\n')[0]
    assert first == (f'rpscope: {what} of a block of 40 bytes' if what else '')
    assert done.returncode == (ABORTED if what else 0), done
    assert not what or 'mismatch.cc' in done.stderr, done.stderr


AT = 'the first frame is where it is done'


@cases_for([('read_past', 'read past the end', 'pages:1'),
            ('write_past', 'write past the end', 'pages:1'),
            ('read_before', 'read before the start', 'pages:1:begin'),
            ('read_freed', 'read after free', 'pages:1'),
            ('read_freed', 'read after free', 'pages:1:begin')])
def an_access_is_told_where_it_is_done(values):
    name, what, wanted = values
    known = {'read_before': '1 byte before the block',
             'read_freed': '0 bytes behind the start of the block'}.get(
                 name, '0 bytes behind the end of the block')
    for size in '64', '4096', '100000':
        expect(told(what, 'pages', 'an access', size,
                    f'  known      {known}\n',
                    stack('now, by thread N (misuse)', f'{name} touched',
                          'do_it', 'main'),
                    freed(name) if name == 'read_freed' else '', made(),
                    advice=AT), name, size, '0', wanted=wanted)


@case
def what_pages_do_not_see_guards_do():
    for name in 'past', 'before':
        for wanted in 'pages:1', 'pages:1:begin', 'pages:1,all':
            for size in '1', '30', '5000':
                done = run(f'--check={wanted}', '--', program('misuse'), name,
                           size, '0')
                assert done.stderr.startswith('rpscope: write '), (name, done)
                assert done.returncode == ABORTED, done


# Behind these there is less than a guard, and then nothing.
@cases_for(['pages:1', 'pages:1,all'])
def a_block_that_ends_with_its_pages_is_freed_in_silence(wanted):
    for size in '4065', '4075', '4080', '36843':
        done = run(f'--check={wanted}', '--', program('misuse'), 'past', size,
                   '0', 'good')
        assert (done.stderr, done.returncode) == ('', 0), (size, done)


@case
def one_block_in_so_many_has_pages():
    done = run('--check=pages:2', '--on-error=continue', '--',
               program('misuse'), 'write_past', '64', '0')
    assert done.returncode in (0, ABORTED), done


@cases_for([('pages:1:size=64', '', True), ('pages:1:size=1-63', '', False),
            ('pages:1:tag=Layout', 'tag', True),
            ('pages:1:tag=Layout', '', False),
            ('pages:1:tag=Audio', 'tag', False),
            ('pages:1:site=make', '', True),
            ('pages:1:site=give_back', '', False),
            ('pages:1:size=64:tag=Layout:site=main', 'tag', True)])
def pages_are_for_blocks_of_a_size_a_tag_a_site(values):
    wanted, tag, seen = values
    done = run(f'--check={wanted}', '--', program('misuse'), 'read_past', '64',
               '0', tag)
    assert ('read past the end' in done.stderr) == seen, (values, done)
    assert done.returncode == (ABORTED if seen else 0), (values, done)


@case
def a_site_that_no_function_is_at_is_told_before():
    done = run('--check=pages:1:site=nobody', '--', 'echo', 'started')
    assert 'has no function "nobody"' in done.stderr, done
    assert (done.stdout, done.returncode) == ('', 2), done


@case
def a_block_is_told_with_its_tag():
    done = run('--', program('misuse'), 'twice', '24', '0', 'tag')
    assert '24 bytes by malloc, of tag "Layout"; block ' in done.stderr, done
    done = run('--stacks=none', '--', program('misuse'), 'twice', '24', '0',
               'tag')
    assert ', of tag "Layout"; ' in done.stderr, done


def asks(*words, **environment):
    return subprocess.run(
        [program('asks'), *words], capture_output=True, text=True, timeout=HANG,
        env={**os.environ, 'RPSCOPE_RECORD': 'off', **environment,
             'LD_PRELOAD': LIBRARY['instrumented']})


@case
def a_program_may_ask_for_checks_itself():
    done = asks('all')
    assert done.stderr.startswith('rpscope: double free of a block'), done
    assert (done.stdout, done.returncode) == ('', -signal.SIGABRT), done
    done = asks('nothing')
    assert done.stdout.startswith('checks are none, all'), done
    done = asks('late', RPSCOPE_CHECK='')
    assert 'there are blocks already' in done.stdout, done


@case
def what_the_environment_says_of_checks_counts_before_the_program_s_word():
    done = asks('all', RPSCOPE_CHECK='none')
    assert (done.stdout, done.stderr, done.returncode) == ('', '', 0), done
    done = asks('none', RPSCOPE_CHECK='free')
    assert done.returncode == -signal.SIGABRT, done


@case
def an_allocation_where_none_may_be_is_told():
    expect('rpscope: allocation where none may be\n'
           '  found      at malloc, by the check "no-alloc"; certain\n'
           + stack('now, by thread N (misuse)', 'in_the_loop touched', 'do_it',
                   'main')
           + '  to do      take the memory before rpmalloc_no_alloc_begin\n',
           'loop', '24', '0', wanted='no-alloc')


@case
def a_header_that_was_overwritten_is_told():
    done = run('--check=spans', '--quarantine=none', '--', program('misuse'),
               'header', '24', '0')
    assert done.stderr.startswith(
        "rpscope: the allocator's own state was overwritten, at the span of a "
        'block of 24 bytes\n'), done
    assert done.returncode == ABORTED, done
    assert run('--check=spans', '--quarantine=none', '--', program('misuse'),
               'header', '24', '0', 'good').stderr == ''


@case
def each_check_is_by_itself():
    for name, kind in (('past', 'guards'), ('after_free', 'poison')):
        for other in ('free', 'guards', 'poison', 'match', 'leaks'):
            done = run(f'--check={other}', '--', program('misuse'), name, '24',
                       '0')
            assert (done.stderr != '') == (other == kind), (name, other, done)


@case
def the_program_goes_on_or_ends_as_is_wished():
    words = '--', program('misuse'), 'twice', '24', '0'
    for wish, status in (('abort', ABORTED), ('continue', 0), ('exit=7', 7)):
        done = run(f'--on-error={wish}', *words)
        assert 'double free' in done.stderr, done
        assert done.returncode == status, (wish, done)


@in_folder
def what_is_suppressed_is_not_told(folder):
    path = os.path.join(folder, 'known')
    for line, silent in (('free:twice', True), ('free:misuse.c', True),
                         ('free:^again$', True), ('leak:twice', False),
                         ('free:nobody', False)):
        with open(path, 'w') as file:
            file.write(f'# {line}\n{line}\n')
        done = run('--suppressions', path, '--', program('misuse'), 'twice',
                   '24', '0')
        assert (done.stderr == '') == silent, (line, done)
        assert done.returncode == (0 if silent else ABORTED), (line, done)


@in_folder
def what_is_wrong_is_told_before_the_program_starts(folder):
    path = os.path.join(folder, 'known')
    with open(path, 'w') as file:
        file.write('leak:a\nleek:b\n')
    for words, sentence in (
            (['--check=guard'], 'guard'),
            (['--on-error=stop'], 'stop'),
            (['--quarantine=1K'], '1K'),
            (['--quarantine=900G'], 'a quarantine of 900G (--quarantine) is '
             'more than the memory that there may be'),
            (['--suppressions', path], f'line 2 of "{path}" is "leek:b"'),
            (['--suppressions', folder + '/none'], 'cannot read')):
        for command in 'run', 'record':
            done = subprocess.run([RPSCOPE, command, *words, '--', 'echo',
                                   'started'], capture_output=True, text=True,
                                  timeout=HANG)
            assert sentence in done.stderr, (words, done)
            assert (done.stdout, done.returncode) == ('', 2), (words, done)


@case
def by_hand_frames_are_files_and_addresses_that_can_be_named_later():
    done = subprocess.run([program('misuse'), 'twice', '24', '0'],
                          capture_output=True, text=True, timeout=HANG,
                          env={**os.environ, 'RPSCOPE_CHECK': 'all',
                               'RPSCOPE_RECORD': 'off',
                               'LD_PRELOAD': LIBRARY['instrumented']})
    assert done.returncode == -signal.SIGABRT, done
    assert f'({os.path.realpath(program("misuse"))}+0x' in done.stderr
    named = subprocess.run([RPSCOPE, 'names'], input=done.stderr, text=True,
                           capture_output=True, timeout=HANG)
    told_at_once = run('--', program('misuse'), 'twice', '24', '0')
    assert plain(named.stderr) == plain(told_at_once.stderr), named


@in_folder
def a_recording_has_what_was_asked_for_and_the_finding(folder):
    trace = os.path.join(folder, 'run.rptrace')
    done = subprocess.run([RPSCOPE, 'record', '-o', trace, '--check=all',
                           '--on-error=continue', '--', program('misuse'),
                           'past', '1001', '0'], capture_output=True, text=True,
                          timeout=HANG)
    assert 'write past the end of a block of 1001 bytes' in done.stderr, done
    report = subprocess.run([RPSCOPE, 'report', trace], capture_output=True,
                            text=True, timeout=HANG)
    assert report.returncode == 0, report
    flat = ' '.join(report.stdout.split())
    assert ('E heap bug: write past the end of a block of 1001 bytes, found in '
            'give_back (misuse.c:' in flat), flat
    assert ', made in make (misuse.c:' in flat, flat
    assert '1 byte from 0x' in flat and 'now: #0 give_back misuse.c:' in flat
    event, = Trace(trace).named('FINDING')
    assert event
    found = json.loads(subprocess.run(
        [RPSCOPE, 'query', 'findings', trace, '--where', 'kind = "heap bug"',
         '--format', 'json'], capture_output=True, text=True,
        timeout=HANG).stdout)
    details = found['rows'][0]['details'] if 'rows' in found else (
        found[0]['details'])
    told_lines = [line.split() for line in details.strip().split('\n')]
    assert ['#0', 'make', 'misuse.c:' + str(next(
        number for number, tag in TAGS.items() if tag == 'made'))] in told_lines
    assert 'residual 0 B now' in report.stdout, report.stdout
    assert 'free,guards,poison,match,leaks,no-alloc' in report.stdout, report.stdout


main()
