"""Inventories, server access logs and the configurations that buckets have several of."""

import csv
import gzip
import hashlib
import io
import json
import shlex
import time
import urllib.parse

from common import client, code, finish, message, policy, report

green, blue = client("s3", "green"), client("s3", "blue")
me, them = (client("sts", who).get_caller_identity()["Account"] for who in ("green", "blue"))

green.create_bucket(Bucket="green-data")
green.create_bucket(Bucket="green-logs")
blue.create_bucket(Bucket="blue-reports")


def keys(s3, bucket):
    return [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def wait(found):
    """What found returns once it is something; a minute is no verdict on speed."""
    for _ in range(600):
        if got := found():
            return got
        time.sleep(0.1)
    return []


def read(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


# Server access logs.
green.put_bucket_policy(
    Bucket="green-logs",
    Policy=policy({
        "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::green-logs/*",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::green-data"}, "StringEquals": {"aws:SourceAccount": me}},
    }),
)
logging = {"LoggingEnabled": {"TargetBucket": "green-logs", "TargetPrefix": "log/",
                              "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}}}
report["no target"] = code(green.put_bucket_logging, Bucket="green-data",
                           BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "no-such-bucket-here", "TargetPrefix": ""}})
report["target of others"] = message(green.put_bucket_logging, Bucket="green-data",
                                     BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "blue-reports", "TargetPrefix": ""}})
green.put_bucket_logging(Bucket="green-data", BucketLoggingStatus=logging)
report["logging"] = green.get_bucket_logging(Bucket="green-data")["LoggingEnabled"] == logging["LoggingEnabled"]

# Objects to report on.
content = {"a b,\"c\"/ü.txt": b"twelve bytes", "empty": b"", "plain/k": b"x" * 100_000}
etags = {k: green.put_object(Bucket="green-data", Key=k, Body=v)["ETag"].strip('"') for k, v in content.items()}
green.put_bucket_versioning(Bucket="green-data", VersioningConfiguration={"Status": "Enabled"})
marker = green.delete_object(Bucket="green-data", Key="empty")["VersionId"]
url = green.generate_presigned_url("get_object", Params={"Bucket": "green-data", "Key": "plain/k"})
report["denied"] = code(blue.get_object, Bucket="green-data", Key="plain/k")


def log_lines():
    lines = []
    for key in keys(green, "green-logs"):
        lines += [(key, line) for line in read(green, "green-logs", key).decode().splitlines()]
    return lines if any("REST.GET.OBJECT" in line for _, line in lines) else []


lines = wait(log_lines)
fields = [(key, shlex.split(line)) for key, line in lines]
put = [f for key, f in fields if f[7] == "REST.PUT.OBJECT" and f[8] == "plain/k"]
get = [f for key, f in fields if f[7] == "REST.GET.OBJECT"]
report["log keys"] = all(key.startswith(f"log/{me}/us-east-1/green-data/20") and key.split("/")[-1][10:20] == "-00-00-00-" for key, _ in fields)
report["log fields"] = sorted({len(f) for _, f in fields})  # the time has two
report["log put"] = [put[0][1], put[0][10], put[0][11], put[0][13], put[0][20], put[0][22]] if put else None
report["log denied"] = [get[0][10], get[0][11], get[0][5].endswith(f"arn:aws:iam::{them}:root") or len(get[0][5])] if get else None

# An inventory for another account, without its consent and then with it.
inventory = {
    "Id": "daily", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
    "OptionalFields": ["Size", "ETag", "StorageClass", "EncryptionStatus", "ChecksumAlgorithm"],
    "Destination": {"S3BucketDestination": {"AccountId": them, "Bucket": "arn:aws:s3:::blue-reports", "Format": "CSV", "Prefix": "inv"}},
}
report["id"] = code(green.put_bucket_inventory_configuration, Bucket="green-data", Id="other", InventoryConfiguration=inventory)
green.put_bucket_inventory_configuration(Bucket="green-data", Id="daily", InventoryConfiguration=inventory)
report["inventory"] = green.get_bucket_inventory_configuration(Bucket="green-data", Id="daily")["InventoryConfiguration"] == inventory
report["list"] = [c["Id"] for c in green.list_bucket_inventory_configurations(Bucket="green-data")["InventoryConfigurationList"]]
report["not theirs"] = code(blue.get_bucket_inventory_configuration, Bucket="green-data", Id="daily")
report["nothing yet"] = keys(blue, "blue-reports")
blue.put_bucket_policy(
    Bucket="blue-reports",
    Policy=policy({
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::blue-reports/*",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::green-data"},
                      "StringEquals": {"aws:SourceAccount": me, "s3:x-amz-acl": "bucket-owner-full-control"}},
    }),
)
manifests = wait(lambda: [k for k in keys(blue, "blue-reports") if k.endswith("/manifest.checksum")])
text = read(blue, "blue-reports", manifests[0].replace("checksum", "json"))
report["checksum"] = read(blue, "blue-reports", manifests[0]).decode() == hashlib.md5(text).hexdigest()
manifest = json.loads(text)
report["manifest"] = [manifest[k] for k in ("sourceBucket", "destinationBucket", "version", "fileFormat", "fileSchema")]
rows, sums = [], []
for f in manifest["files"]:
    data = read(blue, "blue-reports", f["key"])
    sums.append(f["size"] == len(data) and f["MD5checksum"] == hashlib.md5(data).hexdigest())
    rows += csv.reader(io.StringIO(gzip.decompress(data).decode()))
report["files"] = sums
report["rows"] = sorted([urllib.parse.unquote_plus(r[1]), r[2] == marker, r[3], r[4], r[5], r[6] == etags.get(urllib.parse.unquote_plus(r[1]))] + r[7:9]
                        for r in rows)
# Which algorithm a client sends depends on its age; of a delete marker there is none.
report["algorithms"] = [bool(r[9]) for r in rows if r[4] == "false"], [r[9] for r in rows if r[4] == "true"]
green.delete_bucket_inventory_configuration(Bucket="green-data", Id="daily")
report["gone"] = message(green.get_bucket_inventory_configuration, Bucket="green-data", Id="daily")

# The others.
metrics = {"Id": "m", "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}}
green.put_bucket_metrics_configuration(Bucket="green-data", Id="m", MetricsConfiguration=metrics)
report["metrics"] = green.get_bucket_metrics_configuration(Bucket="green-data", Id="m")["MetricsConfiguration"] == metrics
tiering = {"Id": "t", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}, {"Days": 180, "AccessTier": "DEEP_ARCHIVE_ACCESS"}]}
green.put_bucket_intelligent_tiering_configuration(Bucket="green-data", Id="t", IntelligentTieringConfiguration=tiering)
report["tiering"] = green.list_bucket_intelligent_tiering_configurations(Bucket="green-data")["IntelligentTieringConfigurationList"] == [tiering]
analytics = {"Id": "a", "Filter": {"Prefix": "plain/"}, "StorageClassAnalysis": {"DataExport": {"OutputSchemaVersion": "V_1", "Destination": {
    "S3BucketDestination": {"Format": "CSV", "Bucket": "arn:aws:s3:::blue-reports", "Prefix": "analysis"}}}}}
green.put_bucket_analytics_configuration(Bucket="green-data", Id="a", AnalyticsConfiguration=analytics)
report["analytics"] = green.get_bucket_analytics_configuration(Bucket="green-data", Id="a")["AnalyticsConfiguration"] == analytics
exports = wait(lambda: [k for k in keys(blue, "blue-reports") if k.startswith("analysis/")])
lines = read(blue, "blue-reports", exports[0]).decode().splitlines()
report["export"] = [lines[0].split(",")[:6], lines[-1].split(",")[1:6]]
finish()
