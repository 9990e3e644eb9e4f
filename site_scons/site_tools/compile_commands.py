"""compile_commands.json for editors and clang tools, written when it changes.

Lists what parts.py compiles, in the variants of this build.
"""
import json
import os


def entry(env, node):
    source = node.sources[0].srcnode()
    return {
        'directory': os.getcwd(),
        'file': source.path,
        'output': node.path,
        'command': env.subst('$SHCXXCOM' if source.path.endswith('.cc')
                             else '$SHCCCOM', target=[node], source=[source]),
    }


def compile_commands(env, nodes):
    nodes = [node for node in env.Flatten(nodes) if str(node).endswith('.os')]
    text = json.dumps([entry(node.get_build_env(), node) for node in nodes],
                      indent=1)
    return env.Textfile('#compile_commands.json', text.replace('$', '$$'))


def generate(env):
    env.Tool('textfile')
    env['TEXTFILESUFFIX'] = ''
    env.AddMethod(compile_commands, 'CompileCommands')


def exists(env):
    return True
