// file.c - a trace as a list of blocks, whole or not.
#include "viewer/trace/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "viewer/base/crc32c.h"
#include "viewer/base/escape.h"

enum {
    MEMORY_AT_LEAST = 64 << 20,
    MEMORY_PER_BYTE = 4,
    MEMORY_PER_BLOCK = 40,
    MAX_DAMAGE_NOTES = 16,     // places described; all are counted
    SEARCH_WINDOW = 256 << 10, // bytes read at a time to find a block
    AHEAD = 16 << 10,          // bytes read with the header of a small one
};

uint64_t trace_file_memory(uint64_t size, uint64_t live_blocks) {
    uint64_t of_file = size * MEMORY_PER_BYTE;
    uint64_t of_blocks = live_blocks * MEMORY_PER_BLOCK;
    return MEMORY_AT_LEAST + (of_file > of_blocks ? of_file : of_blocks);
}

const char *trace_block_kind_name(uint32_t kind) {
    static const char *const names[] = {
        "",        "facts",   "event", "stacks",  "texts",
        "modules", "classes", "clock", "closing", "names"};
    return kind < sizeof names / sizeof *names && kind ? names[kind]
                                                       : "unknown";
}

// Reads as much of `size` bytes as there is; -1 with errno when that fails.
static ssize_t read_at(int fd, void *to, size_t size, uint64_t offset) {
    size_t done = 0;
    while (done < size) {
        ssize_t n =
            pread(fd, (char *)to + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static struct trace_damage *note_damage(struct trace_file *file,
                                        uint64_t offset, uint64_t bytes) {
    file->damaged_blocks++;
    file->damaged_bytes += bytes;
    if (file->damage_count == MAX_DAMAGE_NOTES)
        return NULL;
    file->damage = pool_grow(file->pool, file->damage, file->damage_count,
                             &file->damage_capacity, sizeof *file->damage);
    struct trace_damage *damage = &file->damage[file->damage_count++];
    damage->offset = offset;
    damage->bytes = bytes;
    damage->what.text[0] = '\0';
    return damage;
}

void trace_file_damage(struct trace_file *file, size_t index,
                       const char *what) {
    struct trace_block *block = &file->blocks[index];
    if (block->damaged)
        return;
    block->damaged = true;
    uint64_t start = block->offset - sizeof block->header;
    struct trace_damage *damage = note_damage(
        file, start, block->header.stored_bytes + sizeof block->header);
    if (damage)
        fail(&damage->what,
             "%s: the %s block at byte %" PRIu64 " %s; it is left out",
             file->path, trace_block_kind_name(block->header.kind), start,
             what);
}

// True when the bytes are a block header that can be believed.
static bool header_is_whole(const struct trace_block_header *header) {
    return header->magic == TRACE_BLOCK_MAGIC &&
           header->header_crc ==
               crc32c(header, offsetof(struct trace_block_header, header_crc));
}

// Offset of the next block header at or after `offset`, or the file's size.
static uint64_t find_block(const struct trace_file *file, uint64_t offset) {
    const size_t need = sizeof(struct trace_block_header);
    uint8_t *window = pool_get(file->pool, SEARCH_WINDOW);
    uint64_t found = file->size;
    while (offset + need <= file->size) {
        ssize_t got = read_at(file->fd, window, SEARCH_WINDOW, offset);
        if (got < (ssize_t)need)
            break;
        size_t last = (size_t)got - need; // last place a header may start
        for (size_t i = 0; i <= last; i++) {
            const uint8_t *hit = memchr(window + i, 'R', last - i + 1);
            if (!hit)
                break;
            i = (size_t)(hit - window);
            struct trace_block_header header;
            memcpy(&header, hit, sizeof header);
            if (header_is_whole(&header)) {
                found = offset + i;
                goto out;
            }
        }
        offset += last + 1;
    }
out:
    pool_give(file->pool, window);
    return found;
}

// What was read beyond a header, for those behind it.
struct ahead {
    uint64_t offset;
    size_t size;
    uint8_t bytes[AHEAD];
};

// Reads the header at `at`, as read_at does. Where the block before it was
// small, so may be the next ones, whose headers are read along.
static ssize_t read_header(const struct trace_file *file, struct ahead *ahead,
                           struct trace_block_header *header, uint64_t at) {
    const struct trace_block *last =
        file->block_count ? &file->blocks[file->block_count - 1] : NULL;
    uint64_t skip = at - ahead->offset;
    if (skip >= ahead->size || ahead->size - skip < sizeof *header) {
        if (!last || last->header.stored_bytes > AHEAD / 8)
            return read_at(file->fd, header, sizeof *header, at);
        ssize_t got = read_at(file->fd, ahead->bytes, AHEAD, at);
        *header = (struct trace_block_header){.magic = 0};
        ahead->offset = at;
        ahead->size = got > 0 ? (size_t)got : 0;
        if (got < (ssize_t)sizeof *header)
            return got;
        skip = 0;
    }
    memcpy(header, ahead->bytes + skip, sizeof *header);
    return (ssize_t)sizeof *header;
}

static void index_blocks(struct trace_file *file) {
    uint64_t at = file->header.header_bytes;
    size_t capacity = 0;
    struct ahead ahead = {.size = 0};
    while (at < file->size) {
        struct trace_block block = {.damaged = false};
        ssize_t got = read_header(file, &ahead, &block.header, at);
        if (got == (ssize_t)sizeof block.header &&
            header_is_whole(&block.header)) {
            block.offset = at + sizeof block.header;
            uint64_t end = block.offset + block.header.stored_bytes;
            if (end <= file->size) {
                file->blocks =
                    pool_grow(file->pool, file->blocks, file->block_count,
                              &capacity, sizeof *file->blocks);
                file->blocks[file->block_count++] = block;
                at = end;
                continue;
            }
            file->truncated = true;
        }
        uint64_t next = find_block(file, at + 1);
        if (next == file->size && !file->truncated &&
            got < (ssize_t)sizeof block.header)
            file->truncated = true;
        if (next < file->size)
            file->truncated = false;
        struct trace_damage *damage = note_damage(file, at, next - at);
        if (damage && file->truncated && got == (ssize_t)sizeof block.header)
            fail(&damage->what,
                 "%s: the file ends at byte %" PRIu64
                 " in the middle of a block that goes to byte %" PRIu64
                 " (was the recorder stopped, or the disk full?); showing what "
                 "comes before",
                 file->path, file->size,
                 block.offset + block.header.stored_bytes);
        else if (damage && file->truncated)
            fail(&damage->what,
                 "%s: the file ends at byte %" PRIu64
                 " in the middle of a block header (found %zd of %zu bytes; "
                 "was the recorder stopped, or the disk full?); showing what "
                 "comes before",
                 file->path, file->size, got < 0 ? (ssize_t)0 : got,
                 sizeof block.header);
        else if (damage)
            fail(&damage->what,
                 "%s: no block at byte %" PRIu64
                 " where one should begin (expected \"RPBK\" and a header with "
                 "a right checksum); left out %" PRIu64
                 " bytes up to the next block",
                 file->path, at, next - at);
        at = next;
    }
}

static bool check_header(struct trace_file *file, ssize_t got,
                         struct failure *failure) {
    const struct trace_file_header *header = &file->header;
    if (got == 0)
        return fail(failure,
                    "%s: the file is empty; expected a trace that begins with "
                    "\"" TRACE_MAGIC "\". Was the recording started?",
                    file->path);
    if (got < (ssize_t)sizeof header->magic ||
        memcmp(header->magic, TRACE_MAGIC, sizeof header->magic) != 0) {
        char start[sizeof header->magic + 1] = {0};
        char shown[64];
        memcpy(start, header->magic,
               (size_t)got < sizeof header->magic ? (size_t)got
                                                  : sizeof header->magic);
        escape_text(shown, sizeof shown, start);
        return fail(failure,
                    "%s: this is no rpscope trace: it begins with \"%s\", a "
                    "trace begins with \"" TRACE_MAGIC
                    "\". Record one by: rpscope record -- PROGRAM",
                    file->path, shown);
    }
    if (got < (ssize_t)sizeof *header)
        return fail(failure,
                    "%s: the trace ends within its header: found %zd bytes, "
                    "expected at least %zu. Record it again",
                    file->path, got, sizeof *header);
    if (header->version < TRACE_OLDEST_VERSION ||
        header->version > TRACE_VERSION)
        return fail(failure,
                    "%s: the trace has format %u, this rpscope reads formats "
                    "%u to %u. Use the rpscope that recorded it",
                    file->path, header->version, (unsigned)TRACE_OLDEST_VERSION,
                    (unsigned)TRACE_VERSION);
    uint32_t crc = crc32c(header, offsetof(struct trace_file_header, crc));
    if (header->crc != crc) {
        struct trace_damage *damage = note_damage(file, 0, sizeof *header);
        fail(&damage->what,
             "%s: the header of the trace is damaged: checksum %08x, expected "
             "%08x; process id and start time may be wrong",
             file->path, crc, header->crc);
        file->header.header_bytes = sizeof *header;
    }
    if (header->header_bytes < sizeof *header ||
        header->header_bytes > file->size)
        return fail(failure,
                    "%s: the header of the trace says that it has %u bytes, "
                    "expected %zu to %" PRIu64 ". Record it again",
                    file->path, header->header_bytes, sizeof *header,
                    file->size);
    return true;
}

bool trace_file_open(struct trace_file *file, const char *path,
                     struct failure *failure) {
    return trace_file_open_in(file, NULL, path, failure);
}

bool trace_file_open_in(struct trace_file *file, struct pool *pool,
                        const char *path, struct failure *failure) {
    memset(file, 0, sizeof *file);
    file->fd = -1;
    file->pool = pool;
    file->path = pool_text(file->pool, path, strlen(path));
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0) {
        fail(failure, "%s: cannot be opened: %s", path, strerror(errno));
        goto bad;
    }
    struct stat status;
    if (fstat(file->fd, &status) != 0) {
        fail(failure, "%s: cannot be looked at: %s", path, strerror(errno));
        goto bad;
    }
    if (!S_ISREG(status.st_mode)) {
        fail(failure, "%s: is %s; expected a trace file", path,
             S_ISDIR(status.st_mode) ? "a folder" : "not a regular file");
        goto bad;
    }
    file->size = (uint64_t)status.st_size;
    if (pool)
        pool->limit = trace_file_memory(file->size, 0);
    ssize_t got = read_at(file->fd, &file->header, sizeof file->header, 0);
    if (got < 0) {
        fail(failure, "%s: cannot be read: %s", path, strerror(errno));
        goto bad;
    }
    if (!check_header(file, got, failure))
        goto bad;
    index_blocks(file);
    if (file->block_count == 0) {
        fail(failure,
             "%s: nothing in the trace is whole: %" PRIu64
             " bytes after the header and no block among them. Record it again",
             path, file->size - file->header.header_bytes);
        goto bad;
    }
    return true;
bad:
    trace_file_close(file);
    return false;
}

void trace_file_close(struct trace_file *file) {
    if (file->fd >= 0)
        close(file->fd);
    pool_give(file->pool, file->path);
    pool_give(file->pool, file->blocks);
    pool_give(file->pool, file->damage);
    pool_give(file->pool, file->stored);
    ZSTD_freeDCtx(file->zstd);
    memset(file, 0, sizeof *file);
    file->fd = -1;
}

static uint8_t *reserve(struct pool *pool, uint8_t *buffer, size_t *capacity,
                        size_t size) {
    if (buffer && size <= *capacity)
        return buffer;
    buffer = pool_resize(pool, buffer, size, 1);
    *capacity = size;
    return buffer;
}

bool trace_file_load(struct trace_file *file, size_t index,
                     struct trace_buffer *buffer, struct bytes *payload) {
    const struct trace_block_header *header = &file->blocks[index].header;
    char what[160];

    if (file->blocks[index].damaged)
        return false;
    if (header->raw_bytes > TRACE_MAX_BLOCK_BYTES ||
        header->stored_bytes > ZSTD_COMPRESSBOUND(TRACE_MAX_BLOCK_BYTES)) {
        snprintf(what, sizeof what, "says it is %u bytes, more than %u",
                 header->raw_bytes > header->stored_bytes
                     ? header->raw_bytes
                     : header->stored_bytes,
                 (unsigned)TRACE_MAX_BLOCK_BYTES);
        goto bad;
    }
    bool is_raw = header->codec == TRACE_RAW;
    uint8_t **into = is_raw ? &buffer->raw : &file->stored;
    *into = reserve(file->pool, *into,
                    is_raw ? &buffer->raw_capacity : &file->stored_capacity,
                    header->stored_bytes);
    ssize_t got = read_at(file->fd, *into, header->stored_bytes,
                          file->blocks[index].offset);
    if (got != (ssize_t)header->stored_bytes) {
        snprintf(what, sizeof what, "cannot be read: %s",
                 got < 0 ? strerror(errno) : "the file became shorter");
        goto bad;
    }
    uint32_t crc = crc32c(*into, header->stored_bytes);
    if (crc != header->payload_crc) {
        snprintf(what, sizeof what, "is damaged: checksum %08x, expected %08x",
                 crc, header->payload_crc);
        goto bad;
    }
    size_t size = header->stored_bytes;
    if (header->codec == TRACE_ZSTD) {
        buffer->raw = reserve(file->pool, buffer->raw, &buffer->raw_capacity,
                              header->raw_bytes);
        if (!file->zstd && !(file->zstd = ZSTD_createDCtx())) {
            snprintf(what, sizeof what,
                     "cannot be decompressed: out of memory");
            goto bad;
        }
        size = ZSTD_decompressDCtx(file->zstd, buffer->raw, header->raw_bytes,
                                   file->stored, header->stored_bytes);
        if (ZSTD_isError(size)) {
            snprintf(what, sizeof what, "cannot be decompressed: %s",
                     ZSTD_getErrorName(size));
            goto bad;
        }
    } else if (!is_raw) {
        snprintf(what, sizeof what,
                 "is compressed in way %u; this rpscope knows 0 and 1",
                 header->codec);
        goto bad;
    }
    if (size != header->raw_bytes) {
        snprintf(what, sizeof what, "has %zu bytes, expected %u", size,
                 header->raw_bytes);
        goto bad;
    }
    *payload = (struct bytes){buffer->raw, buffer->raw + size};
    return true;
bad:
    trace_file_damage(file, index, what);
    return false;
}

void trace_buffer_free(struct trace_file *file, struct trace_buffer *buffer) {
    pool_give(file->pool, buffer->raw);
    memset(buffer, 0, sizeof *buffer);
}
