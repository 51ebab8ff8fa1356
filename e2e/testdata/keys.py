"""Encryption, checksums, conditions, restores and parts, as boto3 does them."""

import base64
import concurrent.futures
import hashlib
import os

from botocore.exceptions import ClientError
from common import client, code, finish, message, report

s3 = client("s3", "green")
bucket = "boto-keys"
s3.create_bucket(Bucket=bucket)


def key(letter):
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": letter * 32}


def source(letter):
    return {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": letter * 32}


def asking(headers, operation="PutObject"):
    """A client that sends headers which older botocores have no parameters for."""
    c = client("s3", "green")
    c.meta.events.register("before-call.s3." + operation, lambda params, **_: params["headers"].update(headers))
    return c


def status(call, **args):
    try:
        return call(**args)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as e:
        return e.response["ResponseMetadata"]["HTTPStatusCode"]


# A bucket takes customers' keys unless it is told not to.
rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
report["encryption of a new bucket"] = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
report["sse-c in a new bucket"] = code(s3.put_object, Bucket=bucket, Key="c", Body=b"x", **key("a"))
# botocore before 1.41 does not know of BlockedEncryptionTypes.
CONFIGURATION = (
    b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    b"</ApplyServerSideEncryptionByDefault><BlockedEncryptionTypes><EncryptionType>%s</EncryptionType></BlockedEncryptionTypes>"
    b"</Rule></ServerSideEncryptionConfiguration>"
)


def replace(request, **_):
    request.data = CONFIGURATION % blocked
    for name in [n for n in request.headers if n.lower().startswith(("x-amz-checksum-", "x-amz-sdk-checksum", "content-md5"))]:
        del request.headers[name]
    request.headers["Content-MD5"] = base64.b64encode(hashlib.md5(request.data).digest()).decode()


other = client("s3", "green")
other.meta.events.register("before-sign.s3.PutBucketEncryption", replace)
report["sse-c in a bucket that says"] = {}
for blocked in (b"SSE-C", b"NONE"):
    other.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
    )
    report["sse-c in a bucket that says"][blocked.decode()] = [
        code(s3.put_object, Bucket=bucket, Key="c", Body=b"x", **key("a")),
        "has blocked upload requests" in message(s3.put_object, Bucket=bucket, Key="c", Body=b"x", **key("a")),
    ]

body = os.urandom(100_000)
put = s3.put_object(Bucket=bucket, Key="c", Body=body, **key("a"))
got = s3.get_object(Bucket=bucket, Key="c", **key("a"))
digest = base64.b64encode(hashlib.md5(b"a" * 32).digest()).decode()
report["sse-c"] = [
    got["Body"].read() == body,
    put["SSECustomerAlgorithm"],
    put["SSECustomerKeyMD5"] == digest,
    got["SSECustomerKeyMD5"] == digest,
    "ServerSideEncryption" in got,
    put["ETag"].strip('"') == hashlib.md5(body).hexdigest(),
]
report["sse-c refused"] = [
    code(s3.get_object, Bucket=bucket, Key="c"),
    code(s3.get_object, Bucket=bucket, Key="c", **key("b")),
    status(s3.head_object, Bucket=bucket, Key="c"),
    status(s3.head_object, Bucket=bucket, Key="c", **key("b")),
    code(s3.put_object, Bucket=bucket, Key="c", Body=b"", SSECustomerAlgorithm="AES256", SSECustomerKey="short"),
    code(s3.put_object, Bucket=bucket, Key="c", SSECustomerAlgorithm="AES128", SSECustomerKey="a" * 32),
    code(s3.put_object, Bucket=bucket, Key="c", ServerSideEncryption="AES256", **key("a")),
]
s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "c"}, **source("a"), **key("b"))
s3.copy_object(Bucket=bucket, Key="plain", CopySource={"Bucket": bucket, "Key": "copy"}, **source("b"))
report["sse-c copies"] = [
    s3.get_object(Bucket=bucket, Key="copy", **key("b"))["Body"].read() == body,
    s3.get_object(Bucket=bucket, Key="plain")["Body"].read() == body,
    code(s3.copy_object, Bucket=bucket, Key="no", CopySource={"Bucket": bucket, "Key": "c"}),
    code(s3.copy_object, Bucket=bucket, Key="no", CopySource={"Bucket": bucket, "Key": "c"}, **source("b")),
]
upload = s3.create_multipart_upload(Bucket=bucket, Key="m", **key("a"))["UploadId"]
at = {"Bucket": bucket, "Key": "m", "UploadId": upload}
first = os.urandom(5 << 20)
parts = [
    {"PartNumber": n, "ETag": s3.upload_part(PartNumber=n, Body=data, **at, **key("a"))["ETag"]} for n, data in ((1, first), (2, body))
]
report["sse-c part without a key"] = code(s3.upload_part, PartNumber=3, Body=b"x", **at)
s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **at)
report["sse-c parts"] = s3.get_object(Bucket=bucket, Key="m", **key("a"))["Body"].read() == first + body
report["sse-c range"] = s3.get_object(Bucket=bucket, Key="m", Range="bytes=5242870-5242889", **key("a"))["Body"].read() == (first + body)[
    5242870:5242890
]

# Encryption under KMS keys, of which there are none.
report["kms"] = [
    code(s3.put_object, Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId="fake-key-id"),
    message(s3.put_object, Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId="fake-key-id"),
    code(
        s3.put_bucket_encryption,
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "x"}}]
        },
    ),
]
s3.delete_bucket_encryption(Bucket=bucket)

# Conditional writes: of many at once one wins.
absent = {"If-None-Match": "*"}
rival = [asking(absent) for _ in range(8)]
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    said = list(pool.map(lambda c: code(c.put_object, Bucket=bucket, Key="won", Body=b"x"), rival))
report["one winner"] = [said.count("ok"), sorted(set(said) - {"ok", "PreconditionFailed", "ConditionalRequestConflict"})]
etag = s3.head_object(Bucket=bucket, Key="won")["ETag"]
report["conditional writes"] = [
    code(asking(absent).put_object, Bucket=bucket, Key="won", Body=b"y"),
    code(asking({"If-Match": etag}).put_object, Bucket=bucket, Key="none", Body=b"y"),
    code(asking({"If-Match": '"0"'}).put_object, Bucket=bucket, Key="won", Body=b"y"),
    code(asking({"If-Match": etag}, "DeleteObject").delete_object, Bucket=bucket, Key="won"),
    code(s3.put_object, Bucket=bucket, Key="won", Body=b"x"),
    code(asking({"If-Match": etag}).put_object, Bucket=bucket, Key="won", Body=b"y"),
    code(asking({"If-Match": etag}).put_object, Bucket=bucket, Key="won", Body=b"y"),
    code(asking({"If-Match": etag}, "DeleteObject").delete_object, Bucket=bucket, Key="won"),
    code(asking({"If-Match": "*"}, "DeleteObject").delete_object, Bucket=bucket, Key="won"),
    code(asking({"If-Match": "*"}, "DeleteObject").delete_object, Bucket=bucket, Key="won"),
]

# Checksums: of an object, and of parts.
sha = base64.b64encode(hashlib.sha256(body).digest()).decode()
put = s3.put_object(Bucket=bucket, Key="s", Body=body, ChecksumAlgorithm="SHA256")
head = s3.head_object(Bucket=bucket, Key="s", ChecksumMode="ENABLED")
attributes = s3.get_object_attributes(Bucket=bucket, Key="s", ObjectAttributes=["Checksum"])
report["checksums"] = [
    [put["ChecksumSHA256"], head["ChecksumSHA256"], attributes["Checksum"]["ChecksumSHA256"]] == [sha] * 3,
    code(s3.put_object, Bucket=bucket, Key="s", Body=b"other", ChecksumSHA256=sha),
    s3.list_objects_v2(Bucket=bucket, Prefix="s")["Contents"][0]["ChecksumAlgorithm"],
]
upload = s3.create_multipart_upload(Bucket=bucket, Key="s", ChecksumAlgorithm="SHA256")["UploadId"]
at = {"Bucket": bucket, "Key": "s", "UploadId": upload}
parts = []
for n, data in ((1, first), (2, body)):
    part = s3.upload_part(PartNumber=n, Body=data, ChecksumAlgorithm="SHA256", **at)
    parts.append({"PartNumber": n, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
bare = [{"PartNumber": p["PartNumber"], "ETag": p["ETag"]} for p in parts]
joined = base64.b64encode(hashlib.sha256(hashlib.sha256(first).digest() + hashlib.sha256(body).digest()).digest()).decode()
report["checksums of parts"] = [
    code(s3.complete_multipart_upload, MultipartUpload={"Parts": bare}, **at),
    [p["ChecksumSHA256"] for p in s3.list_parts(**at)["Parts"]] == [p["ChecksumSHA256"] for p in parts],
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **at)["ChecksumSHA256"] == joined + "-2",
    s3.get_object_attributes(Bucket=bucket, Key="s", ObjectAttributes=["ObjectParts"])["ObjectParts"]["TotalPartsCount"],
    s3.get_object(Bucket=bucket, Key="s", PartNumber=2)["Body"].read() == body,
]

# Archived objects.
for name, storage in (("cold", "GLACIER"), ("frozen", "DEEP_ARCHIVE"), ("warm", "STANDARD")):
    s3.put_object(Bucket=bucket, Key=name, Body=b"body", StorageClass=storage)
days = {"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}}
report["archived"] = [
    code(s3.get_object, Bucket=bucket, Key="cold"),
    code(s3.copy_object, Bucket=bucket, Key="thawed", CopySource={"Bucket": bucket, "Key": "cold"}),
    "Restore" in s3.head_object(Bucket=bucket, Key="cold"),
    status(s3.restore_object, Bucket=bucket, Key="cold", RestoreRequest=days),
    status(s3.restore_object, Bucket=bucket, Key="cold", RestoreRequest=days),
    s3.get_object(Bucket=bucket, Key="cold")["Body"].read().decode(),
    s3.head_object(Bucket=bucket, Key="cold")["Restore"].split(",")[0],
    code(s3.restore_object, Bucket=bucket, Key="warm", RestoreRequest=days),
    code(s3.get_object, Bucket=bucket, Key="frozen"),
]

# Parts: what is wrong with them.
upload = s3.create_multipart_upload(Bucket=bucket, Key="p")["UploadId"]
at = {"Bucket": bucket, "Key": "p", "UploadId": upload}
small = [{"PartNumber": n, "ETag": s3.upload_part(PartNumber=n, Body=b"small", **at)["ETag"]} for n in (1, 2)]
report["parts"] = [
    code(s3.complete_multipart_upload, MultipartUpload={"Parts": small}, **at),
    code(s3.complete_multipart_upload, MultipartUpload={"Parts": small[::-1]}, **at),
    code(s3.complete_multipart_upload, MultipartUpload={"Parts": [{"PartNumber": 3, "ETag": small[0]["ETag"]}]}, **at),
    code(s3.upload_part, PartNumber=10001, Body=b"", **at),
    code(s3.upload_part_copy, PartNumber=1, CopySource=bucket + "/warm", CopySourceRange="bytes=0-99", **at),
    code(s3.upload_part_copy, PartNumber=1, CopySource=bucket + "/warm", CopySourceRange="0-1", **at),
    code(s3.abort_multipart_upload, **at),
    code(s3.abort_multipart_upload, **at),
    code(s3.list_parts, **at),
]
finish()
