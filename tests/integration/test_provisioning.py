"""Provisioning: templates, RegisterThing, claims, and devices that come for the first time."""

import hashlib
import json

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

import pki
from bulwark import ACCOUNT, REGION, error_of

POLICY = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect",'
          f'"Resource":"arn:aws:iot:{REGION}:{ACCOUNT}:client/${{iot:Connection.Thing.ThingName}}"'
          '}]}')
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"},
     "Action": "sts:AssumeRole"}]})
REGISTRATION = "arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration"
OF_CERTIFICATE = "AWS::IoT::Certificate::"


def role(daemon, name="provisioning", policy=REGISTRATION):
    iam = daemon.client("iam")
    try:
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        return iam.get_role(RoleName=name)["Role"]["Arn"]
    if policy:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return arn


def arn_of(kind, name):
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:{kind}/{name}"


def jitp_body(thing=None, **members):
    """As in the guide: the thing is named by the certificate."""
    body = {
        "Parameters": {OF_CERTIFICATE + "CommonName": {"Type": "String"},
                       OF_CERTIFICATE + "Id": {"Type": "String"}},
        "Resources": {
            "thing": {"Type": "AWS::IoT::Thing", "Properties": {
                "ThingName": {"Ref": OF_CERTIFICATE + "CommonName"}, **(thing or {})}},
            "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {
                "CertificateId": {"Ref": OF_CERTIFICATE + "Id"}, "Status": "ACTIVE"}},
            "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": POLICY}},
        },
    }
    body.update(members)
    return json.dumps(body)


def once_body(properties=None, override=None, certificate=None):
    resources = {"thing": {"Type": "AWS::IoT::Thing", "Properties": {
        "ThingName": {"Ref": "Name"}, **(properties or {})}}}
    if override:
        resources["thing"]["OverrideSettings"] = override
    if certificate:
        resources["certificate"] = {"Type": "AWS::IoT::Certificate", **certificate}
        resources["policy"] = {"Type": "AWS::IoT::Policy",
                               "Properties": {"PolicyDocument": POLICY}}
    return json.dumps({"Parameters": {"Name": {"Type": "String"},
                                      "CSR": {"Type": "String", "Default": "-"}},
                       "Resources": resources})


# ---- templates


def test_a_template_lives_from_create_to_delete(daemon, tmp_path):
    arn = role(daemon)
    file = tmp_path / "template.json"
    file.write_text(jitp_body())
    words = ("iot", "create-provisioning-template", "--template-name", "line-1", "--type", "JITP",
             "--provisioning-role-arn", arn, "--template-body", f"file://{file}",
             "--description", "the first line", "--enabled", "--tags", "Key=site,Value=north")
    made = daemon.aws(*words)
    assert made == {"templateArn": arn_of("provisioningtemplate", "line-1"),
                    "templateName": "line-1", "defaultVersionId": 1}
    seen = daemon.aws("iot", "describe-provisioning-template", "--template-name", "line-1")
    assert seen["templateBody"] == jitp_body() and seen["type"] == "JITP" and seen["enabled"]
    assert seen["provisioningRoleArn"] == arn and seen["description"] == "the first line"
    assert daemon.iot.list_tags_for_resource(resourceArn=made["templateArn"])["tags"] == [
        {"Key": "site", "Value": "north"}]
    again = daemon.aws(*words, check=False)
    assert "ResourceAlreadyExistsException" in again.stderr

    version = daemon.aws("iot", "create-provisioning-template-version", "--template-name",
                         "line-1", "--template-body",
                         jitp_body(thing={"AttributePayload": {"v": "2"}}), "--set-as-default")
    assert version["versionId"] == 2 and version["isDefaultVersion"]
    rows = daemon.aws("iot", "list-provisioning-template-versions", "--template-name",
                      "line-1")["versions"]
    assert [(row["versionId"], row["isDefaultVersion"]) for row in rows] == [(1, False), (2, True)]
    first = daemon.aws("iot", "describe-provisioning-template-version", "--template-name",
                       "line-1", "--version-id", "1")
    assert first["templateBody"] == jitp_body() and not first["isDefaultVersion"]
    assert error_of(daemon.iot.delete_provisioning_template_version, templateName="line-1",
                    versionId=2)[:2] == ("DeleteConflictException", 409)
    daemon.aws("iot", "update-provisioning-template", "--template-name", "line-1",
               "--default-version-id", "1", "--no-enabled", "--description", "off")
    daemon.aws("iot", "delete-provisioning-template-version", "--template-name", "line-1",
               "--version-id", "2")
    seen = daemon.iot.describe_provisioning_template(templateName="line-1")
    assert (seen["defaultVersionId"], seen["enabled"], seen["description"]) == (1, False, "off")
    daemon.aws("iot", "delete-provisioning-template", "--template-name", "line-1")
    assert error_of(daemon.iot.describe_provisioning_template, templateName="line-1")[:2] == (
        "ResourceNotFoundException", 404)


def test_a_template_has_five_versions_and_the_list_comes_in_pages(daemon):
    for name in ("page-a", "page-b", "page-c"):
        daemon.iot.create_provisioning_template(
            templateName=name, templateBody=jitp_body(), provisioningRoleArn=role(daemon),
            type="JITP")
    for _ in range(4):
        daemon.iot.create_provisioning_template_version(templateName="page-a",
                                                        templateBody=jitp_body())
    assert error_of(daemon.iot.create_provisioning_template_version, templateName="page-a",
                    templateBody=jitp_body())[:2] == ("VersionsLimitExceededException", 409)
    page = daemon.iot.list_provisioning_template_versions(templateName="page-a", maxResults=3)
    rest = daemon.iot.list_provisioning_template_versions(
        templateName="page-a", maxResults=3, nextToken=page["nextToken"])
    assert [row["versionId"] for row in page["versions"] + rest["versions"]] == [1, 2, 3, 4, 5]
    listed = daemon.aws("iot", "list-provisioning-templates", "--page-size", "1")["templates"]
    names = [row["templateName"] for row in listed]
    assert names == sorted(names) and {"page-a", "page-b", "page-c"} <= set(names)


@pytest.mark.parametrize("body, words", [
    ("{", "cannot be read as JSON"),
    ('{"Resources":{}}', "a template has Resources, one at least"),
    (jitp_body(thing={"ThingName": "a b"}), "$.Resources.thing.Properties.ThingName: 'a b'"),
    (jitp_body(thing={"ThingName": {"Ref": "Nobody"}}),
     "'Nobody' is not a parameter that Parameters declares"),
    (jitp_body(Outputs={}), "$.Outputs"),
    (jitp_body().replace("iot:Connect", ""), "$.Resources.policy.Properties.PolicyDocument"),
])
def test_a_body_that_is_no_template_is_refused_with_its_place(daemon, body, words):
    code, status, message = error_of(
        daemon.iot.create_provisioning_template, templateName="bad", templateBody=body,
        provisioningRoleArn=role(daemon), type="JITP")
    assert (code, status) == ("InvalidRequestException", 400) and words in message


def test_what_a_template_cannot_be(daemon):
    create = daemon.iot.create_provisioning_template
    hook = {"targetArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hook"}
    given = {"templateName": "not", "templateBody": jitp_body(), "type": "JITP",
             "provisioningRoleArn": role(daemon)}
    for change, words in (
            ({"preProvisioningHook": hook}, "has no preProvisioningHook"),
            ({"preProvisioningHook": {**hook, "payloadVersion": "2019-01-01"}}, "2020-04-01"),
            ({"provisioningRoleArn": f"arn:aws:iam::{ACCOUNT}:user/someone"}, "ARN of an IAM role")):
        code, status, message = error_of(create, **{**given, **change})
        assert (code, status) == ("InvalidRequestException", 400) and words in message
    assert error_of(daemon.iot.update_provisioning_template, templateName="nowhere",
                    enabled=True)[:2] == ("ResourceNotFoundException", 404)
    assert error_of(daemon.iot.delete_provisioning_template, templateName="nowhere")[:2] == (
        "ResourceNotFoundException", 404)


def test_a_role_is_passed_only_by_who_may(daemon):
    iam = daemon.client("iam")
    iam.create_user(UserName="maker")
    iam.put_user_policy(UserName="maker", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iot:CreateProvisioningTemplate", "Resource": "*"}]}))
    maker = daemon.as_user(iam.create_access_key(UserName="maker")["AccessKey"])
    code, status, message = error_of(
        maker.iot.create_provisioning_template, templateName="passed", templateBody=jitp_body(),
        provisioningRoleArn=role(daemon), type="JITP")
    assert (code, status) == ("AccessDeniedException", 403) and "iam:PassRole" in message


# ---- RegisterThing


def test_a_thing_is_registered_with_a_request(daemon, tmp_path):
    daemon.iot.create_thing_type(thingTypeName="bulb")
    daemon.iot.create_thing_group(thingGroupName="hall")
    request, key = pki.csr("lamp")
    body = once_body({"ThingTypeName": "bulb", "ThingGroups": ["hall"],
                      "AttributePayload": {"serial": {"Ref": "Name"}}},
                     certificate={"Properties": {"CertificateSigningRequest": {"Ref": "CSR"}}})
    made = daemon.aws("iot", "register-thing", "--template-body", body, "--parameters",
                      json.dumps({"Name": "lamp-1", "CSR": request}))
    assert pki.load(made["certificatePem"]).public_key().public_numbers() == \
        key.public_key().public_numbers()
    certificate = pki.id_of(made["certificatePem"])
    policy = hashlib.sha256(POLICY.encode()).hexdigest()
    assert made["resourceArns"] == {"thing": arn_of("thing", "lamp-1"),
                                    "certificate": arn_of("cert", certificate),
                                    "policy": arn_of("policy", policy)}
    thing = daemon.iot.describe_thing(thingName="lamp-1")
    assert thing["thingTypeName"] == "bulb" and thing["attributes"] == {"serial": "lamp-1"}
    assert daemon.iot.list_thing_principals(thingName="lamp-1")["principals"] == [
        arn_of("cert", certificate)]
    groups = daemon.iot.list_thing_groups_for_thing(thingName="lamp-1")["thingGroups"]
    assert [group["groupName"] for group in groups] == ["hall"]
    assert daemon.iot.get_policy(policyName=policy)["policyDocument"] == POLICY
    attached = daemon.iot.list_attached_policies(target=arn_of("cert", certificate))["policies"]
    assert [row["policyName"] for row in attached] == [policy]
    seen = daemon.iot.describe_certificate(certificateId=certificate)
    assert seen["certificateDescription"]["status"] == "ACTIVE"


def test_a_thing_that_is_there_is_changed_only_as_the_template_says(daemon):
    iot = daemon.iot
    for group in ("g1", "g2"):
        iot.create_thing_group(thingGroupName=group)
    for name in ("bulb-a", "bulb-b"):
        iot.create_thing_type(thingTypeName=name)
    iot.create_thing(thingName="there", thingTypeName="bulb-a",
                     attributePayload={"attributes": {"a": "1", "b": "2"}})
    iot.add_thing_to_thing_group(thingName="there", thingGroupName="g1")

    def register(properties, override):
        iot.register_thing(templateBody=once_body(properties, override),
                           parameters={"Name": "there"})

    wanted = {"ThingTypeName": "bulb-b", "ThingGroups": ["g2"], "AttributePayload": {"b": "3"}}
    for key, value in wanted.items():
        code, status, message = error_of(
            iot.register_thing, templateBody=once_body({key: value}), parameters={"Name": "there"})
        assert (code, status) == ("ConflictingResourceUpdateException", 409) and key in message
    register(wanted, {key: "DO_NOTHING" for key in wanted})
    seen = iot.describe_thing(thingName="there")
    assert seen["thingTypeName"] == "bulb-a" and seen["version"] == 1
    register(wanted, {"ThingTypeName": "REPLACE", "ThingGroups": "MERGE",
                      "AttributePayload": "MERGE"})
    seen = iot.describe_thing(thingName="there")
    assert seen["thingTypeName"] == "bulb-b" and seen["attributes"] == {"a": "1", "b": "3"}
    groups = iot.list_thing_groups_for_thing(thingName="there")["thingGroups"]
    assert {group["groupName"] for group in groups} == {"g1", "g2"}
    register(wanted, {"ThingTypeName": "FAIL", "ThingGroups": "REPLACE",
                      "AttributePayload": "REPLACE"})
    seen = iot.describe_thing(thingName="there")
    assert seen["attributes"] == {"b": "3"}
    groups = iot.list_thing_groups_for_thing(thingName="there")["thingGroups"]
    assert [group["groupName"] for group in groups] == ["g2"]
    register(wanted, None)  # nothing differs: nothing to override


def test_what_cannot_be_made_leaves_nothing(daemon):
    request, _ = pki.csr("none")
    before = len(daemon.iot.list_certificates(pageSize=250)["certificates"])
    body = once_body({"ThingGroups": ["no-such-group"]},
                     certificate={"Properties": {"CertificateSigningRequest": {"Ref": "CSR"}}})
    code, status, message = error_of(daemon.iot.register_thing, templateBody=body,
                                     parameters={"Name": "half", "CSR": request})
    assert (code, status) == ("ResourceRegistrationFailureException", 400)
    assert "no-such-group" in message
    assert error_of(daemon.iot.describe_thing, thingName="half")[1] == 404
    assert len(daemon.iot.list_certificates(pageSize=250)["certificates"]) == before
    for parameters, words in (({}, "$.Parameters.Name: the parameter has no value"),
                              ({"Name": "a b"}, "'a b' cannot be")):
        code, status, message = error_of(daemon.iot.register_thing, templateBody=once_body(),
                                         parameters=parameters)
        assert (code, status) == ("InvalidRequestException", 400) and words in message
    code, status, _ = error_of(
        daemon.iot.register_thing, templateBody=body,
        parameters={"Name": "half", "CSR": "no request"})
    assert (code, status) == ("InvalidRequestException", 400)


def test_a_certificate_that_is_there_keeps_its_status_unless_asked(daemon):
    made = daemon.iot.create_keys_and_certificate(setAsActive=False)["certificateId"]

    def register(override=None):
        certificate = {"Properties": {"CertificateId": made}}
        if override:
            certificate["OverrideSettings"] = {"Status": override}
        return {"templateBody": once_body(certificate=certificate),
                "parameters": {"Name": "kept"}}

    def status():
        return daemon.iot.describe_certificate(
            certificateId=made)["certificateDescription"]["status"]

    assert error_of(daemon.iot.register_thing, **register())[:2] == (
        "ConflictingResourceUpdateException", 409)
    daemon.iot.register_thing(**register("DO_NOTHING"))
    assert status() == "INACTIVE"
    daemon.iot.register_thing(**register("REPLACE"))
    assert status() == "ACTIVE"


def test_who_may_register_things_needs_each_step_of_it(daemon):
    iam = daemon.client("iam")
    iam.create_user(UserName="registrar")

    def allow(*actions):
        iam.put_user_policy(UserName="registrar", PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}))

    allow("iot:RegisterThing")
    registrar = daemon.as_user(iam.create_access_key(UserName="registrar")["AccessKey"])
    asked = {"templateBody": once_body(), "parameters": {"Name": "asked"}}
    code, status, message = error_of(registrar.iot.register_thing, **asked)
    assert (code, status) == ("AccessDeniedException", 403) and "iot:CreateThing" in message
    allow("iot:RegisterThing", "iot:CreateThing")
    registrar.iot.register_thing(**asked)
    assert daemon.iot.describe_thing(thingName="asked")["thingName"] == "asked"


# ---- claims


def test_a_claim_opens_one_template_for_five_minutes(fresh):
    daemon = fresh
    body = json.loads(jitp_body(DeviceConfiguration={"Url": "https://example.com"}))
    daemon.iot.create_provisioning_template(
        templateName="fleet", templateBody=json.dumps(body), provisioningRoleArn=role(daemon),
        enabled=True)
    claim = daemon.aws("iot", "create-provisioning-claim", "--template-name", "fleet")
    certificate = pki.load(claim["certificatePem"])
    assert claim["certificateId"] == pki.id_of(claim["certificatePem"])
    assert "PRIVATE KEY" in claim["keyPair"]["PrivateKey"]
    lasts = (certificate.not_valid_after - certificate.not_valid_before).total_seconds()
    assert lasts < 3600
    arn = arn_of("cert", claim["certificateId"])
    allowed = {(action, resource): result["authDecision"] for action, resource, result in (
        (action, resource, daemon.iot.test_authorization(principal=arn, authInfos=[
            {"actionType": action, "resources": [resource]}])["authResults"][0])
        for action, resource in (
            ("PUBLISH", arn_of("topic", "$aws/certificates/create/json")),
            ("PUBLISH", arn_of("topic", "$aws/provisioning-templates/fleet/provision/json")),
            ("PUBLISH", arn_of("topic", "$aws/provisioning-templates/other/provision/json")),
            ("PUBLISH", arn_of("topic", "sensors/1"))))}
    assert list(allowed.values()) == ["ALLOWED", "ALLOWED", "IMPLICIT_DENY", "IMPLICIT_DENY"]
    daemon.iot.create_provisioning_claim(templateName="fleet")  # the policy is there already
    assert error_of(daemon.iot.create_provisioning_claim, templateName="nowhere")[:2] == (
        "ResourceNotFoundException", 404)
    daemon.iot.update_provisioning_template(templateName="fleet", enabled=False)
    assert error_of(daemon.iot.create_provisioning_claim, templateName="fleet")[:2] == (
        "InvalidRequestException", 400)


# ---- devices that come for the first time


def subject(**parts):
    names = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME,
             "CN": NameOID.COMMON_NAME, "SN": NameOID.SERIAL_NUMBER}
    return x509.Name([x509.NameAttribute(names[key], value) for key, value in parts.items()])


def meet(daemon, pem):
    reply = daemon.raw("POST", "/bulwark/devices", {"certificatePem": pem})
    assert reply.status == 200, reply.body
    return reply.json


def status_of(daemon, pem):
    return daemon.iot.describe_certificate(
        certificateId=pki.id_of(pem))["certificateDescription"]["status"]


def log_records(daemon, pattern):
    events = daemon.client("logs").filter_log_events(
        logGroupName="AWSIotLogsV2", filterPattern=pattern)["events"]
    return [json.loads(event["message"]) for event in events]


def turn_logs_on(daemon):
    daemon.iot.set_v2_logging_options(roleArn=role(daemon), defaultLogLevel="INFO")


def outcomes(daemon):
    text = daemon.get("/metrics").body.decode()
    return {line.split('"')[1]: int(line.split()[-1]) for line in text.splitlines()
            if line.startswith("bulwark_devices_met_total{")}


def test_without_a_template_a_device_is_registered_and_told_of(fresh):
    ca = pki.Authority("Plant")
    ca_id = pki.register_ca(fresh, ca, allowAutoRegistration=True)
    turn_logs_on(fresh)
    pem, _ = ca.device("pump-1")
    met = meet(fresh, pem)
    assert met == {"outcome": "registered", "certificateId": pki.id_of(pem),
                   "caCertificateId": ca_id, "status": "PENDING_ACTIVATION"}
    assert status_of(fresh, pem) == "PENDING_ACTIVATION"
    messages = fresh.raw("GET", "/bulwark/broker-messages").json["messages"]
    assert [row["topic"] for row in messages] == [
        f"$aws/events/certificates/registered/{ca_id}"]
    event = json.loads(messages[0]["payload"])
    assert set(event) == {"certificateId", "caCertificateId", "timestamp", "certificateStatus",
                          "awsAccountId", "certificateRegistrationTimestamp"}
    assert event["certificateId"] == pki.id_of(pem) and event["caCertificateId"] == ca_id
    assert event["certificateStatus"] == "PENDING_ACTIVATION"
    assert event["awsAccountId"] == ACCOUNT
    assert event["timestamp"] == int(event["certificateRegistrationTimestamp"])
    assert len(log_records(fresh, '{ $.eventType = "RegisterCertificate" }')) == 1
    fresh.move_clock(seconds=61)
    assert meet(fresh, pem)["outcome"] == "known"
    fresh.iot.update_certificate(certificateId=pki.id_of(pem), newStatus="ACTIVE")
    fresh.move_clock(seconds=122)
    assert meet(fresh, pem) == {"outcome": "known", "certificateId": pki.id_of(pem),
                                "caCertificateId": ca_id, "status": "ACTIVE"}


def test_with_a_template_a_device_is_provisioned(fresh):
    ca = pki.Authority("Plant")
    turn_logs_on(fresh)
    fresh.iot.create_thing_group(thingGroupName="DE")
    body = json.loads(jitp_body(thing={
        "ThingGroups": [{"Ref": OF_CERTIFICATE + "Country"}],
        "AttributePayload": {"serial": {"Ref": OF_CERTIFICATE + "SerialNumber"},
                             "maker": {"Ref": OF_CERTIFICATE + "Organization"}}}))
    for part in ("Country", "SerialNumber", "Organization"):
        body["Parameters"][OF_CERTIFICATE + part] = {"Type": "String"}
    pki.register_ca(fresh, ca, allowAutoRegistration=True, registrationConfig={
        "templateBody": json.dumps(body), "roleArn": role(fresh)})
    pem, _ = ca.device(subject(C="DE", O="Pumps", CN="pump-7", SN="4711"))
    met = meet(fresh, pem)
    assert (met["outcome"], met["status"], met["thingName"]) == ("provisioned", "ACTIVE", "pump-7")
    assert status_of(fresh, pem) == "ACTIVE"
    thing = fresh.iot.describe_thing(thingName="pump-7")
    assert thing["attributes"] == {"serial": "4711", "maker": "Pumps"}
    groups = fresh.iot.list_thing_groups_for_thing(thingName="pump-7")["thingGroups"]
    assert [group["groupName"] for group in groups] == ["DE"]
    principal = arn_of("cert", pki.id_of(pem))
    assert fresh.iot.list_thing_principals(thingName="pump-7")["principals"] == [principal]
    assert len(fresh.iot.list_attached_policies(target=principal)["policies"]) == 1
    record, = log_records(fresh, '{ $.eventType = "ProvisionDevice" }')
    assert record["status"] == "Success" and record["deviceCertificateId"] == pki.id_of(pem)
    assert record["thingName"] == "pump-7" and record["logLevel"] == "INFO"
    assert fresh.raw("GET", "/bulwark/broker-messages").json["messages"] == []
    assert outcomes(fresh)["provisioned"] == 1


def test_a_device_that_cannot_be_provisioned_waits_until_it_can(fresh):
    ca = pki.Authority("Plant")
    turn_logs_on(fresh)
    fresh.iot.create_provisioning_template(
        templateName="line", templateBody=jitp_body(thing={"ThingGroups": ["hall"]}),
        provisioningRoleArn=role(fresh, "weak", policy=None), type="JITP")
    ca_id = pki.register_ca(fresh, ca, allowAutoRegistration=True,
                            registrationConfig={"templateName": "line"})
    assert error_of(fresh.iot.delete_provisioning_template, templateName="line")[:2] == (
        "DeleteConflictException", 409)
    pem, _ = ca.device("pump-9")
    steps = (  # what is missing, and what mends it
        ("is not enabled", lambda: fresh.iot.update_provisioning_template(
            templateName="line", enabled=True)),
        ("iot:CreateThing", lambda: fresh.client("iam").attach_role_policy(
            RoleName="weak", PolicyArn=REGISTRATION)),
        ("hall", lambda: fresh.iot.create_thing_group(thingGroupName="hall")))
    for i, (words, mend) in enumerate(steps):
        met = meet(fresh, pem)
        assert met["outcome"] == "failed" and words in met["message"]
        assert met["status"] == "PENDING_ACTIVATION" == status_of(fresh, pem)
        assert met["caCertificateId"] == ca_id
        assert error_of(fresh.iot.describe_thing, thingName="pump-9")[1] == 404
        failure = log_records(fresh, '{ $.eventType = "ProvisionDevice" }')[-1]
        assert failure["status"] == "Failure" and words in failure["details"]
        assert failure["logLevel"] == "ERROR" and failure["provisioningTemplateName"] == "line"
        mend()
        assert meet(fresh, pem)["outcome"] == "held_back"
        fresh.move_clock(seconds=61 * (i + 1))
    assert meet(fresh, pem)["outcome"] == "provisioned"
    assert status_of(fresh, pem) == "ACTIVE"
    counted = outcomes(fresh)
    assert (counted["failed"], counted["held_back"], counted["provisioned"]) == (3, 3, 1)


def test_a_certificate_that_lacks_what_the_template_names_is_not_provisioned(fresh):
    ca = pki.Authority("Plant")
    body = json.loads(jitp_body())
    body["Parameters"][OF_CERTIFICATE + "Country"] = {"Type": "String"}
    pki.register_ca(fresh, ca, allowAutoRegistration=True, registrationConfig={
        "templateBody": json.dumps(body), "roleArn": role(fresh)})
    pem, _ = ca.device("pump-3")
    met = meet(fresh, pem)
    assert met["outcome"] == "failed" and "Country" in met["message"]
    assert "the certificate's subject lacks it" in met["message"]
    assert status_of(fresh, pem) == "PENDING_ACTIVATION"


def test_the_roles_trust_names_the_template_or_the_ca(fresh):
    ca = pki.Authority("Plant")
    iam = fresh.client("iam")
    arn = role(fresh)

    def trust(source):
        iam.update_assume_role_policy(RoleName="provisioning", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"},
                 "Action": "sts:AssumeRole",
                 "Condition": {"ArnLike": {"aws:SourceArn": source}}}]}))

    ca_id = pki.register_ca(fresh, ca, allowAutoRegistration=True, registrationConfig={
        "templateBody": jitp_body(), "roleArn": arn})
    trust(arn_of("provisioningtemplate", "*"))
    met = meet(fresh, ca.device("one")[0])
    assert met["outcome"] == "failed" and "does not let iot.amazonaws.com assume it" in met["message"]
    trust(arn_of("cacert", ca_id))
    assert meet(fresh, ca.device("two")[0])["outcome"] == "provisioned"


def test_only_what_an_enabled_ca_signed_is_let_in(fresh):
    by_hand, idle, enabled = (pki.Authority(name) for name in ("Hand", "Idle", "Enabled"))
    pki.register_ca(fresh, by_hand)
    pki.register_ca(fresh, idle, active=False, allowAutoRegistration=True)
    pki.register_ca(fresh, enabled, allowAutoRegistration=True)
    forged = pki.Authority("Enabled").device("forged")[0]
    for pem, words in (
            (by_hand.device("a")[0], "does not register by itself"),
            (idle.device("b")[0], "is not ACTIVE"),
            (forged, "signed this certificate"),
            (pki.Authority("Nobody").device("c")[0], "no CA certificate with the subject"),
            (enabled.device("d", days=(-9, -1))[0], "expired"),
            ("no certificate", "")):
        met = meet(fresh, pem)
        assert met["outcome"] == "refused" and words in met["message"], (met, words)
        assert "status" not in met
    assert fresh.iot.list_certificates()["certificates"] == []
    assert outcomes(fresh)["refused"] == 6


def test_a_ca_takes_a_template_that_can_be_used(daemon):
    ca = pki.Authority("Configured")
    daemon.iot.create_provisioning_template(
        templateName="for-fleet", templateBody=jitp_body(), provisioningRoleArn=role(daemon))
    ca_id = pki.register_ca(daemon, ca)
    update = daemon.iot.update_ca_certificate
    for config, error, words in (
            ({"templateName": "nowhere"}, ("ResourceNotFoundException", 404), "nowhere"),
            ({"templateName": "for-fleet"}, ("InvalidRequestException", 400), "not a JITP one"),
            ({"templateBody": jitp_body()}, ("InvalidRequestException", 400), "needs a roleArn"),
            ({"templateBody": '{"Resources":{"x":{}}}', "roleArn": role(daemon)},
             ("InvalidRequestException", 400), "$.Resources.x: a resource has a Type")):
        code, status, message = error_of(update, certificateId=ca_id, registrationConfig=config)
        assert (code, status) == error and words in message
    assert "registrationConfig" not in daemon.iot.describe_ca_certificate(certificateId=ca_id)


