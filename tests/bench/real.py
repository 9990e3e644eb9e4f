"""Real programs: redis, sqlite, lua, python, and the compilers of gcc."""
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

import runner
import sources
import workloads

HERE = os.path.dirname(os.path.abspath(__file__))


def script(name):
    return os.path.join(HERE, 'workloads', name)


@dataclass(frozen=True)
class Real(workloads.Workload):
    work: str = ''  # the folder for made files

    def made(self, suffix, text):
        """A file with this text, written once."""
        path = os.path.join(self.work, self.name + suffix)
        if not os.path.exists(path):
            with open(path, 'w') as file:
                file.write(text)
        return path


class Sqlite(Real):
    def command(self, folder, quick):
        size = self.size(quick)
        with open(script('tables.sql')) as file:
            text = file.read().replace('ROWS', str(size))
        return ['sqlite3', '-batch', ':memory:',
                '.read ' + self.made(f'-{size}.sql', text)]


class Lua(Real):
    def command(self, folder, quick):
        return ['lua5.4', script('objects.lua'), str(self.size(quick))]


class Python(Real):
    environment = {'PYTHONMALLOC': 'malloc', 'PYTHONHASHSEED': '1',
                   'PYTHONDONTWRITEBYTECODE': '1'}

    def command(self, folder, quick):
        return [python(), script('objects.py'), str(self.size(quick))]


class Cc1(Real):
    def command(self, folder, quick):
        size = self.size(quick)
        return [cc1(), '-quiet', '-O2', '-o', '/dev/null',
                self.made(f'-{size}.c', sources.c_source(size))]


class Gxx(Real):
    def command(self, folder, quick):
        size = self.size(quick)
        return ['g++', '-std=c++17', '-O1', '-S', '-o', '/dev/null',
                self.made(f'-{size}.cc', sources.cxx_source(size))]


class Redis(Real):
    """The server is what is measured; wall time is the client's.

    What the server itself says that it took (server_ns) is without the
    processes that a recorder has beside it.
    """

    def command(self, folder, quick):
        return ['redis-server', '--port', '0', '--unixsocket', './socket',
                '--save', '', '--appendonly', 'no', '--daemonize', 'no']

    def client(self, scratch, quick):
        socket = os.path.join(scratch, 'socket')
        talk = ['redis-cli', '-s', socket]

        def answers():
            return subprocess.run(talk + ['ping'], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0

        runner.wait_until(lambda: os.path.exists(socket) and answers(), 60,
                          'the start of redis-server')
        begin = time.monotonic()
        subprocess.run(
            ['redis-benchmark', '-s', socket, '-q', '-n',
             str(self.size(quick)), '-P', '16', '-c', '20', '-r', '100000',
             '-d', '200', '-t', 'set,get,incr,lpush,lpop,sadd,hset,zadd'],
            check=True, stdout=subprocess.DEVNULL, timeout=runner.SECONDS_MAX)
        seconds = time.monotonic() - begin
        told = subprocess.run(talk + ['info', 'cpu'], check=True, timeout=60,
                              capture_output=True, text=True).stdout
        used = re.findall(r'^used_cpu_(?:sys|user):([\d.]+)', told, re.MULTILINE)
        subprocess.run(talk + ['shutdown', 'nosave'], check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
        return {'wall_ns': int(seconds * 1e9),
                'server_ns': int(sum(map(float, used)) * 1e9)}


def python():
    """Debian's, since another build may bring an allocator or a wrapper."""
    return shutil.which('python3', path='/usr/bin:/bin') or sys.executable


def cc1():
    try:
        return subprocess.run(['gcc', '-print-prog-name=cc1'], text=True,
                              capture_output=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return 'cc1'


def real_workloads(work):
    """The real programs that this machine has, and what is missing."""
    table = [
        (Redis, 'redis', 'redis-server', 250000, 'redis-server redis-tools'),
        (Sqlite, 'sqlite', 'sqlite3', 800000, 'sqlite3'),
        (Lua, 'lua', 'lua5.4', 260, 'lua5.4'),
        (Python, 'python', python(), 200, 'python3'),
        (Cc1, 'cc1', cc1(), 180, 'gcc'),
        (Gxx, 'g++', 'g++', 5, 'g++'),
    ]
    found, missing = [], []
    for kind, name, program, rounds, package in table:
        if shutil.which(program):
            found.append(kind(name, 'real', rounds, work=work,
                              own_allocator=kind is Redis))
        else:
            missing.append(f'{name} is left out: {program} is not installed '
                           f'(Debian package {package})')
    return found, missing
