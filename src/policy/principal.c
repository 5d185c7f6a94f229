#include "policy/principal.h"

#include "base/banned.h"

enum { ACCOUNT_DIGITS = 12 };

static bool is_account(struct str s)
{
    bool digits = s.len == ACCOUNT_DIGITS;
    for (size_t i = 0; digits && i < s.len; i++) {
        digits = s.ptr[i] >= '0' && s.ptr[i] <= '9';
    }
    return digits;
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] == '*' || s.ptr[i] == '?') {
            return false;
        }
    }
    return s.len > 0;
}

/* Takes the ARN of an account's principal apart; region is empty in all of them. */
static bool split_arn(struct str arn, struct str *ret_service, struct str *ret_account,
                      struct str *ret_rest)
{
    struct str rest = arn;
    struct str field[5];
    for (size_t i = 0; i < 5; i++) {
        if (!str_next(&rest, ':', &field[i])) {
            return false;
        }
    }
    *ret_service = field[2];
    *ret_account = field[4];
    *ret_rest = rest;
    return str_eq(field[0], STR("arn")) && str_starts(field[1], STR("aws")) && field[3].len == 0 &&
           is_account(field[4]) && is_name(rest);
}

static bool begins_and_goes_on(struct str s, struct str prefix)
{
    return str_starts(s, prefix) && !str_ends(s, STR("/"));
}

/* arn:aws:iam::111122223333:root, :user/..., :role/...; arn:aws:sts::111122223333:assumed-role/...
 */
static bool read_arn(struct str arn, struct policy_principal *ret)
{
    struct str service, account, rest;
    if (!split_arn(arn, &service, &account, &rest)) {
        return false;
    }
    bool iam = str_eq(service, STR("iam"));
    if (iam && str_eq(rest, STR("root"))) {
        *ret = (struct policy_principal){POLICY_ACCOUNT, account};
        return true;
    }
    *ret = (struct policy_principal){POLICY_PERSON, arn};
    if (iam) {
        return begins_and_goes_on(rest, STR("user/")) || begins_and_goes_on(rest, STR("role/"));
    }
    return str_eq(service, STR("sts")) && (begins_and_goes_on(rest, STR("assumed-role/")) ||
                                           begins_and_goes_on(rest, STR("federated-user/")));
}

/* AROA..., AIDA...: what IAM writes in the place of a user or role that is deleted. */
static bool is_deleted(struct str s)
{
    bool id =
        s.len > 16 && s.len <= 128 && (str_starts(s, STR("AROA")) || str_starts(s, STR("AIDA")));
    for (size_t i = 0; id && i < s.len; i++) {
        id = (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9');
    }
    return id;
}

bool policy_principal_of(struct str member, struct str name, struct policy_principal *ret)
{
    struct policy_principal principal = {POLICY_EVERYBODY, name};
    if (str_eq(member, STR("AWS"))) {
        if (is_account(name)) {
            principal.kind = POLICY_ACCOUNT;
        } else if (is_deleted(name)) {
            principal.kind = POLICY_PERSON;
        } else if (!str_eq(name, STR("*")) && !read_arn(name, &principal)) {
            return false;
        }
    } else if (str_eq(member, STR("Service")) || str_eq(member, STR("Federated"))) {
        bool service = str_eq(member, STR("Service"));
        principal.kind = service ? POLICY_SERVICE : POLICY_FEDERATED;
        if (!is_name(name) || (service && str_find_char(name, '.', 0) == name.len)) {
            return false;
        }
    } else {
        return false;
    }
    *ret = principal;
    return true;
}

bool policy_principal_is(const struct policy_principal *principal, const struct policy_who *who)
{
    switch (principal->kind) {
    case POLICY_EVERYBODY:
        return true;
    case POLICY_ACCOUNT:
        return !str_absent(who->account) && str_eq(principal->text, who->account);
    case POLICY_PERSON:
        return !str_absent(who->arn) && str_eq(principal->text, who->arn);
    case POLICY_SERVICE:
        return !str_absent(who->service) && str_eq(principal->text, who->service);
    case POLICY_FEDERATED:
        return !str_absent(who->federated) && str_eq(principal->text, who->federated);
    }
    return false;
}
