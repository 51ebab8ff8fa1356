"""Buckets at hosts of their own, S3 Control's hosts and requests for another region."""

import socket
import urllib.request

import boto3
from botocore.client import Config

from common import ENDPOINT, client, code, finish, message, report

# Not every machine resolves names below localhost.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *args, **kw: resolve("127.0.0.1" if str(host).rstrip(".").endswith("localhost") else host, *args, **kw)
PORT = ENDPOINT.rsplit(":", 1)[1]


def s3at(host, region="us-east-1", style="virtual", **config):
    config.setdefault("signature_version", "s3v4")
    config["retries"] = {"total_max_attempts": 2 if region != "us-east-1" else 1}
    return boto3.session.Session(profile_name="green").client(
        "s3", region_name=region, endpoint_url="http://%s:%s" % (host, PORT), config=Config(s3={"addressing_style": style}, **config)
    )


BUCKET = "buckets.with.dots"
KEYS = [" ", "a b", "+", "%", "%41", "ü/日本語", "//", "/lead", "trail/", "a//b", ".", "..", "../x", "x/../y", "?", "#&=", "'\"<>", "\\", "\t\n\r\x01\x7f"]
client("s3", "green").create_bucket(Bucket=BUCKET)
wrong = []
for host, version in (("localhost", "s3v4"), ("s3.us-east-1.localhost", "s3")):
    s3 = s3at(host, signature_version=version)
    hosts = []
    s3.meta.events.register("before-send.s3", lambda request, **kw: hosts.append(request.url.split("/")[2]))
    for key in KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), Metadata={"a": "b"})
        if s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() != key.encode():
            wrong.append([host, version, key])
        url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key, "ResponseCacheControl": "no-store"})
        with urllib.request.urlopen(url) as r:
            if r.read() != key.encode() or r.headers["Cache-Control"] != "no-store":
                wrong.append([host, version, key, "by URL"])
    # Version 2 of listings is signed wrongly by the botocore of Debian 12.
    listed = [o["Key"] for o in s3at(host).list_objects_v2(Bucket=BUCKET)["Contents"]]
    if listed != sorted(KEYS, key=lambda k: k.encode()):
        wrong.append([host, version, listed])
    if {h.split(":")[0] for h in hosts} != {BUCKET + "." + host}:
        wrong.append([host, version, hosts])
    s3.delete_object(Bucket=BUCKET, Key=KEYS[0])
report["wrong"] = wrong

# S3 Control, to which clients go at the account's own host, whatever the endpoint.
account = client("sts", "green").get_caller_identity()["Account"]
off = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": True}
control = boto3.session.Session(profile_name="green").client("s3control", region_name="us-east-1", endpoint_url="http://localhost:" + PORT)
hosts = []
control.meta.events.register("before-send.s3-control", lambda request, **kw: hosts.append(request.url.split("/")[2]))
control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=off)
report["s3control"] = [
    control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"] == off,
    hosts[0] == "%s.localhost:%s" % (account, PORT),
]

# Another region: SDKs find the way by what they are told.
west = s3at("127.0.0.1", region="eu-west-1", style="path")
report["list in another region"] = [code(west.list_buckets), message(west.list_buckets)]
report["object in another region"] = west.get_object(Bucket=BUCKET, Key="+")["Body"].read().decode()
report["head in another region"] = s3at("127.0.0.1", region="eu-west-1", style="path").head_bucket(Bucket=BUCKET)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]
report["global"] = code(s3at("127.0.0.1", region="aws-global", style="path").list_buckets)
s3 = client("s3", "green")
report["location"] = s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"]
report["constraints"] = [
    code(s3.create_bucket, Bucket="located", CreateBucketConfiguration={"LocationConstraint": c}) for c in ("eu-west-1", "us-east-1", "EU", "nowhere")
]
report["expected owner"] = [
    code(s3.get_object, Bucket=BUCKET, Key="+", ExpectedBucketOwner=account),
    code(s3.get_object, Bucket=BUCKET, Key="+", ExpectedBucketOwner="000000000000"),
    code(s3.copy_object, Bucket=BUCKET, Key="c", CopySource={"Bucket": BUCKET, "Key": "+"}, ExpectedSourceBucketOwner="000000000000"),
    code(s3.get_object, Bucket=BUCKET, Key="+", ExpectedBucketOwner="0000"),
]
finish()
