/* fake_broker.c: see fake_broker.h. The certificates are real ones, signed by a key of the run; the
 * number is the serial number, so that each has a digest of its own, the same each time. */
#include "fake_broker.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plugin/guest.h"

struct fake_broker *fake_broker;

int mosquitto__get_state(const struct mosquitto *client);

int mosquitto__get_state(const struct mosquitto *client)
{
    return client->state;
}

static X509 *make_certificate(unsigned number)
{
    static EVP_PKEY *key;
    if (key == NULL) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_issuer_name(cert);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), number);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"ca", -1, -1, 0);
    ASN1_TIME_set(X509_getm_notBefore(cert), 0);
    ASN1_TIME_set(X509_getm_notAfter(cert), 0);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, NULL);
    return cert;
}

/* As in the broker, the certificate is there before it is asked for: signing is not measured. */
static X509 *certificate_of(unsigned number)
{
    enum { KEPT = 2048 };
    static struct {
        unsigned number;
        X509 *cert;
    } kept[KEPT];
    if (kept[number % KEPT].number != number || kept[number % KEPT].cert == NULL) {
        X509_free(kept[number % KEPT].cert);
        kept[number % KEPT].number = number;
        kept[number % KEPT].cert = make_certificate(number);
    }
    X509_up_ref(kept[number % KEPT].cert);
    return kept[number % KEPT].cert;
}

void fake_fingerprint(unsigned certificate, uint8_t fingerprint[32])
{
    X509 *cert = certificate_of(certificate);
    X509_digest(cert, EVP_sha256(), fingerprint, NULL);
    X509_free(cert);
}

const char *mosquitto_client_id(const struct mosquitto *client)
{
    return client->id;
}

const char *mosquitto_client_address(const struct mosquitto *client)
{
    return client->address;
}

bool mosquitto_client_clean_session(const struct mosquitto *client)
{
    return client->clean;
}

int mosquitto_client_keepalive(const struct mosquitto *client)
{
    return client->keepalive;
}

int mosquitto_client_protocol(const struct mosquitto *client)
{
    (void)client;
    return mp_mqtt;
}

int mosquitto_client_protocol_version(const struct mosquitto *client)
{
    return client->protocol_version;
}

void *mosquitto_client_certificate(const struct mosquitto *client)
{
    return client->certificate == 0 ? NULL : certificate_of(client->certificate);
}

int mosquitto_set_username(struct mosquitto *client, const char *username)
{
    snprintf(client->username, sizeof client->username, "%s", username == NULL ? "" : username);
    return MOSQ_ERR_SUCCESS;
}

void mosquitto_log_printf(int level, const char *fmt, ...)
{
    char line[512];
    va_list arguments;
    (void)level;
    va_start(arguments, fmt);
    vsnprintf(line, sizeof line, fmt, arguments);
    va_end(arguments);
    size_t used = strlen(fake_broker->log);
    if (used + strlen(line) + 2 > sizeof fake_broker->log) {
        used = 0;
    }
    snprintf(fake_broker->log + used, sizeof fake_broker->log - used, "%s\n", line);
}

int mosquitto_kick_client_by_clientid(const char *id, bool with_will)
{
    for (size_t i = 0; i < fake_broker->n_clients; i++) {
        struct mosquitto *client = fake_broker->clients[i];
        if (strcmp(client->id, id) == 0) {
            fake_broker->clients[i] = fake_broker->clients[--fake_broker->n_clients];
            fake_broker->kicks++;
            fake_broker->wills += with_will;
            guest_disconnected(fake_broker->guest, client);
            return MOSQ_ERR_SUCCESS;
        }
    }
    return MOSQ_ERR_NOT_FOUND;
}

int mosquitto_broker_publish_copy(const char *client, const char *topic, int payload_len,
                                  const void *payload, int qos, bool retain,
                                  mosquitto_property *properties)
{
    (void)client, (void)payload_len, (void)payload, (void)qos, (void)retain, (void)properties;
    snprintf(fake_broker->last_topic, sizeof fake_broker->last_topic, "%s", topic);
    fake_broker->published++;
    return MOSQ_ERR_SUCCESS;
}

/* Properties are made by the real broker's library; the integration tests look at them. */
int mosquitto_property_add_byte(mosquitto_property **list, int identifier, uint8_t value)
{
    (void)list, (void)identifier, (void)value;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_property_add_int32(mosquitto_property **list, int identifier, uint32_t value)
{
    (void)list, (void)identifier, (void)value;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_property_add_binary(mosquitto_property **list, int identifier, const void *value,
                                  uint16_t len)
{
    (void)list, (void)identifier, (void)value, (void)len;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_property_add_string(mosquitto_property **list, int identifier, const char *value)
{
    (void)list, (void)identifier, (void)value;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_property_add_string_pair(mosquitto_property **list, int identifier, const char *name,
                                       const char *value)
{
    (void)list, (void)identifier, (void)name, (void)value;
    return MOSQ_ERR_SUCCESS;
}

void mosquitto_property_free_all(mosquitto_property **list)
{
    (void)list;
}
