/* iam_aws.h: the managed policies of AWS that the guides attach, as rows.
 *
 * Their names and what they allow are AWS's; the documents are written here, from the permission
 * lists of the guides ("Device Defender Audit permissions", "Mitigation action permissions", "AWS
 * managed policies for AWS IoT"). They are read-only and have one version.
 */
#ifndef ACCOUNT_IAM_AWS_H
#define ACCOUNT_IAM_AWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct iam_aws_policy {
    struct str name;
    struct str path;
    struct str id;
    struct str description;
    struct str document;
};

enum { IAM_AWS_CREATED_S = 1565136000 }; /* all of them: 2019-08-07 */

size_t iam_aws_count(void);
const struct iam_aws_policy *iam_aws_at(size_t i);

#endif
