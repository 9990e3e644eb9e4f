// index_file.c - the file beside a trace in which its keyframes are kept.
#include "viewer/index/index_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/crc32c.h"
#include "viewer/base/text.h"

enum { COPY_BYTES = 256, COPIES = 2, PATH_BYTES = 4096 };

static const char magic[8] = "RPSCIDX7";

_Static_assert(sizeof(struct index_header) <= COPY_BYTES &&
                   COPIES * (int)COPY_BYTES <= (int)STORE_FIRST,
               "two copies of the header stand before the pieces");

static void say(struct index_file *index, const char *what, const char *why) {
    snprintf(index->says, sizeof index->says, "%.120s: %s%s", index->path, what,
             why);
}

// ---- the header ----

static uint64_t digest_of(const struct trace_file *trace, uint64_t blocks) {
    uint64_t digest = trace->header.start_unix_ns ^ trace->header.process_id;
    digest ^= trace->past_digest;
    for (uint64_t i = 0; i < blocks && i < trace->block_count; i++) {
        const struct trace_block *block = &trace->blocks[i];
        digest = (digest ^ block->header.header_crc ^ block->offset << 20) *
                 UINT64_C(0x9e3779b97f4a7c15);
        digest ^= digest >> 32;
    }
    return digest;
}

static uint32_t header_crc(const struct index_header *header) {
    return crc32c(header, offsetof(struct index_header, crc));
}

static bool write_header(struct index_file *index) {
    struct index_header *header = &index->header;
    header->turn++;
    header->crc = header_crc(header);
    off_t at = (off_t)(header->turn % COPIES * COPY_BYTES);
    ssize_t written = pwrite(index->file.fd, header, sizeof *header, at);
    return written == (ssize_t)sizeof *header;
}

// The newer copy of the two that is whole. False: none is.
static bool read_header(struct index_file *index) {
    bool found = false;
    for (int i = 0; i < COPIES; i++) {
        struct index_header header;
        ssize_t got =
            pread(index->file.fd, &header, sizeof header, i * COPY_BYTES);
        if (got != (ssize_t)sizeof header ||
            memcmp(header.magic, magic, sizeof magic) != 0 ||
            header.header_bytes != sizeof header ||
            header.crc != header_crc(&header) ||
            (found && header.turn < index->header.turn))
            continue;
        index->header = header;
        found = true;
    }
    return found;
}

// ---- opening ----

// Whose file it is: ours, or that of the trace's owner. Others may say what
// they like of the trace.
static bool is_of_a_friend(int fd, const struct trace_file *trace) {
    struct stat index, of;
    return fstat(fd, &index) == 0 && fstat(trace->fd, &of) == 0 &&
           S_ISREG(index.st_mode) &&
           (index.st_uid == of.st_uid || index.st_uid == geteuid());
}

// Opens a file that is there, or makes it.
static bool open_at(struct index_file *index, const struct trace_file *trace,
                    const char *path) {
    const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    struct stat of;
    int fd = open(path, O_RDWR | flags);
    index->writes = fd >= 0;
    if (fd < 0 && errno == ENOENT && fstat(trace->fd, &of) == 0) {
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | flags, of.st_mode & 0666);
        index->writes = fd >= 0;
    } else if (fd < 0) {
        fd = open(path, O_RDONLY | flags);
    }
    if (fd < 0)
        return false;
    if (!is_of_a_friend(fd, trace)) {
        close(fd);
        errno = EPERM;
        return false;
    }
    if (index->writes && flock(fd, LOCK_EX | LOCK_NB) != 0)
        index->writes = false;
    index->file.fd = fd;
    index->path = pool_text(index->pool, path, strlen(path));
    return true;
}

// In the cache folder: the name of the trace, and a number for its path.
static bool open_in_cache(struct index_file *index,
                          const struct trace_file *trace) {
    char folder[PATH_BYTES], path[PATH_BYTES + 64];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *real = realpath(trace->path, NULL);
    bool opened = false;
    if (real && ((cache && *cache == '/') || (home && *home == '/'))) {
        bool own = cache && *cache == '/';
        snprintf(folder, sizeof folder, "%.3000s%s", own ? cache : home,
                 own ? "" : "/.cache");
        mkdir(folder, 0700);
        snprintf(path, sizeof path, "%.3000s/rpscope", folder);
        mkdir(path, 0700);
        snprintf(path, sizeof path, "%.3000s/rpscope/%.200s-%08x.index", folder,
                 text_base_name(real), crc32c(real, strlen(real)));
        opened = open_at(index, trace, path);
    }
    free(real);
    return opened;
}

static bool open_beside(struct index_file *index,
                        const struct trace_file *trace) {
    char path[PATH_BYTES];
    int size = snprintf(path, sizeof path, "%s.index", trace->path);
    return size < (int)sizeof path && open_at(index, trace, path);
}

// Why the header, which is whole, is not of this trace; NULL: it is.
static const char *is_other(const struct index_file *index,
                            const struct trace_file *trace) {
    const struct index_header *header = &index->header;
    uint8_t build[BUILD_BYTES];
    struct stat status;
    build_read(build);
    if (memcmp(header->build, build, sizeof build) != 0)
        return "is of another rpscope";
    if (header->trace_blocks > trace->block_count ||
        header->trace_digest != digest_of(trace, header->trace_blocks))
        return "is of another trace";
    if (header->end < STORE_FIRST || header->last_keyframe >= header->end ||
        fstat(index->file.fd, &status) != 0 ||
        header->end > (uint64_t)status.st_size)
        return "is damaged";
    return NULL;
}

static bool begin(struct index_file *index, const struct trace_file *trace) {
    struct index_header *header = &index->header;
    *header = (struct index_header){.header_bytes = sizeof *header,
                                    .end = STORE_FIRST};
    memcpy(header->magic, magic, sizeof magic);
    build_read(header->build);
    header->trace_blocks = trace->block_count;
    header->trace_digest = digest_of(trace, trace->block_count);
    index->file.size = STORE_FIRST;
    return ftruncate(index->file.fd, 0) == 0 && write_header(index) &&
           write_header(index) && ftruncate(index->file.fd, STORE_FIRST) == 0;
}

static void close_file(struct index_file *index) {
    if (index->file.fd >= 0)
        close(index->file.fd);
    index->file.fd = -1;
}

bool index_file_open(struct index_file *index, const struct trace_file *trace,
                     struct pool *pool) {
    struct stat status;
    *index = (struct index_file){.pool = pool, .file = {.fd = -1}};
    if (!open_beside(index, trace) && !open_in_cache(index, trace)) {
        snprintf(index->says, sizeof index->says,
                 "%.120s: there is no place for an index (%s); it is kept in "
                 "memory",
                 trace->path, strerror(errno));
        return false;
    }
    bool empty = fstat(index->file.fd, &status) == 0 && status.st_size == 0;
    const char *why = read_header(index) ? is_other(index, trace)
                      : empty            ? ""
                                         : "is damaged";
    if (!why) {
        index->file.size = index->header.end;
        index->file.full = !index->writes;
        if (index->writes &&
            ftruncate(index->file.fd, (off_t)index->header.end) != 0)
            index->file.full = true;
        return true;
    }
    return index_file_reset(index, trace, *why ? why : NULL);
}

bool index_file_reset(struct index_file *index, const struct trace_file *trace,
                      const char *why) {
    if (!index->writes) {
        say(index, why ? why : "is being made by another",
            "; it is kept in memory");
        close_file(index);
        return false;
    }
    if (why)
        say(index, why, "; it is made anew");
    if (begin(index, trace))
        return true;
    say(index, "cannot be written: ", strerror(errno));
    close_file(index);
    return false;
}

bool index_file_commit(struct index_file *index, uint64_t last_keyframe,
                       uint64_t end, bool whole) {
    index->header.last_keyframe = last_keyframe;
    index->header.end = end;
    index->header.whole = whole;
    return write_header(index);
}

void index_file_release(struct index_file *index) {
    if (index->path && index->writes)
        flock(index->file.fd, LOCK_UN);
    index->writes = false;
}

void index_file_remove(struct index_file *index) {
    if (index->path && index->writes)
        unlink(index->path);
}

void index_file_free(struct index_file *index) {
    pool_give(index->pool, index->path);
    *index = (struct index_file){.file = {.fd = -1}};
}

uint64_t index_file_grow(struct index_file *index,
                         const struct trace_file *trace) {
    uint64_t first = UINT64_MAX;
    for (size_t i = index->header.trace_blocks; i < trace->block_count; i++) {
        const struct trace_block_header *header = &trace->blocks[i].header;
        if (header->kind == TRACE_EVENTS && header->event_count > 0 &&
            header->first_time < first)
            first = header->first_time;
    }
    index->header.trace_blocks = trace->block_count;
    index->header.trace_digest = digest_of(trace, trace->block_count);
    return first;
}
