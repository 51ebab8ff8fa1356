"""Versions, delete markers and their listing, as boto3 does them."""

from common import client, code, finish, report

s3 = client("s3", "green")
bucket = "boto-versions"
s3.create_bucket(Bucket=bucket)


def status():
    return s3.get_bucket_versioning(Bucket=bucket).get("Status", "")


def versioning(state):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": state})


def put(key, body, **args):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **args).get("VersionId", "")


def read(key, **args):
    return s3.get_object(Bucket=bucket, Key=key, **args)["Body"].read().decode()


names = {"null": "null"}


def listed(**args):
    """All pages of a listing: versions and markers by name, with a star on the latest."""
    found = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, **args):
        for kind in ("Versions", "DeleteMarkers"):
            for v in page.get(kind, []):
                found.append(v["Key"] + "=" + names.get(v["VersionId"], "?") + ("*" if v["IsLatest"] else ""))
        found += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
    return sorted(found)


report["states"] = [status(), put("k", b"null")]
versioning("Enabled")
report["states"].append(status())
one, two = put("k", b"one", Tagging="n=1"), put("k", b"two")
names[one], names[two] = "1", "2"
report["read"] = [read("k"), read("k", VersionId=one), read("k", VersionId=two), read("k", VersionId="null")]
report["head"] = names[s3.head_object(Bucket=bucket, Key="k")["VersionId"]]

gone = s3.delete_object(Bucket=bucket, Key="k")
marker = gone["VersionId"]
names[marker] = "m"
report["deleted"] = [gone["DeleteMarker"], code(s3.get_object, Bucket=bucket, Key="k")]
try:
    s3.get_object(Bucket=bucket, Key="k", VersionId=marker)
except Exception as e:
    headers = e.response["ResponseMetadata"]["HTTPHeaders"]
    report["marker"] = [
        e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"], headers["x-amz-delete-marker"], headers["allow"],
        "last-modified" in headers, names[headers["x-amz-version-id"]],
    ]
try:
    s3.head_object(Bucket=bucket, Key="k")
except Exception as e:
    headers = e.response["ResponseMetadata"]["HTTPHeaders"]
    report["head of the deleted"] = [e.response["Error"]["Code"], headers["x-amz-delete-marker"], names[headers["x-amz-version-id"]]]
report["listed"] = listed()
report["one a page"] = listed(PaginationConfig={"PageSize": 1}) == report["listed"]
report["objects"] = s3.list_objects_v2(Bucket=bucket)["KeyCount"]
report["tags"] = [
    len(s3.get_object_tagging(Bucket=bucket, Key="k", VersionId=one)["TagSet"]),
    code(s3.get_object_tagging, Bucket=bucket, Key="k"),
    code(s3.get_object_tagging, Bucket=bucket, Key="k", VersionId=marker),
]

back = s3.delete_object(Bucket=bucket, Key="k", VersionId=marker)
report["undeleted"] = [back["DeleteMarker"], names[back["VersionId"]], read("k")]
copied = s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k", "VersionId": one})
names[copied["VersionId"]] = "3"
report["restored"] = [names[copied["CopySourceVersionId"]], read("k")]
conditional = client("s3", "green")  # older botocores know of no IfMatch here
conditional.meta.events.register("before-call.s3.DeleteObject", lambda params, **_: params["headers"].update({"If-Match": "*"}))
report["wrong"] = [
    code(s3.get_object, Bucket=bucket, Key="k", VersionId="nonsense"),
    code(s3.get_object, Bucket=bucket, Key="k", VersionId=marker),
    code(s3.delete_object, Bucket=bucket, Key="k", VersionId=marker),
    code(conditional.delete_object, Bucket=bucket, Key="k", VersionId=one),
    code(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "On"}),
    code(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={}),
    code(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"}, MFA="123 456"),
    code(s3.delete_bucket, Bucket=bucket),
]

versioning("Suspended")
report["suspended"] = [put("k", b"null again"), s3.delete_object(Bucket=bucket, Key="k")["VersionId"]]
report["kept"] = listed()
put("dir/a", b"a")
put("dir/b", b"b")
report["grouped"] = listed(Delimiter="/", PaginationConfig={"PageSize": 2})

mp = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=mp, PartNumber=1, Body=b"part")["ETag"]
report["parts"] = s3.complete_multipart_upload(
    Bucket=bucket, Key="parts", UploadId=mp, MultipartUpload={"Parts": [{"ETag": part, "PartNumber": 1}]}
)["VersionId"]

everything = [
    {"Key": v["Key"], "VersionId": v["VersionId"]}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    for v in page.get("Versions", []) + page.get("DeleteMarkers", [])
]
result = s3.delete_objects(Bucket=bucket, Delete={"Objects": everything})
report["emptied"] = [
    len(result["Deleted"]) == len(everything), "Errors" in result,
    [d["DeleteMarkerVersionId"] for d in result["Deleted"] if d.get("DeleteMarker")],
]
report["bucket gone"] = code(s3.delete_bucket, Bucket=bucket)
finish()
