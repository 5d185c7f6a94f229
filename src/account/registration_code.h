/* registration_code.h: the word by which whoever registers a CA proves to hold its private key: the
 * common name of a verification certificate that the CA signs (RegisterCACertificate).
 *
 * 64 hexadecimal digits of randomness, one an account, kept until it is deleted.
 */
#ifndef ACCOUNT_REGISTRATION_CODE_H
#define ACCOUNT_REGISTRATION_CODE_H

#include "account/account.h"

/* The code; STR_ABSENT when there is none. */
MUST_USE enum status registration_code_find(const struct account_ctx *ctx, struct str *ret,
                                            struct why *why);

/* The code, made now when there was none. Needs the write transaction. */
MUST_USE enum status registration_code_get(const struct account_ctx *ctx, struct str *ret,
                                           struct why *why);

/* NOT_FOUND when there is none. */
MUST_USE enum status registration_code_delete(const struct account_ctx *ctx, struct why *why);

#endif
