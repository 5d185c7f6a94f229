/* profile.c: see profile.h. */
#include "cli/profile.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/credentials.h"

#include "base/banned.h"

enum { FILE_BYTES_MAX = 1 << 20 };

/* The two files; an absent one is empty. */
struct files {
    struct str credentials;
    struct str config;
    struct str profile;
};

/* ---- the environment ------------------------------------------------------------------------- */

static struct str env(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? STR_ABSENT : str_from(value);
}

static struct str first_of(struct str a, struct str b)
{
    return str_absent(a) ? b : a;
}

/* ---- the files ------------------------------------------------------------------------------- */

static enum status read_file(struct arena *mem, const char *variable, const char *name,
                             struct str *ret, struct why *why)
{
    struct str path = env(variable);
    struct str home = env("HOME");
    if (str_absent(path)) {
        TRY(str_fmt(mem, &path, why, "%.*s/.aws/%s", STR_ARG(home), name));
    }
    enum status status = text_file_read(mem, path.ptr, FILE_BYTES_MAX, ret, why);
    if (status == STATUS_NOT_FOUND) {
        *ret = STR("");
        return STATUS_OK;
    }
    return status;
}

/* "[profile  x]" to "profile x", "[x]" to "x"; absent for another line. */
static struct str section_of(struct str line)
{
    if (!str_starts(line, STR("["))) {
        return STR_ABSENT;
    }
    return str_trim(str_slice(line, 1, str_find_char(line, ']', 0)));
}

static bool is_section(struct str section, struct str profile, bool config)
{
    bool prefixed = str_starts(section, STR("profile ")) || str_starts(section, STR("profile\t"));
    if (config && prefixed) {
        section = str_trim(str_slice(section, STR("profile ").len, section.len));
        return str_eq(section, profile);
    }
    return str_eq(section, profile) && (!config || str_eq(profile, STR("default")));
}

static bool has_section(struct str text, struct str profile, bool config)
{
    struct str line;
    bool found = false;
    while (str_next(&text, '\n', &line)) {
        struct str section = section_of(str_trim(line));
        found = found || (!str_absent(section) && is_section(section, profile, config));
    }
    return found;
}

/* The value of a key in a profile's section; absent when it is not there. Lines that begin with
 * white space belong to a key with parts, and are none of ours. */
static struct str value_of(struct str text, struct str profile, bool config, struct str key)
{
    struct str line;
    struct str value = STR_ABSENT;
    bool inside = false;
    while (str_next(&text, '\n', &line)) {
        struct str section = section_of(str_trim(line));
        if (!str_absent(section)) {
            inside = is_section(section, profile, config);
            continue;
        }
        size_t equals = str_find_char(line, '=', 0);
        bool nested = str_starts(line, STR(" ")) || str_starts(line, STR("\t"));
        if (inside && !nested && equals < line.len &&
            str_eq(str_trim(str_slice(line, 0, equals)), key)) {
            value = str_trim(str_slice(line, equals + 1, line.len));
        }
    }
    return value.len == 0 ? STR_ABSENT : value;
}

/* Of the shared credentials file, else of the configuration. */
static struct str setting(const struct files *files, struct str key)
{
    return first_of(value_of(files->credentials, files->profile, false, key),
                    value_of(files->config, files->profile, true, key));
}

/* ---- credentials ----------------------------------------------------------------------------- */

/* Ways of getting credentials that are not ours. */
static enum status refuse_indirect(const struct files *files, struct why *why)
{
    static const char *const keys[] = {"role_arn",
                                       "source_profile",
                                       "sso_session",
                                       "sso_start_url",
                                       "credential_process",
                                       "credential_source",
                                       "web_identity_token_file"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (!str_absent(setting(files, str_from(keys[i])))) {
            return why_set(why, STATUS_UNSUPPORTED,
                           "profile %.*s gets its credentials by %s, which is not done here; "
                           "`eval \"$(aws configure export-credentials --profile %.*s --format "
                           "env)\"` puts them into the environment",
                           STR_ARG(files->profile), keys[i], STR_ARG(files->profile));
        }
    }
    return STATUS_OK;
}

static enum status key_of_profile(const struct files *files, struct sign_key *ret, struct why *why)
{
    const struct sign_key key = {.access_key = setting(files, STR("aws_access_key_id")),
                                 .secret = setting(files, STR("aws_secret_access_key")),
                                 .token = setting(files, STR("aws_session_token"))};
    if (!str_absent(key.access_key) && !str_absent(key.secret)) {
        *ret = key;
        return STATUS_OK;
    }
    TRY(refuse_indirect(files, why));
    if (!has_section(files->credentials, files->profile, false) &&
        !has_section(files->config, files->profile, true)) {
        return why_set(why, STATUS_NOT_FOUND,
                       "there are no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are "
                       "not set, and no profile %.*s is in the shared credentials file",
                       STR_ARG(files->profile));
    }
    return why_set(why, STATUS_NOT_FOUND,
                   "profile %.*s has no aws_access_key_id and aws_secret_access_key",
                   STR_ARG(files->profile));
}

static enum status find_key(const struct profile_arguments *arguments, const struct files *files,
                            struct sign_key *ret, struct why *why)
{
    const struct sign_key given = {.access_key = env("AWS_ACCESS_KEY_ID"),
                                   .secret = env("AWS_SECRET_ACCESS_KEY"),
                                   .token = env("AWS_SESSION_TOKEN")};
    if (arguments->profile == NULL && !str_absent(given.access_key) && !str_absent(given.secret)) {
        *ret = given;
        return STATUS_OK;
    }
    return key_of_profile(files, ret, why);
}

/* ---- places ---------------------------------------------------------------------------------- */

/* AWS_ENDPOINT_URL_COGNITO_IDENTITY, by the service's own id. */
static const char *const url_variables[SERVICE_COUNT] = {
    [SERVICE_iot] = "AWS_ENDPOINT_URL_IOT",
    [SERVICE_iam] = "AWS_ENDPOINT_URL_IAM",
    [SERVICE_sts] = "AWS_ENDPOINT_URL_STS",
    [SERVICE_sns] = "AWS_ENDPOINT_URL_SNS",
    [SERVICE_logs] = "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    [SERVICE_cognito] = "AWS_ENDPOINT_URL_COGNITO_IDENTITY",
};

static void find_endpoints(const struct profile_arguments *arguments, const struct files *files,
                           struct places *ret)
{
    ret->all = str_from(arguments->endpoint_url);
    if (!str_absent(ret->all) ||
        str_eq_nocase(env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), STR("true"))) {
        return;
    }
    ret->all = first_of(env("AWS_ENDPOINT_URL"),
                        value_of(files->config, files->profile, true, STR("endpoint_url")));
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        ret->single[i] = env(url_variables[i]);
    }
}

static enum status find_region(const struct profile_arguments *arguments, const struct files *files,
                               struct str *ret, struct why *why)
{
    struct str region = str_from(arguments->region);
    region = first_of(region, env("AWS_REGION"));
    region = first_of(region, env("AWS_DEFAULT_REGION"));
    region = first_of(region, value_of(files->config, files->profile, true, STR("region")));
    if (str_absent(region)) {
        return why_set(why, STATUS_NOT_FOUND,
                       "it is not said which region is meant: give --region, or set AWS_REGION");
    }
    *ret = region;
    return STATUS_OK;
}

enum status profile_find(const struct profile_arguments *arguments, struct arena *mem,
                         struct aws_options *ret, struct why *why)
{
    struct files files = {.profile = str_from(arguments->profile)};
    files.profile = first_of(files.profile, env("AWS_PROFILE"));
    files.profile = first_of(files.profile, STR("default"));
    TRY(read_file(mem, "AWS_SHARED_CREDENTIALS_FILE", "credentials", &files.credentials, why));
    TRY(read_file(mem, "AWS_CONFIG_FILE", "config", &files.config, why));
    TRY(find_region(arguments, &files, &ret->places.region, why));
    find_endpoints(arguments, &files, &ret->places);
    ret->ca_file = first_of(str_from(arguments->ca_file), env("AWS_CA_BUNDLE"));
    return find_key(arguments, &files, &ret->key, why);
}
