/* http_client_posts.c: see http_client_posts.h. */
#include "net/http_client_posts.h"

#include "net/http_client_priv.h"

#include "base/banned.h"

struct http_posts {
    CURLM *multi;
    struct flight *first; /* under way */
};

struct flight {
    struct transfer transfer;
    struct http_post *post;
    struct flight *next;
};

enum status http_posts_new(struct http_posts **ret, struct why *why)
{
    struct http_posts *posts = mem_alloc(sizeof *posts);
    TRY_PTR(posts);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        mem_free(posts);
        return why_no_memory(why);
    }
    posts->multi = curl_multi_init();
    if (posts->multi == NULL) {
        curl_global_cleanup();
        mem_free(posts);
        return why_no_memory(why);
    }
    *ret = posts;
    return STATUS_OK;
}

static void land(struct http_posts *posts, struct flight *flight)
{
    struct flight **at = &posts->first;
    while (*at != flight) {
        at = &(*at)->next;
    }
    *at = flight->next;
    if (flight->transfer.easy != NULL) {
        curl_multi_remove_handle(posts->multi, flight->transfer.easy);
    }
    transfer_release(&flight->transfer);
}

void http_posts_free(struct http_posts *posts)
{
    if (posts == NULL) {
        return;
    }
    while (posts->first != NULL) {
        land(posts, posts->first);
    }
    curl_multi_cleanup(posts->multi);
    curl_global_cleanup();
    mem_free(posts);
}

enum status http_posts_begin(struct http_posts *posts, struct http_post *post, struct why *why)
{
    struct flight *flight = NEW(post->mem, struct flight);
    TRY_PTR(flight);
    flight->transfer = (struct transfer){.mem = post->mem, .rule = post->rule};
    flight->post = post;
    flight->next = posts->first;
    posts->first = flight;
    enum status status = call_begin(&post->call, &flight->transfer, why);
    if (status == STATUS_OK &&
        (curl_easy_setopt(flight->transfer.easy, CURLOPT_PRIVATE, flight) != CURLE_OK ||
         curl_multi_add_handle(posts->multi, flight->transfer.easy) != CURLM_OK)) {
        status = why_no_memory(why);
    }
    if (status != STATUS_OK) {
        land(posts, flight);
    }
    return status;
}

static struct http_post *take_ended(struct http_posts *posts)
{
    int left = 0;
    CURLMsg *message = curl_multi_info_read(posts->multi, &left);
    if (message == NULL) {
        return NULL;
    }
    struct flight *flight = NULL;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&flight);
    struct http_post *post = flight->post;
    post->status = call_end(&post->call, &flight->transfer, code, &post->answer, &post->why);
    land(posts, flight);
    return post;
}

struct http_post *http_posts_wait(struct http_posts *posts, int ms)
{
    int active = 0;
    int events = 0;
    curl_multi_perform(posts->multi, &active);
    struct http_post *post = take_ended(posts);
    if (post != NULL || ms == 0) {
        return post;
    }
    curl_multi_poll(posts->multi, NULL, 0, ms, &events);
    curl_multi_perform(posts->multi, &active);
    return take_ended(posts);
}

void http_posts_wake(struct http_posts *posts)
{
    curl_multi_wakeup(posts->multi);
}
