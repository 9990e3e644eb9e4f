#!/usr/bin/env python3
"""Programs that are right are told of nothing, with checks on: each in one way,
and in all ways in tests/stress/programs/test_checks_real.py."""
import os
import shutil
import subprocess

from case import HANG, Skip, await_that, cases_for, in_folder, main
from real_programs import MODES, PROGRAMS, RPSCOPE, nothing_is_told

# The shorter ones; each mode has some.
SHORT = [command for command in PROGRAMS
         if command[0] in ('python3', 'perl', 'git', 'sqlite3', 'php', 'sh')]


@cases_for([(MODES[i % len(MODES)], command)
            for i, command in enumerate(SHORT)])
def nothing_is_told_of_one(values):
    nothing_is_told(*values)


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
    for i in range(20):
        ask('lpush', 'list', f'{i}' * 50)
    assert ask('llen', 'list') == '20'
    ask('shutdown', 'nosave')
    _, complaints = server.communicate(timeout=HANG)
    assert (complaints, server.returncode) == ('', 0), complaints


main()
