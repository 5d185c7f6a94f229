/* Keys by themselves, and a server that takes new ones without dropping who is connected. The
 * certificates are made by the openssl program, in a folder of their own. */
#include "net/tls_keys.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/limits.h"
#include "lib/check.h"
#include "lib/files.h"
#include "net/http_client.h"
#include "net/http_server.h"

static struct arena *mem;
static const char *folder;

static struct str path_of(const char *name)
{
    struct str path;
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/%s", folder, name));
    return path;
}

static void shell(const char *command)
{
    struct str line;
    CHECK_OK(str_fmt(mem, &line, NULL, "cd '%s' && { %s; } >/dev/null 2>&1", folder, command));
    if (system(str_z(mem, line)) != 0) {
        fail_msg("%s", command);
    }
}

static void make_pair(const char *name)
{
    struct str command;
    CHECK_OK(str_fmt(mem, &command, NULL,
                     "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                     "-days 30 -subj /CN=%s -keyout %s.key -out %s.pem",
                     name, name, name));
    shell(str_z(mem, command));
}

static void usable_files_are_read_and_others_named(void **state)
{
    (void)state;
    struct tls_keys *keys = NULL;
    struct why why;
    unsigned n = 0;
    CHECK_OK(tls_keys_read(path_of("a.pem"), path_of("a.key"), &keys, NULL));
    assert_non_null(tls_keys_chain(keys, &n));
    assert_int_equal(n, 1);
    assert_ptr_equal(tls_keys_hold(keys), keys);
    tls_keys_release(keys);
    assert_non_null(tls_keys_private(keys));
    const struct bytes *ders = NULL;
    size_t n_ders = 0;
    CHECK_OK(tls_keys_certificates(keys, mem, &ders, &n_ders, NULL));
    assert_int_equal(n_ders, 1);
    assert_true(ders[0].len > 100 && ders[0].ptr[0] == 0x30);
    tls_keys_release(keys);
    tls_keys_release(NULL);

    keys = NULL;
    CHECK_STATUS(tls_keys_read(path_of("none"), path_of("a.key"), &keys, &why), STATUS_IO);
    assert_non_null(strstr(why.text, "/none cannot be read: No such file"));
    CHECK_STATUS(tls_keys_read(path_of("a.key"), path_of("a.key"), &keys, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "a.key holds no usable certificate chain"));
    CHECK_STATUS(tls_keys_read(path_of("a.pem"), path_of("a.pem"), &keys, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "a.pem holds no usable private key"));
    CHECK_STATUS(tls_keys_read(path_of("a.pem"), path_of("b.key"), &keys, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "is not that of"));
    shell("head -c 70000 /dev/zero > large");
    CHECK_STATUS(tls_keys_read(path_of("large"), path_of("a.key"), &keys, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "larger than"));
    shell(": > empty");
    CHECK_STATUS(tls_keys_read(path_of("empty"), path_of("a.key"), &keys, NULL), STATUS_INVALID);
    shell("for i in 1 2 3 4 5 6 7 8 9; do cat a.pem; done > many");
    CHECK_STATUS(tls_keys_read(path_of("many"), path_of("a.key"), &keys, NULL), STATUS_INVALID);
    assert_null(keys);
}

static void handle(struct http_exchange *x, void *ctx)
{
    (void)ctx;
    x->reply.status = 200;
    x->reply.body = x->request.tls ? STR("over tls.") : STR("plain.");
    http_finish(x);
}

struct client {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
};

/* 0, or why the handshake failed. */
static int client_dial(struct client *client, uint16_t port, const char *priorities)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&to, sizeof to), 0);
    gnutls_certificate_allocate_credentials(&client->credentials);
    gnutls_init(&client->session, GNUTLS_CLIENT);
    assert_int_equal(gnutls_priority_set_direct(client->session, priorities, NULL), 0);
    gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE, client->credentials);
    gnutls_transport_set_int(client->session, client->fd);
    gnutls_handshake_set_timeout(client->session, 3000);
    int code = 0;
    do {
        code = gnutls_handshake(client->session);
    } while (code < 0 && !gnutls_error_is_fatal(code));
    return code;
}

static void client_close(struct client *client)
{
    gnutls_deinit(client->session);
    gnutls_certificate_free_credentials(client->credentials);
    close(client->fd);
}

static void client_asks(struct client *client)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    char reply[4096] = "";
    size_t n = 0;
    assert_int_equal(gnutls_record_send(client->session, request, sizeof request - 1),
                     sizeof request - 1);
    while (strstr(reply, "over tls.") == NULL) {
        ssize_t got = gnutls_record_recv(client->session, reply + n, sizeof reply - 1 - n);
        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED) {
            continue;
        }
        assert_true(got > 0);
        n += (size_t)got;
        reply[n] = '\0';
    }
}

static const char *client_sees(struct client *client)
{
    static char name[64];
    size_t size = sizeof name;
    unsigned n = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(client->session, &n);
    gnutls_x509_crt_t crt;
    assert_true(n > 0);
    gnutls_x509_crt_init(&crt);
    assert_int_equal(gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER), 0);
    assert_int_equal(gnutls_x509_crt_get_dn_by_oid(crt, "2.5.4.3", 0, 0, name, &size), 0);
    gnutls_x509_crt_deinit(crt);
    return name;
}

static void a_reload_is_for_new_connections_and_bad_files_change_nothing(void **state)
{
    (void)state;
    struct http_server *server = NULL;
    struct client first, second, third;
    struct why why = {0};
    shell("cp a.pem now.pem; cp a.key now.key");
    struct http_server_config config = {.address = STR("127.0.0.1"),
                                        .cert_file = path_of("now.pem"),
                                        .key_file = path_of("now.key"),
                                        .handle = handle};
    if (http_server_start(&config, &server, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
    uint16_t port = http_server_port(server);
    assert_int_equal(client_dial(&first, port, "NORMAL"), 0);
    assert_string_equal(client_sees(&first), "a");
    client_asks(&first);

    shell("cp b.pem now.pem");
    CHECK_STATUS(http_server_reload_tls(server, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "is not that of"));
    assert_int_equal(client_dial(&second, port, "NORMAL:-VERS-ALL:+VERS-TLS1.2"), 0);
    assert_string_equal(client_sees(&second), "a");
    client_asks(&second);

    shell("cp b.key now.key");
    CHECK_OK(http_server_reload_tls(server, &why));
    assert_int_equal(client_dial(&third, port, "NORMAL"), 0);
    assert_string_equal(client_sees(&third), "b");
    client_asks(&third);
    client_asks(&first);
    client_asks(&second);
    client_close(&first);
    client_close(&second);
    client_close(&third);
    assert_true(http_server_stop(server, 1000));
}

static void old_versions_of_tls_and_plain_text_are_refused(void **state)
{
    (void)state;
    struct http_server *server = NULL;
    struct client client;
    struct http_server_config config = {.address = STR("127.0.0.1"),
                                        .cert_file = path_of("a.pem"),
                                        .key_file = path_of("a.key"),
                                        .handle = handle};
    CHECK_OK(http_server_start(&config, &server, NULL));
    assert_int_not_equal(client_dial(&client, http_server_port(server),
                                     "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0:%COMPAT"),
                         0);
    client_close(&client);
    assert_int_equal(client_dial(&client, http_server_port(server), "NORMAL"), 0);
    client_asks(&client);
    client_close(&client);
    struct http_server_counters c;
    http_server_counters(server, &c);
    assert_int_equal(c.requests, 1);
    assert_true(http_server_stop(server, 1000));
}

static void a_server_does_not_start_on_unusable_files(void **state)
{
    (void)state;
    struct http_server *server = NULL;
    struct http_server_config config = {.address = STR("127.0.0.1"),
                                        .cert_file = path_of("a.pem"),
                                        .key_file = path_of("b.key"),
                                        .handle = handle};
    CHECK_STATUS(http_server_start(&config, &server, NULL), STATUS_INVALID);
    config.key_file = STR_ABSENT;
    CHECK_STATUS(http_server_start(&config, &server, NULL), STATUS_INVALID);
    assert_null(server);
}

/* What a server shows is had from it under the address rule, whatever it is worth: this one's
 * certificate is its own. */
static struct http_fetch shown_by(uint16_t port, const char *host, bool loopback)
{
    const struct fetch_rule rule = {.allow_loopback = loopback};
    const struct http_fetch_options options = {.rule = &rule, .timeout_ms = 3000};
    struct http_fetch item = {.max_bytes = 1 << 16, .certificate = true, .mem = mem};
    CHECK_OK(str_fmt(mem, &item.url, NULL, "https://%s:%u/", host, (unsigned)port));
    http_fetch_all(&options, &item, 1);
    return item;
}

static void certificates_are_had_from_servers_of_tls(void **state)
{
    (void)state;
    struct http_server *server = NULL;
    struct http_server_config config = {.address = STR("127.0.0.1"),
                                        .cert_file = path_of("chain.pem"),
                                        .key_file = path_of("a.key"),
                                        .handle = handle};
    shell("cat a.pem b.pem > chain.pem");
    CHECK_OK(http_server_start(&config, &server, NULL));
    uint16_t port = http_server_port(server);
    struct http_fetch item = shown_by(port, "127.0.0.1", true);
    CHECK_OK(item.status);
    struct str file = file_read(mem, str_z(mem, path_of("chain.pem")));
    assert_int_equal(item.body.len, file.len);
    assert_memory_equal(item.body.ptr, file.ptr, file.len);
    CHECK_OK(shown_by(port, "localhost", true).status);
    CHECK_STATUS(shown_by(port, "127.0.0.1", false).status, STATUS_DENIED);
    struct http_server_counters c;
    http_server_counters(server, &c);
    assert_int_equal(c.requests, 0);
    assert_true(http_server_stop(server, 1000));
    CHECK_STATUS(shown_by(port, "127.0.0.1", true).status, STATUS_IO); /* nobody is there */
    config.cert_file = config.key_file = STR_ABSENT;
    CHECK_OK(http_server_start(&config, &server, NULL));
    item = shown_by(http_server_port(server), "127.0.0.1", true);
    CHECK_STATUS(item.status, STATUS_IO); /* it speaks no TLS */
    assert_true(http_server_stop(server, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usable_files_are_read_and_others_named),
        cmocka_unit_test(a_reload_is_for_new_connections_and_bad_files_change_nothing),
        cmocka_unit_test(old_versions_of_tls_and_plain_text_are_refused),
        cmocka_unit_test(a_server_does_not_start_on_unusable_files),
        cmocka_unit_test(certificates_are_had_from_servers_of_tls),
    };
    alarm(60);
    mem = arena_new(1 << 22);
    folder = temp_dir_make(mem);
    make_pair("a");
    make_pair("b");
    int failed = RUN_TESTS("tls_keys", tests);
    temp_dir_remove(folder);
    arena_free(mem);
    return failed;
}
