"""scons bench: builds what is measured, then measures it beside its peers.

quick=1, litter=1, only=NAME, part=NAME, rounds=N and peer=NAME:FILE on the command line
go to tests/bench/run.py, where --help tells what they mean.
"""
import subprocess
import sys

from SCons.Script import ARGLIST, Action

OPTIONS = ['only', 'part', 'rounds', 'peer']


def run(target, source, env):
    command = [sys.executable, 'tests/bench/run.py',
               '--build', env.Dir('$BUILD').path]
    for name, value in ARGLIST:
        if name in OPTIONS:
            command += [f'--{name}', value]
        elif name in ('quick', 'litter') and value != '0':
            command.append('--' + name)
    return subprocess.call(command)


def bench(env, programs, needs):
    node = env.Command('#bench', programs, Action(run, None))
    env.Depends(node, needs)
    env.AlwaysBuild(env.Alias('bench', node))
    env.AlwaysBuild(node)
    env.Pseudo(node)


def generate(env):
    env.AddMethod(bench, 'Bench')


def exists(env):
    return True
