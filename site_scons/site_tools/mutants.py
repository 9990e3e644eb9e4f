"""scons mutants: core with one random change at a time, against its tests.

count=N, seed=N, jobs=N and only=WORD on the command line go to
tests/mutants/run.py, where --help tells what they mean.
"""
import os
import subprocess
import sys

from SCons.Script import ARGUMENTS, Action

OPTIONS = ['count', 'seed', 'jobs', 'only']


def run(target, source, env):
    build = env.Dir('$BUILD').path
    command = [sys.executable, 'tests/mutants/run.py', '--build', build]
    for name in OPTIONS:
        if name in ARGUMENTS:
            command += [f'--{name}', ARGUMENTS[name]]
    return subprocess.call(command, env={
        **os.environ, 'PYTHONPATH': 'tests',
        'RPSCOPE_BUILD': os.path.abspath(build)})


def mutants(env, needs):
    node = env.Command('#mutants', [], Action(run, None))
    env.Depends(node, needs)
    env.AlwaysBuild(env.Alias('mutants', node))
    env.Pseudo(node)


def generate(env):
    env.AddMethod(mutants, 'Mutants')


def exists(env):
    return True
