/* mitigate_account.h: `bulwark mitigate --snapshot FILE`: mitigations in an account elsewhere.
 *
 * The plan is made here: a daemon of its own holds the snapshot, audits it, and previews the
 * actions as it would preview its own. What the plan would change is then made in the account, one
 * change at a time, each written to a journal before and after (collect/journal.h). Without --apply
 * nothing is asked of the account at all.
 */
#ifndef CLI_MITIGATE_ACCOUNT_H
#define CLI_MITIGATE_ACCOUNT_H

#include "cli/cli.h"

/* Whether the words ask for it: --snapshot, of an undo --journal, is among them. */
bool mitigate_account_is_meant(int argc, char **argv);

int mitigate_account_run(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int mitigate_account_undo(struct cli *cli, const struct cli_command *command, int argc,
                          char **argv);

#endif
