"""Programs that are right, to be run with checks."""
import os
import shutil
import subprocess

from case import HANG, TOP, Skip, built

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


def nothing_is_told(mode, command):
    """By the checks; and the program does what it does without them."""
    if not shutil.which(command[0]):
        raise Skip(f'no {command[0]}')
    done = run(command, mode)
    plain = subprocess.run(command, timeout=HANG, capture_output=True,
                           text=True, stdin=subprocess.DEVNULL)
    assert (done.stderr, done.returncode) == (plain.stderr,
                                              plain.returncode), done
    assert done.stdout == plain.stdout
