/* last_conf.h: what decides how an account is judged and kept, as a configuration file of its own.
 *
 * A daemon leaves DIR/last.conf at its start, so that one that the command line starts for a single
 * audit judges as the last one did, and prunes nothing that it kept. Not in it: where and how
 * requests are served, the account's name (the database has it), and what is for tests.
 */
#ifndef DAEMON_LAST_CONF_H
#define DAEMON_LAST_CONF_H

#include "daemon/options.h"

/* The file's text, in mem: folders as absolute paths; what insecure-no-auth lets audits fetch is
 * written as fetch-allow. IO: a folder is not there. INVALID: a value cannot stand in a line. */
MUST_USE enum status last_conf_text(struct arena *mem, const struct options *options,
                                    struct str *ret, struct why *why);

#endif
