#!/usr/bin/env python3
"""Each misuse of the heap is told, word by word, and its good twin is not."""
import os
import re
import signal
import subprocess
import tempfile

from case import HANG, TOP, Skip, built, case, cases_for, in_folder, main
from recording import LIBRARY, program

RPSCOPE = built('rpscope')
ABORTED = 128 + signal.SIGABRT
SOURCE = open(os.path.join(TOP, 'tests/instrument/programs/misuse.c')).read()
# What stands behind a line, which tells it in what is expected.
TAGS = {number: line.rpartition('// ')[2]
        for number, line in enumerate(SOURCE.split('\n'), 1)
        if line.endswith(('// made', '// freed', '// again', '// touched'))}
SIZES = ('1', '24', '1000', '5000', '100000', '3000000')
ALIGNMENTS = ('0', '64', '4096')


def run(*words, **environment):
    return subprocess.run([RPSCOPE, 'run', *words], capture_output=True,
                          text=True, timeout=HANG, stdin=subprocess.DEVNULL,
                          env={**os.environ, **environment})


def plain(text):
    """Without what differs from run to run and from system to system."""
    lines = []
    for line in text.split('\n'):
        frame = re.fullmatch(r'    #\d+ (\S+) misuse\.c:(\d+)', line)
        if frame:
            tag = TAGS.get(int(frame.group(2)), '')
            lines.append(f'    {frame.group(1)} {tag}'.rstrip())
        elif not line.startswith('    #'):
            line = re.sub(r'0x[0-9a-f]+', '0x', line)
            line = re.sub(r'thread \d+', 'thread N', line)
            line = re.sub(r'\d+\.\d{3} s', 'T s', line)
            line = re.sub(r'block \d+ of span \d+', 'block', line)
            line = re.sub(r'\d+ bytes with what', 'N bytes with what', line)
            lines.append(re.sub(r'with memory of its own', 'block', line))
    return '\n'.join(lines)


def stack(heading, *frames):
    return f'  {heading}:\n' + ''.join(f'    {frame}\n' for frame in frames)


def made(alignment='0', thread=False):
    return stack('made T s before, by thread N (misuse)', 'make made', 'main')


def way(name, thread=False):
    return (name, 'do_it') if thread else (name, 'do_it', 'main')


def freed(name, thread=False):
    return stack('freed T s before, by thread N (misuse)', 'give_back freed',
                 *way(name, thread))


def block(size, alignment='0'):
    aligned = f', aligned to {alignment}' if int(alignment) > 16 else ''
    return (f'  block      0x, {bytes_of(size)} by malloc{aligned}; block, '
            'N bytes with what is around it\n')


def bytes_of(size):
    return f'{size} byte{"s" * (size != "1")}'


def told(what, check, call, size, *parts, advice, alignment='0'):
    return (f'rpscope: {what} of a block of {bytes_of(size)}\n'
            f'  found      at {call} of 0x, by the check "{check}"; certain\n'
            + block(size, alignment) + ''.join(parts)
            + f'  to do      {advice}\n')


ONCE = ('one of the two must not free it; a pointer that is set to NULL when '
        'its block is freed shows which')
START = 'give back the pointer that the allocation returned'
UNSEEN = 'look where its bytes are written, by the code that has it'
KEPT = 'somebody kept a pointer to it'


def expect(text, *words, settings=(), status=ABORTED, wanted='all'):
    done = run(f'--check={wanted}', *settings, '--', program('misuse'), *words)
    assert plain(done.stderr) == text, (
        f'{words}: expected\n{text}\nfound\n{plain(done.stderr)}')
    assert done.returncode == status, (words, done.returncode)
    good = run(f'--check={wanted}', *settings, '--', program('misuse'), *words,
               'good')
    assert (good.stderr, good.returncode) == ('', 0), (words, good)


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


@case
def one_block_in_so_many_has_pages():
    done = run('--check=pages:2', '--on-error=continue', '--',
               program('misuse'), 'write_past', '64', '0')
    assert done.returncode in (0, ABORTED), done


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


def leaks_of(*words, status=0, settings=()):
    done = run('--check=leaks', *settings, '--', program('leaky'), *words)
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
    assert 'E heap bug: write past the end of a block of 1001 bytes' in (
        report.stdout), report.stdout
    assert 'residual 0 B now' in report.stdout, report.stdout
    assert 'free,guards,poison,match,leaks,no-alloc' in report.stdout, report.stdout


main()
