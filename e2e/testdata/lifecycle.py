"""Lifecycle as boto3 sees it, on a server whose lifecycle days take two seconds."""

import datetime
import re
import time

from common import client, code, finish, message, policy, report

s3 = client("s3", "green")

# A guard against hanging, not a verdict on speed.
DEADLINE = time.monotonic() + 180


def until(done):
    while not done():
        if time.monotonic() > DEADLINE:
            return False
        time.sleep(0.2)
    return True


def rules(bucket, *rules):
    return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def refused(*rules, bucket="config", say=code):
    return say(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def rule(**actions):
    return {"Status": "Enabled", "Filter": {"Prefix": ""}, **actions}


def keys(bucket):
    return [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def versions(bucket):
    out = s3.list_object_versions(Bucket=bucket)
    return [v["Key"] for v in out.get("Versions", [])], [m["Key"] for m in out.get("DeleteMarkers", [])]


# Configurations.
s3.create_bucket(Bucket="config")
report["none"] = code(s3.get_bucket_lifecycle_configuration, Bucket="config")
rules(
    "config",
    {"ID": "a", "Status": "Enabled", "Filter": {}, "Expiration": {"Date": datetime.datetime(2099, 1, 1)}},
    {
        "Status": "Disabled",
        "Filter": {"And": {"Prefix": "p", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeGreaterThan": 5}},
        "Transitions": [{"Days": 0, "StorageClass": "GLACIER"}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
    },
)
out = s3.get_bucket_lifecycle_configuration(Bucket="config")
first, second = out["Rules"]
report["first"] = [first["ID"], first["Filter"], first["Status"], first["Expiration"]["Date"].isoformat()]
report["second"] = [
    len(second["ID"]),
    second["Filter"]["And"],
    second["Transitions"],
    second["NoncurrentVersionExpiration"],
]
report["minimum"] = out["ResponseMetadata"]["HTTPHeaders"]["x-amz-transition-default-minimum-object-size"]
report["wrong"] = [
    refused(),
    refused(rule()),
    refused(rule(Expiration={"Days": 0})),
    refused(rule(Expiration={"Days": 1, "ExpiredObjectDeleteMarker": True})),
    refused(rule(ID="x" * 256, Expiration={"Days": 1})),
    refused(rule(Expiration={"Date": datetime.datetime(2099, 1, 1, 12)})),
    refused({"Status": "Enabled", "Expiration": {"Days": 1}}),
    refused({"Status": "enabled", "Prefix": "", "Expiration": {"Days": 1}}),
    refused(rule(Expiration={"Days": 1}), bucket="nobody"),
]
report["message"] = refused(rule(Transitions=[{"Days": 29, "StorageClass": "STANDARD_IA"}]), say=message)
report["deleted"] = [code(s3.delete_bucket_lifecycle, Bucket="config"), code(s3.get_bucket_lifecycle_configuration, Bucket="config")]

# Objects end, though the bucket's policy lets nobody remove any.
s3.create_bucket(Bucket="plain")
s3.put_bucket_policy(
    Bucket="plain",
    Policy=policy({"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject*", "Resource": "arn:aws:s3:::plain/*"}),
)
for key in "old/1", "old/2", "young/1", "tagged":
    s3.put_object(Bucket="plain", Key=key, Body=b"x" * 100, Tagging="k=v" if key == "tagged" else "")
s3.create_multipart_upload(Bucket="plain", Key="old/upload")
s3.create_multipart_upload(Bucket="plain", Key="young/upload")
rules(
    "plain",
    {
        "ID": "old ones",
        "Status": "Enabled",
        "Filter": {"Prefix": "old/"},
        "Expiration": {"Days": 1},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    },
    {"Status": "Enabled", "Filter": {"Tag": {"Key": "k", "Value": "v"}}, "Expiration": {"Days": 1}},
    {"Status": "Enabled", "Filter": {"Prefix": "young/"}, "Expiration": {"Days": 1000}},
)
told = s3.put_object(Bucket="plain", Key="old/3", Body=b"x").get("Expiration", "")
report["told"] = re.sub(r'"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"', "DATE", told)
upload = s3.create_multipart_upload(Bucket="plain", Key="old/upload")
report["abort told"] = [upload.get("AbortRuleId"), upload.get("AbortDate") is not None]
report["ended"] = until(lambda: keys("plain") == ["young/1"])
report["uploads"] = until(
    lambda: [u["Key"] for u in s3.list_multipart_uploads(Bucket="plain").get("Uploads", [])] == ["young/upload"]
)

# A key in a bucket with versioning: a marker first, then the versions, then the marker.
s3.create_bucket(Bucket="versioned")
s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
for i in range(6):
    s3.put_object(Bucket="versioned", Key="gone", Body=b"x" * i)
    s3.put_object(Bucket="versioned", Key="kept", Body=b"x" * i)
kept = s3.put_object(Bucket="versioned", Key="cold", Body=b"x" * 200_000)
rules("versioned", {"Status": "Enabled", "Filter": {"Prefix": "gone"}, "Expiration": {"Days": 1}})
report["marker"] = until(lambda: versions("versioned") == (["cold"] + ["gone"] * 6 + ["kept"] * 6, ["gone"]))
rules(
    "versioned",
    {
        "Status": "Enabled",
        "Filter": {"Prefix": "gone"},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    },
    {
        "Status": "Enabled",
        "Filter": {"Prefix": "kept"},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2},
    },
    {"Status": "Enabled", "Filter": {"Prefix": "cold"}, "Transitions": [{"Days": 0, "StorageClass": "GLACIER_IR"}]},
)
report["all gone"] = until(lambda: versions("versioned") == (["cold"] + ["kept"] * 3, []))
report["moved"] = until(lambda: s3.head_object(Bucket="versioned", Key="cold").get("StorageClass") == "GLACIER_IR")
report["same"] = s3.get_object(Bucket="versioned", Key="cold")["VersionId"] == kept["VersionId"]

finish()
