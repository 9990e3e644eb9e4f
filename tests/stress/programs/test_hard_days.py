#!/usr/bin/env python3
"""What would spoil a recording, for longer, larger, and all at once."""
import concurrent.futures
import functools
import glob
import grp
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from case import (HANG, REPORT, TOP, Skip, await_that, built, case, cases_for,
                  main)

sys.path.insert(0, os.path.join(TOP, 'tests/instrument/programs'))
from death import UnderRecord, nothing_is_lost  # noqa: E402
from recording import Recording, Trace, program, whole  # noqa: E402

RPSCOPE = built('rpscope')
SCRIPTS = ('wild', 'trust', 'bad_days', 'rights', 'descriptors', 'stacks',
           'unusual', 'confined', 'stopped_drainer', 'crowd')
AT_ONCE = 4  # of them


@functools.cache
def under_load():
    """The scripts that hold in quiet, begun side by side amid a loop on each
    processor: spoilt rings and registrations, hostile folders, full disks and
    limits on files, rights given up, descriptors, stacks that come and go, the
    loader's lock."""
    loops = [subprocess.Popen(['taskset', '-c', str(cpu), 'sh', '-c',
                               'while :; do :; done'])
             for cpu in os.sched_getaffinity(0)]
    try:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(SCRIPTS, pool.map(run_script, SCRIPTS)))
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def run_script(name):
    path = f'{TOP}/tests/instrument/programs/test_{name}.py'
    return subprocess.run([sys.executable, path], capture_output=True,
                          text=True, timeout=10 * HANG)


@cases_for(SCRIPTS)
def on_a_busy_machine_it_holds_as_well(script):
    done = under_load()[script]
    assert done.returncode == 0, done.stdout[-2000:]
    assert 'not ok' not in done.stdout


class Stopped(UnderRecord):
    """Its drainer stands still for half a minute, while it works."""
    seconds = 30

    def meet(self, recorder):
        self.wait_for_work(2000)
        drainer = self.child(recorder, 'rpscope-drainer')
        os.kill(drainer, signal.SIGSTOP)
        time.sleep(self.seconds)  # not for something: that long
        os.kill(drainer, signal.SIGCONT)
        before = self.told()
        await_that(lambda: self.told() != before, 'it goes on')
        os.kill(self.child(recorder), signal.SIGKILL)


@case
def a_drainer_that_stands_still_for_half_a_minute_ends_no_recording():
    with Stopped() as death:
        assert death.status == 128 + signal.SIGKILL, death.complaints
        trace = death.trace()
        assert trace.trailer is not None and not trace.cut
        assert trace.trailer['events'] == sum(map(len, trace.rings.values()))
        if trace.trailer['lost_events'] == 0:
            nothing_is_lost(death)
        else:
            assert ' LOST' in death.complaints, death.complaints


@case
def two_thousand_threads_come_and_go_three_times():
    for _ in range(3):
        with Recording(program('crowd'), '2000', '60') as recorded:
            assert recorded.output == 'done\n'
            assert recorded.complaints == '', recorded.complaints
            whole(recorded.trace())


# ---- real servers and languages ----

@case
def php_with_its_extensions_is_recorded():
    if not shutil.which('php'):
        raise Skip('there is no php')
    code = ('$a = []; for ($i = 0; $i < 200000; $i++) '
            '$a[$i % 5000] = json_encode(range(1, $i % 30)); '
            'echo count($a), " ", strlen(serialize($a)), "\\n";')
    plain = subprocess.run(['php', '-r', code], capture_output=True, text=True)
    with Recording('php', '-r', code, root='self') as recorded:
        assert recorded.output == plain.stdout, recorded.output
        assert recorded.status == plain.returncode
        assert recorded.complaints == '', recorded.complaints
        whole(recorded.trace())


def free_port():
    with socket.socket() as place:
        place.bind(('127.0.0.1', 0))
        return place.getsockname()[1]


def ask(port):
    with socket.create_connection(('127.0.0.1', port), timeout=HANG) as line:
        line.sendall(b'GET / HTTP/1.0\r\n\r\n')
        return b''.join(iter(lambda: line.recv(65536), b''))


def answers(port):
    try:
        return ask(port)
    except OSError:
        return b''


NGINX = '''
user {user} {group};
worker_processes 2;
daemon off;
error_log stderr error;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 "well\\n"; }}
    }}
}}
'''


@case
def nginx_with_workers_of_another_user_is_recorded_by_root():
    if not shutil.which('nginx'):
        raise Skip('there is no nginx')
    if os.geteuid() != 0:
        raise Skip('only root can become another user')
    nobody, port = pwd.getpwuid(65534), free_port()
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + '/nginx.conf', 'w') as file:
            file.write(NGINX.format(user=nobody.pw_name, folder=folder,
                                    group=grp.getgrgid(nobody.pw_gid).gr_name,
                                    port=port))
        recorder = subprocess.Popen(
            [RPSCOPE, 'record', '-o', folder + '/web.rptrace', '--', 'nginx',
             '-c', folder + '/nginx.conf'], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        try:
            await_that(lambda: b'well' in answers(port), 'it answers')
            for _ in range(300):
                assert ask(port).endswith(b'well\n')
            # Workers that are started anew are root's children without rights.
            with open(folder + '/nginx.pid') as file:
                os.kill(int(file.read()), signal.SIGHUP)
            await_that(lambda: b'well' in answers(port), 'it answers again')
        finally:
            subprocess.run(['nginx', '-c', folder + '/nginx.conf', '-s',
                            'quit'], check=True, capture_output=True)
        told = recorder.communicate(timeout=HANG)[0]
        assert recorder.returncode == 0, told
        assert 'ermission denied' not in told, told
        files = glob.glob(folder + '/web.processes/nginx.*.rptrace')
        assert len(files) >= 4, (files, told)
        for path in [folder + '/web.rptrace', *files]:
            trace = Trace(path)
            assert trace.trailer is not None, path
            assert trace.trailer['lost_events'] == 0, path
            report = json.loads(subprocess.run(
                [*REPORT, '--json', path], capture_output=True,
                text=True, check=True).stdout)
            assert report['residual_bytes'] == 0, path
        assert re.search(r'none lost', told), told


main()
