"""scons fuzz: each fuzz program runs for seconds=N; what it found to be worth
keeping stays in build/corpus, and an input that breaks it in build/crashes."""
import os
import subprocess

from SCons.Script import Action


def run(target, source, env):
    status = 0
    for program in source:
        corpus = f'build/corpus/{program.name}'
        crashes = 'build/crashes/'
        os.makedirs(corpus, exist_ok=True)
        os.makedirs(crashes, exist_ok=True)
        status |= subprocess.call([
            program.path, f'-max_total_time={env["seconds"]}', '-max_len=65536',
            '-print_final_stats=1', f'-artifact_prefix={crashes}', corpus])
    return status


def fuzz(env, programs):
    node = env.Command('#fuzz', env.Flatten(programs), Action(run, None))
    env.AlwaysBuild(env.Alias('fuzz', node))
    env.Pseudo(node)


def generate(env):
    env.AddMethod(fuzz, 'Fuzz')


def exists(env):
    return True
