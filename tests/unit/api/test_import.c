/* Imports, as the door calls them. */
#include "api/extension.h"
#include "codec/json_write.h"
#include "lib/check.h"
#include "net/http.h"

#define BEGIN(client, at)                                                                          \
    "{\"clientId\":\"" client "\",\"timestamp\":" at ",\"eventType\":\"connected\"}"

struct import {
    struct arena *mem;
    struct store *store;
    int64_t now;
    struct api_env env;
    struct http_request request;
    struct call call;
    struct buf body;
    struct json_write out;
};

static void import_open(struct import *import)
{
    *import = (struct import){.mem = arena_new(32 << 20), .now = INT64_C(1800000000000)};
    CHECK_OK(store_open(&(struct store_options){.path = STR_ABSENT}, &import->store, NULL));
    import->env = (struct api_env){.clock = clock_fixed(&import->now), .store = import->store};
    import->call = (struct call){
        .mem = import->mem, .env = &import->env, .request = &import->request, .out = &import->out};
}

static void import_close(struct import *import)
{
    store_close(import->store);
    arena_free(import->mem);
}

static enum status work(struct store_tx *tx, void *ctx, struct why *why)
{
    struct import *import = ctx;
    import->call.tx = tx;
    buf_init(&import->body, import->mem, 1 << 20);
    json_write_init(&import->out, &import->body);
    json_write_object(&import->out);
    TRY(import_connections(&import->call, why));
    json_write_end(&import->out);
    return STATUS_OK;
}

static struct str send(struct import *import, const char *lines)
{
    struct str reply;
    import->request.body = str_from(lines);
    CHECK_OK(prepare_import_connections(&import->call, NULL));
    CHECK_OK(store_write(import->store, work, import, NULL));
    CHECK_OK(buf_finish(&import->body, &reply, NULL));
    return reply;
}

static void lines_are_taken_in_once_and_bad_ones_are_told(void **state)
{
    (void)state;
    struct import import;
    import_open(&import);
    const char *lines =
        BEGIN("a", "5000") "\n\n" BEGIN("b", "6000") "\r\n{\n{\"eventType\":\"Subscribe\"}\n";
    CHECK_STR(send(&import, lines), "{\"lines\":4,\"changed\":2,\"known\":0,\"skipped\":1,"
                                    "\"logged\":0,\"refused\":[{\"line\":4,"
                                    "\"why\":\"byte 1: the text ends in an object\"}]}");
    CHECK_STR(send(&import, BEGIN("b", "6000")),
              "{\"lines\":1,\"changed\":0,\"known\":1,\"skipped\":0,\"logged\":0,\"refused\":[]}");
    CHECK_STR(send(&import, ""),
              "{\"lines\":0,\"changed\":0,\"known\":0,\"skipped\":0,\"logged\":0,\"refused\":[]}");
    import_close(&import);
}

static void more_lines_than_one_transaction_should_hold_are_refused(void **state)
{
    (void)state;
    struct import import;
    static char lines[IMPORT_LINES_MAX + 2];
    import_open(&import);
    memset(lines, '\n', IMPORT_LINES_MAX);
    import.request.body = (struct str){lines, IMPORT_LINES_MAX};
    CHECK_OK(prepare_import_connections(&import.call, NULL));
    lines[IMPORT_LINES_MAX] = '\n';
    import.request.body.len++;
    CHECK_STATUS(prepare_import_connections(&import.call, NULL), STATUS_TOO_LARGE);
    import_close(&import);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken_in_once_and_bad_ones_are_told),
        cmocka_unit_test(more_lines_than_one_transaction_should_hold_are_refused),
    };
    return RUN_TESTS("import", tests);
}
