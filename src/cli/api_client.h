/* api_client.h: the API as a command calls it: found, signed, and its errors made sentences.
 *
 * A command is a client like any other, with no private door. Where the API is:
 *     --endpoint URL   that one, with the credentials of the environment (AWS_ACCESS_KEY_ID,
 *                      AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN) or of the shared file
 *                      (AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials; AWS_PROFILE)
 *     --data DIR       the daemon that serves DIR, with DIR/credentials; when none does, one is
 *                      started for the time of the command, with the settings of --config FILE,
 *                      or those with which DIR was served last (DIR/last.conf)
 *     neither          --data ./bulwark-data
 * or, of commands that take one, --snapshot FILE: a daemon of its own for the time of the command,
 * which holds what the snapshot of an account says, in memory (cli/snapshot_file.h).
 */
#ifndef CLI_API_CLIENT_H
#define CLI_API_CLIENT_H

#include "base/arena.h"
#include "base/err.h"
#include "codec/json_tree.h"

/* The options of a target are rows of arguments.h. */
struct api_target {
    const char *endpoint; /* NULL: not given */
    const char *data;     /* NULL: not given */
    const char *ca_file;  /* NULL: the system's authorities */
    const char *config;   /* of a daemon that is started; NULL: as the folder was served last */
    /* Not of arguments.h: */
    struct {
        struct str account; /* absent: data must be there */
        struct str region;
    } make_for;           /* whose account a folder is made for when it is not there */
    const char *snapshot; /* of an account; then data and endpoint are NULL */
};

struct api_client;

/* NOT_FOUND: no daemon, no data folder, no credentials; the sentence says what to do. mem lives as
 * long as the client, which the caller ends with api_client_close: a daemon that was started for it
 * ends then. */
MUST_USE enum status api_client_open(const struct api_target *target, struct arena *mem,
                                     struct api_client **ret, struct why *why);
void api_client_close(struct api_client *client); /* accepts NULL */

/* One call. path_and_query is encoded already; body is JSON or absent. The reply's tree (NULL for
 * an empty one) lies in mem. A refusal of the API: NOT_FOUND, DENIED, INVALID or IO, with its name
 * and message in why. */
MUST_USE enum status api_client_call(struct api_client *client, struct arena *mem,
                                     const char *method, struct str path_and_query, struct str body,
                                     const struct json_value **ret, struct why *why);

/* Where it was found, for people and for other clients; and the key with which it is asked. */
struct str api_client_url(const struct api_client *client);
struct credentials;
const struct credentials *api_client_credentials(const struct api_client *client);

/* What a tree says. */
struct str json_text(const struct json_value *object, const char *member);
int64_t json_number(const struct json_value *object, const char *member);
bool json_true(const struct json_value *object, const char *member);
int64_t json_moment(const struct json_value *object, const char *member); /* ms or TIME_NEVER */

#endif
