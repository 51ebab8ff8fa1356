"""Objects, listings, copies and parts, as boto3 does them."""

import hashlib
import io
import urllib.request
from urllib.error import HTTPError

from common import client, code, finish, report

s3 = client("s3", "green")
bucket = "boto-objects"
s3.create_bucket(Bucket=bucket)
report["bad name"] = code(s3.create_bucket, Bucket="bad..name")
report["no bucket"] = code(s3.get_object, Bucket="boto-none", Key="a")

# Put, get, ranges and conditions.
body = b"0123456789" * 1000
etag = s3.put_object(
    Bucket=bucket, Key="a", Body=body, ContentType="text/x", ContentDisposition="inline", Metadata={"colour": "deep blue", "empty": ""}
)["ETag"]
report["etag"] = etag.strip('"') == hashlib.md5(body).hexdigest()
got = s3.get_object(Bucket=bucket, Key="a")
report["get"] = got["Body"].read() == body
report["metadata"] = [got["ContentType"], got["ContentDisposition"], got["Metadata"], got["ResponseMetadata"]["HTTPStatusCode"]]
part = s3.get_object(Bucket=bucket, Key="a", Range="bytes=5-9")
report["range"] = [part["Body"].read().decode(), part["ContentRange"], part["ResponseMetadata"]["HTTPStatusCode"]]
report["suffix"] = s3.get_object(Bucket=bucket, Key="a", Range="bytes=-2")["Body"].read().decode()
report["conditions"] = [
    code(s3.get_object, Bucket=bucket, Key="a", Range="bytes=10000-"),
    code(s3.get_object, Bucket=bucket, Key="a", IfMatch=etag),
    code(s3.get_object, Bucket=bucket, Key="a", IfMatch='"x"'),
    code(s3.get_object, Bucket=bucket, Key="a", IfNoneMatch=etag),
    code(s3.get_object, Bucket=bucket, Key="a", IfModifiedSince=got["LastModified"]),
    code(s3.get_object, Bucket=bucket, Key="a", IfUnmodifiedSince=got["LastModified"]),
    code(s3.head_object, Bucket=bucket, Key="none"),
    code(s3.get_object, Bucket=bucket, Key="none"),
]

# An empty body and the next request on its connection.
for i in range(3):
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    s3.put_object(Bucket=bucket, Key="a", Body=b"not empty")
report["after an empty body"] = s3.get_object(Bucket=bucket, Key="a")["Body"].read().decode()

# Keys with every kind of byte. The last holds all control characters that XML has none of.
keys = [
    " ", "a b", "+", "a+b", "%", "%41", "100%", "ü", "日本語/ключ", "😀", "//", "/lead", "trail/", "a//b", ".", "..", "./x", "../x", "x/../y",
    "?", "#", "&", "=", "a?b=c&d", "'\"<>", "\\", "*", "~", "!'()*", "\t", "\n", "\r\n", "\x7f", "k" * 1024, "é" * 512,
    "".join(chr(c) for c in range(1, 32)),
]
wrong = []
for key in keys:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    if s3.get_object(Bucket=bucket, Key=key)["Body"].read() != key.encode():
        wrong.append(key)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    if s3.get_object(Bucket=bucket, Key="copy")["Body"].read() != key.encode():
        wrong.append("copy of " + key)
s3.delete_object(Bucket=bucket, Key="copy")
report["wrong keys"] = wrong
expected = sorted(keys + ["a"], key=lambda k: k.encode())
for name in ("list_objects", "list_objects_v2"):
    found = []
    for page in s3.get_paginator(name).paginate(Bucket=bucket, PaginationConfig={"PageSize": 5}):
        found += [o["Key"] for o in page.get("Contents", [])]
    report[name] = found == expected
report["too long"] = code(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"")

# Delete many, and what a listing with a delimiter shows of the rest.
deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys if "\r" not in k and k.isprintable()] + [{"Key": "none"}]})
report["deleted"] = [len(deleted["Deleted"]) == 1 + len([k for k in keys if k.isprintable()]), len(deleted.get("Errors", []))]
quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a b"}], "Quiet": True})
report["quiet"] = "Deleted" in quiet
for i in range(30):
    s3.put_object(Bucket=bucket, Key="d%02d/%d" % (i // 3, i), Body=b"x")
prefixes = []
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/", Prefix="d", PaginationConfig={"PageSize": 3}):
    prefixes += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
report["prefixes"] = prefixes == ["d%02d/" % i for i in range(10)]

# Parts: by hand and by the transfer manager.
big = bytes(range(256)) * 49152  # 12 MiB
s3.upload_fileobj(io.BytesIO(big), bucket, "big", ExtraArgs={"Metadata": {"by": "manager"}})
into = io.BytesIO()
s3.download_fileobj(bucket, "big", into)
head = s3.head_object(Bucket=bucket, Key="big")
report["big"] = [into.getvalue() == big, head["ETag"][-3:], head["Metadata"]]
up = s3.create_multipart_upload(Bucket=bucket, Key="parts", ContentType="text/parts")["UploadId"]
args = dict(Bucket=bucket, Key="parts", UploadId=up)
first = s3.upload_part(PartNumber=1, Body=big[: 5 << 20], **args)["ETag"]
second = s3.upload_part_copy(PartNumber=2, CopySource={"Bucket": bucket, "Key": "big"}, CopySourceRange="bytes=0-9", **args)["CopyPartResult"]["ETag"]
report["parts"] = [p["Size"] for p in s3.list_parts(**args)["Parts"]]
report["uploads"] = [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]]
parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]
report["wrong order"] = code(s3.complete_multipart_upload, MultipartUpload={"Parts": parts[::-1]}, **args)
s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **args)
whole = s3.get_object(Bucket=bucket, Key="parts")
report["completed"] = [whole["Body"].read() == big[: 5 << 20] + big[:10], whole["ContentType"]]
report["completed twice"] = code(s3.abort_multipart_upload, Bucket=bucket, Key="parts", UploadId="none")
s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "big copy")
report["managed copy"] = s3.head_object(Bucket=bucket, Key="big copy")["ContentLength"] == len(big)
report["copy replaced"] = s3.copy_object(
    Bucket=bucket, Key="b", CopySource=bucket + "/a", MetadataDirective="REPLACE", Metadata={"new": "1"}, ContentType="x/y"
)["ResponseMetadata"]["HTTPStatusCode"]
head = s3.head_object(Bucket=bucket, Key="b")
report["replaced"] = [head["Metadata"], head["ContentType"]]


# Presigned URLs, for whoever has them.
def fetch(url, data=None, method="GET"):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method)) as r:
            return [r.status, r.read().decode()]
    except HTTPError as e:
        return [e.code, e.read().decode().split("<Code>")[1].split("</Code>")[0]]


url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "by url +%"})
report["presigned"] = [
    fetch(url, b"text", "PUT"),
    fetch(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "by url +%"})),
    fetch(url, b"text", "DELETE"),
    fetch(s3.generate_presigned_url("delete_object", Params={"Bucket": bucket, "Key": "by url +%"}), None, "DELETE"),
]

# Policies that are wrong.
report["policies"] = [
    code(s3.get_bucket_policy, Bucket=bucket),
    code(s3.put_bucket_policy, Bucket=bucket, Policy="{"),
    code(s3.put_bucket_policy, Bucket=bucket, Policy='{"Version":"2012-10-17","Statement":[]}'),
    code(client("iam", "green").create_policy, PolicyName="p", PolicyDocument="{"),
    code(s3.get_public_access_block, Bucket=bucket),
    code(s3.get_bucket_ownership_controls, Bucket=bucket),
    code(s3.delete_bucket, Bucket=bucket),
]
finish()
