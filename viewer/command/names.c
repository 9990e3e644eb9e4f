// names.c - rpscope names: functions and lines in the reports of checks.
//
// The library has no names: it writes frames as a file and an address in it,
// and gives each report to this command, or to the user, who may do so later.
#include "viewer/command/names.h"
#include "viewer/base/escape.h"
#include "viewer/base/memory.h"
#include "viewer/names/symbols.h"
#include "viewer/record/suppressions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Nothing was told, since the user does not want to hear of it.
enum { EXIT_SUPPRESSED = 10 };

// Each file of code gets addresses of its own, so that it is known by them.
enum { MODULES_MOST = 256, PLACE_BYTES = 512 };
static const uint64_t module_room = UINT64_C(1) << 40;

struct naming {
    struct trace_tables tables;
    struct trace_module modules[MODULES_MOST];
    struct symbols *symbols;
    struct suppressions suppressions;
};

// A line of a frame: "    #N 0xADDRESS (FILE+0xOFFSET)".
struct raw_frame {
    const char *number;
    size_t number_bytes;
    const char *file;
    size_t file_bytes;
    uint64_t offset;
};

static bool read_frame(const char *line, struct raw_frame *frame) {
    if (strncmp(line, "    #", 5) != 0)
        return false;
    frame->number = line + 5;
    frame->number_bytes = strspn(frame->number, "0123456789");
    const char *file = strstr(line, " (/");
    const char *end = line + strlen(line);
    if (!file || end[-1] != ')')
        return false;
    frame->file = file + 2;
    const char *plus = end;
    while (plus > frame->file && *plus != '+')
        plus--;
    frame->file_bytes = (size_t)(plus - frame->file);
    return frame->file_bytes > 0 &&
           sscanf(plus, "+0x%" SCNx64 ")", &frame->offset) == 1;
}

// Reads everything; the result ends by NUL.
static char *read_all(FILE *in) {
    size_t size = 0, capacity = 0;
    char *text = NULL;
    for (;;) {
        if (capacity - size < 2)
            text = memory_resize(text, capacity = capacity * 2 + 65536, 1);
        size_t got = fread(text + size, 1, capacity - size - 1, in);
        size += got;
        if (got == 0)
            break;
    }
    text[size] = 0;
    return text;
}

static size_t module_of(struct naming *n, const struct raw_frame *frame) {
    size_t count = n->tables.module_count;
    for (size_t i = 0; i < count; i++)
        if (strlen(n->modules[i].path) == frame->file_bytes &&
            memcmp(n->modules[i].path, frame->file, frame->file_bytes) == 0)
            return i;
    if (count == MODULES_MOST)
        return SIZE_MAX;
    uint64_t start = (count + 1) * module_room;
    char *path = memory_text(frame->file, frame->file_bytes);
    n->modules[count] = (struct trace_module){.start = start,
                                              .end = start + module_room,
                                              .bias = start,
                                              .path = path};
    n->tables.module_count++;
    return count;
}

// All files are known before the first name is asked for.
static void find_modules(struct naming *n, const char *text) {
    char *copy = memory_text(text, strlen(text));
    for (char *next, *line = copy; line; line = next) {
        struct raw_frame frame;
        if ((next = strchr(line, '\n')))
            *next++ = 0;
        if (read_frame(line, &frame))
            module_of(n, &frame);
    }
    free(copy);
}

// The frames of a line, or NULL.
static const struct frame *frames_of(struct naming *n,
                                     const struct raw_frame *raw,
                                     size_t *count) {
    size_t module = module_of(n, raw);
    if (module == SIZE_MAX || raw->offset >= module_room)
        return NULL;
    return symbols_at(n->symbols, n->modules[module].bias + raw->offset, count);
}

static bool is_suppressed(struct naming *n, const char *type,
                          const struct frame *frames, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (suppressions_have(&n->suppressions, type, frames[i].function) ||
            suppressions_have(&n->suppressions, type, frames[i].file) ||
            suppressions_have(&n->suppressions, type, frames[i].module))
            return true;
    return false;
}

static void tell_frame(const struct raw_frame *raw, const struct frame *frames,
                       size_t count, FILE *out) {
    for (size_t i = 0; i < count; i++) {
        static const struct frame_words words = {"", ""};
        char name[FRAME_NAME_BYTES], where[PLACE_BYTES], place[PLACE_BYTES];
        frame_full_name(&frames[i], name, sizeof name);
        frame_locate(&frames[i], &words, where, sizeof where);
        escape_text(place, sizeof place, where);
        fprintf(out, "    #%.*s %s", (int)raw->number_bytes, raw->number, name);
        if (*place)
            fprintf(out, " %s", place);
        fputs(frames[i].inlined ? " (inlined)\n" : "\n", out);
    }
}

// One report, from its first line to the next one's; it is written into.
// False: it is not wanted.
static bool tell(struct naming *n, char *text, FILE *out) {
    char *result = NULL, type[16] = "";
    size_t size;
    bool wanted = true;
    FILE *lines = open_memstream(&result, &size);
    for (char *line = text, *next; line; line = next) {
        struct raw_frame raw;
        size_t count = 0;
        if ((next = strchr(line, '\n')))
            *next++ = 0;
        const char *kind = strstr(line, "by the check \"");
        if (kind)
            sscanf(kind, "by the check \"%15[a-z-]", type);
        if (strcmp(type, "leaks") == 0)
            strcpy(type, "leak");
        const struct frame *frames =
            read_frame(line, &raw) ? frames_of(n, &raw, &count) : NULL;
        if (frames)
            tell_frame(&raw, frames, count, lines);
        else
            fprintf(lines, next ? "%s\n" : "%s", line);
        wanted = wanted && !is_suppressed(n, type, frames, count);
    }
    fclose(lines);
    if (wanted)
        fwrite(result, 1, size, out);
    free(result);
    return wanted;
}

// Where the next report begins, or NULL.
static char *next_report(char *text) {
    char *next = strstr(text + 1, "\nrpscope: ");
    return next ? next + 1 : NULL;
}

// To the library, which gives us its reports through a socket: whether the user
// wants to hear of each.
struct answer {
    char *signs;
    size_t count, capacity;
};

static void answer_add(struct answer *answer, bool is_wanted) {
    answer->signs =
        memory_grow(answer->signs, answer->count, &answer->capacity, 1);
    answer->signs[answer->count++] = is_wanted ? '+' : '-';
}

static void answer_send(struct answer *answer) {
    if (answer->count > 0)
        send(STDIN_FILENO, answer->signs, answer->count, MSG_NOSIGNAL);
    free(answer->signs);
}

static int names_main(const struct arguments *arguments) {
    static struct naming n;
    struct failure failure = {.text = ""};
    const char *path = getenv("RPSCOPE_SUPPRESSIONS");
    FILE *in = stdin, *out = stderr;
    if (path && *path && !suppressions_read(&n.suppressions, path, &failure))
        fprintf(stderr, "rpscope names: %s.\n", failure.text);
    if (arguments->operand_count > 0) {
        in = fopen(arguments->operands[0], "re");
        out = stdout;
        if (!in) {
            fprintf(stderr, "rpscope names: cannot read \"%s\".\n",
                    arguments->operands[0]);
            return EXIT_UNREADABLE;
        }
    }
    char *text = read_all(in), *whole = text;
    n.tables.modules = n.modules;
    find_modules(&n, text);
    n.symbols = symbols_new(&n.tables, NULL, true);
    struct answer answer = {NULL, 0, 0};
    bool any = false;
    while (text && *text) {
        char *next = next_report(text), kept = 0;
        if (next) {
            kept = *next;
            next[-1] = 0; // its line's end is told again below
        }
        bool is_wanted = tell(&n, text, out);
        answer_add(&answer, is_wanted);
        any |= is_wanted;
        if (is_wanted && next)
            fputc('\n', out);
        if (next)
            *next = kept;
        text = next;
    }
    fflush(out);
    free(whole);
    bool has_any = answer.count > 0;
    answer_send(&answer);
    return any || !has_any ? EXIT_ALL_WELL : EXIT_SUPPRESSED;
}

const struct command names_command = {
    .name = "names",
    .operands = "[FILE]",
    .summary = "put functions and lines into reports of heap bugs",
    .text = "Reads what a checked program has written on stderr, from FILE or "
            "from its input, and\n"
            "writes it with the names of functions and lines in place of files "
            "and addresses.\n"
            "rpscope run and record --check do that by themselves; this is for "
            "a program that\n"
            "was started with the library preloaded by hand.",
    .options = {{0}},
    .least = 0,
    .most = 1,
    .run = names_main,
};
