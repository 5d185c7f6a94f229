/* cert_name.c: names of certificates as rows of attributes. */
#include <arpa/inet.h>
#include <openssl/objects.h>

#include "base/limits.h"
#include "x509/cert_priv.h"

#include "base/banned.h"

/* SPEC: https://docs.aws.amazon.com/iot/latest/developerguide/cert-policy-variables.html */
static const struct {
    int nid;
    struct str name;
} attr_names[] = {
    {NID_dnQualifier, STR_INIT("DistinguishedNameQualifier")},
    {NID_countryName, STR_INIT("Country")},
    {NID_organizationName, STR_INIT("Organization")},
    {NID_organizationalUnitName, STR_INIT("OrganizationalUnit")},
    {NID_stateOrProvinceName, STR_INIT("State")},
    {NID_commonName, STR_INIT("CommonName")},
    {NID_serialNumber, STR_INIT("SerialNumber")},
    {NID_title, STR_INIT("Title")},
    {NID_surname, STR_INIT("Surname")},
    {NID_givenName, STR_INIT("GivenName")},
    {NID_initials, STR_INIT("Initials")},
    {NID_pseudonym, STR_INIT("Pseudonym")},
    {NID_generationQualifier, STR_INIT("GenerationQualifier")},
};

static struct str attr_name(int nid)
{
    for (size_t i = 0; i < sizeof attr_names / sizeof attr_names[0]; i++) {
        if (attr_names[i].nid == nid) {
            return attr_names[i].name;
        }
    }
    return STR_ABSENT;
}

enum status attr_list_init(struct attr_list *list, struct arena *mem, struct why *why)
{
    struct cert_attr *rows = NEW_ARRAY(mem, struct cert_attr, LIMIT_CERT_ATTRIBUTES);
    TRY_PTR(rows);
    *list = (struct attr_list){.mem = mem, .rows = rows};
    return STATUS_OK;
}

static enum status add_row(struct attr_list *list, struct str name, struct str value,
                           struct why *why)
{
    if (value.len > 0 && memchr(value.ptr, 0, value.len) != NULL) {
        return why_set(why, STATUS_CERT_INVALID, "the %.*s of a name holds a NUL character",
                       STR_ARG(name));
    }
    if (!str_is_utf8(value)) {
        return why_set(why, STATUS_CERT_INVALID, "the %.*s of a name is not text", STR_ARG(name));
    }
    if (list->n == LIMIT_CERT_ATTRIBUTES) {
        return why_set(why, STATUS_TOO_LARGE, "a name has more than %d attributes",
                       LIMIT_CERT_ATTRIBUTES);
    }
    struct cert_attr row = {.name = name};
    TRY(str_dup(list->mem, value, &row.value, why));
    list->rows[list->n++] = row;
    return STATUS_OK;
}

static bool is_string(int type)
{
    return type == V_ASN1_UTF8STRING || type == V_ASN1_PRINTABLESTRING ||
           type == V_ASN1_T61STRING || type == V_ASN1_IA5STRING || type == V_ASN1_BMPSTRING ||
           type == V_ASN1_UNIVERSALSTRING || type == V_ASN1_NUMERICSTRING ||
           type == V_ASN1_VISIBLESTRING;
}

/* Attributes without a row are looked at too: a NUL anywhere in a name is an attempt to be read
 * differently by different programs. */
static enum status add_attribute(struct attr_list *list, const X509_NAME_ENTRY *entry,
                                 struct why *why)
{
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    struct str name = attr_name(nid);
    if (!is_string(ASN1_STRING_type(value))) {
        return STATUS_OK;
    }
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, value);
    ossl_clear();
    if (len < 0) {
        return why_set(why, STATUS_CERT_INVALID,
                       "a name holds a text that is not what its type says");
    }
    struct str text = {(const char *)utf8, (size_t)len};
    enum status status = STATUS_OK;
    if (!str_absent(name)) {
        status = add_row(list, name, text, why);
    } else if (len > 0 && memchr(utf8, 0, (size_t)len) != NULL) {
        status = why_set(why, STATUS_CERT_INVALID, "the %s of a name holds a NUL character",
                         nid == NID_undef ? "attribute" : OBJ_nid2ln(nid));
    }
    OPENSSL_free(utf8);
    return status;
}

enum status attr_list_add_name(struct attr_list *list, const X509_NAME *name, struct why *why)
{
    int n = X509_NAME_entry_count(name);
    for (int i = 0; i < n; i++) {
        TRY(add_attribute(list, X509_NAME_get_entry(name, i), why));
    }
    return STATUS_OK;
}

static enum status add_address(struct attr_list *list, const ASN1_OCTET_STRING *octets,
                               struct why *why)
{
    char text[INET6_ADDRSTRLEN] = "";
    int len = ASN1_STRING_length(octets);
    int family = len == 4 ? AF_INET : AF_INET6;
    if ((len != 4 && len != 16) ||
        inet_ntop(family, ASN1_STRING_get0_data(octets), text, sizeof text) == NULL) {
        return why_set(why, STATUS_CERT_INVALID,
                       "an alternative name has an IP address of %d bytes", len);
    }
    return add_row(list, STR("AlternativeName.IPAddress"), str_from(text), why);
}

static enum status add_ia5(struct attr_list *list, struct str name, const ASN1_STRING *string,
                           struct why *why)
{
    struct str value = {(const char *)ASN1_STRING_get0_data(string),
                        (size_t)ASN1_STRING_length(string)};
    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char)value.ptr[i] >= 0x80) {
            return why_set(why, STATUS_CERT_INVALID, "an %.*s is not ASCII", STR_ARG(name));
        }
    }
    return add_row(list, name, value, why);
}

static enum status add_alternative(struct attr_list *list, const GENERAL_NAME *name,
                                   struct why *why)
{
    switch (name->type) {
    case GEN_EMAIL:
        return add_ia5(list, STR("AlternativeName.RFC822Name"), name->d.rfc822Name, why);
    case GEN_DNS:
        return add_ia5(list, STR("AlternativeName.DNSName"), name->d.dNSName, why);
    case GEN_URI:
        return add_ia5(list, STR("AlternativeName.UniformResourceIdentifier"),
                       name->d.uniformResourceIdentifier, why);
    case GEN_IPADD:
        return add_address(list, name->d.iPAddress, why);
    case GEN_DIRNAME: {
        struct str text;
        TRY(ossl_name_text(list->mem, name->d.directoryName, &text, why));
        return add_row(list, STR("AlternativeName.DirectoryName"), text, why);
    }
    default:
        return STATUS_OK;
    }
}

enum status attr_list_add_alternatives(struct attr_list *list, const GENERAL_NAMES *names,
                                       struct why *why)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        TRY(add_alternative(list, sk_GENERAL_NAME_value(names, i), why));
    }
    return STATUS_OK;
}
