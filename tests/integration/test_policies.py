"""Policies through the API: grammar, versions, attachments, effective policies, decisions."""

import json
import urllib.parse

import pytest

from bulwark import ACCOUNT, REGION, error_of

PREFIX = f"arn:aws:iot:{REGION}:{ACCOUNT}:"
IDENTITY = f"{REGION}:01234567-89ab-4def-8123-456789abcdef"


def document(action="iot:Connect", resource="*", effect="Allow", condition=None):
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def create(daemon, name, text=None):
    return daemon.iot.create_policy(policyName=name, policyDocument=text or document())


def certificate(daemon):
    return daemon.iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]


def group(daemon, name, parent=None):
    more = {"parentGroupName": parent} if parent else {}
    return daemon.iot.create_thing_group(thingGroupName=name, **more)["thingGroupArn"]


# ---- documents


def test_a_policy_is_kept_as_it_was_sent(daemon):
    text = document().replace(",", " ,\n ")
    made = create(daemon, "Kept", text)
    assert made["policyVersionId"] == "1" and made["policyDocument"] == text
    assert made["policyArn"] == PREFIX + "policy/Kept"
    seen = daemon.iot.get_policy(policyName="Kept")
    assert (seen["policyDocument"], seen["defaultVersionId"]) == (text, "1")
    assert seen["creationDate"] == seen["lastModifiedDate"] and seen["generationId"]
    version = daemon.iot.get_policy_version(policyName="Kept", policyVersionId="1")
    assert version["policyDocument"] == text and version["isDefaultVersion"] is True
    assert version["policyArn"] == made["policyArn"] and version["generationId"]


@pytest.mark.parametrize("text", [
    "", " ", "{}", "[]", "no JSON", document() + "x", document()[:-1],
    document(effect="allow"), document(effect="Permit"), document(action=[]),
    document(resource=[]), '{"Version":"2012-10-18","Statement":[]}',
    '{"Version":"2012-10-17"}',
    '{"Statement":[{"Effect":"Allow","Action":"iot:Connect"}]}',
    '{"Statement":[{"Effect":"Allow","Action":"iot:Connect","NotAction":"iot:*","Resource":"*"}]}',
    '{"Statement":[{"Effect":"Allow","Effect":"Deny","Action":"iot:Connect","Resource":"*"}]}',
    '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"iot:Connect","Resource":"*"}]}',
    document(condition={"StringSortOfEquals": {"iot:ClientId": "x"}}),
])
def test_bad_documents_are_malformed(daemon, text):
    for call, arguments in ((daemon.iot.create_policy, {"policyName": "Malformed"}),
                            (daemon.iot.create_policy_version, {"policyName": "Kept"})):
        code, status, message = error_of(call, policyDocument=text, **arguments)
        assert (code, status) == ("MalformedPolicyException", 400)
        assert message
    assert error_of(daemon.iot.get_policy,
                    policyName="Malformed")[:2] == ("ResourceNotFoundException", 404)


def test_the_blank_policy_is_kept(daemon):
    text = '{"Version":"2012-10-17","Statement":[]}'
    assert create(daemon, "Blank", text)["policyDocument"] == text
    assert daemon.iot.get_policy(policyName="Blank")["policyDocument"] == text


def sized(characters):
    empty = document(resource=PREFIX + "client/")
    fill = characters - len("".join(empty.split()))
    return document(resource=PREFIX + "client/" + "x" * fill)


def test_the_size_counts_without_white_space(daemon):
    create(daemon, "Exactly2048", sized(2048))
    create(daemon, "Exactly2048AndSpace", sized(2048) + " " * 50000)
    code, status, message = error_of(daemon.iot.create_policy, policyName="Larger",
                                     policyDocument=sized(2049))
    assert (code, status) == ("MalformedPolicyException", 400)
    assert "2049" in message and "2048" in message


def test_names_follow_the_pattern(daemon):
    create(daemon, "All+of=these,are.fine@once-1_")
    for name in ("a b", "a/b", "ä", "x" * 129):
        reply = daemon.raw("POST", "/policies/" + urllib.parse.quote(name, safe=""),
                           {"policyDocument": document()})
        assert reply.status == 400, name
        assert "InvalidRequestException" in reply.headers["x-amzn-ErrorType"], name


def test_a_second_policy_of_a_name_is_refused(daemon):
    create(daemon, "Once")
    reply = daemon.raw("POST", "/policies/Once", {"policyDocument": document()})
    assert reply.status == 409 and reply.json["resourceArn"] == PREFIX + "policy/Once"
    assert "ResourceAlreadyExistsException" in reply.headers["x-amzn-ErrorType"]


def test_tags_come_with_a_policy_and_go_with_it(daemon):
    for _ in range(2):
        made = daemon.iot.create_policy(policyName="Tagged", policyDocument=document(),
                                        tags=[{"Key": "team", "Value": "ot"}])
        tags = daemon.iot.list_tags_for_resource(resourceArn=made["policyArn"])["tags"]
        assert tags == [{"Key": "team", "Value": "ot"}]
        daemon.iot.delete_policy(policyName="Tagged")
    create(daemon, "Tagged")
    assert daemon.iot.list_tags_for_resource(resourceArn=made["policyArn"])["tags"] == []


# ---- versions


def versions(daemon, name):
    listed = daemon.iot.list_policy_versions(policyName=name)["policyVersions"]
    return " ".join(row["versionId"] + ("*" if row["isDefaultVersion"] else "") for row in listed)


def test_versions_are_made_chosen_and_deleted(daemon):
    create(daemon, "V")
    second = daemon.iot.create_policy_version(policyName="V", policyDocument=document("iot:*"))
    assert second["policyVersionId"] == "2" and second["isDefaultVersion"] is False
    third = daemon.iot.create_policy_version(policyName="V", policyDocument=document("iot:Get*"),
                                             setAsDefault=True)
    assert third["isDefaultVersion"] is True and versions(daemon, "V") == "1 2 3*"
    assert daemon.iot.get_policy(policyName="V")["policyDocument"] == document("iot:Get*")
    daemon.iot.set_default_policy_version(policyName="V", policyVersionId="2")
    assert daemon.iot.get_policy(policyName="V")["policyDocument"] == document("iot:*")
    daemon.iot.delete_policy_version(policyName="V", policyVersionId="3")
    daemon.iot.create_policy_version(policyName="V", policyDocument=document())
    assert versions(daemon, "V") == "1 2* 4"
    assert error_of(daemon.iot.delete_policy_version, policyName="V", policyVersionId="2")[:2] == (
        "DeleteConflictException", 409)
    assert error_of(daemon.iot.delete_policy, policyName="V")[:2] == (
        "DeleteConflictException", 409)


def test_a_sixth_version_is_too_many(daemon):
    create(daemon, "Six")
    for _ in range(4):
        daemon.iot.create_policy_version(policyName="Six", policyDocument=document())
    assert error_of(daemon.iot.create_policy_version, policyName="Six",
                    policyDocument=document())[:2] == ("VersionsLimitExceededException", 409)


@pytest.mark.parametrize("call", ["get_policy_version", "set_default_policy_version",
                                  "delete_policy_version"])
def test_unknown_policies_and_versions_are_not_found(daemon, call):
    for name, version in (("Kept", "7"), ("Kept", "9" * 40), ("Nowhere", "1")):
        assert error_of(getattr(daemon.iot, call), policyName=name, policyVersionId=version)[:2] == (
            "ResourceNotFoundException", 404)


def test_policies_are_listed_by_creation_in_pages(fresh):
    names = ["zebra", "ant", "mole", "bee"]
    for name in names:
        create(fresh, name)
    for ascending in (True, False):
        rows, marker = [], {}
        while True:
            page = fresh.iot.list_policies(pageSize=3, ascendingOrder=ascending, **marker)
            rows += [row["policyName"] for row in page["policies"]]
            if "nextMarker" not in page:
                break
            marker = {"marker": page["nextMarker"]}
        assert rows == (names if ascending else names[::-1])


# ---- attachments


def attached(daemon, target, **arguments):
    rows = daemon.iot.list_attached_policies(target=target, **arguments)["policies"]
    assert all(row["policyArn"] == PREFIX + "policy/" + row["policyName"] for row in rows)
    return [row["policyName"] for row in rows]


def test_policies_are_attached_to_certificates_groups_and_identities(daemon):
    create(daemon, "Everywhere")
    targets = [certificate(daemon), group(daemon, "everywhere"), IDENTITY]
    for target in targets:
        daemon.iot.attach_policy(policyName="Everywhere", target=target)
        daemon.iot.attach_policy(policyName="Everywhere", target=target)
        assert attached(daemon, target) == ["Everywhere"]
    listed, marker = [], {}
    while True:
        page = daemon.iot.list_targets_for_policy(policyName="Everywhere", pageSize=1, **marker)
        listed += page["targets"]
        if "nextMarker" not in page:
            break
        marker = {"marker": page["nextMarker"]}
    assert sorted(listed) == sorted(targets)
    assert sorted(daemon.iot.list_policy_principals(policyName="Everywhere")["principals"]) == (
        sorted([targets[0], IDENTITY]))
    assert error_of(daemon.iot.delete_policy, policyName="Everywhere")[:2] == (
        "DeleteConflictException", 409)
    for target in targets:
        daemon.iot.detach_policy(policyName="Everywhere", target=target)
        daemon.iot.detach_policy(policyName="Everywhere", target=target)
        assert attached(daemon, target) == []
    daemon.iot.delete_policy(policyName="Everywhere")


@pytest.mark.parametrize("target, want", [
    ("nobody", ("InvalidRequestException", 400)),
    (PREFIX + "thing/lamp", ("InvalidRequestException", 400)),
    (f"arn:aws:iot:{REGION}:210987654321:cert/" + "ab" * 32, ("InvalidRequestException", 400)),
    (PREFIX + "cert/" + "ab" * 32, ("ResourceNotFoundException", 404)),
    (PREFIX + "thinggroup/none", ("ResourceNotFoundException", 404))])
def test_bad_targets_are_refused(daemon, target, want):
    assert error_of(daemon.iot.attach_policy, policyName="Kept", target=target)[:2] == want
    assert error_of(daemon.iot.list_attached_policies, target=target)[:2] == want


def test_a_dynamic_group_carries_no_policies(daemon):
    made = daemon.iot.create_dynamic_thing_group(thingGroupName="dynamic", queryString="thingName:*")
    assert error_of(daemon.iot.attach_policy, policyName="Kept",
                    target=made["thingGroupArn"])[:2] == ("InvalidRequestException", 400)


def test_an_eleventh_policy_is_too_many(daemon):
    target = certificate(daemon)
    for number in range(11):
        create(daemon, f"Eleven{number}")
    for number in range(10):
        daemon.iot.attach_policy(policyName=f"Eleven{number}", target=target)
    assert error_of(daemon.iot.attach_policy, policyName="Eleven10", target=target)[:2] == (
        "LimitExceededException", 410)
    page = daemon.iot.list_attached_policies(target=target, pageSize=4)
    rows = page["policies"]
    while "nextMarker" in page:
        page = daemon.iot.list_attached_policies(target=target, pageSize=4,
                                                 marker=page["nextMarker"])
        rows += page["policies"]
    assert sorted(row["policyName"] for row in rows) == sorted(f"Eleven{n}" for n in range(10))


def test_the_older_words_mean_the_same(daemon):
    create(daemon, "Older")
    principal = certificate(daemon)
    daemon.iot.attach_principal_policy(policyName="Older", principal=principal)
    listed = daemon.iot.list_principal_policies(principal=principal)["policies"]
    assert listed == [{"policyName": "Older", "policyArn": PREFIX + "policy/Older"}]
    assert daemon.iot.list_policy_principals(policyName="Older")["principals"] == [principal]
    daemon.iot.detach_principal_policy(policyName="Older", principal=principal)
    assert error_of(daemon.iot.detach_principal_policy, policyName="Older",
                    principal=principal)[:2] == ("ResourceNotFoundException", 404)
    assert error_of(daemon.iot.attach_principal_policy, policyName="Older",
                    principal=group(daemon, "no-principal"))[:2] == (
                        "InvalidRequestException", 400)


# ---- what is in effect


@pytest.fixture(scope="module")
def site(daemon):
    """A pump with a certificate, in the group `line` below `plant`, each with a policy."""
    for name, resource in (("SiteDevice", PREFIX + "client/${iot:Connection.Thing.ThingName}"),
                           ("SiteLine", PREFIX + "client/line-*"),
                           ("SitePlant", PREFIX + "client/plant-*")):
        create(daemon, name, document(resource=resource))
    plant = group(daemon, "plant")
    line = group(daemon, "line", "plant")
    principal = certificate(daemon)
    daemon.iot.create_thing(thingName="pump-1")
    daemon.iot.attach_thing_principal(thingName="pump-1", principal=principal)
    daemon.iot.add_thing_to_thing_group(thingGroupName="line", thingName="pump-1")
    daemon.iot.attach_policy(policyName="SitePlant", target=plant)
    daemon.iot.attach_policy(policyName="SiteLine", target=line)
    daemon.iot.attach_policy(policyName="SiteDevice", target=principal)
    return {"principal": principal, "plant": plant, "line": line}


def effective(daemon, **arguments):
    rows = daemon.iot.get_effective_policies(**arguments)["effectivePolicies"]
    for row in rows:
        assert row["policyArn"] == PREFIX + "policy/" + row["policyName"]
        assert row["policyDocument"] == daemon.iot.get_policy(
            policyName=row["policyName"])["policyDocument"]
    return [row["policyName"] for row in rows]


def test_groups_and_their_ancestors_are_in_effect(daemon, site):
    principal = site["principal"]
    assert effective(daemon, principal=principal) == ["SiteDevice"]
    assert effective(daemon, principal=principal, thingName="pump-1") == [
        "SiteDevice", "SiteLine", "SitePlant"]
    assert effective(daemon, thingName="pump-1") == ["SiteLine", "SitePlant"]
    assert effective(daemon, principal=site["plant"]) == ["SitePlant"]
    assert attached(daemon, site["line"]) == ["SiteLine"]
    assert sorted(attached(daemon, site["line"], recursive=True)) == ["SiteLine", "SitePlant"]
    assert error_of(daemon.iot.get_effective_policies)[:2] == ("InvalidRequestException", 400)
    assert error_of(daemon.iot.get_effective_policies,
                    thingName="none")[:2] == ("ResourceNotFoundException", 404)


def ask(daemon, *resources, action="CONNECT", **arguments):
    results = daemon.iot.test_authorization(
        authInfos=[{"actionType": action, "resources": [PREFIX + r for r in resources]}],
        **arguments)["authResults"]
    assert len(results) == 1
    assert results[0]["authInfo"] == {"actionType": action,
                                      "resources": [PREFIX + r for r in resources]}
    return results[0]


def names(listed):
    return sorted(row["policyName"] for row in listed["policies"])


def test_a_decision_names_the_policies_that_made_it(daemon, site):
    result = ask(daemon, "client/pump-1", principal=site["principal"], clientId="pump-1")
    assert result["authDecision"] == "ALLOWED"
    assert names(result["allowed"]) == ["SiteDevice"]
    assert names(result["denied"]["implicitDeny"]) == ["SiteLine", "SitePlant"]
    assert names(result["denied"]["explicitDeny"]) == []
    assert result["missingContextValues"] == []
    assert result["allowed"]["policies"][0]["policyArn"] == PREFIX + "policy/SiteDevice"


def test_an_unknown_client_is_not_allowed_and_says_what_was_missing(daemon, site):
    result = ask(daemon, "client/pump-1", principal=site["principal"])
    assert result["authDecision"] == "IMPLICIT_DENY"
    assert result["missingContextValues"] == ["iot:Connection.Thing.ThingName"]
    result = ask(daemon, "client/pump-2", principal=site["principal"], clientId="pump-2")
    assert result["authDecision"] == "IMPLICIT_DENY"


def test_policies_are_added_and_skipped_by_name(daemon, site):
    create(daemon, "DenyAll", document(action="iot:*", effect="Deny"))
    result = ask(daemon, "client/pump-1", principal=site["principal"], clientId="pump-1",
                 policyNamesToAdd=["DenyAll"])
    assert result["authDecision"] == "EXPLICIT_DENY"
    assert names(result["denied"]["explicitDeny"]) == ["DenyAll"]
    assert names(result["allowed"]) == ["SiteDevice"]
    result = ask(daemon, "client/pump-1", principal=site["principal"], clientId="pump-1",
                 policyNamesToSkip=["SiteDevice"])
    assert result["authDecision"] == "IMPLICIT_DENY"
    result = ask(daemon, "client/anything", policyNamesToAdd=["Kept"])
    assert result["authDecision"] == "ALLOWED"


def test_every_kind_of_action_is_decided(daemon):
    create(daemon, "Kinds", json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:Publish", "Resource": PREFIX + "topic/up/*"},
        {"Effect": "Allow", "Action": "iot:Subscribe", "Resource": PREFIX + "topicfilter/down/+"},
        {"Effect": "Allow", "Action": "iot:Receive", "Resource": PREFIX + "topic/down/*"},
        {"Effect": "Deny", "Action": "iot:Publish", "Resource": PREFIX + "topic/up/secret"}]}))
    results = daemon.iot.test_authorization(policyNamesToAdd=["Kinds"], authInfos=[
        {"actionType": action, "resources": [PREFIX + resource]} for action, resource in (
            ("PUBLISH", "topic/up/1"), ("PUBLISH", "topic/up/secret"),
            ("SUBSCRIBE", "topicfilter/down/+"), ("SUBSCRIBE", "topicfilter/down/#"),
            ("RECEIVE", "topic/down/1"), ("CONNECT", "client/x"))])["authResults"]
    assert [result["authDecision"] for result in results] == [
        "ALLOWED", "EXPLICIT_DENY", "ALLOWED", "IMPLICIT_DENY", "ALLOWED", "IMPLICIT_DENY"]


@pytest.mark.parametrize("arguments, want", [
    ({}, ("InvalidRequestException", 400)),
    ({"principal": "nobody"}, ("InvalidRequestException", 400)),
    ({"principal": PREFIX + "thinggroup/plant"}, ("InvalidRequestException", 400)),
    ({"principal": PREFIX + "cert/" + "ab" * 32}, ("ResourceNotFoundException", 404)),
    ({"policyNamesToAdd": ["Nowhere"]}, ("ResourceNotFoundException", 404)),
    ({"policyNamesToAdd": ["Kept"], "policyNamesToSkip": ["Nowhere"]},
     ("ResourceNotFoundException", 404))])
def test_questions_that_cannot_be_asked_are_refused(daemon, site, arguments, want):
    info = [{"actionType": "CONNECT", "resources": [PREFIX + "client/x"]}]
    assert error_of(daemon.iot.test_authorization, authInfos=info, **arguments)[:2] == want


@pytest.mark.parametrize("info", [
    [{"actionType": "CONNECT", "resources": []}], [{"actionType": "CONNECT", "resources": ["x"]}],
    [{"resources": [PREFIX + "client/x"]}], []])
def test_questions_about_nothing_are_refused(daemon, info):
    reply = daemon.raw("POST", "/test-authorization",
                       {"authInfos": info, "policyNamesToAdd": ["Kept"]})
    assert reply.status == 400
    assert "InvalidRequestException" in reply.headers["x-amzn-ErrorType"]


def test_identity_pools_are_refused_rather_than_passed_over(daemon):
    pool = f"{REGION}:01234567-89ab-4def-8123-456789abcdef"
    assert error_of(daemon.iot.get_effective_policies, principal=IDENTITY,
                    cognitoIdentityPoolId=pool)[:2] == ("NotImplementedException", 501)
    assert error_of(
        daemon.iot.test_authorization, principal=IDENTITY, cognitoIdentityPoolId=pool,
        authInfos=[{"actionType": "CONNECT", "resources": [PREFIX + "client/x"]}])[:2] == (
            "NotImplementedException", 501)


# ---- the command line


def test_the_aws_cli_goes_the_whole_way(daemon, tmp_path):
    (tmp_path / "policy.json").write_text(document(resource=PREFIX + "client/cli-*"))
    daemon.aws("iot", "create-policy", "--policy-name", "Cli", "--policy-document",
               f"file://{tmp_path}/policy.json")
    target = certificate(daemon)
    daemon.aws("iot", "attach-policy", "--policy-name", "Cli", "--target", target)
    assert daemon.aws("iot", "list-attached-policies", "--target", target)["policies"][0][
        "policyName"] == "Cli"
    assert daemon.aws("iot", "list-principal-policies", "--principal", target)["policies"]
    assert daemon.aws("iot", "list-policy-principals", "--policy-name", "Cli")["principals"] == [
        target]
    asked = daemon.aws(
        "iot", "test-authorization", "--principal", target, "--auth-infos",
        f"actionType=CONNECT,resources={PREFIX}client/cli-1")
    assert asked["authResults"][0]["authDecision"] == "ALLOWED"
    done = daemon.aws("iot", "delete-policy", "--policy-name", "Cli", check=False)
    assert done.returncode != 0 and "DeleteConflictException" in done.stderr
    daemon.aws("iot", "detach-policy", "--policy-name", "Cli", "--target", target)
    daemon.aws("iot", "delete-policy", "--policy-name", "Cli")
    (tmp_path / "policy.json").write_text("{")
    done = daemon.aws("iot", "create-policy", "--policy-name", "Cli", "--policy-document",
                      f"file://{tmp_path}/policy.json", check=False)
    assert done.returncode != 0 and "MalformedPolicyException" in done.stderr
