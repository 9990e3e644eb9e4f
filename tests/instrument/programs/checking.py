"""Runs a program under `rpscope run`, and what is told of its misuse."""
import os
import re
import signal
import subprocess

from case import HANG, TOP, built
from recording import program

RPSCOPE = built('rpscope')
ABORTED = 128 + signal.SIGABRT
SOURCE = open(os.path.join(TOP, 'tests/instrument/programs/misuse.c')).read()
# What stands behind a line, which tells it in what is expected.
TAGS = {number: line.rpartition('// ')[2]
        for number, line in enumerate(SOURCE.split('\n'), 1)
        if line.endswith(('// made', '// freed', '// again', '// touched',
                         '// owned', '// gone'))}
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
