// file.c - see file.h.
#include "instrument/write/file.h"

#include "core/os/check.h"
#include "instrument/format/crc32c.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

enum {
    LEVEL = 1,
    LEVEL_IN_A_HURRY = -5,
    OUT_BYTES = RP_FILE_PAYLOAD_BYTES + (64 << 10),
    LEAST_TO_SQUEEZE = 64, // bytes; below, the frame costs more than it saves
    AHEAD = 64 << 10,
    LEAST_ALONE = 1024, // bytes of columns that get statistics of their own
};

bool rp_file_start(struct rp_file *file, int descriptor, uint64_t bytes) {
    // zstd works in memory of ours, so that it never calls malloc.
    size_t workspace_bytes = ZSTD_estimateCStreamSize(LEVEL);

    *file = (struct rp_file){
        .file = descriptor, .bytes = bytes, .workspace_bytes = workspace_bytes};
    file->workspace = rp_system_map(workspace_bytes, RP_MAP_OWN);
    file->out = rp_system_map(OUT_BYTES, RP_MAP_OWN);
    if (file->workspace == NULL || file->out == NULL)
        return false;
    file->squeezer = ZSTD_initStaticCCtx(file->workspace, workspace_bytes);
    return file->squeezer != NULL;
}

void rp_file_free(struct rp_file *file) {
    if (file->workspace != NULL)
        rp_system_unmap(file->workspace, file->workspace_bytes);
    if (file->out != NULL)
        rp_system_unmap(file->out, OUT_BYTES);
}

void rp_file_cut(struct rp_file *file, uint64_t bytes) {
    file->bytes = bytes;
    file->reserved = 0; // to cut it off gives back what was
    rp_system_truncate(file->file, bytes);
}

void rp_file_end(struct rp_file *file) {
    file->ends = file->bytes >= sizeof(struct trace_file_header);
}

void rp_file_trim(struct rp_file *file) {
    rp_system_truncate(file->file, file->bytes);
}

// Sees to it that so many bytes can be written; an errno value. The system is
// asked for more at once, if it has more: a trace of many threads has many
// small blocks.
static int reserve(struct rp_file *file, size_t bytes) {
    uint64_t end = file->bytes + bytes;

    if (end <= file->reserved)
        return 0;
    int error = rp_system_reserve(file->file, file->bytes, bytes + AHEAD);
    if (error == 0) {
        file->reserved = end + AHEAD;
        return 0;
    }
    error = rp_system_reserve(file->file, file->bytes, bytes);
    if (error == 0)
        file->reserved = end;
    return error;
}

// keep: bytes that are to have room behind these.
static void put(struct rp_file *file, const void *data, size_t bytes,
                size_t keep) {
    if (file->error != 0 && !file->ends)
        return;
    int error = 0;
    if (keep != 0 && !file->ends)
        error = reserve(file, bytes + keep);
    if (error == 0)
        error = rp_system_write(file->file, data, bytes);
    if (error != 0) {
        if (file->error == 0)
            file->error = error;
        file->ends = false;
        rp_file_cut(file, file->bytes);
    } else {
        file->bytes += bytes;
    }
}

void rp_file_header(struct rp_file *file, struct trace_file_header *header) {
    memcpy(header->magic, TRACE_MAGIC, sizeof header->magic);
    header->version = TRACE_VERSION;
    header->header_bytes = sizeof *header;
    header->crc = rp_crc32c(0, header, offsetof(struct trace_file_header, crc));
    put(file, header, sizeof *header, 0);
}

// Columns have little in common. So zstd is made to end a block of its own with
// a column, when there is enough for one: that takes a fifth more time of it,
// and saves up to an eighth of the bytes.
static size_t squeeze_columns(struct rp_file *file, ZSTD_outBuffer *out,
                              const char *payload, size_t bytes) {
    size_t from = 0, at = 0, left = 0;

    ZSTD_CCtx_reset(file->squeezer, ZSTD_reset_session_only);
    ZSTD_CCtx_setParameter(file->squeezer, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setPledgedSrcSize(file->squeezer, bytes);
    while (at < bytes && !ZSTD_isError(left)) {
        uint32_t column;
        memcpy(&column, payload + at, sizeof column);
        at += sizeof column + column;
        if (at - from < LEAST_ALONE && at < bytes)
            continue;
        ZSTD_inBuffer in = {payload + from, at - from, 0};
        left = ZSTD_compressStream2(file->squeezer, out, &in,
                                    at < bytes ? ZSTD_e_flush : ZSTD_e_end);
        from = at;
    }
    return left == 0 ? out->pos : bytes;
}

// Squeezes the payload into `to`; returns its size there, 0: leave it raw.
static size_t squeeze(struct rp_file *file, char *to, uint32_t kind,
                      const void *payload, size_t bytes) {
    size_t room = OUT_BYTES - sizeof(struct trace_block_header);
    ZSTD_outBuffer out = {to, room, 0};

    if (bytes < LEAST_TO_SQUEEZE)
        return 0;
    size_t size =
        kind == TRACE_EVENTS && file->hurry == 0
            ? squeeze_columns(file, &out, payload, bytes)
            : ZSTD_compressCCtx(file->squeezer, to, room, payload, bytes,
                                file->hurry > 1 ? LEVEL_IN_A_HURRY : LEVEL);
    return ZSTD_isError(size) || size >= bytes ? 0 : size;
}

void rp_file_block(struct rp_file *file, struct trace_block_header *header,
                   const void *payload, size_t bytes) {
    CHECK(bytes <= RP_FILE_PAYLOAD_BYTES);
    char *body = file->out + sizeof *header;
    size_t size = squeeze(file, body, header->kind, payload, bytes);

    header->magic = TRACE_BLOCK_MAGIC;
    header->codec = TRACE_ZSTD;
    if (size == 0) {
        header->codec = TRACE_RAW;
        size = bytes;
        memcpy(body, payload, bytes);
    }
    header->stored_bytes = (uint32_t)size;
    header->raw_bytes = (uint32_t)bytes;
    header->payload_crc = rp_crc32c(0, body, size);
    header->reserved = 0;
    header->header_crc =
        rp_crc32c(0, header, offsetof(struct trace_block_header, header_crc));
    memcpy(file->out, header, sizeof *header);
    put(file, file->out, sizeof *header + size, RP_FILE_END_BYTES);
}

void rp_file_plain_block(struct rp_file *file, enum trace_block_kind kind,
                         const void *payload, size_t bytes) {
    struct trace_block_header header = {.kind = kind};

    rp_file_block(file, &header, payload, bytes);
}
