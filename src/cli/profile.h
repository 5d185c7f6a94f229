/* profile.h: with which credentials, in which region and where an AWS account is asked, as AWS's
 * own command line finds it.
 *
 *     credentials   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, unless a profile
 *                   is given on the command line; then the profile's in the shared credentials file
 *                   (AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials), then in the configuration
 *                   file (AWS_CONFIG_FILE, ~/.aws/config)
 *     profile       --profile, AWS_PROFILE, "default"
 *     region        --region, AWS_REGION, AWS_DEFAULT_REGION, `region` of the profile
 *     endpoint      --endpoint-url, AWS_ENDPOINT_URL_IOT ..., AWS_ENDPOINT_URL, `endpoint_url` of
 *                   the profile, AWS's own; AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves out all
 *                   but the first and the last
 *     authorities   --ca-file, AWS_CA_BUNDLE, the system's
 *
 * A profile that only says how to get credentials (role_arn, sso_session, credential_process) is
 * refused with a sentence that says what to do; nothing asks the metadata service of a machine.
 * Source: AWS CLI user guide, "Configuration and credential file settings".
 */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "collect/aws.h"

/* What stands on the command line; NULL: not given. */
struct profile_arguments {
    const char *profile;
    const char *region;
    const char *endpoint_url;
    const char *ca_file;
};

/* The rows of a struct profile_arguments. */
#define CLI_PROFILE(type, field)                                                                   \
    CLI_TEXT(type, field.endpoint_url, "--endpoint-url", "URL"),                                   \
        CLI_TEXT(type, field.region, "--region", "REGION"),                                        \
        CLI_TEXT(type, field.profile, "--profile", "NAME"),                                        \
        CLI_TEXT(type, field.ca_file, "--ca-file", "FILE")

/* Fills places, key and ca_file. NOT_FOUND: no credentials, no region, no such profile;
 * UNSUPPORTED: see above. */
MUST_USE enum status profile_find(const struct profile_arguments *arguments, struct arena *mem,
                                  struct aws_options *ret, struct why *why);

#endif
