// main.c - rpscope: records what a program allocates, and explains it.
#include "viewer/command/commands.h"

#include <locale.h>

int main(int argc, char **argv) {
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); // numbers look the same everywhere
    return commands_run(argc, argv);
}
