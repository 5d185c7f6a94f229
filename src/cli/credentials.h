/* credentials.h: access keys as AWS's tools find them: the environment, or a shared file.
 *
 * Source: "Configuration and credential file settings", AWS CLI user guide.
 */
#ifndef CLI_CREDENTIALS_H
#define CLI_CREDENTIALS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct credentials {
    struct str key_id;
    struct str secret;
    struct str token;  /* absent: none */
    struct str region; /* AWS_REGION, AWS_DEFAULT_REGION, else us-east-1 */
};

/* A section of a file in the shared-credentials format. NOT_FOUND: no file, no section, no keys. */
MUST_USE enum status credentials_from_file(struct arena *mem, const char *path, struct str profile,
                                           struct credentials *ret, struct why *why);

/* The environment, else the shared file of AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials, in
 * the section of AWS_PROFILE or "default". */
MUST_USE enum status credentials_from_environment(struct arena *mem, struct credentials *ret,
                                                  struct why *why);

/* A whole text file of at most max bytes. NOT_FOUND: it is not there; IO. */
MUST_USE enum status text_file_read(struct arena *mem, const char *path, size_t max,
                                    struct str *ret, struct why *why);

#endif
