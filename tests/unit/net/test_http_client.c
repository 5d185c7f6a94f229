/* The other end is our own server on loopback. */
#include "net/http_client.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "api/sigv4.h"
#include "base/clock.h"
#include "lib/check.h"
#include "net/http_server.h"

enum { MANY = 20, LARGE = 100000 };

static struct arena *mem;
static struct http_server *server;
static struct http_exchange *_Atomic held;
static atomic_uint requests;
static const struct fetch_rule loopback = {.allow_loopback = true};
static const struct http_fetch_options open_options = {.rule = &loopback, .timeout_ms = 3000};

static void redirect(struct http_exchange *x, struct str to)
{
    x->reply.status = 302;
    http_reply_header(&x->reply, STR("Location"), to);
}

static enum status secret_of(void *ctx, struct str key, struct str *ret, struct why *why)
{
    (void)ctx;
    (void)why;
    *ret = str_eq(key, STR("AKID")) ? STR("secret") : STR_ABSENT;
    return STATUS_OK;
}

/* Whether the server's own eyes find the signature right. */
static void reply_verdict(struct http_exchange *x)
{
    struct sigv4 sig;
    struct why why = {0};
    struct clock clock = clock_system();
    enum status status =
        sigv4_verify(&x->request, clock_now(&clock), secret_of, NULL, x->mem, &sig, &why);
    x->reply.body = STR("accepted");
    if (status != STATUS_OK) {
        CHECK_OK(str_dup(x->mem, str_from(why.text), &x->reply.body, NULL));
    }
}

static void handle(struct http_exchange *x, void *ctx)
{
    struct str path = x->request.path;
    (void)ctx;
    atomic_fetch_add(&requests, 1);
    x->reply.status = 200;
    if (str_eq(path, STR("/large"))) {
        char *body = arena_alloc(x->mem, LARGE);
        assert_non_null(body);
        x->reply.body = (struct str){body, LARGE};
    } else if (str_eq(path, STR("/again"))) {
        redirect(x, STR("/again"));
    } else if (str_eq(path, STR("/once"))) {
        redirect(x, STR("/ok"));
    } else if (str_eq(path, STR("/to-file"))) {
        redirect(x, STR("file:///etc/passwd"));
    } else if (str_eq(path, STR("/to-https"))) {
        redirect(x, STR("https://127.0.0.1:1/"));
    } else if (str_eq(path, STR("/to-metadata"))) {
        redirect(x, STR("http://169.254.169.254/latest/"));
    } else if (str_eq(path, STR("/missing"))) {
        x->reply.status = 404;
        http_reply_header(&x->reply, STR("x-amzn-ErrorType"), STR("ResourceNotFoundException"));
        x->reply.body = STR("{}");
    } else if (str_starts(path, STR("/verify"))) {
        reply_verdict(x);
    } else if (str_eq(path, STR("/hold"))) {
        atomic_store(&held, x);
        return;
    } else if (str_eq(path, STR("/echo"))) {
        struct str auth = http_header_get(&x->request, STR("Authorization"));
        CHECK_OK(str_fmt(x->mem, &x->reply.body, NULL, "%.*s %.*s type=%.*s token=%.*s auth=%.*s",
                         STR_ARG(x->request.method), STR_ARG(x->request.body),
                         STR_ARG(http_header_get(&x->request, STR("Content-Type"))),
                         STR_ARG(http_header_get(&x->request, STR("X-Amz-Security-Token"))),
                         STR_ARG(auth)));
    } else {
        CHECK_OK(str_dup(x->mem, path, &x->reply.body, NULL));
    }
    http_finish(x);
}

static struct str url_to(const char *path)
{
    struct str url;
    CHECK_OK(str_fmt(mem, &url, NULL, "http://127.0.0.1:%u%s", http_server_port(server), path));
    return url;
}

static struct http_fetch fetch(struct str url, const struct http_fetch_options *options)
{
    struct http_fetch item = {.url = url, .max_bytes = 1000, .mem = mem};
    http_fetch_all(options, &item, 1);
    return item;
}

static void bodies_are_fetched_side_by_side(void **state)
{
    (void)state;
    struct http_fetch items[MANY];
    char path[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "/%d", i);
        items[i] = (struct http_fetch){.url = url_to(path), .max_bytes = 100, .mem = mem};
    }
    items[3].url = STR("ftp://127.0.0.1/");
    http_fetch_all(&open_options, items, MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "/%d", i);
        if (i == 3) {
            CHECK_STATUS(items[i].status, STATUS_INVALID);
        } else {
            CHECK_OK(items[i].status);
            CHECK_STR(items[i].body, path);
        }
    }
    http_fetch_all(&open_options, items, 0);
}

static void what_goes_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum status status;
        const char *sentence;
    } rows[] = {
        {"/large", STATUS_TOO_LARGE, "is larger than 1000 bytes"},
        {"/missing", STATUS_IO, "the server answered with status 404"},
        {"/again", STATUS_IO, "redirects"},
        {"/to-file", STATUS_INVALID, "file"},
        {"/to-https", STATUS_INVALID, "https"},
        {"/to-metadata", STATUS_DENIED, "the metadata service of a cloud"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_fetch item = fetch(url_to(rows[i].path), &open_options);
        if (item.status != rows[i].status || strstr(item.why.text, rows[i].sentence) == NULL) {
            fail_msg("%s: %s: %s", rows[i].path, status_name(item.status), item.why.text);
        }
    }
    CHECK_OK(fetch(url_to("/once"), &open_options).status);
    CHECK_STATUS(fetch(STR("http://127.0.0.1:1/"), &open_options).status, STATUS_IO);
    static const char *const bad[] = {
        "", "x", "file:///etc/passwd", "http://a b/", "http://a\n/", "http://[::1/", "//x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(fetch(str_from(bad[i]), &open_options).status, STATUS_INVALID);
    }
}

static void refused_addresses_are_never_connected_to(void **state)
{
    (void)state;
    static const struct fetch_rule nothing;
    const struct http_fetch_options closed = {.rule = &nothing, .timeout_ms = 3000};
    unsigned before = atomic_load(&requests);
    struct str names[4];
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        CHECK_OK(
            str_fmt(mem, &names[i], NULL, "http://%s:%u/", hosts[i], http_server_port(server)));
        struct http_fetch item = fetch(names[i], &closed);
        CHECK_STATUS(item.status, STATUS_DENIED);
        assert_non_null(strstr(item.why.text, "which no fetch-allow entry permits"));
        assert_null(strstr(item.why.text, "ffff:7f00")); /* what nobody would put into a rule */
    }
    struct fetch_rule listed;
    CHECK_OK(fetch_rule_read(mem, STR("127.0.0.0/8"), &listed, NULL));
    const struct http_fetch_options by_list = {.rule = &listed, .timeout_ms = 3000};
    assert_int_equal(atomic_load(&requests), before);
    CHECK_OK(fetch(names[0], &by_list).status);
    assert_int_equal(atomic_load(&requests), before + 1);
}

static void proxies_of_the_environment_are_not_used(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    CHECK_OK(fetch(url_to("/ok"), &open_options).status);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static bool held_is_set(void *ctx)
{
    (void)ctx;
    return atomic_load(&held) != NULL;
}

static void release_held(void)
{
    http_finish(atomic_exchange(&held, NULL));
}

static void time_and_cancellation_end_a_fetch(void **state)
{
    (void)state;
    const struct http_fetch_options brief = {.rule = &loopback, .timeout_ms = 200};
    struct http_fetch item = fetch(url_to("/hold"), &brief);
    CHECK_STATUS(item.status, STATUS_IO);
    assert_non_null(strstr(item.why.text, "timed out"));
    assert_int_equal(item.reach, HTTP_CUT);
    release_held();

    const struct http_fetch_options stoppable = {
        .rule = &loopback, .timeout_ms = 3000, .parallel = 1, .canceled = held_is_set};
    struct http_fetch items[] = {
        {.url = url_to("/ok"), .max_bytes = 10, .mem = mem},
        {.url = url_to("/hold"), .max_bytes = 10, .mem = mem},
        {.url = url_to("/ok"), .max_bytes = 10, .mem = mem},
    };
    http_fetch_all(&stoppable, items, 3);
    CHECK_OK(items[0].status);
    CHECK_STATUS(items[1].status, STATUS_CANCELED);
    CHECK_STATUS(items[2].status, STATUS_CANCELED);
    release_held();
}

/* A port on which nobody listens: bound, and nothing more. */
static struct str url_of_nobody(int *ret_socket)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof name;
    struct str url;
    *ret_socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*ret_socket, (struct sockaddr *)&name, len), 0);
    assert_int_equal(getsockname(*ret_socket, (struct sockaddr *)&name, &len), 0);
    CHECK_OK(str_fmt(mem, &url, NULL, "http://127.0.0.1:%d/", ntohs(name.sin_port)));
    return url;
}

static void a_fetch_tells_how_far_it_got(void **state)
{
    (void)state;
    int nobody = -1;
    struct http_fetch item = fetch(url_of_nobody(&nobody), &open_options);
    close(nobody);
    CHECK_STATUS(item.status, STATUS_IO);
    assert_int_equal(item.reach, HTTP_UNREACHED);
    item = fetch(url_to("/missing"), &open_options);
    CHECK_STATUS(item.status, STATUS_IO);
    assert_int_equal(item.reach, HTTP_ANSWERED);
}

static void a_call_carries_its_body_headers_and_signature(void **state)
{
    (void)state;
    const struct http_header type = {STR_INIT("Content-Type"), STR_INIT("application/json")};
    struct http_call call = {.method = STR("PATCH"),
                             .url = url_to("/echo"),
                             .headers = &type,
                             .n_headers = 1,
                             .body = STR("{\"a\":1}"),
                             .timeout_ms = 3000};
    struct http_answer answer;
    CHECK_OK(http_call(&call, mem, &answer, NULL));
    assert_int_equal(answer.status, 200);
    CHECK_STR(answer.body, "PATCH {\"a\":1} type=application/json token= auth=");
    call.sign = (struct http_sign){.access_key = STR("AKID"),
                                   .secret = STR("secret"),
                                   .security_token = STR("tok"),
                                   .region = STR("eu-central-1"),
                                   .service = STR("iot")};
    CHECK_OK(http_call(&call, mem, &answer, NULL));
    assert_non_null(
        strstr(str_z(mem, answer.body), " token=tok auth=AWS4-HMAC-SHA256 Credential=AKID/"));
    assert_non_null(strstr(str_z(mem, answer.body), "/eu-central-1/iot/aws4_request"));
    call.url = url_to("/verify/abc-1");
    CHECK_OK(http_call(&call, mem, &answer, NULL));
    CHECK_STR(answer.body, "accepted");
    call.method = STR("GET");
    call.body = STR_ABSENT;
    call.url = url_to("/verify?a=1&b=x%3D");
    CHECK_OK(http_call(&call, mem, &answer, NULL));
    CHECK_STR(answer.body, "accepted");
    call = (struct http_call){.method = STR("GET"), .url = url_to("/missing")};
    CHECK_OK(http_call(&call, mem, &answer, NULL));
    assert_int_equal(answer.status, 404);
    CHECK_STR(answer.error_type, "ResourceNotFoundException");
    call.url = url_to("/once");
    CHECK_OK(http_call(&call, mem, &answer, NULL));
    assert_int_equal(answer.status, 302);
    call.url = url_to("/large");
    call.max_bytes = LARGE - 1;
    CHECK_STATUS(http_call(&call, mem, &answer, NULL), STATUS_TOO_LARGE);
    call.url = STR("gopher://127.0.0.1/");
    CHECK_STATUS(http_call(&call, mem, &answer, NULL), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_fetched_side_by_side),
        cmocka_unit_test(what_goes_wrong_is_said),
        cmocka_unit_test(refused_addresses_are_never_connected_to),
        cmocka_unit_test(proxies_of_the_environment_are_not_used),
        cmocka_unit_test(time_and_cancellation_end_a_fetch),
        cmocka_unit_test(a_fetch_tells_how_far_it_got),
        cmocka_unit_test(a_call_carries_its_body_headers_and_signature),
    };
    const struct http_server_config config = {.address = STR("127.0.0.1"), .handle = handle};
    alarm(60);
    mem = arena_new(16 << 20);
    if (http_server_start(&config, &server, NULL) != STATUS_OK) {
        return 1;
    }
    int failed = RUN_TESTS("http_client", tests);
    if (!http_server_stop(server, 1000)) {
        return 1;
    }
    arena_free(mem);
    return failed;
}
