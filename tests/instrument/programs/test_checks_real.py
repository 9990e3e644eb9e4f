#!/usr/bin/env python3
"""Programs that are right are told of nothing, with all checks on."""
import os
import shutil
import subprocess

from case import HANG, TOP, Skip, await_that, built, cases_for, in_folder, main

RPSCOPE = built('rpscope')
WORDS = "import json; print(len(json.dumps([{'a': i} for i in range(20000)])))"
SQL = '''
create table t(a, b);
with recursive c(x) as (select 1 union all select x + 1 from c where x < 9999)
    insert into t select x, 'text ' || x from c;
create index i on t(b);
select count(*), sum(length(b)) from t where b like '%9%';
'''
PROGRAMS = [
    ('python3', '-c', WORDS),
    ('perl', '-e', 'my %h; $h{$_} = $_ x 3 for 1 .. 9999; print scalar keys %h'),
    ('git', '-C', TOP, 'log', '--oneline', '-100'),
    ('sqlite3', ':memory:', SQL),
    ('gcc', '-O1', '-S', '-o', '/dev/null',
     os.path.join(TOP, 'tests/instrument/programs/misuse.c')),
    ('node', '-e', 'console.log(JSON.stringify([...Array(9999).keys()]).length)'),
    ('php', '-r', 'echo strlen(json_encode(range(1, 9999)));'),
    ('ls', '-lR', '/usr/include'),
    ('sh', '-c', 'ls /usr/bin | sort -r | head -3'),
]
MODES = ('free,guards,poison,match', 'pages:1', 'pages:7,free,guards,poison')


def run(command, check, **environment):
    return subprocess.run(
        [RPSCOPE, 'run', f'--check={check}', '--', *command], timeout=HANG,
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env={**os.environ, 'PYTHONMALLOC': 'malloc', 'USE_ZEND_ALLOC': '0',
             **environment})


@cases_for([(mode, command) for mode in MODES for command in PROGRAMS])
def nothing_is_told(values):
    mode, command = values
    if not shutil.which(command[0]):
        raise Skip(f'no {command[0]}')
    done = run(command, mode)
    plain = subprocess.run(command, timeout=HANG, capture_output=True,
                           text=True, stdin=subprocess.DEVNULL)
    assert (done.stderr, done.returncode) == (plain.stderr,
                                              plain.returncode), done
    assert done.stdout == plain.stdout


@in_folder
def redis_serves_as_ever(folder):
    if not shutil.which('redis-server') or not shutil.which('redis-cli'):
        raise Skip('no redis')
    socket = os.path.join(folder, 'socket')
    server = subprocess.Popen(
        [RPSCOPE, 'run', '--check=free,guards,poison,match', '--',
         'redis-server', '--port', '0', '--unixsocket', socket, '--save', '',
         '--dir', folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True)

    def ask(*words):
        return subprocess.run(['redis-cli', '-s', socket, *words], timeout=HANG,
                              capture_output=True, text=True).stdout.strip()
    await_that(lambda: ask('ping') == 'PONG', 'redis answers')
    for i in range(100):
        ask('lpush', 'list', f'{i}' * 50)
    assert ask('llen', 'list') == '100'
    ask('shutdown', 'nosave')
    _, complaints = server.communicate(timeout=HANG)
    assert (complaints, server.returncode) == ('', 0), complaints


main()
