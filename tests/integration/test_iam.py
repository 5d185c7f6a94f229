"""IAM: users, roles, their policies and keys, through the real aws CLI and boto3."""

import datetime
import json

import boto3
import botocore.config
import pytest

from bulwark import ACCOUNT, REGION, error_of

TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole",
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:iot:{REGION}:{ACCOUNT}:*"},
                  "StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}
AUDIT = "arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit"


def document(action="iot:ListThings", resource="*", effect="Allow", sid=None):
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [{**({"Sid": sid} if sid else {}), **statement}]}


@pytest.fixture
def iam(daemon):
    return daemon.client("iam")


def arn(kind, name):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def as_user(daemon, key, service="iot"):
    return boto3.client(service, endpoint_url=daemon.url, region_name=REGION,
                        aws_access_key_id=key["AccessKeyId"],
                        aws_secret_access_key=key["SecretAccessKey"],
                        config=botocore.config.Config(retries={"max_attempts": 0}))


def paged(call, member, **arguments):
    """All entries of a list, a page of two at a time; each page but the last says there is more."""
    found, more = [], {}
    while True:
        page = call(MaxItems=2, **arguments, **more)
        assert len(page[member]) <= 2
        found += page[member]
        assert page["IsTruncated"] == ("Marker" in page)
        if not page["IsTruncated"]:
            return found
        more = {"Marker": page["Marker"]}


# ---- roles


def test_the_audit_role_of_the_guide_is_made_by_the_cli(daemon, tmp_path):
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(TRUST))
    made = daemon.aws("iam", "create-role", "--role-name", "AWSIoTDeviceDefenderAudit",
                      "--path", "/service-role/", "--assume-role-policy-document", f"file://{trust}",
                      "--description", "what audits read", "--tags", "Key=team,Value=security")
    role = made["Role"]
    assert role["Arn"] == arn("role", "service-role/AWSIoTDeviceDefenderAudit")
    assert role["RoleId"].startswith("AROA") and len(role["RoleId"]) == 21
    assert role["AssumeRolePolicyDocument"] == TRUST
    assert role["MaxSessionDuration"] == 3600
    assert role["Tags"] == [{"Key": "team", "Value": "security"}]
    daemon.aws("iam", "attach-role-policy", "--role-name", "AWSIoTDeviceDefenderAudit",
               "--policy-arn", AUDIT)
    assert daemon.aws("iam", "list-attached-role-policies", "--role-name",
                      "AWSIoTDeviceDefenderAudit")["AttachedPolicies"] == \
        [{"PolicyName": "AWSIoTDeviceDefenderAudit", "PolicyArn": AUDIT}]
    seen = daemon.aws("iam", "get-role", "--role-name", "AWSIoTDeviceDefenderAudit")["Role"]
    assert {k: seen[k] for k in role} == role
    assert seen["Description"] == "what audits read"


def test_a_role_changes_and_goes(iam):
    made = iam.create_role(RoleName="Turn.Off", AssumeRolePolicyDocument=json.dumps(TRUST),
                           MaxSessionDuration=7200)["Role"]
    now = datetime.datetime.now(datetime.timezone.utc)
    assert abs((made["CreateDate"] - now).total_seconds()) < 60
    iam.update_role(RoleName="turn.off", Description="d", MaxSessionDuration=3600)
    assert iam.update_role_description(RoleName="Turn.Off", Description="e")["Role"][
        "Description"] == "e"
    open_to_all = json.loads(json.dumps(TRUST))
    del open_to_all["Statement"][0]["Condition"]
    iam.update_assume_role_policy(RoleName="Turn.Off", PolicyDocument=json.dumps(open_to_all))
    seen = iam.get_role(RoleName="TURN.OFF")["Role"]
    assert (seen["RoleName"], seen["MaxSessionDuration"]) == ("Turn.Off", 3600)
    assert seen["AssumeRolePolicyDocument"] == open_to_all
    iam.tag_role(RoleName="Turn.Off", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    iam.untag_role(RoleName="Turn.Off", TagKeys=["a", "none"])
    assert iam.list_role_tags(RoleName="Turn.Off")["Tags"] == [{"Key": "b", "Value": ""}]
    iam.put_role_policy(RoleName="Turn.Off", PolicyName="p", PolicyDocument=json.dumps(document()))
    assert error_of(iam.delete_role, RoleName="Turn.Off")[:2] == ("DeleteConflict", 409)
    iam.delete_role_policy(RoleName="Turn.Off", PolicyName="p")
    iam.delete_role(RoleName="Turn.Off")
    code, status, message = error_of(iam.get_role, RoleName="Turn.Off")
    assert (code, status) == ("NoSuchEntity", 404)
    assert message == "The role with name Turn.Off cannot be found."


@pytest.mark.parametrize("trust, word", [
    ("no JSON", ""), ("{}", "Statement"), (json.dumps(document()), "sts:AssumeRole"),
    (json.dumps(TRUST).replace("Principal", "NotPrincipal"), "Principal"),
    (json.dumps(TRUST).replace('"Service": "iot.amazonaws.com"', f'"AWS": "{arn("user", "no")}"'),
     "Invalid principal"),
    (json.dumps(TRUST).replace("iot.amazonaws.com", "*"), "principal"),
])
def test_bad_trust_policies_are_refused(iam, trust, word):
    code, status, message = error_of(iam.create_role, RoleName="Bad",
                                     AssumeRolePolicyDocument=trust)
    assert (code, status) == ("MalformedPolicyDocument", 400)
    assert word in message
    assert error_of(iam.get_role, RoleName="Bad")[0] == "NoSuchEntity"


def test_what_is_not_kept_to_is_refused(iam):
    for call, name in ((iam.create_role, "RoleName"), (iam.create_user, "UserName")):
        more = {"AssumeRolePolicyDocument": json.dumps(TRUST)} if name == "RoleName" else {}
        code, status, message = error_of(call, **{name: "Bounded"}, **more,
                                         PermissionsBoundary=AUDIT)
        assert (code, status) == ("InvalidInput", 400)
        assert "PermissionsBoundary" in message


def test_names_are_checked_and_differ_by_more_than_case(iam):
    iam.create_role(RoleName="Only", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert error_of(iam.create_role, RoleName="ONLY",
                    AssumeRolePolicyDocument=json.dumps(TRUST))[:2] == ("EntityAlreadyExists", 409)
    for name in ("a b", "a/b", "x" * 65):
        assert error_of(iam.create_role, RoleName=name,
                        AssumeRolePolicyDocument=json.dumps(TRUST))[:2] == ("ValidationError", 400)


def test_roles_are_listed_by_path_in_pages(iam):
    for i in range(5):
        iam.create_role(RoleName=f"listed-{i}", Path="/listed/" if i else "/listed/deep/",
                        AssumeRolePolicyDocument=json.dumps(TRUST))
    names = [role["RoleName"] for role in paged(iam.list_roles, "Roles", PathPrefix="/listed/")]
    assert names == [f"listed-{i}" for i in range(5)]
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/listed/deep")["Roles"]] == \
        ["listed-0"]
    listed = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 3})
    assert {r["RoleName"] for page in listed for r in page["Roles"]} >= set(names)
    assert error_of(iam.list_roles, Marker="AAAA")[:2] == ("InvalidInput", 400)


# ---- policies


@pytest.mark.parametrize("kind", ["role", "user"])
def test_inline_policies_come_back_as_sent(iam, kind):
    name = {f"{kind.title()}Name": f"holder-{kind}"}
    if kind == "role":
        iam.create_role(**name, AssumeRolePolicyDocument=json.dumps(TRUST))
    else:
        iam.create_user(**name)
    call = lambda verb, tail="policy": getattr(iam, f"{verb}_{kind}_{tail}")
    text = {**document(resource="arn:aws:iot:*:*:thing/a b+%2F/*"), "Id": "ü \" & <x>"}
    call("put")(**name, PolicyName="one", PolicyDocument=json.dumps(text, ensure_ascii=False))
    call("put")(**name, PolicyName="two", PolicyDocument=json.dumps(document()))
    call("put")(**name, PolicyName="two", PolicyDocument=json.dumps(document("iot:Get*")))
    call("put")(**name, PolicyName="three", PolicyDocument=json.dumps(document()))
    seen = call("get")(**name, PolicyName="one")
    assert seen["PolicyDocument"] == text
    assert seen[f"{kind.title()}Name"] == f"holder-{kind}"
    assert call("get")(**name, PolicyName="two")["PolicyDocument"] == document("iot:Get*")
    assert paged(call("list", "policies"), "PolicyNames", **name) == ["one", "three", "two"]
    call("delete")(**name, PolicyName="two")
    assert error_of(call("get"), **name, PolicyName="two")[:2] == ("NoSuchEntity", 404)
    assert error_of(call("put"), **name, PolicyName="big", PolicyDocument=json.dumps(
        document("iot:" + "x" * 11000)))[:2] == ("LimitExceeded", 409)
    assert error_of(call("put"), **name, PolicyName="bad",
                    PolicyDocument="{}")[:2] == ("MalformedPolicyDocument", 400)


def test_a_managed_policy_has_versions(iam):
    made = iam.create_policy(PolicyName="Versioned", Path="/team/", Description="d",
                             PolicyDocument=json.dumps(document()),
                             Tags=[{"Key": "k", "Value": "v"}])["Policy"]
    policy = made["Arn"]
    assert policy == arn("policy", "team/Versioned")
    assert made["PolicyId"].startswith("ANPA")
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["IsAttachable"]) == \
        ("v1", 0, True)
    for i in range(2, 6):
        version = iam.create_policy_version(PolicyArn=policy, SetAsDefault=i == 3,
                                            PolicyDocument=json.dumps(document(f"iot:Get{i}")))
        assert version["PolicyVersion"]["VersionId"] == f"v{i}"
        assert version["PolicyVersion"]["IsDefaultVersion"] == (i == 3)
    assert error_of(iam.create_policy_version, PolicyArn=policy,
                    PolicyDocument=json.dumps(document()))[:2] == ("LimitExceeded", 409)
    assert iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v3"
    assert [v["VersionId"] for v in paged(iam.list_policy_versions, "Versions",
                                          PolicyArn=policy)] == ["v5", "v4", "v3", "v2", "v1"]
    seen = iam.get_policy_version(PolicyArn=policy, VersionId="v4")["PolicyVersion"]
    assert (seen["Document"], seen["IsDefaultVersion"]) == (document("iot:Get4"), False)
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v1")
    assert error_of(iam.delete_policy_version, PolicyArn=policy,
                    VersionId="v1")[:2] == ("DeleteConflict", 409)
    assert error_of(iam.delete_policy, PolicyArn=policy)[:2] == ("DeleteConflict", 409)
    for i in range(2, 6):
        iam.delete_policy_version(PolicyArn=policy, VersionId=f"v{i}")
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_policy(PolicyArn=policy, TagKeys=["k"])
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == [{"Key": "l", "Value": "w"}]
    iam.delete_policy(PolicyArn=policy)
    assert error_of(iam.get_policy, PolicyArn=policy)[:2] == ("NoSuchEntity", 404)


def test_who_has_a_policy_is_listed_and_it_stays_while_somebody_has(iam):
    policy = iam.create_policy(PolicyName="Held", PolicyDocument=json.dumps(document()))["Policy"][
        "Arn"]
    for i in range(2):
        iam.create_role(RoleName=f"held-{i}", Path="/held/", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_user(UserName=f"held-{i}")
        iam.attach_role_policy(RoleName=f"held-{i}", PolicyArn=policy)
        iam.attach_user_policy(UserName=f"held-{i}", PolicyArn=policy)
    iam.attach_user_policy(UserName="held-0", PolicyArn=policy)  # nothing new
    entities = lambda **more: (
        [[r["RoleName"] for r in page["PolicyRoles"]] + [u["UserName"] for u in page["PolicyUsers"]]
         for page in [iam.list_entities_for_policy(PolicyArn=policy, **more)]][0])
    assert entities() == ["held-0", "held-1", "held-0", "held-1"]
    assert entities(EntityFilter="User") == ["held-0", "held-1"]
    assert entities(PathPrefix="/held/") == ["held-0", "held-1"]
    assert entities(EntityFilter="Group") == []
    assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 4
    assert error_of(iam.delete_policy, PolicyArn=policy)[:2] == ("DeleteConflict", 409)
    iam.detach_user_policy(UserName="held-0", PolicyArn=policy)
    assert error_of(iam.detach_user_policy, UserName="held-0",
                    PolicyArn=policy)[:2] == ("NoSuchEntity", 404)
    iam.detach_role_policy(RoleName="held-1", PolicyArn=policy)
    assert iam.list_attached_user_policies(UserName="held-0")["AttachedPolicies"] == []
    assert error_of(iam.attach_role_policy, RoleName="held-0",
                    PolicyArn=AUDIT + "No")[:2] == ("NoSuchEntity", 404)


def test_policies_of_aws_are_listed_readable_and_nobodys_to_change(iam):
    listed = paged(iam.list_policies, "Policies", Scope="AWS")
    assert {"AdministratorAccess", "AWSIoTLogging", "AWSIoTFullAccess"} <= \
        {p["PolicyName"] for p in listed}
    for policy in listed:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]
        assert version["Document"]["Statement"] and version["IsDefaultVersion"]
    assert error_of(iam.delete_policy, PolicyArn=AUDIT)[:2] == ("AccessDenied", 403)
    assert error_of(iam.tag_policy, PolicyArn=AUDIT,
                    Tags=[{"Key": "k", "Value": "v"}])[:2] == ("AccessDenied", 403)
    own = paged(iam.list_policies, "Policies", Scope="Local")
    everything = paged(iam.list_policies, "Policies")
    assert [p["Arn"] for p in everything] == [p["Arn"] for p in listed + own]
    attached = iam.list_policies(OnlyAttached=True)["Policies"]
    assert all(p["AttachmentCount"] > 0 for p in attached)
    assert iam.list_policies(PolicyUsageFilter="PermissionsBoundary")["Policies"] == []


# ---- users and keys


def test_a_user_and_its_keys_through_the_cli(daemon):
    user = daemon.aws("iam", "create-user", "--user-name", "ann", "--path", "/people/")["User"]
    assert user["Arn"] == arn("user", "people/ann")
    assert user["UserId"].startswith("AIDA")
    assert daemon.aws("iam", "get-user", "--user-name", "ann")["User"] == user
    key = daemon.aws("iam", "create-access-key", "--user-name", "ann")["AccessKey"]
    assert key["AccessKeyId"].startswith("AKIA") and len(key["SecretAccessKey"]) == 40
    assert (key["UserName"], key["Status"]) == ("ann", "Active")
    daemon.aws("iam", "create-access-key", "--user-name", "ann")
    full = daemon.aws("iam", "create-access-key", "--user-name", "ann", check=False)
    assert full.returncode != 0 and "LimitExceeded" in full.stderr
    listed = daemon.aws("iam", "list-access-keys", "--user-name", "ann")["AccessKeyMetadata"]
    assert key["AccessKeyId"] in [k["AccessKeyId"] for k in listed] and len(listed) == 2
    assert "SecretAccessKey" not in listed[0]
    refused = daemon.aws("iam", "delete-user", "--user-name", "ann", check=False)
    assert "DeleteConflict" in refused.stderr
    for each in listed:
        daemon.aws("iam", "delete-access-key", "--user-name", "ann",
                   "--access-key-id", each["AccessKeyId"])
    daemon.aws("iam", "delete-user", "--user-name", "ann")
    assert "NoSuchEntity" in daemon.aws("iam", "get-user", "--user-name", "ann",
                                        check=False).stderr


def test_a_key_works_at_once_until_it_is_inactive(daemon, iam):
    user = iam.create_user(UserName="bob", Tags=[{"Key": "k", "Value": "v"}])["User"]
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    who = as_user(daemon, key, "sts").get_caller_identity()
    assert (who["Arn"], who["UserId"]) == (user["Arn"], user["UserId"])
    own = as_user(daemon, key, "iam")
    assert own.get_user()["User"]["UserName"] == "bob"
    assert [k["AccessKeyId"] for k in own.list_access_keys()["AccessKeyMetadata"]] == \
        [key["AccessKeyId"]]
    own.tag_user(UserName="bob", Tags=[{"Key": "l", "Value": "w"}])
    own.untag_user(UserName="bob", TagKeys=["k"])
    assert own.list_user_tags(UserName="bob")["Tags"] == [{"Key": "l", "Value": "w"}]
    iam.update_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert error_of(as_user(daemon, key, "sts").get_caller_identity)[:2] == \
        ("InvalidClientTokenId", 403)
    assert error_of(as_user(daemon, key).list_things)[:2] == ("UnrecognizedClientException", 403)
    iam.update_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"], Status="Active")
    as_user(daemon, key).list_things()
    assert error_of(iam.update_access_key, UserName="held-0", AccessKeyId=key["AccessKeyId"],
                    Status="Inactive")[:2] == ("NoSuchEntity", 404)
    iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    assert error_of(as_user(daemon, key).list_things)[:2] == ("UnrecognizedClientException", 403)


def test_the_first_key_is_the_accounts_root_and_stays(daemon, iam):
    user = iam.get_user()["User"]
    assert (user["Arn"], user["UserId"]) == (f"arn:aws:iam::{ACCOUNT}:root", "AIDAROOT" + ACCOUNT)
    assert daemon.client("sts").get_caller_identity()["UserId"] == ACCOUNT
    key = daemon.credentials[0]
    assert [k["AccessKeyId"] for k in iam.list_access_keys()["AccessKeyMetadata"]] == [key]
    assert error_of(iam.delete_access_key, AccessKeyId=key)[:2] == ("DeleteConflict", 409)
    assert error_of(iam.update_access_key, AccessKeyId=key,
                    Status="Inactive")[:2] == ("InvalidInput", 400)
    second = iam.create_access_key()["AccessKey"]
    as_user(daemon, second).list_things()
    iam.delete_access_key(AccessKeyId=second["AccessKeyId"])


def test_users_are_listed_by_path_in_pages(iam):
    for i in range(3):
        iam.create_user(UserName=f"listed-{i}", Path="/listed/")
    assert [u["UserName"] for u in paged(iam.list_users, "Users", PathPrefix="/listed/")] == \
        ["listed-0", "listed-1", "listed-2"]


# ---- the account


def test_the_whole_account_is_told_page_by_page(fresh):
    iam = fresh.client("iam")
    for i in range(3):
        iam.create_user(UserName=f"u{i}")
        iam.create_role(RoleName=f"r{i}", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_policy(PolicyName=f"p{i}", PolicyDocument=json.dumps(document()))
    iam.put_role_policy(RoleName="r1", PolicyName="own", PolicyDocument=json.dumps(document()))
    iam.attach_role_policy(RoleName="r1", PolicyArn=AUDIT)
    iam.attach_user_policy(UserName="u2", PolicyArn=arn("policy", "p0"))
    whole = iam.get_account_authorization_details()
    assert not whole["IsTruncated"]
    assert [u["UserName"] for u in whole["UserDetailList"]] == ["u0", "u1", "u2"]
    assert whole["UserDetailList"][2]["AttachedManagedPolicies"] == \
        [{"PolicyName": "p0", "PolicyArn": arn("policy", "p0")}]
    role = whole["RoleDetailList"][1]
    assert role["RolePolicyList"] == [{"PolicyName": "own", "PolicyDocument": document()}]
    assert role["AttachedManagedPolicies"][0]["PolicyArn"] == AUDIT
    assert role["AssumeRolePolicyDocument"] == TRUST
    assert [p["PolicyName"] for p in whole["Policies"]] == \
        ["AWSIoTDeviceDefenderAudit", "p0", "p1", "p2"]
    assert whole["Policies"][1]["PolicyVersionList"][0]["Document"] == document()
    parts = ("UserDetailList", "RoleDetailList", "Policies")
    for size in (1, 2, 4, 7):
        found, more = {part: [] for part in parts}, {}
        while True:
            page = iam.get_account_authorization_details(MaxItems=size, **more)
            assert sum(len(page[part]) for part in parts) <= size
            for part in parts:
                found[part] += page[part]
            if not page["IsTruncated"]:
                break
            more = {"Marker": page["Marker"]}
        assert found == {part: whole[part] for part in parts}
    some = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    assert (some["UserDetailList"], len(some["RoleDetailList"]), len(some["Policies"])) == ([], 3, 3)
    assert fresh.aws("iam", "get-account-authorization-details")["RoleDetailList"][1][
        "RolePolicyList"] == role["RolePolicyList"]


def test_what_iam_holds_is_there_after_a_restart(fresh):
    iam = fresh.client("iam")
    iam.create_role(RoleName="stays", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="stays", PolicyArn=AUDIT)
    fresh.restart()
    iam = fresh.client("iam")
    assert iam.get_role(RoleName="stays")["Role"]["AssumeRolePolicyDocument"] == TRUST
    assert len(iam.list_attached_role_policies(RoleName="stays")["AttachedPolicies"]) == 1
