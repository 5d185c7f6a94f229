/* cert_intake.c: see cert_intake.h. */
#include "account/cert_intake.h"

#include "account/cert_facts.h"
#include "base/buf.h"
#include "base/limits.h"
#include "codec/hex.h"
#include "x509/keyq.h"

#include "base/banned.h"

/* The status `to` in place of `from`, with the sentence as it stands. */
static enum status say_instead(enum status status, enum status from, enum status to,
                               struct why *why)
{
    if (status != from) {
        return status;
    }
    if (why != NULL) {
        why->code = to;
    }
    return to;
}

enum status cert_intake_read(const struct account_ctx *ctx, struct str pem, const struct cert **ret,
                             struct why *why)
{
    const struct cert *cert;
    /* A text that is no certificate is, to whoever registers one, a certificate that is not valid.
     */
    TRY(say_instead(cert_read(ctx->mem, pem, &cert, why), STATUS_MALFORMED, STATUS_CERT_INVALID,
                    why));
    TRY(cert_check_supported(cert, why));
    TRY(cert_check_time(cert, clock_now(&ctx->clock), why));
    *ret = cert;
    return STATUS_OK;
}

enum status cert_intake_csr(const struct account_ctx *ctx, struct str pem, struct csr *ret,
                            struct why *why)
{
    struct csr csr;
    TRY(say_instead(csr_read(ctx->mem, pem, &csr, why), STATUS_CERT_INVALID, STATUS_INVALID, why));
    TRY(say_instead(key_check_supported(&csr.key, why), STATUS_CERT_INVALID, STATUS_INVALID, why));
    if (csr.subject.len == 0) { /* the issuer gives the name then */
        csr.subject_der = (struct bytes){NULL, 0};
    }
    *ret = csr;
    return STATUS_OK;
}

/* ---- facts ----------------------------------------------------------------------------------- */

#define FACT_COPY(t, column) t->column = facts.column;

static enum status hex(struct arena *mem, struct bytes bytes, struct str *ret, struct why *why)
{
    if (bytes.ptr == NULL) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    return hex_dup(mem, bytes, ret, why);
}

static enum status lines(struct arena *mem, const struct str *texts, size_t n, struct str *ret,
                         struct why *why)
{
    if (n == 0) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    struct buf out;
    buf_init(&out, mem, LIMIT_DER_BYTES);
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            buf_put_char(&out, '\n');
        }
        buf_put_str(&out, texts[i]);
    }
    return buf_finish(&out, ret, why);
}

static enum status key_facts(struct arena *mem, const struct key *key, struct certificate *facts,
                             struct why *why)
{
    facts->key_kind = str_from(key_kind_name(key->kind));
    facts->key_bits = key->bits;
    facts->key_curve = key->curve;
    facts->key_roca = keyq_is_roca(key->modulus);
    facts->weak_key_hash = STR_ABSENT;
    TRY(cert_facts_exponent(mem, key, &facts->key_exponent, why));
    if (key->modulus.ptr != NULL) {
        TRY(hex(mem, (struct bytes){key->debian, KEY_DEBIAN_BYTES}, &facts->weak_key_hash, why));
    }
    return hex(mem, (struct bytes){key->spki_sha256, SHA256_BYTES}, &facts->key_hash, why);
}

static enum status facts_of(const struct account_ctx *ctx, const struct cert *cert,
                            struct certificate *facts, struct why *why)
{
    struct arena *mem = ctx->mem;
    facts->not_before = cert->not_before;
    facts->not_after = cert->not_after;
    facts->serial = cert->serial_hex;
    facts->issuer = cert->issuer;
    facts->subject = cert->subject;
    facts->signature = cert->signature_algorithm;
    facts->signature_digest = cert->signature_digest;
    TRY(hex(mem, (struct bytes){cert->issuer_sha256, SHA256_BYTES}, &facts->issuer_hash, why));
    TRY(hex(mem, (struct bytes){cert->subject_sha256, SHA256_BYTES}, &facts->subject_hash, why));
    TRY(hex(mem, cert->authority_key_id, &facts->authority_key_id, why));
    TRY(hex(mem, cert->subject_key_id, &facts->subject_key_id, why));
    TRY(lines(mem, cert->crl_urls, cert->n_crl_urls, &facts->crl_urls, why));
    TRY(lines(mem, cert->issuer_urls, cert->n_issuer_urls, &facts->issuer_urls, why));
    facts->crl_skipped = str_absent(cert->crl_skipped) ? STR("") : cert->crl_skipped;
    return key_facts(mem, &cert->key, facts, why);
}

enum status cert_intake_certificate(const struct account_ctx *ctx, const struct cert *cert,
                                    struct certificate *row, struct why *why)
{
    row->id = cert->id;
    return facts_of(ctx, cert, row, why);
}

enum status cert_intake_ca(const struct account_ctx *ctx, const struct cert *cert,
                           struct ca_certificate *row, struct why *why)
{
    struct certificate facts;
    TRY(facts_of(ctx, cert, &facts, why));
    row->id = cert->id;
    CERT_FACT_COLUMNS(FACT_COPY, FACT_COPY, FACT_COPY, row)
    return STATUS_OK;
}

/* ---- the bytes ------------------------------------------------------------------------------- */

enum status cert_der_put(const struct account_ctx *ctx, const struct cert *cert, struct why *why)
{
    struct certificate_der row = {.id = cert->id, .der = cert->der};
    return store_put(ctx->tx, TABLE(certificate_der), &row, why);
}

static enum status row_there(const struct account_ctx *ctx, const struct table *table, void *row,
                             bool *ret, struct why *why)
{
    enum status status = store_get(ctx->tx, table, row, ctx->mem, why);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    *ret = status == STATUS_OK;
    return STATUS_OK;
}

enum status cert_der_drop(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct certificate device = {.id = id};
    struct ca_certificate ca = {.id = id};
    bool needed_by_device;
    bool needed_by_ca;
    TRY(row_there(ctx, TABLE(certificate), &device, &needed_by_device, why));
    TRY(row_there(ctx, TABLE(ca_certificate), &ca, &needed_by_ca, why));
    if (needed_by_device || needed_by_ca) {
        return STATUS_OK;
    }
    struct certificate_der row = {.id = id};
    return store_delete(ctx->tx, TABLE(certificate_der), &row, why);
}

static enum status der_get(const struct account_ctx *ctx, struct str id, struct bytes *ret,
                           struct why *why)
{
    struct certificate_der row = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(certificate_der), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_CORRUPT, "the bytes of certificate %.*s are not stored",
                       STR_ARG(id));
    }
    if (status == STATUS_OK) {
        *ret = row.der;
    }
    return status;
}

enum status cert_der_pem(const struct account_ctx *ctx, struct str id, struct str *ret_pem,
                         struct why *why)
{
    struct bytes der;
    TRY(der_get(ctx, id, &der, why));
    return cert_pem(ctx->mem, der, ret_pem, why);
}

enum status cert_der_read(const struct account_ctx *ctx, struct str id, const struct cert **ret,
                          struct why *why)
{
    struct bytes der;
    TRY(der_get(ctx, id, &der, why));
    return cert_read(ctx->mem, str_of_bytes(der), ret, why);
}

enum status cert_id_normal(const struct account_ctx *ctx, struct str id, struct str *ret,
                           struct why *why)
{
    char *text = arena_alloc(ctx->mem, id.len + 1);
    TRY_PTR(text);
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        text[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    *ret = (struct str){text, id.len};
    return STATUS_OK;
}
