/* Requests as botocore signs them (tests/vectors/sigv4/generate.py), each accepted as it stands and
 * refused after every change. */
#include "api/sigv4.h"

#include "codec/json_tree.h"
#include "lib/check.h"
#include "lib/fault.h"
#include "lib/files.h"

enum { HEADERS_MAX = 16 };

static struct arena *mem;
static const struct json_value *cases;
static struct str access_key;
static struct str secret_key;
static int64_t moment;

static enum status secret_of(void *ctx, struct str key, struct str *ret, struct why *why)
{
    const struct str *secret = ctx;
    (void)why;
    *ret = str_eq(key, access_key) ? *secret : STR_ABSENT;
    return STATUS_OK;
}

struct signed_request {
    struct http_request request;
    struct http_header headers[HEADERS_MAX];
};

static struct str text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    assert_non_null(value);
    return value->text;
}

static void load(const struct json_value *row, struct signed_request *ret)
{
    struct str target = text_of(row, "target");
    size_t mark = str_find_char(target, '?', 0);
    *ret = (struct signed_request){
        .request = {
            .method = text_of(row, "method"),
            .path = str_slice(target, 0, mark),
            .query = mark < target.len ? str_slice(target, mark + 1, target.len) : STR_ABSENT,
            .body = text_of(row, "body"),
        }};
    const struct json_value *list = json_tree_get(row, STR("headers"));
    for (const struct json_value *h = JSON_FIRST(list); h != NULL; h = h->next) {
        assert_true(ret->request.n_headers < HEADERS_MAX);
        ret->headers[ret->request.n_headers++] =
            (struct http_header){h->first->text, h->first->next->text};
    }
    ret->request.headers = ret->headers;
}

static enum status verify_at(const struct signed_request *s, int64_t now, struct sigv4 *ret,
                             struct why *why)
{
    struct http_request request = s->request;
    request.headers = s->headers;
    return sigv4_verify(&request, now, secret_of, &secret_key, mem, ret, why);
}

static enum status verify(const struct signed_request *s, struct sigv4 *ret, struct why *why)
{
    return verify_at(s, moment, ret, why);
}

static const struct json_value *row_named(const char *name)
{
    for (const struct json_value *row = cases->first; row != NULL; row = row->next) {
        if (str_eq(text_of(row, "name"), str_from(name))) {
            return row;
        }
    }
    fail_msg("no case %s", name);
    return NULL;
}

static struct str *header_of(struct signed_request *s, const char *name)
{
    for (size_t i = 0; i < s->request.n_headers; i++) {
        if (str_eq_nocase(s->headers[i].name, str_from(name))) {
            return &s->headers[i].value;
        }
    }
    fail_msg("no header %s", name);
    return NULL;
}

static void what_the_sdk_signs_is_accepted(void **state)
{
    (void)state;
    size_t n = 0;
    for (const struct json_value *row = cases->first; row != NULL; row = row->next) {
        struct signed_request s;
        struct sigv4 sig;
        struct why why = {0};
        load(row, &s);
        if (verify(&s, &sig, &why) != STATUS_OK) {
            fail_msg("%.*s: %s", STR_ARG(text_of(row, "name")), why.text);
        }
        assert_true(str_eq(sig.access_key, access_key));
        assert_true(str_eq(sig.region, text_of(row, "region")));
        assert_true(str_eq(sig.service, text_of(row, "service")));
        assert_true(str_eq(sig.security_token, text_of(row, "token")));
        assert_true(sig.moment_ms == moment);
        assert_true(sig.presigned == str_starts(text_of(row, "name"), STR("presigned-")));
        struct sigv4 read = {0};
        CHECK_OK(sigv4_read(&s.request, mem, &read, NULL));
        assert_true(str_eq(read.service, sig.service));
        n++;
    }
    assert_true(n >= 30);
}

/* Flips the last bit of one byte, and back afterwards. */
static void check_byte_matters(struct signed_request *s, struct str *part, size_t at,
                               struct str name)
{
    struct str before = *part;
    struct str changed;
    CHECK_OK(str_dup(mem, before, &changed, NULL));
    ((char *)(uintptr_t)changed.ptr)[at] ^= 1;
    *part = changed;
    struct sigv4 sig;
    enum status status = verify(s, &sig, NULL);
    if (status == STATUS_OK) {
        fail_msg("%.*s: byte %zu changed to \"%.*s\", and still accepted", STR_ARG(name), at,
                 STR_ARG(changed));
    }
    *part = before;
}

/* The path's only ambiguity is the standard's own: empty and dot segments, and what ".." takes
 * back, are not signed. The router reads the path as sent, and knows no such path. */
static bool is_slack(struct str path, size_t at)
{
    return path.ptr[at] == '/' || path.ptr[at] == '.' || (path.ptr[at] ^ 1) == '/' ||
           (path.ptr[at] ^ 1) == '.';
}

static void every_byte_that_is_signed_matters(void **state)
{
    (void)state;
    for (const struct json_value *row = cases->first; row != NULL; row = row->next) {
        struct signed_request s;
        struct str name = text_of(row, "name");
        load(row, &s);
        check_byte_matters(&s, &s.request.method, 0, name);
        for (size_t i = 1; i < s.request.path.len && !str_ends(name, STR("dot-segments")) &&
                           !str_ends(name, STR("dot-segments-iot"));
             i++) {
            if (!is_slack(s.request.path, i)) {
                check_byte_matters(&s, &s.request.path, i, name);
            }
        }
        for (size_t i = 0; i < s.request.query.len; i++) {
            check_byte_matters(&s, &s.request.query, i, name);
        }
        for (size_t i = 0; i < s.request.body.len; i++) {
            check_byte_matters(&s, &s.request.body, i, name);
        }
        check_byte_matters(&s, header_of(&s, "host"), 3, name);
        if (!str_starts(name, STR("presigned-"))) {
            struct str *authorization = header_of(&s, "authorization");
            for (size_t i = 0; i < authorization->len; i++) {
                /* White space between the parts is free. */
                if (authorization->ptr[i] != ' ') {
                    check_byte_matters(&s, authorization, i, name);
                }
            }
            check_byte_matters(&s, header_of(&s, "x-amz-date"), 14, name);
        }
        arena_clear(mem); /* what was loaded is views into the arena of the cases */
    }
}

static void another_secret_and_an_unknown_key_are_told_apart(void **state)
{
    (void)state;
    struct signed_request s;
    struct sigv4 sig;
    struct why why;
    struct str right = secret_key;
    load(row_named("body-iot"), &s);
    secret_key = STR("another");
    CHECK_STATUS(verify(&s, &sig, &why), STATUS_SIGNATURE_WRONG);
    assert_non_null(strstr(why.text, "SHA-256 of the canonical request is "));
    secret_key = STR_ABSENT;
    CHECK_STATUS(verify(&s, &sig, &why), STATUS_UNAUTHENTICATED);
    assert_non_null(strstr(why.text, "AKIDBULWARKEXAMPLE01"));
    secret_key = right;
    CHECK_OK(verify(&s, &sig, &why));
}

static void a_signature_holds_for_its_time(void **state)
{
    (void)state;
    struct signed_request s;
    struct sigv4 sig;
    const int64_t quarter = 15 * MINUTE_MS;
    load(row_named("get-iot"), &s);
    CHECK_OK(verify_at(&s, moment + quarter, &sig, NULL));
    CHECK_OK(verify_at(&s, moment - quarter, &sig, NULL));
    CHECK_STATUS(verify_at(&s, moment + quarter + 1, &sig, NULL), STATUS_SIGNATURE_WRONG);
    CHECK_STATUS(verify_at(&s, moment - quarter - 1, &sig, NULL), STATUS_SIGNATURE_WRONG);
    load(row_named("presigned-get"), &s);
    CHECK_OK(verify_at(&s, moment + 600 * SECOND_MS, &sig, NULL));
    assert_int_equal(sig.expires_seconds, 600);
    CHECK_STATUS(verify_at(&s, moment + 600 * SECOND_MS + 1, &sig, NULL), STATUS_SIGNATURE_WRONG);
    CHECK_STATUS(verify_at(&s, moment - quarter - 1, &sig, NULL), STATUS_SIGNATURE_WRONG);
}

static void add_header(struct signed_request *s, const char *name, const char *value)
{
    s->headers[s->request.n_headers++] = (struct http_header){str_from(name), str_from(value)};
}

static void remove_header(struct signed_request *s, const char *name)
{
    struct str *value = header_of(s, name);
    struct http_header *header = (struct http_header *)(void *)((char *)value - sizeof(struct str));
    *header = s->headers[--s->request.n_headers];
}

static void headers_of_aws_must_be_signed_and_others_need_not(void **state)
{
    (void)state;
    struct signed_request s;
    struct sigv4 sig;
    struct why why;
    load(row_named("get-iot"), &s);
    add_header(&s, "Accept", "*/*");
    CHECK_OK(verify(&s, &sig, NULL));
    add_header(&s, "X-AMZ-Meta", "x");
    CHECK_STATUS(verify(&s, &sig, &why), STATUS_SIGNATURE_WRONG);
    assert_non_null(strstr(why.text, "\"X-AMZ-Meta\" is not signed"));
    load(row_named("get-iot"), &s);
    add_header(&s, "Host", "other");
    CHECK_STATUS(verify(&s, &sig, NULL), STATUS_SIGNATURE_WRONG);
    load(row_named("get-iot"), &s);
    remove_header(&s, "host");
    CHECK_STATUS(verify(&s, &sig, &why), STATUS_SIGNATURE_INCOMPLETE);
    assert_non_null(strstr(why.text, "\"host\" is listed as signed and was not sent"));
}

static void the_body_is_always_signed(void **state)
{
    (void)state;
    struct signed_request s;
    struct sigv4 sig;
    struct why why;
    load(row_named("content-hash-iot"), &s);
    *header_of(&s, "x-amz-content-sha256") = STR("UNSIGNED-PAYLOAD");
    CHECK_STATUS(verify(&s, &sig, &why), STATUS_SIGNATURE_WRONG);
    assert_non_null(strstr(why.text, "X-Amz-Content-Sha256 is not the SHA-256 of the body"));
    *header_of(&s, "x-amz-content-sha256") = STR("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    CHECK_STATUS(verify(&s, &sig, NULL), STATUS_SIGNATURE_WRONG);
}

static void parts_that_are_missing_or_twice_there_are_incomplete(void **state)
{
    (void)state;
#define CRED   "Credential=AKID/20260102/eu-central-1/iot/aws4_request"
#define LIST   "SignedHeaders=host;x-amz-date"
#define SIG    "Signature=0000000000000000000000000000000000000000000000000000000000000000"
#define PREFIX "AWS4-HMAC-SHA256 "
    static const char *const bad[] = {
        "",
        "Basic abc",
        "AWS4-HMAC-SHA256",
        PREFIX CRED ", " LIST,
        PREFIX CRED ", " SIG,
        PREFIX LIST ", " SIG,
        PREFIX CRED ", " CRED ", " LIST ", " SIG,
        PREFIX CRED ", " LIST ", " SIG ", X=y",
        PREFIX CRED ", " LIST ", " SIG ",",
        PREFIX CRED "/x, " LIST ", " SIG,
        PREFIX "Credential=/20260102/eu-central-1/iot/aws4_request, " LIST ", " SIG,
        PREFIX "Credential=AKID/2026012/eu-central-1/iot/aws4_request, " LIST ", " SIG,
        PREFIX "Credential=AKID/20260102/eu-central-1/iot/aws5_request, " LIST ", " SIG,
        PREFIX "Credential=AKID/20260102/eu central/iot/aws4_request, " LIST ", " SIG,
        PREFIX CRED ", SignedHeaders=, " SIG,
        PREFIX CRED ", SignedHeaders=x-amz-date;host, " SIG,
        PREFIX CRED ", SignedHeaders=Host;x-amz-date, " SIG,
        PREFIX CRED ", SignedHeaders=host;host;x-amz-date, " SIG,
        PREFIX CRED ", SignedHeaders=host;nosuch;x-amz-date, " SIG,
    };
    struct signed_request s;
    struct sigv4 sig;
    load(row_named("get-iot"), &s);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        *header_of(&s, "authorization") = str_from(bad[i]);
        enum status status = verify(&s, &sig, NULL);
        if (status != STATUS_SIGNATURE_INCOMPLETE) {
            fail_msg("%s: %s", bad[i], status_name(status));
        }
    }
    static const char *const dates[] = {"",
                                        "20260102",
                                        "20260102T030405",
                                        "20261302T030405Z",
                                        "2026-01-02T03:04:05Z",
                                        "20260102T030465Z"};
    load(row_named("get-iot"), &s);
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        *header_of(&s, "x-amz-date") = str_from(dates[i]);
        CHECK_STATUS(verify(&s, &sig, NULL), STATUS_SIGNATURE_INCOMPLETE);
    }
    load(row_named("get-iot"), &s);
    add_header(&s, "X-Amz-Date", "20260102T030405Z");
    CHECK_STATUS(verify(&s, &sig, NULL), STATUS_SIGNATURE_INCOMPLETE);
    load(row_named("get-iot"), &s);
    add_header(&s, "Authorization", "x");
    CHECK_STATUS(verify(&s, &sig, NULL), STATUS_SIGNATURE_INCOMPLETE);
    load(row_named("get-iot"), &s);
    s.request.query = STR("X-Amz-Signature=1");
    CHECK_STATUS(verify(&s, &sig, NULL), STATUS_SIGNATURE_INCOMPLETE);
    s.request.query = STR("a=%zz");
    CHECK_STATUS(verify(&s, &sig, NULL), STATUS_SIGNATURE_INCOMPLETE);
    load(row_named("get-iot"), &s);
    remove_header(&s, "authorization");
    CHECK_STATUS(verify(&s, &sig, NULL), STATUS_SIGNATURE_MISSING);
}

static void a_scope_of_another_day_is_wrong(void **state)
{
    (void)state;
    struct signed_request s;
    struct sigv4 sig;
    struct why why;
    load(row_named("get-iot"), &s);
    *header_of(&s, "x-amz-date") = STR("20260103T030405Z");
    CHECK_STATUS(verify_at(&s, moment + DAY_MS, &sig, &why), STATUS_SIGNATURE_WRONG);
    assert_non_null(strstr(why.text, "20260102 of the credential scope"));
}

static void presigned_requests_must_be_whole_and_live_a_week_at_most(void **state)
{
    (void)state;
    static const char query[] =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%%2F20260102%%2Fr%%2Fiot%%2F"
        "aws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=%s&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=00%s";
    static const char *const rows[][2] = {
        {"0", ""}, {"604801", ""}, {"-1", ""}, {"", ""}, {"1e3", ""}, {"60", "&X-Amz-Expires=60"},
    };
    struct http_header host = {STR_INIT("Host"), STR_INIT("h")};
    struct http_request request = {
        .method = STR("GET"), .path = STR("/"), .headers = &host, .n_headers = 1};
    struct sigv4 sig;
    char text[512];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, query, rows[i][0], rows[i][1]);
        request.query = str_from(text);
        CHECK_STATUS(sigv4_read(&request, mem, &sig, NULL), STATUS_SIGNATURE_INCOMPLETE);
    }
    snprintf(text, sizeof text, query, "604800", "");
    request.query = str_from(text);
    CHECK_OK(sigv4_read(&request, mem, &sig, NULL));
    assert_true(sig.presigned);
    /* Each part in turn is missing. */
    for (const char *at = text; at != NULL; at = strchr(at + 1, '&')) {
        char less[512];
        const char *from = at == text ? at : at + 1;
        const char *end = strchr(from, '&');
        snprintf(less, sizeof less, "%.*s%s", (int)(from - text), text, end == NULL ? "" : end + 1);
        request.query = str_from(less);
        enum status status = sigv4_read(&request, mem, &sig, NULL);
        assert_int_equal(status, STATUS_SIGNATURE_INCOMPLETE);
    }
}

static void date_serves_where_x_amz_date_is_absent(void **state)
{
    (void)state;
    struct http_header headers[] = {
        {STR_INIT("Host"), STR_INIT("h")},
        {STR_INIT("Date"), STR_INIT("Fri, 02 Jan 2026 03:04:05 GMT")},
        {STR_INIT("Authorization"), STR_INIT(PREFIX CRED "," LIST "," SIG)},
    };
    struct http_request request = {.method = STR("GET"),
                                   .path = STR("/"),
                                   .headers = headers,
                                   .n_headers = sizeof headers / sizeof headers[0]};
    struct sigv4 sig;
    CHECK_OK(sigv4_read(&request, mem, &sig, NULL));
    CHECK_STR(sig.moment, "20260102T030405Z");
    assert_true(sig.moment_ms == moment);
    CHECK_STR(sig.signed_headers, "host;x-amz-date");
}

static void failing_memory_is_said(void **state)
{
    (void)state;
    struct signed_request s;
    load(row_named("query-arn-iot"), &s);
    for (size_t n = 0;; n++) {
        AUTO_ARENA *own = arena_new(64 << 10);
        struct sigv4 sig;
        struct http_request request = s.request;
        request.headers = s.headers;
        fault_start(n);
        enum status status =
            sigv4_verify(&request, moment, secret_of, &secret_key, own, &sig, NULL);
        if (!fault_stop()) {
            CHECK_OK(status);
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_sdk_signs_is_accepted),
        cmocka_unit_test(every_byte_that_is_signed_matters),
        cmocka_unit_test(another_secret_and_an_unknown_key_are_told_apart),
        cmocka_unit_test(a_signature_holds_for_its_time),
        cmocka_unit_test(headers_of_aws_must_be_signed_and_others_need_not),
        cmocka_unit_test(the_body_is_always_signed),
        cmocka_unit_test(parts_that_are_missing_or_twice_there_are_incomplete),
        cmocka_unit_test(a_scope_of_another_day_is_wrong),
        cmocka_unit_test(presigned_requests_must_be_whole_and_live_a_week_at_most),
        cmocka_unit_test(date_serves_where_x_amz_date_is_absent),
        cmocka_unit_test(failing_memory_is_said),
    };
    struct arena *vectors = arena_new(4 << 20);
    const struct json_value *document = NULL;
    mem = arena_new(64 << 20);
    if (json_tree_read(vector_read(vectors, "sigv4/cases.json"), vectors, &document, NULL) !=
            STATUS_OK ||
        time_parse(text_of(document, "moment"), &moment, NULL) != STATUS_OK) {
        return 1;
    }
    cases = json_tree_get(document, STR("cases"));
    access_key = text_of(document, "accessKey");
    secret_key = text_of(document, "secret");
    int failed = RUN_TESTS("sigv4", tests);
    arena_free(mem);
    arena_free(vectors);
    return failed;
}
