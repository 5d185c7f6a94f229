"""The Detect commands that say what to watch (AWS IoT Device Defender: "Detect commands", "Scoping
metrics in security profiles using dimensions", "Custom metrics", and the examples of `aws iot ...
help`): each with the real aws CLI, unchanged but for the endpoint; each printed output compared for
its members and their forms; and the example of docs/detect.md as it stands.

Not possible yet: violations, metric values, verification states, Detect mitigation tasks.
"""

import pathlib
import re

import pytest

from bulwark import ACCOUNT, Daemon
from guide import Guide, like

REGION = "us-west-2"  # that of the guide's ARNs
PROFILE = f"arn:aws:iot:{REGION}:{ACCOUNT}:securityprofile"
UNREGISTERED = f"arn:aws:iot:{REGION}:{ACCOUNT}:all/unregistered-things"
BEHAVIORS = [
    {"name": "CellularBandwidth", "metric": "aws:message-byte-size",
     "criteria": {"comparisonOperator": "greater-than", "value": {"count": 128},
                  "consecutiveDatapointsToAlarm": 1, "consecutiveDatapointsToClear": 1}},
    {"name": "Authorization", "metric": "aws:num-authorization-failures",
     "criteria": {"comparisonOperator": "less-than", "value": {"count": 10},
                  "durationSeconds": 300, "consecutiveDatapointsToAlarm": 1,
                  "consecutiveDatapointsToClear": 1}}]
# Behaviors of "Device-side metrics", "Custom metrics" and "Scoping metrics".
GUIDE_BEHAVIORS = """[
 {"name": "MaxTcpPorts", "metric": "aws:num-listening-tcp-ports",
  "criteria": {"comparisonOperator": "less-than-equals", "value": {"count": 5},
   "durationSeconds": 300, "consecutiveDatapointsToAlarm": 1, "consecutiveDatapointsToClear": 1}},
 {"name": "TcpTraffic", "metric": "aws:all-bytes-out",
  "criteria": {"comparisonOperator": "less-than-equals",
   "statisticalThreshold": {"statistic": "p50"}, "durationSeconds": 900,
   "consecutiveDatapointsToAlarm": 1, "consecutiveDatapointsToClear": 1}},
 {"name": "DenylistIPs", "metric": "aws:destination-ip-addresses",
  "criteria": {"comparisonOperator": "not-in-cidr-set",
   "value": {"cidrs": ["12.8.0.0/16", "15.102.16.0/24"]}}},
 {"name": "ListeningTcp", "metric": "aws:listening-tcp-ports",
  "criteria": {"comparisonOperator": "in-port-set", "value": {"ports": [443, 80]}}},
 {"name": "Learned", "metric": "aws:all-packets-in",
  "criteria": {"mlDetectionConfig": {"confidenceLevel": "HIGH"},
   "consecutiveDatapointsToAlarm": 1, "consecutiveDatapointsToClear": 1}}]"""


@pytest.fixture(scope="module")
def guide(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guide-detect")
    with Daemon(folder, "--region", REGION) as daemon:
        yield Guide(daemon, folder, REGION)


def test_a_profile_from_creation_to_its_second_version(guide):
    made = guide(f"""aws iot create-security-profile --security-profile-name PossibleIssue \\
        --security-profile-description "Check to see if authorization fails 10 times in 5 minutes or if cellular bandwidth exceeds 128" \\
        --behaviors '[{{"name":"CellularBandwidth","metric":"aws:message-byte-size","criteria":{{"comparisonOperator":"greater-than","value":{{"count":128}},"consecutiveDatapointsToAlarm":1,"consecutiveDatapointsToClear":1}}}},{{"name":"Authorization","metric":"aws:num-authorization-failures","criteria":{{"comparisonOperator":"less-than","value":{{"count":10}},"durationSeconds":300,"consecutiveDatapointsToAlarm":1,"consecutiveDatapointsToClear":1}}}}]'""")
    assert made == {"securityProfileName": "PossibleIssue",
                    "securityProfileArn": f"{PROFILE}/PossibleIssue"}
    told = guide("aws iot describe-security-profile --security-profile-name PossibleIssue")
    assert told["behaviors"] == BEHAVIORS
    like({"securityProfileName": "PossibleIssue", "securityProfileArn": f"{PROFILE}/PossibleIssue",
          "securityProfileDescription": "Check", "behaviors": BEHAVIORS, "version": 1,
          "creationDate": 1559606393.0, "lastModifiedDate": 1559606393.0}, told, more=("durationSeconds",))
    updated = guide("""aws iot update-security-profile --security-profile-name PossibleIssue \\
        --behaviors '[{"name":"CellularBandwidth","metric":"aws:message-byte-size","criteria":{"comparisonOperator":"greater-than","value":{"count":256},"consecutiveDatapointsToAlarm":1,"consecutiveDatapointsToClear":1}}]'""")
    assert updated["version"] == 2
    assert [b["criteria"]["value"] for b in updated["behaviors"]] == [{"count": 256}]
    listed = guide("aws iot list-security-profiles")
    assert listed == {"securityProfileIdentifiers": [
        {"name": "PossibleIssue", "arn": f"{PROFILE}/PossibleIssue"}]}


def test_a_profile_is_attached_and_detached(guide):
    guide("aws iot create-security-profile --security-profile-name Testprofile")
    for _ in range(2):
        assert guide(f"""aws iot attach-security-profile --security-profile-name Testprofile \\
            --security-profile-target-arn "{UNREGISTERED}" """) is None
    assert guide("aws iot list-targets-for-security-profile --security-profile-name Testprofile") \
        == {"securityProfileTargets": [{"arn": UNREGISTERED}]}
    assert guide(f"""aws iot list-security-profiles-for-target \\
        --security-profile-target-arn "{UNREGISTERED}" """) == {"securityProfileTargetMappings": [
            {"securityProfileIdentifier": {"name": "Testprofile", "arn": f"{PROFILE}/Testprofile"},
             "target": {"arn": UNREGISTERED}}]}
    assert guide(f"""aws iot detach-security-profile --security-profile-name Testprofile \\
        --security-profile-target-arn "{UNREGISTERED}" """) is None
    assert guide("aws iot delete-security-profile --security-profile-name Testprofile") is None
    assert "ResourceNotFoundException" in guide.refused(
        "aws iot describe-security-profile --security-profile-name Testprofile")


def test_behaviors_are_validated_before_they_are_used(guide):
    assert guide("""aws iot validate-security-profile-behaviors \\
        --behaviors '[{"name":"CellularBandwidth","metric":"aws:message-byte-size","criteria":{"comparisonOperator":"greater-than","value":{"count":128},"consecutiveDatapointsToAlarm":1,"consecutiveDatapointsToClear":1}},{"name":"Authorization","metric":"aws:num-authorization-failures","criteria":{"comparisonOperator":"greater-than","value":{"count":12},"durationSeconds":300,"consecutiveDatapointsToAlarm":1,"consecutiveDatapointsToClear":1}}]'""") \
        == {"valid": True, "validationErrors": []}
    assert guide("aws iot validate-security-profile-behaviors --behaviors "
                 f"'{GUIDE_BEHAVIORS}'") == {"valid": True, "validationErrors": []}
    # The example of the manual that shows a fault.
    answer = guide("""aws iot validate-security-profile-behaviors \\
        --behaviors '[{"name":"CellularBandwidth","metric":"aws:message-byte-size","criteria":{"comparisonOperator":"greater-than","value":{"count":128},"consecutiveDatapointsToAlarm":1,"consecutiveDatapointsToClear":1}},{"name":"Authorization","metric":"aws:num-authorization-failures","criteria":{"comparisonOperator":"greater-than","value":{"count":12},"durationSeconds":1,"consecutiveDatapointsToAlarm":1,"consecutiveDatapointsToClear":1}}]'""")
    assert answer["valid"] is False
    assert [list(e) for e in answer["validationErrors"]] == [["errorMessage"]]


def test_a_custom_metric_from_creation_to_deletion(guide):
    arn = f"arn:aws:iot:{REGION}:{ACCOUNT}:custommetric/batteryPercentage"
    assert guide("""aws iot create-custom-metric --metric-name "batteryPercentage" \\
        --metric-type "number" --display-name "Remaining battery percentage." \\
        --client-request-token "02ccb92b-33e8-4dfa-a0c1-35b181ed26b0" """) == {
            "metricName": "batteryPercentage", "metricArn": arn}
    like({"metricName": "batteryPercentage", "metricArn": arn, "metricType": "number",
          "displayName": "Remaining battery percentage.",
          "creationDate": "2020-11-17T23:01:35.110000-08:00",
          "lastModifiedDate": "2020-11-17T23:01:35.110000-08:00"},
         guide("""aws iot describe-custom-metric --metric-name "batteryPercentage" """))
    assert guide("aws iot list-custom-metrics") == {"metricNames": ["batteryPercentage"]}
    told = guide("""aws iot update-custom-metric --metric-name "batteryPercentage" \\
        --display-name 'remaining battery percentage on device' """)
    assert told["displayName"] == "remaining battery percentage on device"
    assert guide("""aws iot delete-custom-metric --metric-name "batteryPercentage" """) is None


def test_a_dimension_from_creation_to_deletion(guide):
    arn = f"arn:aws:iot:{REGION}:{ACCOUNT}:dimension/TopicFilterForAuthMessages"
    assert guide("""aws iot create-dimension --name TopicFilterForAuthMessages \\
        --type TOPIC_FILTER --string-values device/+/auth""") == {
            "name": "TopicFilterForAuthMessages", "arn": arn}
    like({"name": "TopicFilterForAuthMessages", "arn": arn, "type": "TOPIC_FILTER",
          "stringValues": ["device/+/auth"], "creationDate": 1578620223.255,
          "lastModifiedDate": 1578620223.255},
         guide("aws iot describe-dimension --name TopicFilterForAuthMessages"))
    guide("""aws iot create-security-profile --security-profile-name ProfileForConnectedDevice \\
        --security-profile-description "Check to see if authorization fails 10 times in 5 minutes" \\
        --behaviors '[{"name":"CellularBandwidth","metric":"aws:message-byte-size","metricDimension":{"dimensionName":"TopicFilterForAuthMessages"},"criteria":{"comparisonOperator":"greater-than","value":{"count":128},"consecutiveDatapointsToAlarm":1,"consecutiveDatapointsToClear":1}}]'""")
    assert guide("aws iot list-security-profiles --dimension-name TopicFilterForAuthMessages") == {
        "securityProfileIdentifiers": [{"name": "ProfileForConnectedDevice",
                                        "arn": f"{PROFILE}/ProfileForConnectedDevice"}]}
    assert "names it" in guide.refused(
        "aws iot delete-dimension --name TopicFilterForAuthMessages")
    assert guide("""aws iot update-dimension --name TopicFilterForAuthMessages \\
        --string-values device/${iot:ClientId}/auth""".replace("$", "\\$"))["stringValues"] == [
            "device/${iot:ClientId}/auth"]
    assert guide("aws iot list-dimensions") == {"dimensionNames": ["TopicFilterForAuthMessages"]}
    guide("aws iot update-security-profile --security-profile-name ProfileForConnectedDevice "
          "--delete-behaviors")
    assert guide("aws iot delete-dimension --name TopicFilterForAuthMessages") is None


def test_the_page_on_detect_does_what_it_says(guide):
    """Each indented command of docs/detect.md, in its order."""
    page = (pathlib.Path(__file__).parents[2] / "docs" / "detect.md").read_text()
    blocks = re.findall(r"(?:^    .*\n)+", page, re.MULTILINE)
    assert len(blocks) == 3
    for block in blocks:
        commands = re.sub("^    ", "", block, flags=re.MULTILINE)
        answer = guide.run(commands.replace("us-east-1", REGION))
        assert answer.returncode == 0, answer.stderr
        if "validate" in commands:
            assert "durationSeconds is 60; it may be 300, 600, 900, 1800 or 3600" in answer.stdout
