// metrics.c - what of a stack is exported: bytes or counts, by name.
#include "viewer/export/metrics.h"

#include <string.h>

#define METRIC(key, member, unit)                                              \
    { (key), (unit), offsetof(struct answer_counts, member) }

const struct export_metric export_metrics[] = {
    METRIC("live_bytes", live_bytes, "bytes"),
    METRIC("live_blocks", live_blocks, "count"),
    METRIC("allocated_bytes", allocated_bytes, "bytes"),
    METRIC("allocations", allocations, "count"),
    METRIC("at_peak_used_bytes", peak_used_bytes, "bytes"),
    METRIC("rounding_bytes", rounding_bytes, "bytes"),
    METRIC("share_bytes", share_bytes, "bytes"),
    METRIC("alone_bytes", alone_bytes, "bytes"),
    METRIC("temporary", temporary, "count"),
};
const size_t export_metric_count =
    sizeof export_metrics / sizeof *export_metrics;

const struct export_metric *export_metric(const char *key) {
    for (size_t i = 0; key && i < export_metric_count; i++)
        if (strcmp(export_metrics[i].key, key) == 0)
            return &export_metrics[i];
    return &export_metrics[0];
}
