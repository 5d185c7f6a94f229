/* data_dir.h: the folder that holds an account, and what is made in it at the first start.
 *
 *     bulwark.db        the store (store/), mode 0600
 *     credentials       the first access key, in the AWS shared-credentials format, mode 0600
 *     last.conf         what the folder was served with (last_conf.h)
 *     endpoint          "http://127.0.0.1:8480" while the daemon serves: where the CLI finds it
 *     broker.sock, broker/   the link to the brokers, and whom their TLS trusts (broker/trust.h)
 *     local-ca.*        the authority of CreateKeysAndCertificate (account/local_ca.h)
 */
#ifndef DAEMON_DATA_DIR_H
#define DAEMON_DATA_DIR_H

#include "api/page.h"
#include "base/clock.h"
#include "base/rnd.h"
#include "model/arn.h"
#include "store/store.h"

/* Makes the folder with mode 0700 when it is not there. IO when it cannot be made or is no folder;
 * DENIED when others may write to it. */
MUST_USE enum status data_dir_open(const char *path, struct why *why);

/* A whole file, made beside its place and moved there, so that a reader sees all of it or the old
 * one. */
MUST_USE enum status data_dir_write(struct arena *mem, struct str dir, const char *name,
                                    struct str text, struct why *why);
void data_dir_remove(struct arena *mem, struct str dir, const char *name);

/* Whose account the folder holds: what it was made with, or for a new one what is given, or the
 * defaults. "" in given: not given. INVALID when another account or region is given than it was
 * made with: ARNs are stored, and nothing would be found under others. */
#define ACCOUNT_DEFAULT STR("123456789012")
#define REGION_DEFAULT  STR("us-east-1")
MUST_USE enum status identity_ensure(struct store *store, struct arena *mem,
                                     const struct account_id *given, const struct clock *clock,
                                     struct account_id *ret, struct why *why);

/* IO when the folder that a setting names cannot be opened. Nothing is asked of an empty name. */
MUST_USE enum status data_dir_readable(struct arena *mem, const char *setting, struct str path,
                                       struct why *why);

/* DENIED when others may read or change DIR/credentials, the key of the whole account. */
MUST_USE enum status credentials_check(struct arena *mem, struct str dir, struct why *why);

/* An account without access keys is given one, written to DIR/credentials before it is stored: a
 * start that was cut off makes another. */
MUST_USE enum status credentials_ensure(struct store *store, struct arena *mem, struct str dir,
                                        const struct account_id *id, const struct clock *clock,
                                        const struct rnd *rnd, struct why *why);

/* The secret that seals page tokens, made at the first start. */
MUST_USE enum status page_key_ensure(struct store *store, struct arena *mem,
                                     const struct clock *clock, const struct rnd *rnd,
                                     struct page_key *ret, struct why *why);

#endif
