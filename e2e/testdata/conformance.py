"""What public S3 suites ask of a server, played with boto3's signer over bare HTTP.

Everything newer than boto3 1.26, such as checksum types and conditional writes, goes
as headers and XML, so that no version leaves anything out. Reports the checks that
failed and how many there were.
"""

import base64
import hashlib
import http.client
import itertools
import re
import urllib.parse
import zlib

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest

from common import ENDPOINT, client, finish, report

HOST = ENDPOINT.split("//")[1]
KEYS = {who: boto3.session.Session(profile_name=who).get_credentials() for who in ("green", "blue")}
failed = report.setdefault("failed", [])
report["checks"] = 0


class Auth(S3SigV4Auth):
    def __init__(self, who, payload):
        super().__init__(KEYS[who], "s3", "us-east-1")
        self.hash = payload

    def payload(self, request):
        return self.hash or super().payload(request)


class Answer:
    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.code, self.message = self.text("Code"), self.text("Message")

    def all(self, name):
        found = re.findall(f"<{name}>([^<]*)</{name}>", self.body.decode())
        return [t.replace("&quot;", '"').replace("&amp;", "&") for t in found]

    def text(self, name):
        return next(iter(self.all(name)), "")

    def told(self):
        return f"{self.status} {self.code}".strip()


def ask(method, path, headers=None, body=b"", who="green", payload=None, edit=None):
    """Sends a request. who None does not sign it, edit changes the headers after that."""
    request = AWSRequest(method=method, url=ENDPOINT + path, data=body, headers=headers or {})
    if who:
        Auth(who, payload).add_auth(request)
    sent = dict(request.headers.items())
    sent.setdefault("Content-Length", str(len(body)))
    if edit:
        edit(sent)
    connection = http.client.HTTPConnection(HOST, timeout=30)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(body or None)
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def check(name, got, want):
    report["checks"] += 1
    if got != want:
        failed.append(f"{name}: {str(got)[:300]!r}, want {str(want)[:300]!r}")


def refuse(name, answer, told, text=""):
    check(name, answer.told(), told)
    if text not in answer.message:
        check(name, answer.message, text)


def b64(raw):
    return base64.b64encode(raw).decode()


def crc32(data):
    return b64(zlib.crc32(data).to_bytes(4, "big"))


def sha256(data):
    return b64(hashlib.sha256(data).digest())


def query(**parameters):
    return urllib.parse.urlencode({k.replace("_", "-"): v for k, v in parameters.items()})


def bucket(name, *keys):
    check("make " + name, ask("PUT", "/" + name).told(), "200")
    for key in keys:
        check("put " + key, ask("PUT", f"/{name}/" + urllib.parse.quote(key, safe="/~"), body=key.encode()).told(), "200")
    return "/" + name


def buckets():
    for name in ("aa", "a" * 64, "Upper", "under_score", "dot..dot", "-dash", "dash-", "dot.", "192.168.5.123", "xn--x", "sthree-x", "x-s3alias", "x--ol-s3"):
        refuse("name " + name, ask("PUT", "/" + name), "400 InvalidBucketName", "The specified bucket is not valid.")
    b = bucket("conformance-bucket")
    check("make again", ask("PUT", b).told(), "200")
    refuse("another's", ask("PUT", b, who="blue"), "409 BucketAlreadyExists")
    refuse("elsewhere", ask("PUT", b + "2", body=b"<CreateBucketConfiguration><LocationConstraint>us-west-1</LocationConstraint></CreateBucketConfiguration>"), "400 IllegalLocationConstraintException")
    refuse("no XML", ask("PUT", b + "2", body=b"<Create"), "400 MalformedXML")
    for sub, told in {"policy": "NoSuchBucketPolicy", "cors": "NoSuchCORSConfiguration", "tagging": "NoSuchTagSet", "lifecycle": "NoSuchLifecycleConfiguration", "website": "NoSuchWebsiteConfiguration"}.items():
        refuse(sub, ask("GET", f"{b}?{sub}"), "404 " + told)
    policy = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::conformance-bucket/x"}}'
    check("put policy", ask("PUT", b + "?policy", body=policy.encode()).told(), "204")
    refuse("denied by it", ask("PUT", b + "/x"), "403 AccessDenied")
    check("delete policy", ask("DELETE", b + "?policy").told(), "204")
    ask("PUT", b + "/k")
    refuse("not empty", ask("DELETE", b), "409 BucketNotEmpty", "The bucket you tried to delete is not empty")
    ask("DELETE", b + "/k")
    check("delete", ask("DELETE", b).told(), "204")
    refuse("gone", ask("DELETE", b), "404 NoSuchBucket")


def listing():
    b = bucket("conformance-list", "asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla")

    def page(**q):
        a = ask("GET", f"{b}?{query(**q)}")
        prefixes = re.findall("<CommonPrefixes><Prefix>([^<]*)", a.body.decode())
        return a.all("Key"), prefixes, a.text("IsTruncated"), a.text("NextMarker") or a.text("NextContinuationToken")

    marker, seen = "", []
    while marker is not None:
        keys, prefixes, more, following = page(delimiter="/", max_keys=1, marker=marker)
        seen.append((keys, prefixes, more))
        marker = following if more == "true" else None
    check("pages", seen, [(["asdf"], [], "true"), ([], ["boo/"], "true"), ([], ["cquux/"], "false")])
    check("prefix and delimiter", page(delimiter="/", prefix="boo/"), (["boo/bar"], ["boo/baz/"], "false", ""))
    check("start inside a prefix", page(list_type=2, delimiter="/", start_after="boo/bar")[:2], ([], ["cquux/"]))
    keys, _, more, token = page(list_type=2, max_keys=2)
    check("first of v2", (keys, more), (["asdf", "boo/bar"], "true"))
    check("rest of v2", page(list_type=2, continuation_token=token, start_after="zzz")[0], ["boo/baz/xyzzy", "cquux/bla", "cquux/thud"])
    check("none", page(max_keys=0), ([], [], "false", ""))
    check("no marker without a delimiter", page(max_keys=2)[2:], ("true", ""))
    refuse("token", ask("GET", b + "?list-type=2&continuation-token=x"), "400 InvalidArgument", "The continuation token provided is incorrect")
    refuse("encoding", ask("GET", b + "?encoding-type=x"), "400 InvalidArgument", "Invalid Encoding Method specified in Request")
    for q in ("max-keys=blah", "list-type=2&max-keys=99999999999"):
        refuse(q, ask("GET", f"{b}?{q}"), "400 InvalidArgument", "not an integer or within integer range")
    refuse("negative", ask("GET", b + "?max-keys=-1"), "400 InvalidArgument")
    odd = [" ", "!", "%2F", "&", "+", ",", "-", "..", "/", "//", "_ _", "a//b", "a/./b", "é", "日本", "\U0001f600", "\n", "\t"]
    b = bucket("conformance-odd", *odd)
    check("order", [urllib.parse.unquote(k) for k in page_of(b, "encoding-type=url")], sorted(odd, key=str.encode))
    check("encoded", page_of(b, "encoding-type=url&prefix=%2B"), ["%2B"])


def page_of(b, q):
    return ask("GET", f"{b}?{q}").all("Key")


def ranges():
    b, data = bucket("conformance-ranges"), bytes(range(100))
    ask("PUT", b + "/k", body=data)
    whole = ["bytes=,", "bytes= -1", "bytes=--1", "bytes=10-5", "bytes=abc", "foo=0-1", "bytes=100-x", "bytes=0-0,1-2"]
    parts = {"bytes=00-01": (0, 1), "bytes=-1": (99, 99), "bytes=-101": (0, 99), "bytes=0-999999999999999999999": (0, 99), "bytes=50-": (50, 99), "bytes=4-7": (4, 7)}
    for method in ("GET", "HEAD"):
        for asked in whole + list(parts):
            first, last = parts.get(asked, (0, 99))
            span = f"bytes {first}-{last}/100" if asked in parts else None
            a = ask(method, b + "/k", {"Range": asked})
            check(f"{method} {asked}", (a.status, a.headers.get("content-range"), a.body),
                  (206 if span else 200, span, data[first:last + 1] if method == "GET" else b""))
    for asked in ("bytes=-0", "bytes=100-", "bytes=100-110"):
        a = ask("GET", b + "/k", {"Range": asked})
        refuse(asked, a, "416 InvalidRange", "The requested range is not satisfiable")
        check(asked + " tells the size", a.text("ActualObjectSize"), "100")
    for q, told in {"partNumber=2": "416 InvalidPartNumber", "partNumber=0": "400 InvalidArgument", "partNumber=x": "400 InvalidArgument", "versionId=": "400 InvalidArgument", "versionId=x": "400 InvalidArgument"}.items():
        refuse(q, ask("GET", f"{b}/k?{q}"), told)


def conditions():
    b = bucket("conformance-if")
    tag = ask("PUT", b + "/k", body=b"x").headers["etag"]
    modified = ask("HEAD", b + "/k").headers["last-modified"]
    before, wrong = "Sat, 01 Jan 2000 00:00:00 GMT", '"wrong"'
    for match, none, since, unless in itertools.product((None, wrong, tag, tag.strip('"')), (None, wrong, tag), (None, before, modified), (None, before, modified)):
        given = {"If-Match": match, "If-None-Match": none, "If-Modified-Since": since, "If-Unmodified-Since": unless}
        given = {k: v for k, v in given.items() if v}
        want = 200
        if match == wrong or not match and unless == before:
            want = 412
        elif none == tag or not none and since == modified:
            want = 304
        check(f"GET {given}", ask("GET", b + "/k", given).status, want)
        copy = {"x-amz-copy-source-" + k.lower(): v for k, v in given.items()}
        check(f"copy {given}", ask("PUT", b + "/copy", {"x-amz-copy-source": b + "/k", **copy}).status, 412 if want == 304 else want)
    for name, key, given, told in [
        ("new", "new", {"If-None-Match": "*"}, "200"), ("not new", "k", {"If-None-Match": "*"}, "412 PreconditionFailed"),
        ("same", "k", {"If-Match": tag}, "200"), ("other", "k", {"If-Match": wrong}, "412 PreconditionFailed"),
        ("none to match", "none", {"If-Match": tag}, "404 NoSuchKey"), ("not this tag", "k", {"If-None-Match": tag}, "501 NotImplemented"),
    ]:
        refuse("put " + name, ask("PUT", f"{b}/{key}", given, b"x"), told)
    refuse("delete other", ask("DELETE", b + "/k", {"If-Match": wrong}), "412 PreconditionFailed")
    check("delete same", ask("DELETE", b + "/k", {"If-Match": tag}).told(), "204")


def digests():
    b, data = bucket("conformance-digests"), b"hello"
    sum_, sdk = "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm"
    for given, told, text in [
        ({"Content-MD5": "rL0Y20xC+Fzt72VPzMSk2A=="}, "400 BadDigest", "did not match what we received"),
        ({"Content-MD5": "YWJyYWNhZGFicmE="}, "400 InvalidDigest", ""), ({"Content-MD5": ""}, "400 InvalidDigest", ""),
        ({sum_: "DUoRhQ=="}, "400 BadDigest", "The CRC32 you specified did not match the calculated checksum."),
        ({sum_: "zz"}, "400 InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid."),
        ({sum_: crc32(data), "x-amz-checksum-sha256": sha256(data)}, "400 InvalidRequest", "Expecting a single x-amz-checksum- header."),
        ({sum_: crc32(data), sdk: "SHA1"}, "400 InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid."),
        ({sum_: crc32(data)}, "200", ""), ({"Content-MD5": b64(hashlib.md5(data).digest())}, "200", ""),
        ({"x-amz-tagging": "=x"}, "400 InvalidArgument", "x-amz-tagging"), ({"x-amz-tagging": "&a=1&"}, "200", ""),
        ({"x-amz-tagging": "a?=1"}, "400 InvalidTag", ""), ({"x-amz-storage-class": "SLOW"}, "400 InvalidStorageClass", ""),
        ({"x-amz-meta-k": "x" * 2048}, "400 MetadataTooLarge", ""), ({"Expect": "200"}, "417", ""),
    ]:
        refuse(f"put {list(given.items())}"[:90], ask("PUT", b + "/k", given, data), told, text)
    chunks = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n"
    for name, trailer, body, told in [
        ("good", sum_, chunks % crc32(data).encode(), "200"), ("bad", sum_, chunks % b"AAAAAA==", "400 BadDigest"),
        ("garbled", sum_, chunks % b"zz", "400 InvalidRequest"), ("unknown", "x-amz-checksum-foo", chunks % b"zz", "400 InvalidRequest"),
        ("missing", sum_, b"5\r\nhello\r\n0\r\n\r\n", "400 MalformedTrailerError"), ("short", sum_, b"5\r\nhel", "400 IncompleteBody"),
    ]:
        given = {"x-amz-trailer": trailer, "x-amz-decoded-content-length": "5", "Content-Encoding": "aws-chunked"}
        refuse("trailer " + name, ask("PUT", b + "/t", given, body, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER"), told)
    check("default", "x-amz-checksum-crc64nvme" in ask("PUT", b + "/d", body=data).headers, True)
    refuse("attributes", ask("GET", b + "/d?attributes"), "400 InvalidRequest", "is either missing or empty")


def signatures():
    b = bucket("conformance-signatures")

    def tell(name, edit, told, text=""):
        refuse(name, ask("PUT", b + "/k", body=b"x", edit=edit), told, text)

    def auth(pattern, by):
        return lambda h: h.update(Authorization=re.sub(pattern, by, h["Authorization"]))

    malformed = "400 AuthorizationHeaderMalformed"
    refuse("no length", ask("PUT", b + "/k", edit=lambda h: h.pop("Content-Length")), "411 MissingContentLength", "You must provide the Content-Length HTTP header.")
    tell("no date", lambda h: h.pop("X-Amz-Date"), "403 AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    tell("bad date", lambda h: h.update({"X-Amz-Date": "Bad Date"}), "403 AccessDenied")
    tell("old date", lambda h: h.update({"X-Amz-Date": "20100707T215304Z"}), "403 RequestTimeTooSkewed")
    tell("no hash", lambda h: h.pop("X-Amz-Content-SHA256"), "400 InvalidRequest", "x-amz-content-sha256")
    tell("unsigned header", lambda h: h.update({"x-amz-meta-a": "b"}), "403 AccessDenied", "There were headers present in the request which were not signed")
    tell("scheme", auth("AWS4-HMAC-SHA256", "HAHA"), "400 InvalidArgument", "Unsupported Authorization Type")
    tell("version 2", lambda h: h.update(Authorization="AWS AKIA:x="), "403 InvalidAccessKeyId", "does not exist in our records")
    tell("region", auth("us-east-1", "us-west-1"), malformed, "the region 'us-west-1' is wrong; expecting 'us-east-1'")
    tell("service", auth("/s3/", "/ec2/"), malformed, 'incorrect service "ec2". This endpoint belongs to "s3".')
    tell("terminal", auth("aws4_request", "aws5_request"), malformed, 'incorrect terminal "aws5_request".')
    tell("signature", auth(".{4}$", "0000"), "403 SignatureDoesNotMatch")
    tell("key", auth("Credential=[^/]*", "Credential=AKIAIOSFODNN7EXAMPLE"), "403 InvalidAccessKeyId", "does not exist in our records")
    refuse("hash", ask("PUT", b + "/k", body=b"x", payload="0" * 64), "400 XAmzContentSHA256Mismatch")
    refuse("nobody", ask("GET", b + "/k", who=None), "403 AccessDenied")
    refuse("nobody to a bucket that is none", ask("GET", "/conformance-none/k", who=None), "404 NoSuchBucket")
    refuse("post to a key", ask("POST", b + "/k"), "405 MethodNotAllowed")
    url = client("s3", "green", s3={"addressing_style": "path"}).generate_presigned_url("get_object", Params={"Bucket": b[1:], "Key": "k"}, ExpiresIn=100)
    path = url[len(ENDPOINT):]
    for pattern, by, text in [("Expires=100", "Expires=-7", "must be non-negative"), ("Expires=100", "Expires=abc", "should be a number"),
                              ("Expires=100", "Expires=604801", "less than a week"), ("&X-Amz-Expires=100", "", "Query-string authentication version 4 requires"),
                              ("Date=[^&]*", "Date=03032006", "ISO8601 Long Format"), ("HMAC-SHA256", "SHA256", "X-Amz-Algorithm only supports")]:
        refuse("presigned " + by, ask("GET", re.sub(pattern, by, path, count=1), who=None), "400 AuthorizationQueryParametersError", text)
    refuse("presigned", ask("GET", path, who=None), "404 NoSuchKey")


def begin(b, key, **given):
    return ask("POST", f"{b}/{key}?uploads", {k.replace("_", "-"): v for k, v in given.items()}).text("UploadId")


def complete(b, key, upload, parts, **given):
    body = "".join("<Part>" + "".join(f"<{k}>{v}</{k}>" for k, v in p.items()) + "</Part>" for p in parts)
    body = f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>"
    return ask("POST", f"{b}/{key}?uploadId={upload}", {k.replace("_", "-"): v for k, v in given.items()}, body.encode())


def multipart():
    b, data = bucket("conformance-parts"), [b"a" * (5 << 20), b"tail"]
    for algorithm, kind, digest in [("CRC32", "COMPOSITE", crc32), ("SHA256", "COMPOSITE", sha256), ("CRC32", "FULL_OBJECT", crc32)]:
        upload = begin(b, "k", x_amz_checksum_algorithm=algorithm, x_amz_checksum_type=kind)
        header, member, parts = "x-amz-checksum-" + algorithm.lower(), "Checksum" + algorithm, []
        for i, piece in enumerate(data, 1):
            a = ask("PUT", f"{b}/k?partNumber={i}&uploadId={upload}", {header: digest(piece)}, piece)
            parts.append({"PartNumber": i, "ETag": a.headers["etag"], member: digest(piece)})
        whole = digest(b"".join(data))
        if kind == "COMPOSITE":
            whole = digest(b"".join(base64.b64decode(digest(piece)) for piece in data)) + "-2"
            bare = [{k: v for k, v in p.items() if k != member} for p in parts]
            refuse("no checksum of a part", complete(b, "k", upload, bare), "400 InvalidRequest", "It was missing for part 1 in the request.")
        for name, change, told in [("other", {member: digest(b"x")}, "400 InvalidPart"), ("garbled", {member: "x"}, "400 InvalidArgument"),
                                   ("two", {"ChecksumSHA1": "Kq5sNclPz7QV2+lfQIuc6R7oRu0="}, "400 InvalidArgument")]:
            refuse(f"{name} checksum of a part", complete(b, "k", upload, [{**parts[0], **change}, parts[1]]), told)
        other = "FULL_OBJECT" if kind == "COMPOSITE" else "COMPOSITE"
        refuse("other type", complete(b, "k", upload, parts, x_amz_checksum_type=other), "400 InvalidRequest", f"{kind} checksum mode")
        refuse("other whole", complete(b, "k", upload, parts, **{header: digest(b"x")}), "400 BadDigest")
        refuse("garbled whole", complete(b, "k", upload, parts, **{header: digest(b"x") + "-x"}), "400 InvalidRequest", f"Value for {header} header is invalid.")
        a = complete(b, "k", upload, parts, **{header: whole})
        check(f"complete {algorithm} {kind}", (a.told(), a.text(member), a.text("ChecksumType"), a.text("Location")), ("200", whole, kind, f"{ENDPOINT}{b}/k"))
        a = ask("HEAD", b + "/k", {"x-amz-checksum-mode": "ENABLED"})
        check("kept", (a.headers.get(header), a.headers.get("x-amz-checksum-type")), (whole, kind))
    check("a part", ask("GET", b + "/k?partNumber=2").body, b"tail")
    refuse("a part that is none", ask("GET", b + "/k?partNumber=3"), "416 InvalidPartNumber", "The requested partnumber is not satisfiable")
    plain(b)
    refuse("type without algorithm", ask("POST", b + "/k?uploads", {"x-amz-checksum-type": "COMPOSITE"}), "400 InvalidRequest", "can only be used with")


def plain(b):
    """An upload that was begun without a checksum, with parts that SDKs give one."""
    upload = begin(b, "p")
    put = lambda n, body, **h: ask("PUT", f"{b}/p?partNumber={n}&uploadId={upload}", h, body)
    tags = {n: put(n, body, **{"x-amz-checksum-crc32": crc32(body)}).headers["etag"] for n, body in [(1, b"x"), (3, b"y"), (7, b"z")]}
    a = ask("GET", f"{b}/p?uploadId={upload}&max-parts=2")
    check("parts", (a.all("PartNumber"), a.text("IsTruncated"), a.text("NextPartNumberMarker")), (["1", "3"], "true", "3"))
    part = lambda n, tag=None: {"PartNumber": n, "ETag": tag or tags[3]}
    for name, parts, told in [("none", [], "400 MalformedXML"), ("small", [part(1, tags[1]), part(3)], "400 EntityTooSmall"), ("missing", [part(2)], "400 InvalidPart"),
                              ("another", [part(3, tags[1])], "400 InvalidPart"), ("order", [part(3), part(1, tags[1])], "400 InvalidPartOrder"), ("below", [part(0)], "400 InvalidArgument")]:
        refuse(f"complete with {name}", complete(b, "p", upload, parts), told)
    for n in ("0", "10001", "x"):
        refuse("part " + n, put(n, b""), "400 InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
    refuse("no upload", ask("PUT", b + "/p?partNumber=1"), "400 InvalidArgument", "This operation does not accept partNumber without uploadId")
    second = begin(b, "q/r")
    a = ask("GET", b + "?uploads&delimiter=%2F")
    check("uploads", (a.all("UploadId"), a.all("Prefix")), ([upload], ["", "q/"]))
    refuse("marker", ask("GET", b + "?uploads&key-marker=p&upload-id-marker=x"), "400 InvalidArgument", "Invalid uploadId marker")
    check("abort", ask("DELETE", f"{b}/q/r?uploadId={second}").told(), "204")
    refuse("abort again", ask("DELETE", f"{b}/q/r?uploadId={second}"), "404 NoSuchUpload")
    refuse("wrong size", complete(b, "p", upload, [part(3)], x_amz_mp_object_size="5"), "400 InvalidRequest", "does not match what was computed: 1")
    for again in ("", " again"):
        check("complete" + again, complete(b, "p", upload, [part(3)]).told(), "200")
    check("one part", ask("GET", b + "/p").body, b"y")


def copies():
    b = bucket("conformance-copies", "src", "a b+c")
    source = lambda s, **h: ask("PUT", b + "/dst", {"x-amz-copy-source": s, **{k.replace("_", "-"): v for k, v in h.items()}})
    for s, told, text in [
        (b + "/a%20b%2Bc", "200", ""), (b[1:] + "/src?versionId=null", "200", ""), (b + "/none", "404 NoSuchKey", ""), ("/conformance-none/k", "404 NoSuchBucket", ""),
        ("bucket/%ZZ", "400 InvalidArgument", "Invalid copy source encoding"), ("192.168.1.1/k", "400 InvalidArgument", "Invalid copy source bucket name"),
        ("bucket", "400 InvalidArgument", "Invalid copy source object key"), (b + "/src?versionId=", "400 InvalidArgument", "Version id cannot be the empty string"),
    ]:
        refuse("copy " + s, source(s), told, text)
    refuse("directive", source(b + "/src", x_amz_metadata_directive="x"), "400 InvalidArgument", "Unknown metadata directive.")
    refuse("onto itself", source(b + "/dst"), "400 InvalidRequest", "without changing the object's metadata")
    check("onto itself with metadata", source(b + "/dst", x_amz_metadata_directive="REPLACE", x_amz_meta_a="b").told(), "200")
    refuse("another's", ask("PUT", b + "/dst", {"x-amz-copy-source": b + "/src"}, who="blue"), "403 AccessDenied")
    upload = begin(b, "p")
    for span, told, text in [("bytes=0-2", "200", ""), ("bytes=0-3", "400 InvalidArgument", "Range specified is not valid for source object of size: 3"),
                             ("bytes=0-", "400 InvalidArgument", "must be of the form bytes=first-last"), ("0-2", "400 InvalidArgument", "must be of the form bytes=first-last")]:
        given = {"x-amz-copy-source": b + "/src", "x-amz-copy-source-range": span}
        refuse("copy part " + span, ask("PUT", f"{b}/p?partNumber=1&uploadId={upload}", given), told, text)


def deletes():
    b = bucket("conformance-deletes", "a", "b c", "&")
    md5 = lambda body: {"Content-MD5": b64(hashlib.md5(body).digest())}
    many = lambda body: ask("POST", b + "?delete", md5(body), body)
    keys = lambda *ks: b"<Delete>" + "".join(f"<Object><Key>{k}</Key></Object>" for k in ks).encode() + b"</Delete>"
    a = many(keys("b c", "&amp;", "none", "a"))
    check("deleted", (a.told(), a.all("Key")), ("200", ["b c", "&", "none", "a"]))
    check("quiet", many(b"<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>").all("Key"), [])
    for body in (b"<Delete/>", b"<Other/>", b"<Delete>", keys(*range(1001))):
        refuse(f"delete {body[:20]}", many(body), "400 MalformedXML")
    refuse("no digest", ask("POST", b + "?delete", body=keys("a")), "400 InvalidRequest", "Missing required header for this request: Content-MD5")
    refuse("wrong digest", ask("POST", b + "?delete", md5(b"x"), keys("a")), "400 BadDigest")


for play in (buckets, listing, ranges, conditions, digests, signatures, multipart, copies, deletes):
    try:
        play()
    except Exception as e:  # what went wrong there must not hide the rest
        failed.append(f"{play.__name__} broke off: {e!r}")
finish()
