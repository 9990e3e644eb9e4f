"""programs.py - real programs with work that takes a second, always the same.

Each function gets a fresh folder and a Way, runs its program in that way, and
returns everything the program made: what it wrote, and the files that matter.
"""
import os
import subprocess

from case import HANG, await_that

PYTHON = '''
import hashlib, random, re, sys, threading
kept = []
def work(seed):
    rng = random.Random(seed)
    rows = []
    for i in range(20000):
        rows.append({'id': i, 'name': 'n%d' % rng.randrange(999),
                     'tags': [str(rng.random()) for _ in range(rng.randrange(6))]})
        if i % 50 == 0:
            kept.append(rows[rng.randrange(len(rows))])
        if i % 4000 == 0:
            rows.clear()
    results[seed] = hashlib.sha256(repr(rows).encode()).hexdigest()
results = {}
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(results.items()), len(kept))
print(len(re.findall(r'[a-z]+', 'some words ' * 50000)))
'''

PERL = r'''
my (%count, @kept);
for my $i (1 .. 60000) {
    my $key = join '-', map { ($i * 7919 + $_ * 104729) % 9973 } 1 .. 3;
    $count{$key} .= "x" x ($i % 40);
    push @kept, [$i, $key] if $i % 10 == 0;
}
print scalar(keys %count), " ", scalar(@kept), "\n";
print join(",", map { "$_->[0]:$_->[1]" } @kept[0 .. 20]), "\n";
my $text = "abc def " x 20000;
print scalar(() = $text =~ /\w+/g), "\n";
'''

LUA = '''
local kept, sum = {}, 0
for round = 1, 30 do
  local t = {}
  for i = 1, 8000 do t[i] = { id = i, name = "n" .. (i * round) % 977 } end
  for i = 1, #t, 400 do kept[#kept + 1] = t[i] end
  for _, v in ipairs(t) do sum = sum + #v.name end
end
print(#kept, sum, string.rep("ab", 1000):gsub("b", "cd"))
'''

SQL = '''
create table item(id integer primary key, name text, price real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000)
  insert into item select i, 'item ' || (i * 7919) % 10007, i * 0.25 from n;
create index by_name on item(name);
delete from item where id % 3 = 0;
update item set name = name || ' again' where id % 7 = 0;
select count(*), sum(price), min(name), max(name) from item;
select name, count(*) c from item group by name order by c desc, name limit 9;
select group_concat(name) from (select name from item order by name limit 500);
'''


def c_source(functions):
    return ''.join(f'''
struct s{i} {{ struct s{i} *next; int key; double value; }};
static int mix_{i}(int a, int b) {{
    int sum = {i};
    for (int j = 0; j < a; j++)
        switch ((j ^ b) % {3 + i % 7}) {{
        case 0: sum += j * {i + 3}; break;
        case 1: sum ^= b << {i % 13}; break;
        case 2: sum -= {f"mix_{i - 1}(j, b)" if i else "j"}; break;
        default: sum = (sum >> 1) + j / ({i % 5} + 1);
        }}
    return sum;
}}
double walk_{i}(struct s{i} *list, int limit) {{
    double best = 0;
    for (; list && limit; list = list->next, limit--)
        if (list->value * mix_{i}(list->key, limit) > best)
            best = list->value;
    return best;
}}
''' for i in range(functions))


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def python(work, way):
    return way.run(work, ['/usr/bin/python3', '-c', PYTHON],
                   PYTHONMALLOC='malloc', PYTHONHASHSEED='0')


def perl(work, way):
    return way.run(work, ['perl', '-e', PERL], PERL_HASH_SEED='0')


def lua(work, way):
    return way.run(work, ['lua5.4', '-e', LUA])


def sqlite(work, way):
    write(f'{work}/script.sql', SQL)
    return way.run(work, ['sqlite3', f'{work}/data.db',
                          '.read script.sql']) + read(f'{work}/data.db')


def gcc(work, way):
    write(f'{work}/big.c', c_source(36))
    return way.run(work, ['gcc', '-O2', '-c', 'big.c', '-o', 'big.o']) + read(
        f'{work}/big.o')


def git(work, way):
    fixed = {f'GIT_{who}_{what}': value for who in ('AUTHOR', 'COMMITTER')
             for what, value in (('NAME', 'a'), ('EMAIL', 'a@b.c'),
                                 ('DATE', '2020-01-01T00:00:00Z'))}
    fixed |= {'GIT_CONFIG_GLOBAL': '/dev/null', 'GIT_PAGER': 'cat'}
    repository = f'{work}/repository'
    plain = {**os.environ, **fixed}
    subprocess.run(['git', 'init', '-q', repository], check=True, env=plain)
    for step in range(12):
        for n in range(8):
            write(f'{repository}/file{n}.c', c_source(4 + (step * n) % 9))
        subprocess.run(['git', 'add', '-A'], check=True, cwd=repository)
        subprocess.run(['git', 'commit', '-q', '--allow-empty', '-m',
                        f'step {step}'], check=True, cwd=repository, env=plain)
    return way.run(repository, ['git', 'log', '-p', '--stat'], **fixed)


def redis(work, way):
    """A server under load; what it answers afterwards."""
    socket = f'{work}/redis.sock'
    command, environment = way.wrap(work, [
        'redis-server', '--port', '0', '--unixsocket', socket, '--save', '',
        '--dir', work, '--io-threads', '2'], {})
    client = ['redis-cli', '-s', socket]
    with open(f'{work}/log', 'wb') as log:
        server = subprocess.Popen(command, env=environment, cwd=work,
                                  stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log)
    try:
        def answers_ping():
            assert server.poll() is None, read(f'{work}/log')
            return subprocess.run(client + ['ping'], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0
        await_that(answers_ping, 'the server answers', 0.05)
        subprocess.run(['redis-benchmark', '-s', socket, '-q', '-n', '2000',
                        '-c', '20', '-r', '2000', '-d', '200', '-t',
                        'set,get,lpush,sadd,hset,zadd,mset'], check=True,
                       stdout=subprocess.DEVNULL, timeout=HANG)
        script = ('flushall\n' + ''.join(
            f'set key:{i} {"v" * (i % 900)}\nrpush list:{i % 50} {i}\n'
            f'hset hash:{i % 20} f{i} {i * i}\n' for i in range(3000)) + ''.join(
            f'del key:{i}\n' for i in range(0, 3000, 3)) +
            'dbsize\nlrange list:7 0 -1\nhget hash:3 f23\ndebug sleep 0\n'
            'get key:601\nstrlen key:899\n')
        answers = subprocess.run(client, input=script.encode(), timeout=HANG,
                                 capture_output=True).stdout
        subprocess.run(client + ['shutdown', 'nosave'], timeout=HANG,
                       capture_output=True)
        assert server.wait(HANG) == 0, read(f'{work}/log')
    finally:
        if server.poll() is None:
            server.kill()
    return answers


ALL = {f.__name__: f for f in (python, perl, lua, sqlite, gcc, git, redis)}
