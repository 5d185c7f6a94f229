/* pages.h: the daemon's own pages beside the API: /health and /metrics. */
#ifndef DAEMON_PAGES_H
#define DAEMON_PAGES_H

#include "daemon/metrics.h"

/* 200 {"status":"ok"} when the store can be read, 503 with the reason otherwise. ctx is the
 * struct metrics. */
void page_health(void *ctx, struct http_exchange *exchange);

void page_metrics(void *ctx, struct http_exchange *exchange);

#endif
