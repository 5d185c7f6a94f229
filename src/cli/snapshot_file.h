/* snapshot_file.h: a snapshot of an account (collect/snapshot.h) given to a daemon.
 */
#ifndef CLI_SNAPSHOT_FILE_H
#define CLI_SNAPSHOT_FILE_H

#include "cli/api_client.h"
#include "collect/snapshot.h"

/* The head of the snapshot at path. NOT_FOUND, IO, and as snapshot_head_read; the sentence names
 * the file. */
MUST_USE enum status snapshot_file_head(const char *path, struct arena *mem,
                                        struct snapshot_head *ret, struct why *why);

/* SHA-256 of the whole file, 64 lowercase digits in mem. NOT_FOUND, IO. */
MUST_USE enum status snapshot_file_digest(const char *path, struct arena *mem, struct str *ret,
                                          struct why *why);

/* Sends the whole file to the daemon, which then holds that account and nothing else. A file that
 * is cut off, out of order, or has a line that cannot be taken in is INVALID, with the line. */
MUST_USE enum status snapshot_file_send(const char *path, struct api_client *client,
                                        struct why *why);

/* The same into the data folder dir, which is made when it is not there; one that holds an account
 * that was not made in this way is refused. */
MUST_USE enum status snapshot_into_folder(const char *path, const char *dir, const char *config,
                                          struct arena *mem, struct why *why);

#endif
