/* op_iam_user.c: users and their access keys. */
#include "account/iam_user.h"

#include "account/access_key.h"
#include "api/unpack_iam.h"

#include "base/banned.h"

/* ---- users ----------------------------------------------------------------------------------- */

static enum status reply_whole_user(struct call *call, const struct iam_user *user, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn;
    TRY(iam_user_arn(&ctx, user, &arn, why));
    reply_begin(call, M_User);
    TRY(reply_iam_user(call, user, why));
    TRY(reply_iam_tags(call, arn, false, why));
    reply_end(call);
    return STATUS_OK;
}

enum status op_iam_CreateUser(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    struct iam_user user;
    TRY(refuse_boundary(call, why));
    TRY(unpack_tags(call, M_Tags, &tags, why));
    TRY(iam_user_create(&ctx, arg_str(call, M_UserName), arg_str(call, M_Path), tags, &user, why));
    return reply_whole_user(call, &user, why);
}

/* The root is no user, and is described like one; it is as old as its oldest key. Its id is the
 * account's, made as long as the model wants ids to be. */
static enum status reply_root(struct call *call, struct str arn, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct page page = {.max = PAGE_ROWS_MAX};
    struct page_rows rows;
    int64_t created = call->now;
    struct str id;
    TRY(str_fmt(call->mem, &id, why, "AIDAROOT%.*s", STR_ARG(ctx.id.account)));
    TRY(access_keys_list(&ctx, arn, &page, &rows, why));
    for (size_t i = 0; i < rows.n; i++) {
        const struct access_key *key = (const struct access_key *)rows.rows + i;
        created = key->created < created ? key->created : created;
    }
    reply_begin(call, M_User);
    reply_str(call, M_Path, STR("/"));
    reply_str(call, M_UserName, STR("root"));
    reply_str(call, M_UserId, id);
    reply_str(call, M_Arn, arn);
    reply_time(call, M_CreateDate, created);
    reply_end(call);
    return STATUS_OK;
}

enum status op_iam_GetUser(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_user user;
    struct str arn;
    struct str name;
    TRY(call_iam_user(call, arg_str(call, M_UserName), &arn, &name, why));
    if (arn_is_root(&ctx.id, arn)) {
        return reply_root(call, arn, why);
    }
    TRY(iam_user_get(&ctx, name, &user, why));
    return reply_whole_user(call, &user, why);
}

enum status op_iam_ListUsers(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_iam_page(call, &page, why));
    TRY(iam_users_list(&ctx, arg_str(call, M_PathPrefix), &page, &rows, why));
    reply_begin_list(call, M_Users);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        TRY(reply_iam_user(call, (const struct iam_user *)rows.rows + i, why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_iam_DeleteUser(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_user_delete(&ctx, arg_str(call, M_UserName), why);
}

/* ---- tags ------------------------------------------------------------------------------------ */

static enum status user_arn(const struct call *call, struct str *ret, struct why *why)
{
    struct str name;
    return call_iam_user(call, arg_str(call, M_UserName), ret, &name, why);
}

enum status op_iam_TagUser(struct call *call, struct why *why)
{
    struct str arn;
    TRY(user_arn(call, &arn, why));
    return iam_tags_put(call, arn, why);
}

enum status op_iam_UntagUser(struct call *call, struct why *why)
{
    struct str arn;
    TRY(user_arn(call, &arn, why));
    return iam_tags_remove(call, arn, why);
}

enum status op_iam_ListUserTags(struct call *call, struct why *why)
{
    struct str arn;
    TRY(user_arn(call, &arn, why));
    return iam_tags_list(call, arn, why);
}

/* ---- access keys ----------------------------------------------------------------------------- */

static struct str status_outside(struct str status)
{
    return str_eq(status, STR("ACTIVE")) ? STR("Active") : STR("Inactive");
}

static void reply_key(struct call *call, struct str name, const struct access_key *key)
{
    reply_str(call, M_UserName, name);
    reply_str(call, M_AccessKeyId, key->id);
    reply_str(call, M_Status, status_outside(key->status));
    reply_time(call, M_CreateDate, key->created);
}

enum status op_iam_CreateAccessKey(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn;
    struct str name;
    struct access_key key;
    arena_hold_secret(call->mem);
    TRY(call_iam_user(call, arg_str(call, M_UserName), &arn, &name, why));
    TRY(access_key_create(&ctx, arn, &key, why));
    reply_begin(call, M_AccessKey);
    reply_key(call, name, &key);
    reply_str(call, M_SecretAccessKey, key.secret);
    reply_end(call);
    return STATUS_OK;
}

enum status op_iam_ListAccessKeys(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn;
    struct str name;
    struct page page;
    struct page_rows rows;
    TRY(call_iam_page(call, &page, why));
    TRY(call_iam_user(call, arg_str(call, M_UserName), &arn, &name, why));
    TRY(access_keys_list(&ctx, arn, &page, &rows, why));
    reply_begin_list(call, M_AccessKeyMetadata);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_key(call, name, (const struct access_key *)rows.rows + i);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_iam_UpdateAccessKey(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str status = arg_str(call, M_Status);
    struct str arn;
    if (str_eq(status, STR("Expired"))) {
        return why_set(why, STATUS_INVALID, "Status is Active or Inactive");
    }
    TRY(user_arn(call, &arn, why));
    return access_key_update(&ctx, arn, arg_str(call, M_AccessKeyId), str_eq(status, STR("Active")),
                             why);
}

enum status op_iam_DeleteAccessKey(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn;
    TRY(user_arn(call, &arn, why));
    return access_key_delete(&ctx, arn, arg_str(call, M_AccessKeyId), why);
}
