"""Presigned URLs and browser forms of boto3, in both versions of the signature.

By default boto3 presigns for an endpoint of one's own with Version 2.
"""

import json
import urllib.request
import uuid
from urllib.error import HTTPError

from common import ENDPOINT, client, finish, policy, report

BUCKET = "forms-by-boto3"
client("s3", "green").create_bucket(Bucket=BUCKET)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


opener = urllib.request.build_opener(Stay)


def fetch(url, data=None, method="GET", **headers):
    """Status, text or error code, and headers."""
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    headers.setdefault("Content-Type", "")  # urllib would send one of its own
    req = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with opener.open(req) as r:
            return r.status, r.read().decode(), r.headers
    except HTTPError as e:
        text = e.read().decode()
        return e.code, text.split("<Code>")[1].split("</Code>")[0] if "<Code>" in text else text, e.headers


def submit(post, data, **more):
    """Sends a form as a browser does."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, value in {**post["fields"], **more}.items():
        body += ("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" % (boundary, name, value)).encode()
    body += ("--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"grün.txt\"\r\nContent-Type: text/plain\r\n\r\n" % boundary).encode()
    body += data + ("\r\n--%s--\r\n" % boundary).encode()
    return fetch(post["url"], body, "POST", Content_Type="multipart/form-data; boundary=" + boundary)


for version in (None, "s3v4"):
    name = version or "default"
    s3 = client("s3", "green", signature_version=version)
    key = "a b/ü+%&?.txt"
    args = {"Bucket": BUCKET, "Key": key}
    url = s3.generate_presigned_url("put_object", Params=args)
    report[name + " version"] = "AWSAccessKeyId=" in url
    get = s3.generate_presigned_url("get_object", Params={**args, "ResponseContentType": "text/x; a=b", "ResponseContentDisposition": 'attachment; filename="ü x.txt"'})
    put = fetch(url, b"text", "PUT")
    got = fetch(get)
    report[name + " url"] = [
        put[:2],
        got[:2],
        got[2]["Content-Type"],
        got[2]["Content-Disposition"] is not None,
        fetch(s3.generate_presigned_url("head_object", Params=args), None, "HEAD")[0],
        fetch(url, b"text", "DELETE")[:2],
        fetch(get + "&acl")[:2],
        fetch(s3.generate_presigned_url("get_object", Params=args, ExpiresIn=-2))[:2] if version is None else None,
        fetch(s3.generate_presigned_url("delete_object", Params=args), None, "DELETE")[0],
        fetch(s3.generate_presigned_url("list_objects", Params={"Bucket": BUCKET}))[0],
    ]
    # What is signed with headers has to come with them.
    url = s3.generate_presigned_url("put_object", Params={**args, "ContentType": "text/x", "Metadata": {"a": "b"}})
    report[name + " headers"] = [
        fetch(url, b"x", "PUT", Content_Type="text/x", x_amz_meta_a="b")[0],
        fetch(url, b"x", "PUT", Content_Type="text/y", x_amz_meta_a="b")[1],
        fetch(url, b"x", "PUT", Content_Type="text/x", x_amz_meta_a="c")[1],
        s3.head_object(**args)["Metadata"],
    ]
    # A part of an upload.
    up = s3.create_multipart_upload(**args)["UploadId"]
    etag = fetch(s3.generate_presigned_url("upload_part", Params={**args, "UploadId": up, "PartNumber": 1}), b"part", "PUT")[2]["ETag"]
    s3.complete_multipart_upload(**args, UploadId=up, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    report[name + " part"] = s3.get_object(**args)["Body"].read().decode()

    # Forms.
    plain = s3.generate_presigned_post(BUCKET, "plain")
    ranged = s3.generate_presigned_post(
        BUCKET,
        "up/${filename}",
        Fields={"acl": "bucket-owner-full-control", "Content-Type": "text/x", "success_action_status": "201", "x-amz-meta-a": "ü"},
        Conditions=[{"acl": "bucket-owner-full-control"}, ["starts-with", "$Content-Type", "text/"], {"success_action_status": "201"}, ["content-length-range", 1, 5], {"x-amz-meta-a": "ü"}],
    )
    onward = s3.generate_presigned_post(
        BUCKET, "onward", Fields={"success_action_redirect": ENDPOINT + "/x?a=b"}, Conditions=[{"success_action_redirect": ENDPOINT + "/x?a=b"}]
    )
    answer = submit(ranged, b"12345")
    redirect = submit(onward, b"x")
    head = s3.head_object(Bucket=BUCKET, Key="up/grün.txt")
    report[name + " form"] = [
        submit(plain, b"text")[:2],
        s3.get_object(Bucket=BUCKET, Key="plain")["Body"].read().decode(),
        answer[0],
        "<Key>up/grün.txt</Key>" in answer[1],
        [head["ContentType"], head["ContentLength"]],
        submit(ranged, b"")[:2],
        submit(ranged, b"123456")[:2],
        submit(plain, b"text", acl="private")[:2],
        submit(plain, b"text", key="other")[:2],
        submit(s3.generate_presigned_post(BUCKET, "late", ExpiresIn=-1), b"x")[:2],
        [redirect[0], redirect[2]["Location"].replace(ENDPOINT, "")],
    ]
    # By a user and by a role, and after they are gone.
    iam, sts = client("iam", "green"), client("sts", "green")
    account = sts.get_caller_identity()["Account"]
    user = "forms-" + name
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy({"Effect": "Allow", "Action": ["s3:*", "sts:AssumeRole"], "Resource": "*"}))
    keys = iam.create_access_key(UserName=user)["AccessKey"]
    iam.create_role(
        RoleName=user,
        AssumeRolePolicyDocument=policy({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}),
    )
    iam.put_role_policy(RoleName=user, PolicyName="p", PolicyDocument=policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    session = client("sts", keys).assume_role(RoleArn="arn:aws:iam::%s:role/%s" % (account, user), RoleSessionName="session")["Credentials"]
    report[name + " users"] = users = []
    for who, gone in (
        (keys, lambda: (iam.delete_access_key(UserName=user, AccessKeyId=keys["AccessKeyId"]), iam.delete_user_policy(UserName=user, PolicyName="p"), iam.delete_user(UserName=user))),
        (session, lambda: (iam.delete_role_policy(RoleName=user, PolicyName="p"), iam.delete_role(RoleName=user))),
    ):
        theirs = client("s3", who, signature_version=version)
        get = theirs.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "plain"})
        post = theirs.generate_presigned_post(BUCKET, "theirs")
        users += [fetch(get)[:2], submit(post, b"x")[0]]
        gone()
        users += [fetch(get)[:2], submit(post, b"x")[:2]]
finish()
