/* policy_text.h: policies of the usual size, some 700 bytes: connect, publish, subscribe, receive
 * and shadows of one's own thing in several statements, one in eight too broad, one in sixteen with
 * a Deny. */
#ifndef BENCH_POLICY_TEXT_H
#define BENCH_POLICY_TEXT_H

#include "base/buf.h"

/* The text that random stands for: some 4,000 different ones. */
void policy_text_put(struct buf *out, uint64_t random);

#define ARN_HEAD "arn:aws:iot:eu-central-1:123456789012:"

#endif
