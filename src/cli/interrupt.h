/* interrupt.h: SIGINT, SIGTERM and SIGHUP while a command has a daemon or a folder of its own.
 *
 * The default would leave both behind: the daemon running for nobody, and a folder with the
 * credentials of its account. From interrupt_watch to interrupt_end a thread waits for these
 * signals in the command's place; on the first it ends the daemon, removes the folder, and then
 * lets the signal end the command as it would have, so that a shell sees that. A signal that the
 * command was started to ignore stays ignored.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

struct interrupt;

/* mem lives until interrupt_end. */
MUST_USE enum status interrupt_watch(struct arena *mem, struct interrupt **ret, struct why *why);

/* While it is held, no signal acts: a child or folder that comes to be meanwhile is not missed.
 * What came is told before the release. Does not return once a signal is being acted on. All accept
 * NULL. */
void interrupt_hold(struct interrupt *interrupt);
void interrupt_release(struct interrupt *interrupt);
void interrupt_child(struct interrupt *interrupt, pid_t child);         /* 0: none any more */
void interrupt_folder(struct interrupt *interrupt, const char *folder); /* lent */

/* Signals act as before. Accepts NULL. */
void interrupt_end(struct interrupt *interrupt);

#endif
