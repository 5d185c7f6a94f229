#include "x509/ossl_priv.h"

#include <openssl/err.h>

#include "base/banned.h"

void ossl_clear(void)
{
    ERR_clear_error();
}

const char *ossl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == NULL ? "no reason given" : reason;
}

enum status ossl_bio_text(struct arena *mem, BIO *bio, struct str *ret, struct why *why)
{
    char *ptr = NULL;
    long len = BIO_get_mem_data(bio, &ptr);
    return str_dup(mem, len <= 0 ? STR("") : (struct str){ptr, (size_t)len}, ret, why);
}

enum status ossl_name_text(struct arena *mem, const X509_NAME *name, struct str *ret,
                           struct why *why)
{
    AUTO(BIO) *bio = BIO_new(BIO_s_mem());
    TRY_PTR(bio);
    struct str text = STR_ABSENT;
    int n = X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    ossl_clear();
    TRY(ossl_bio_text(mem, bio, &text, why));
    if (n < 0 || !str_is_utf8(text)) {
        return why_set(why, STATUS_CERT_INVALID,
                       "a name holds a text that is not what its type says");
    }
    *ret = text;
    return STATUS_OK;
}

X509_NAME *ossl_name_read(struct bytes der)
{
    const unsigned char *p = der.ptr;
    X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)der.len);
    ossl_clear();
    return name;
}
