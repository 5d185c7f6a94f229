/* import_priv.h: what the forms of `bulwark import` share. */
#ifndef CLI_IMPORT_PRIV_H
#define CLI_IMPORT_PRIV_H

#include "cli/api_client.h"
#include "cli/cli.h"

enum { IMPORT_FILES_MAX = 64 };

struct import_format;

struct import_file {
    const struct import_format *format;
    const char *path; /* "-": standard input */
};

struct import {
    struct cli *cli;
    const struct cli_command *command;
    struct api_target target;
    bool dry; /* nothing shall be written */
    struct api_client *client;
    struct arena *mem;  /* of a form's files */
    struct arena *call; /* of one call */
    struct import_file files[IMPORT_FILES_MAX];
    size_t n_files;
    int64_t shown_ms;
    int64_t refused; /* of every form */
};

/* A complaint about a place in a file, on err: counted as refused. */
void import_complain(struct import *import, const char *path, const char *place,
                     struct str sentence);

/* What is being done, when err is a terminal and not too often; done takes it away. */
void import_show(struct import *import, bool done, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Histories, line by line (import_lines.c); --connections. Prints what became of them. */
MUST_USE enum status import_lines(struct import *import, struct why *why);

/* JSON documents (import_documents.c): --account-details, --identity-pools, --service-usage. */
MUST_USE enum status import_documents(struct import *import, struct why *why);

/* The documents of one form: what they are made of. */
struct import_documents;
typedef enum status import_take_document(struct import_documents *documents, struct str text,
                                         struct why *why);

struct import_format {
    import_take_document *take; /* NULL: a file of lines */
};
extern const struct import_format import_of_lines, import_of_account, import_of_pools,
    import_of_usage;

#endif
