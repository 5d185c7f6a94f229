"""`bulwark import` of an account that lives elsewhere: its users, roles and policies, its identity
pools, and when its roles last used a service; and what audits then find."""

import copy
import json
import subprocess

import pytest

from bulwark import ACCOUNT, BUILD, REGION, ROOT, Daemon, error_of

VECTORS = ROOT / "tests/vectors/import"
PAGES = [VECTORS / "account-details-1.json", VECTORS / "account-details-2.json"]
POOLS = VECTORS / "identity-pools.json"
POOL = f"{REGION}:0f0e0d0c-0b0a-4908-8706-050403020100"
IAM = f"arn:aws:iam::{ACCOUNT}:"
UNUSED = "IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK"
OVERLY = "IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK"
LEFT_OUT = ("left out: 1 groups of users, 1 memberships in them, 1 permissions boundaries, "
            "1 instance profiles, 1 policies of AWS that are built in\n")


def bulwark(daemon, *words, **arguments):
    return subprocess.run([BUILD / "bulwark", "import", "--data", daemon.data, *map(str, words)],
                          capture_output=True, text=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}, **arguments)


def details(daemon, *paths, **arguments):
    words = [word for path in paths for word in ("--account-details", path)]
    return bulwark(daemon, *words, **arguments)


def pages():
    return [json.loads(path.read_text()) for path in PAGES]


def counted(new, changed, known, refused=0):
    return f"{new} new, {changed} changed, {known} known already, {refused} refused\n"


def test_what_would_change_is_counted_and_nothing_changes(fresh):
    done = bulwark(fresh, "--dry-run", "--account-details", PAGES[0], "--account-details", PAGES[1],
                   "--identity-pools", POOLS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "dry run; nothing was written\n"
        f"policies: {counted(2, 0, 0)}users: {counted(2, 0, 0)}roles: {counted(3, 0, 0)}"
        f"identity pools: {counted(1, 0, 0)}roles of identity pools: {counted(1, 0, 0)}" + LEFT_OUT)
    iam = fresh.client("iam")
    assert iam.list_roles()["Roles"] == [] and iam.list_users()["Users"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []
    assert fresh.client("cognito-identity").list_identity_pools(
        MaxResults=10)["IdentityPools"] == []


def test_an_account_is_taken_in_whole_and_once(fresh):
    first = details(fresh, *PAGES)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == (f"policies: {counted(2, 0, 0)}users: {counted(2, 0, 0)}"
                            f"roles: {counted(3, 0, 0)}" + LEFT_OUT)
    again = details(fresh, *PAGES)
    assert again.stdout == (f"policies: {counted(0, 0, 2)}users: {counted(0, 0, 2)}"
                            f"roles: {counted(0, 0, 3)}" + LEFT_OUT)
    # What IAM then says is what was told, but for what is left out.
    told = pages()
    shown = fresh.aws("iam", "get-account-authorization-details")
    for name, key in (("UserDetailList", "UserName"), ("RoleDetailList", "RoleName"),
                      ("Policies", "PolicyName")):
        wanted = {entry[key]: entry for page in told for entry in page[name]}
        for entry in wanted.values():
            for gone in ("GroupList", "PermissionsBoundary", "InstanceProfileList", "RoleLastUsed"):
                entry.pop(gone, None)
            if name == "UserDetailList":
                entry.setdefault("UserPolicyList", [])
        seen = {entry[key]: entry for entry in shown[name]}
        assert sorted(seen) == sorted(wanted)
        for key, entry in seen.items():
            for gone in ("GroupList", "InstanceProfileList"):
                entry.pop(gone, None)
            if key == "AWSIoTDeviceDefenderAudit" and name == "Policies":
                continue  # built in, with a document of its own
            wanted[key]["Tags"] = sorted(wanted[key].get("Tags", []), key=lambda tag: tag["Key"])
            entry.setdefault("Tags", [])
            assert entry == wanted[key]


def test_a_byte_order_mark_is_passed_over(fresh, tmp_path):
    marked = tmp_path / "marked.json"
    marked.write_bytes(b"\xef\xbb\xbf" + PAGES[0].read_bytes())
    done = details(fresh, marked, PAGES[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"policies: {counted(2, 0, 0)}")
    marked.write_bytes(b"\xef\xbb\xbf\xef\xbb\xbf" + PAGES[0].read_bytes())
    assert details(fresh, marked, PAGES[1]).returncode == 2


def test_what_is_elsewhere_now_is_here_now(fresh, tmp_path):
    assert details(fresh, *PAGES).returncode == 0
    told = pages()
    device = told[0]["RoleDetailList"][0]
    device["RolePolicyList"] = [{"PolicyName": "new", "PolicyDocument": {
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*",
                                               "Resource": "*"}}}]
    del device["AttachedManagedPolicies"][0]
    device["Tags"] = []
    fleet = told[1]["Policies"][0]
    fleet["DefaultVersionId"] = "v4"
    fleet["PolicyVersionList"] = [dict(fleet["PolicyVersionList"][0], VersionId="v4")]
    for page, path in zip(told, ("a.json", "b.json")):
        (tmp_path / path).write_text(json.dumps(page))
    changed = details(fresh, tmp_path / "a.json", tmp_path / "b.json")
    assert changed.stdout.startswith(f"policies: {counted(0, 1, 1)}users: {counted(0, 0, 2)}"
                                     f"roles: {counted(0, 1, 2)}")
    iam = fresh.client("iam")
    assert iam.list_role_policies(RoleName="devices")["PolicyNames"] == ["new"]
    assert [p["PolicyName"] for p in iam.list_attached_role_policies(
        RoleName="devices")["AttachedPolicies"]] == ["AmazonS3ReadOnlyAccess"]
    assert iam.list_role_tags(RoleName="devices")["Tags"] == []
    versions = iam.list_policy_versions(PolicyArn=f"{IAM}policy/team/FleetData")["Versions"]
    assert [v["VersionId"] for v in versions] == ["v4"]
    # A policy of AWS that came with the account is there, and is AWS's.
    aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    assert iam.get_policy(PolicyArn=aws)["Policy"]["DefaultVersionId"] == "v2"
    assert error_of(iam.delete_policy, PolicyArn=aws)[0] == "AccessDenied"
    listed, token = [], {}
    while True:
        page = iam.list_policies(MaxItems=3, **token)
        listed += [policy["Arn"] for policy in page["Policies"]]
        if not page["IsTruncated"]:
            break
        token = {"Marker": page["Marker"]}
    assert listed == [policy["Arn"] for policy in iam.list_policies()["Policies"]]
    assert listed[-2:] == [aws, f"{IAM}policy/team/FleetData"] and len(set(listed)) == len(listed)
    # Whoever held policies there holds them here.
    user = fresh.as_user(iam.create_access_key(UserName="Ann")["AccessKey"])
    user.iot.list_things()
    assert error_of(user.iot.list_policies)[:2] == ("AccessDeniedException", 403)


@pytest.mark.parametrize("form", ["array", "behind", "encoded"])
def test_the_forms_in_which_tools_write_it_are_the_same(fresh, tmp_path, form):
    file = tmp_path / "all.json"
    if form == "array":
        file.write_text(json.dumps(pages()))
    elif form == "behind":
        file.write_text("".join(path.read_text() for path in PAGES))
    else:  # as the API has them: documents as texts, with percent signs; times as numbers
        import urllib.parse
        told = pages()
        for page in told:
            for role in page["RoleDetailList"]:
                role["AssumeRolePolicyDocument"] = urllib.parse.quote(
                    json.dumps(role["AssumeRolePolicyDocument"], separators=(",", ":")), safe="")
                role["CreateDate"] = 1714979289.0
        file.write_text(json.dumps(told, indent=1))
    assert details(fresh, *PAGES).returncode == 0
    assert details(fresh, file).stdout == (f"policies: {counted(0, 0, 2)}users: {counted(0, 0, 2)}"
                                           f"roles: {counted(0, 0, 3)}" + LEFT_OUT)


def spoil(told, where, value):
    *steps, last = where
    for step in steps:
        told = told[step]
    if value is None:
        del told[last]
    else:
        told[last] = value


BAD = {"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps", "Action": "*",
                                               "Resource": "*"}]}
SPOILED = [
    (("RoleDetailList", 0, "Arn"), IAM.replace(ACCOUNT, "111122223333") + "role/x",
     "$[1].RoleDetailList[0].Arn: ", "is of account 111122223333, and this server holds account"),
    (("RoleDetailList", 0, "RoleName"), None, "$[1].RoleDetailList[0].RoleName: ", "it is missing"),
    (("RoleDetailList", 0, "Path"), "/elsewhere/", "$[1].RoleDetailList[0].Arn: ",
     "but path and name make"),
    (("RoleDetailList", 1, "RolePolicyList", 0, "PolicyDocument"), BAD,
     "$[1].RoleDetailList[1].RolePolicyList[0].PolicyDocument: ", "Effect"),
    (("RoleDetailList", 1, "AssumeRolePolicyDocument"), "%7Bnonsense",
     "$[1].RoleDetailList[1].AssumeRolePolicyDocument: ", "byte"),
    (("RoleDetailList", 1, "CreateDate"), "yesterday", "$[1].RoleDetailList[1].CreateDate: ", ""),
    (("RoleDetailList", 0, "AttachedManagedPolicies", 0, "PolicyArn"), f"{IAM}policy/none",
     "$[1].RoleDetailList[0].AttachedManagedPolicies[0]: ", "is neither here nor among"),
    (("Policies", 1, "PolicyVersionList", 0, "VersionId"), "v7",
     "$[1].Policies[1].PolicyVersionList: ", "the default version is missing"),
    (("RoleDetailList", 0), "text", "$[1].RoleDetailList[0]: ", "it is a string"),
]


@pytest.mark.parametrize("where, value, place, sentence", SPOILED,
                         ids=[row[2].strip(": ") for row in SPOILED])
@pytest.mark.parametrize("dry", [False, True], ids=["done", "dry"])
def test_what_cannot_be_taken_in_is_named(module_daemon, tmp_path, where, value, place, sentence,
                                          dry):
    told = copy.deepcopy(pages())
    spoil(told[1], where, value)
    file = tmp_path / "spoiled.json"
    file.write_text(json.dumps(told))
    done = bulwark(module_daemon, "--account-details", file, *(["--dry-run"] if dry else []))
    assert done.returncode == 1
    assert f"{file}: {place}" in done.stderr and sentence in done.stderr
    assert ", 1 refused" in done.stdout


@pytest.fixture(scope="module")
def module_daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("import")) as running:
        yield running


@pytest.mark.parametrize("text, sentence", [
    ("", "all.json: the document at byte 0: "),
    ('{"RoleDetailList": [', "all.json: the document at byte 0: byte 20: "),
    ("{} nonsense", "all.json: the document at byte 2: "),
])
def test_a_file_that_is_no_json_is_not_begun(module_daemon, tmp_path, text, sentence):
    (tmp_path / "all.json").write_text(text)
    done = details(module_daemon, tmp_path / "all.json")
    assert done.returncode == 2 and sentence in done.stderr and done.stdout == ""


def test_pages_that_are_missing_and_other_documents_are_said(module_daemon, tmp_path):
    alone = details(module_daemon, PAGES[0])
    assert alone.returncode == 1
    assert "account-details-1.json: $: it is not the last page" in alone.stderr
    other = details(module_daemon, POOLS)
    assert other.returncode == 1
    assert "identity-pools.json: document 2: $: it has none of UserDetailList" in other.stderr
    listed = tmp_path / "listed.json"
    listed.write_text(json.dumps({"IdentityPools": [
        {"IdentityPoolId": POOL, "IdentityPoolName": "app"}]}))
    done = bulwark(module_daemon, "--identity-pools", listed)
    assert done.returncode == 1
    assert "listed.json: $.IdentityPools[0]: the pool is listed, but no document" in done.stderr


def test_who_may_import_an_account_is_asked(fresh):
    iam = fresh.client("iam")
    iam.create_user(UserName="u")
    user = fresh.as_user(iam.create_access_key(UserName="u")["AccessKey"])
    refused = user.raw("POST", "/bulwark/import/account", {"Policies": []})
    assert refused.status == 403 and "bulwark:ImportAccount on resource: *" in refused.json["message"]
    for body, sentence in ((b"[]", "must be an object"), (b"{", "byte 1"),
                           (b'{"Groups":[]}', "there is no list Groups"),
                           (b'{"dryRun":1}', "dryRun is a number")):
        answer = fresh.raw("POST", "/bulwark/import/account", body)
        assert answer.status == 400 and sentence in answer.json["message"], answer


# ---- identity pools

def test_pools_are_taken_in_with_their_roles(fresh, tmp_path):
    done = bulwark(fresh, "--identity-pools", POOLS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (f"identity pools: {counted(1, 0, 0)}"
                           f"roles of identity pools: {counted(1, 0, 0)}")
    assert bulwark(fresh, "--identity-pools", POOLS).stdout == (
        f"identity pools: {counted(0, 0, 1)}roles of identity pools: {counted(0, 0, 1)}")
    cognito = fresh.client("cognito-identity")
    pool = cognito.describe_identity_pool(IdentityPoolId=POOL)
    assert pool["IdentityPoolName"] == "app" and pool["IdentityPoolTags"] == {"app": "phone"}
    assert cognito.get_identity_pool_roles(IdentityPoolId=POOL)["Roles"] == {
        "authenticated": f"{IAM}role/Gateway", "unauthenticated": f"{IAM}role/Devices"}
    other = tmp_path / "other.json"
    other.write_text(POOLS.read_text().replace(f'"{REGION}:0f', '"eu-west-1:0f'))
    refused = bulwark(fresh, "--identity-pools", other)
    assert refused.returncode == 1 and "is of another region; this server is for" in refused.stderr
    assert "document 2: $: identity pool eu-west-1:0f0e" in refused.stderr


# ---- when services were last used

def usage(arn, used, unused=()):
    services = [{"ServiceName": name, "ServiceNamespace": name, "TotalAuthenticatedEntities": 1,
                 "LastAuthenticated": at, "LastAuthenticatedEntity": arn,
                 "LastAuthenticatedRegion": REGION} for name, at in used.items()]
    services += [{"ServiceName": name, "ServiceNamespace": name, "TotalAuthenticatedEntities": 0}
                 for name in unused]
    return {"JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "IsTruncated": False,
            "JobCreationDate": "2026-01-01T00:00:00+00:00",
            "JobCompletionDate": "2026-01-01T00:00:01+00:00", "ServicesLastAccessed": services}


def now(daemon, days_ago):
    import datetime
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days_ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def test_services_that_were_used_elsewhere_are_not_unused(fresh, tmp_path):
    device = f"{IAM}role/Devices"
    assert details(fresh, *PAGES).returncode == 0
    fresh.iot.create_role_alias(roleAlias="devices", roleArn=device)
    fresh.enable(UNUSED)

    def findings():
        return fresh.findings(fresh.audit(UNUSED)["taskId"])

    finding, = findings()
    assert finding["reasonForNonComplianceCode"] == "ALLOWS_ACCESS_TO_UNUSED_SERVICES"
    assert "No use of any service by this alias is known." in finding["reasonForNonCompliance"]
    reports = tmp_path / "usage.json"
    reports.write_text(json.dumps({"Arn": device}) + json.dumps(
        usage(device, {"iot": now(fresh, 3), "s3": now(fresh, 366)}, ["dynamodb"])))
    dry = bulwark(fresh, "--dry-run", "--service-usage", reports)
    assert dry.stdout.endswith(f"reports of last use: {counted(1, 0, 0)}")
    assert bulwark(fresh, "--service-usage", reports).stdout == (
        f"reports of last use: {counted(1, 0, 0)}")
    assert bulwark(fresh, "--service-usage", reports).stdout == (
        f"reports of last use: {counted(0, 0, 1)}")
    finding, = findings()
    reason = finding["reasonForNonCompliance"]
    assert "dynamodb (policy FleetData" in reason and "s3 (policy AmazonS3ReadOnly" in reason
    assert "iot (" not in reason and "No use of any" not in reason
    reports.write_text(json.dumps(usage(device, {"dynamodb": now(fresh, 1), "s3": now(fresh, 2)})))
    assert bulwark(fresh, "--service-usage", reports).stdout == (
        f"reports of last use: {counted(0, 1, 0)}")
    assert findings() == []
    iam = fresh.client("iam")
    job = iam.generate_service_last_accessed_details(Arn=device)["JobId"]
    report = iam.get_service_last_accessed_details(JobId=job)
    assert (report["JobStatus"], report["JobType"]) == ("COMPLETED", "SERVICE_LEVEL")
    assert [s["ServiceNamespace"] for s in report["ServicesLastAccessed"]] == [
        "dynamodb", "iot", "s3"]
    assert all(s["LastAuthenticatedEntity"] == device and s["TotalAuthenticatedEntities"] == 1 and
               s["LastAuthenticatedRegion"] == REGION for s in report["ServicesLastAccessed"])
    # What the CLI shows of it can be imported elsewhere.
    shown = fresh.aws("iam", "get-service-last-accessed-details", "--job-id", job)
    reports.write_text(json.dumps(shown))
    assert bulwark(fresh, "--service-usage", reports).stdout == (
        f"reports of last use: {counted(0, 0, 1)}")
    first = iam.get_service_last_accessed_details(JobId=job, MaxItems=2)
    second = iam.get_service_last_accessed_details(JobId=job, MaxItems=2, Marker=first["Marker"])
    assert first["IsTruncated"] and not second["IsTruncated"]
    assert [s["ServiceNamespace"] for s in second["ServicesLastAccessed"]] == ["s3"]


def test_reports_are_of_whoever_asked_and_of_policies_too(fresh, tmp_path):
    device = f"{IAM}role/Devices"
    assert details(fresh, *PAGES).returncode == 0
    reports = tmp_path / "usage.json"
    reports.write_text(json.dumps(usage(device, {"dynamodb": now(fresh, 3)})))
    assert bulwark(fresh, "--service-usage", reports).returncode == 0
    iam = fresh.client("iam")
    job = iam.generate_service_last_accessed_details(
        Arn=f"{IAM}policy/team/FleetData", Granularity="ACTION_LEVEL")["JobId"]
    report = iam.get_service_last_accessed_details(JobId=job)
    service, = report["ServicesLastAccessed"]
    assert report["JobType"] == "ACTION_LEVEL"
    assert (service["ServiceName"], service["LastAuthenticatedEntity"]) == ("Amazon DynamoDB",
                                                                            device)
    entities = iam.get_service_last_accessed_details_with_entities(
        JobId=job, ServiceNamespace="dynamodb")["EntityDetailsList"]
    assert [(e["EntityInfo"]["Name"], "LastAuthenticated" in e) for e in entities] == [
        ("Devices", True), ("Ann", False)]
    iam.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*",
                                                "Resource": "*"}}))
    bob = fresh.as_user(iam.create_access_key(UserName="bob")["AccessKey"])
    assert error_of(bob.client("iam").get_service_last_accessed_details, JobId=job)[:2] == (
        "NoSuchEntity", 404)
    fresh.stop()  # days later
    fresh.move_clock(days=8)
    fresh.start()


@pytest.mark.parametrize("document, sentence", [
    ({"JobStatus": "IN_PROGRESS", "Arn": f"{IAM}role/Devices"},
     ".JobStatus: the report is IN_PROGRESS; ask again until it is COMPLETED"),
    ({"Users": []}, "it is neither {\"Arn\": ...} nor what"),
    (usage("", {}, ["s3"]), "the report does not say of whom it is"),
    ({**usage("", {}, ["s3"]), "Arn": f"{IAM}role/none"}, ".Arn: The role"),
    ({**usage("", {}, ["s3"]), "Arn": f"{IAM}role/none", "IsTruncated": True},
     ".IsTruncated: the report goes on; ask with --max-items 1000"),
    ({**usage("", {}, ["S3"]), "Arn": f"{IAM}role/none"},
     ".ServicesLastAccessed[0].ServiceNamespace: 'S3' is not a service"),
])
def test_reports_that_say_nothing_are_named(module_daemon, tmp_path, document, sentence):
    file = tmp_path / "usage.json"
    file.write_text(json.dumps(document))
    done = bulwark(module_daemon, "--service-usage", file)
    assert done.returncode == 1 and sentence in done.stderr, done.stderr
