/* mitigate_steps.h: what a mitigation task did not do, and why.
 */
#ifndef CLI_MITIGATE_STEPS_H
#define CLI_MITIGATE_STEPS_H

#include "cli/api_client.h"
#include "cli/cli.h"

/* A line for each failed step of the task and each skipped one behind it; when none failed, for
 * each skipped step. Of at most `shown` findings, and of how many more is said. task: the reply of
 * DescribeAuditMitigationActionsTask. */
MUST_USE enum status mitigate_steps_show(struct cli *cli, struct api_client *client, struct str id,
                                         const struct json_value *task, int64_t shown,
                                         struct why *why);

#endif
