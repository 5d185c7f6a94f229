/* ref_mhd.c: a server of libmicrohttpd that does nothing: one thread, epoll, the same short JSON to
 * every request. What an HTTP API costs before it does anything (bench_api.py).
 *
 *     ref_mhd            prints its port, serves until its input ends
 */
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    static char json[] = "{\"thingName\":\"device\",\"version\":1}";
    (void)ctx;
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    if (*upload_size > 0) { /* bodies are read and dropped */
        *upload_size = 0;
        return MHD_YES;
    }
    (void)request;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(json), json, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

int main(void)
{
    struct MHD_Daemon *server = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
                                                 answer, NULL, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        server == NULL ? NULL : MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
    if (info == NULL) {
        fputs("ref_mhd: cannot serve\n", stderr);
        return 2;
    }
    printf("%u\n", (unsigned)info->port);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    MHD_stop_daemon(server);
    return 0;
}
