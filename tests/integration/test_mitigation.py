"""The commands of the mitigation guide, with the real aws CLI."""

import json

import pytest

from bulwark import ACCOUNT, REGION, Daemon

ROLE = f"arn:aws:iam::{ACCOUNT}:role/MitigationRole"
KINDS = {
    "UPDATE_DEVICE_CERTIFICATE": {"updateDeviceCertificateParams": {"action": "DEACTIVATE"}},
    "UPDATE_CA_CERTIFICATE": {"updateCACertificateParams": {"action": "DEACTIVATE"}},
    "ADD_THINGS_TO_THING_GROUP": {"addThingsToThingGroupParams": {
        "thingGroupNames": ["Quarantine"], "overrideDynamicGroups": True}},
    "REPLACE_DEFAULT_POLICY_VERSION": {
        "replaceDefaultPolicyVersionParams": {"templateName": "BLANK_POLICY"}},
    "ENABLE_IOT_LOGGING": {"enableIoTLoggingParams": {
        "roleArnForLogging": f"arn:aws:iam::{ACCOUNT}:role/Logging", "logLevel": "WARN"}},
    "PUBLISH_FINDING_TO_SNS": {"publishFindingToSnsParams": {
        "topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:findings"}},
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("mitigation")) as daemon:
        yield daemon


def test_each_kind_of_action_is_made_described_changed_listed_and_deleted(daemon):
    for kind, params in KINDS.items():
        name = f"My-{kind}"
        made = daemon.aws("iot", "create-mitigation-action", "--action-name", name,
                          "--role-arn", ROLE, "--action-params", json.dumps(params))
        assert made["actionArn"] == f"arn:aws:iot:{REGION}:{ACCOUNT}:mitigationaction/{name}"
        action = daemon.aws("iot", "describe-mitigation-action", "--action-name", name)
        assert (action["actionType"], action["actionParams"]) == (kind, params)
        assert action["actionId"] == made["actionId"]
        listed = daemon.aws("iot", "list-mitigation-actions", "--action-type", kind)
        assert [a["actionName"] for a in listed["actionIdentifiers"]] == [name]
        changed = daemon.aws("iot", "update-mitigation-action", "--action-name", name,
                             "--role-arn", ROLE + "2")
        assert changed == made
    for kind in KINDS:
        daemon.aws("iot", "delete-mitigation-action", "--action-name", f"My-{kind}")
    assert daemon.aws("iot", "list-mitigation-actions") == {"actionIdentifiers": []}
