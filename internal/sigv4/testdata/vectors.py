"""Writes botocore.json: requests signed by botocore at a fixed time with a fixed key.

Run with a Python that has botocore: python3 vectors.py > botocore.json
"""
import datetime
import json
from unittest import mock

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 3, 14, 15, 9, 26, tzinfo=datetime.timezone.utc)
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
AMZ_JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}

S3 = [
    ("GET", "/", {}, ""),
    ("GET", "/bucket?list-type=2&prefix=a%2Fb%20c&delimiter=%2F&max-keys=2", {}, ""),
    ("GET", "/bucket?versioning", {}, ""),
    ("GET", "/bucket?uploads&prefix=%2B&key-marker=%26", {}, ""),
    ("GET", "/bucket?b=2&a=1&a=0&A=3&a-b=1&a.b=&a0=x", {}, ""),
    ("GET", "/bucket/a%20b/%C3%BC%2Bx//y/../z/~%21%2A%27%28%29", {}, ""),
    ("HEAD", "/bucket/key", {"Range": "bytes=0-9"}, ""),
    ("PUT", "/bucket/key", {"Content-Type": "text/plain", "x-amz-meta-b": "  two   words ", "x-amz-meta-a": "1"}, "hello"),
    ("PUT", "/bucket/key?partNumber=1&uploadId=abc%3D%3D", {"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}, "hello"),
    ("POST", "/bucket?delete=", {"Content-Type": "application/xml"}, "<Delete/>"),
    ("DELETE", "/bucket/%25", {}, ""),
]
SERVICE = [
    ("sts", "POST", "/", FORM, "Action=GetCallerIdentity&Version=2011-06-15"),
    ("iam", "POST", "/", FORM, "Action=ListUsers&Version=2010-05-08"),
    ("kms", "POST", "/", AMZ_JSON, "{}"),
    ("sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", {}, ""),
    ("lambda", "GET", "/2015-03-31/functions/a%3Ab/./x/../policy?Qualifier=%24LATEST", {}, ""),
]


def sign(cls, service, method, target, headers, body, token, **kw):
    r = AWSRequest(method=method, url="http://127.0.0.1:4566" + target, headers=dict(headers))
    if "Query" not in cls.__name__:  # that one would move the body into the query
        r.data = body.encode()
    cls(Credentials(KEY, SECRET, token), service, "eu-west-1", **kw).add_auth(r)
    out = {k: v for k, v in r.headers.items()}
    return {
        "signer": cls.__name__, "service": service, "method": method,
        "target": r.url.removeprefix("http://127.0.0.1:4566"), "headers": out, "body": body, "token": token or "",
    }


def main():
    vectors = []
    with mock.patch("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW):
        for token in (None, "a/session+token=="):
            for m, t, h, b in S3:
                vectors.append(sign(botocore.auth.S3SigV4Auth, "s3", m, t, h, b, token))
                vectors.append(sign(botocore.auth.S3SigV4QueryAuth, "s3", m, t, {}, b, token, expires=600))
            for s, m, t, h, b in SERVICE:
                vectors.append(sign(botocore.auth.SigV4Auth, s, m, t, h, b, token))
            s, m, t, h, b = SERVICE[3]
            vectors.append(sign(botocore.auth.SigV4QueryAuth, s, m, t, h, b, token, expires=60))
    print(json.dumps({"botocore": botocore.__version__, "now": "20260314T150926Z", "vectors": vectors}, indent=1))


main()
