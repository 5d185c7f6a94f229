"""The checks that judge IAM roles, with the aws CLI: a role, its policies, what uses it, an audit."""

import json
import time

import pytest

from bulwark import ACCOUNT, REGION

OVERLY = "IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK"
UNUSED = "IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK"
IOT = f"arn:aws:iot:{REGION}:{ACCOUNT}:"


def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}})


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": action, "Resource": resource}
        for effect, action, resource in statements]})


def make_role(daemon, name, **policies):
    made = daemon.aws("iam", "create-role", "--role-name", name, "--assume-role-policy-document",
                      trust("credentials.iot.amazonaws.com"))
    for policy, text in policies.items():
        daemon.aws("iam", "put-role-policy", "--role-name", name, "--policy-name", policy,
                   "--policy-document", text)
    return made["Role"]["Arn"]


def make_alias(daemon, name, role):
    return daemon.aws("iot", "create-role-alias", "--role-alias", name,
                      "--role-arn", role)["roleAliasArn"]


def audit(daemon, *checks):
    daemon.enable(*checks)
    return daemon.audit(*checks)


def found(daemon, task):
    return {(list(f["nonCompliantResource"]["resourceIdentifier"].values())[0],
             f["reasonForNonComplianceCode"]): f for f in daemon.findings(task)}


def test_role_aliases_are_judged_by_the_role_behind(fresh):
    own = "${credentials-iot:ThingName}"
    tight = make_role(fresh, "Tight", own=document(
        ("Allow", "iot:Connect", f"{IOT}client/{own}"),
        ("Allow", ["iot:GetThingShadow", "iot:UpdateThingShadow"], f"{IOT}thing/{own}")))
    wide = make_role(fresh, "Wide", things=document(
        ("Allow", ["iot:CreateThing", "iot:DescribeThing", "iot:CreateJob"], f"{IOT}thing/*"),
        ("Allow", "iot:Publish", f"{IOT}topic/*"), ("Allow", "iam:getRole", "*")))
    managed = fresh.aws("iam", "create-policy", "--policy-name", "NoJobs", "--policy-document",
                        document(("Deny", "iot:CreateJob", "*")))["Policy"]["Arn"]
    fresh.aws("iam", "attach-role-policy", "--role-name", "Wide", "--policy-arn", managed)
    make_alias(fresh, "tight", tight)
    alias = make_alias(fresh, "wide", wide)
    done = audit(fresh, OVERLY)
    seen = found(fresh, done["taskId"])
    assert sorted(seen) == [(alias, code) for code in (
        "ALLOWS_ACCESS_TO_IOT_THING_ADMIN_WRITE_ACTIONS",
        "ALLOWS_ACCESS_TO_SECURITY_AUDITING_SERVICES",
        "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS",
        "ALLOWS_BROAD_ACCESS_TO_IOT_THING_ADMIN_READ_ACTIONS")]
    data = seen[alias, "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS"]
    assert data["severity"] == "CRITICAL"
    assert data["nonCompliantResource"] == {
        "resourceType": "ROLE_ALIAS", "resourceIdentifier": {"roleAliasArn": alias}}
    assert data["relatedResources"] == [
        {"resourceType": "IAM_ROLE", "resourceIdentifier": {"iamRoleArn": wide}}]
    assert data["reasonForNonCompliance"] == (
        "Role Wide allows broad access to IoT data plane actions: [iot:Publish]. Policy things, "
        "statement 1: iot:Publish on topic/$aws/things/<any>/shadow/update.")
    assert fresh.aws("iot", "list-related-resources-for-audit-finding", "--finding-id",
                     data["findingId"])["relatedResources"] == data["relatedResources"]
    by_resource = fresh.aws("iot", "list-audit-findings", "--task-id", done["taskId"],
                            "--resource-identifier", f"roleAliasArn={alias}")["findings"]
    assert len(by_resource) == 4


def test_services_that_no_device_uses_are_named(fresh):
    role = make_role(fresh, "Devices", access=document(
        ("Allow", ["iam:getRole", "dynamodb:PutItem"], "*")))
    alias = make_alias(fresh, "devices", role)
    seen = found(fresh, audit(fresh, UNUSED)["taskId"])
    assert list(seen) == [(alias, "ALLOWS_ACCESS_TO_UNUSED_SERVICES")]
    finding = seen[alias, "ALLOWS_ACCESS_TO_UNUSED_SERVICES"]
    assert finding["severity"] == "MEDIUM"
    assert finding["relatedResources"] == [
        {"resourceType": "IAM_ROLE", "resourceIdentifier": {"iamRoleArn": role}}]
    assert "iam (policy access" in finding["reasonForNonCompliance"]
    assert "dynamodb (policy access" in finding["reasonForNonCompliance"]
    assert "No use of any service by this alias is known." in finding["reasonForNonCompliance"]


@pytest.mark.parametrize("check", [OVERLY, UNUSED])
def test_a_role_that_the_account_does_not_hold_is_not_called_compliant(fresh, check):
    gone = f"arn:aws:iam::{ACCOUNT}:role/Elsewhere"
    make_alias(fresh, "elsewhere", gone)
    details = audit(fresh, check)["auditDetails"][check]
    assert not details["checkCompliant"]
    assert f"role {gone} is not in the account's IAM" in details["message"]


# ---- Cognito

SIGNED_IN = "AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK"
GUESTS = "UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK"


def make_pool(daemon, name, **roles):
    pool = daemon.aws("cognito-identity", "create-identity-pool", "--identity-pool-name", name,
                      "--allow-unauthenticated-identities")["IdentityPoolId"]
    daemon.aws("cognito-identity", "set-identity-pool-roles", "--identity-pool-id", pool,
               "--roles", json.dumps(roles))
    assert daemon.aws("cognito-identity", "get-identity-pool-roles", "--identity-pool-id",
                      pool)["Roles"] == roles
    return pool


def connect(daemon, pool, days_ago):
    at = int((time.time() - days_ago * 86400) * 1000)
    line = {"clientId": f"phone-{days_ago}", "timestamp": at, "eventType": "connected",
            "sessionIdentifier": f"s{days_ago}", "cognitoIdentityPoolId": pool,
            "principalIdentifier": f"{REGION}:11111111-2222-3333-4444-{days_ago:012}"}
    reply = daemon.raw("POST", "/bulwark/import/connections", json.dumps(line).encode())
    assert reply.status == 200 and reply.json["changed"] == 1, reply


def test_roles_of_the_pools_that_are_used_are_judged(fresh):
    member = make_role(fresh, "Member", p=document(
        ("Allow", ["iot:DescribeThing", "iot:GetThingShadow"], f"{IOT}thing/MyThing")))
    guest = make_role(fresh, "Guest", p=document(
        ("Allow", "iot:DescribeThing", f"{IOT}thing/MyThing"),
        ("Allow", "iot:Connect", f"{IOT}client/*")))
    used = make_pool(fresh, "used", authenticated=member, unauthenticated=guest)
    old = make_pool(fresh, "old", unauthenticated=guest)
    connect(fresh, used, 3)
    connect(fresh, old, 33)
    done = audit(fresh, SIGNED_IN, GUESTS)
    seen = found(fresh, done["taskId"])
    assert sorted(seen) == [(used, "ALLOWS_ACCESS_TO_IOT_ADMIN_ACTIONS"),
                            (used, "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS")]
    assert done["auditDetails"][SIGNED_IN]["checkCompliant"]
    assert done["auditDetails"][SIGNED_IN]["totalResourcesCount"] == 1
    finding = seen[used, "ALLOWS_ACCESS_TO_IOT_ADMIN_ACTIONS"]
    assert finding["checkName"] == GUESTS
    assert finding["nonCompliantResource"] == {
        "resourceType": "COGNITO_IDENTITY_POOL",
        "resourceIdentifier": {"cognitoIdentityPoolId": used}}
    assert finding["relatedResources"] == [
        {"resourceType": "IAM_ROLE", "resourceIdentifier": {"iamRoleArn": guest}}]


def test_a_pool_lives_through_the_cli(fresh):
    pool = fresh.aws("cognito-identity", "create-identity-pool", "--identity-pool-name", "app",
                     "--no-allow-unauthenticated-identities", "--identity-pool-tags", "a=b")
    same = fresh.aws("cognito-identity", "describe-identity-pool", "--identity-pool-id",
                     pool["IdentityPoolId"])
    assert same == pool and pool["IdentityPoolTags"] == {"a": "b"}
    arn = f"arn:aws:cognito-identity:{REGION}:{ACCOUNT}:identitypool/{pool['IdentityPoolId']}"
    fresh.aws("cognito-identity", "tag-resource", "--resource-arn", arn, "--tags", "c=d")
    fresh.aws("cognito-identity", "untag-resource", "--resource-arn", arn, "--tag-keys", "a")
    assert fresh.aws("cognito-identity", "list-tags-for-resource", "--resource-arn",
                     arn)["Tags"] == {"c": "d"}
    renamed = fresh.aws("cognito-identity", "update-identity-pool", "--identity-pool-id",
                        pool["IdentityPoolId"], "--identity-pool-name", "renamed",
                        "--allow-unauthenticated-identities")
    assert renamed["AllowUnauthenticatedIdentities"]
    assert fresh.aws("cognito-identity", "list-identity-pools", "--max-results", "1") == {
        "IdentityPools": [{"IdentityPoolId": pool["IdentityPoolId"], "IdentityPoolName": "renamed"}]}
    fresh.aws("cognito-identity", "delete-identity-pool", "--identity-pool-id",
              pool["IdentityPoolId"])
    assert fresh.aws("cognito-identity", "list-identity-pools", "--max-results",
                     "1")["IdentityPools"] == []
