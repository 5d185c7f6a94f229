/* http_client_posts.h: many calls under way on one thread, which begin and end one by one.
 *
 * For whoever sends to many places of which some are slow: a call that waits holds up no other. All
 * but http_posts_wake is for one thread. Calls are as in http_client.h: bounded in bytes and time,
 * redirects not followed, certificates verified; the address rule, where there is one, is asked
 * about the address that is about to be connected to.
 */
#ifndef NET_HTTP_CLIENT_POSTS_H
#define NET_HTTP_CLIENT_POSTS_H

#include "net/http_client.h"

struct http_posts;

struct http_post {
    struct http_call call;
    const struct fetch_rule *rule; /* NULL: every address */
    struct arena *mem;             /* of this call alone: what it needs, and the reply */
    /* filled */
    enum status status; /* as of http_call; DENIED: the rule refuses where it leads */
    struct http_answer answer;
    struct why why;
};

/* NO_MEMORY. The caller ends it with http_posts_free, which abandons what is under way: its posts
 * are the caller's again. Accepts NULL. */
MUST_USE enum status http_posts_new(struct http_posts **ret, struct why *why);
void http_posts_free(struct http_posts *posts);

/* Begins a call; the post and what it points to stay until it comes out of http_posts_wait. On
 * failure it never was. */
MUST_USE enum status http_posts_begin(struct http_posts *posts, struct http_post *post,
                                      struct why *why);

/* A call that has ended, or NULL when ms have passed or somebody called http_posts_wake. */
struct http_post *http_posts_wait(struct http_posts *posts, int ms);

/* From any thread: a waiting http_posts_wait returns, or else the next one that would wait. */
void http_posts_wake(struct http_posts *posts);

#endif
