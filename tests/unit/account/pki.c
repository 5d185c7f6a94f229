/* pki.c: see pki.h. */
#include "pki.h"

#include "account/cert_intake.h"
#include "account/certificate_transfer.h"
#include "lib/files.h"

struct str pki_pem(struct fixture *f, const char *name)
{
    struct str path;
    CHECK_OK(str_fmt(f->ctx.mem, &path, &f->why, "x509/%s", name));
    return vector_read(f->ctx.mem, str_z(f->ctx.mem, path));
}

const struct cert *pki_cert(struct fixture *f, const char *name)
{
    const struct cert *cert;
    CHECK_OK(cert_read(f->ctx.mem, pki_pem(f, name), &cert, &f->why));
    return cert;
}

struct issuer *pki_root(struct fixture *f, const char *name, struct str *ret_pem)
{
    struct issue_spec spec = {
        .common_name = str_from(name),
        .not_before = f->now - DAY_MS,
        .not_after = f->now + INT64_C(3650) * DAY_MS,
        .ca = true,
        .path_length = -1,
    };
    struct str key;
    struct issuer *issuer;
    CHECK_OK(issue_root(f->ctx.mem, KEY_SPEC_P256, &spec, &f->ctx.rnd, &key, ret_pem, &f->why));
    CHECK_OK(issuer_open(f->ctx.mem, key, *ret_pem, &issuer, &f->why));
    return issuer;
}

static struct str issue(struct fixture *f, const struct issuer *issuer,
                        const struct issue_spec *spec)
{
    struct bytes der;
    struct str pem;
    CHECK_OK(issue_certificate(f->ctx.mem, issuer, spec, &f->ctx.rnd, &der, &f->why));
    CHECK_OK(cert_pem(f->ctx.mem, der, &pem, &f->why));
    return pem;
}

struct str pki_twin(struct fixture *f, const struct issuer *issuer)
{
    const struct cert *own = issuer_cert_get(issuer);
    struct issue_spec spec = {
        .spki = own->key.spki,
        .name_der = own->subject_der,
        .not_before = own->not_before,
        .not_after = own->not_after,
        .ca = true,
        .path_length = -1,
    };
    return issue(f, issuer, &spec);
}

struct str pki_device(struct fixture *f, const struct issuer *issuer, const char *name,
                      int from_day, int to_day)
{
    struct key_pair pair;
    CHECK_OK(key_make(f->ctx.mem, KEY_SPEC_P256, &pair, &f->why));
    struct issue_spec spec = {
        .spki = pair.spki,
        .common_name = str_from(name),
        .not_before = f->now + (int64_t)from_day * DAY_MS,
        .not_after = f->now + (int64_t)to_day * DAY_MS,
        .path_length = -1,
    };
    return issue(f, issuer, &spec);
}

struct str pki_register_ca(struct fixture *f, struct str pem)
{
    struct ca_certificate_new new = {.active = true};
    struct ca_certificate row;
    CHECK_OK(READ(
        f, ca_certificate_prove(&f->ctx, pem, STR_ABSENT, STR("SNI_ONLY"), &new.proof, &f->why)));
    CHECK_OK(WRITE(f, ca_certificate_register(&f->ctx, &new, &row, &f->why)));
    return row.id;
}

struct str pki_register(struct fixture *f, struct str pem, const char *status)
{
    struct certificate_new new = {.sni_only = true, .status = str_from(status)};
    struct certificate row;
    CHECK_OK(cert_intake_read(&f->ctx, pem, &new.cert, &f->why));
    CHECK_OK(WRITE(f, certificate_register(&f->ctx, &new, &row, &f->why)));
    return row.id;
}

static enum status force_status(const struct account_ctx *ctx, struct str id, const char *status,
                                struct why *why)
{
    struct certificate row;
    TRY(certificate_get(ctx, id, &row, why));
    row.status = str_from(status);
    return store_put(ctx->tx, TABLE(certificate), &row, why);
}

struct str pki_register_as(struct fixture *f, const char *name, const char *status)
{
    struct str id = pki_register(f, pki_pem(f, name), NULL);
    if (strcmp(status, "PENDING_TRANSFER") == 0) {
        CHECK_OK(
            WRITE(f, certificate_transfer(&f->ctx, id, STR("210987654321"), STR_ABSENT, &f->why)));
    } else {
        CHECK_OK(WRITE(f, force_status(&f->ctx, id, status, &f->why)));
    }
    return id;
}
