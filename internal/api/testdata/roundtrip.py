"""Drives botocore's own serializers and parsers for the round trip test.

roundtrip.py requests OPERATIONS SEED COUNT > cases
    OPERATIONS is a file of "service operation" lines. Writes one JSON object
    per case: random parameters, the request that botocore makes of them, and a
    random output. An operation that this botocore does not have is reported as
    {"missing": ...}.

roundtrip.py responses CASES ANSWERS > differences
    ANSWERS holds one encoded answer per case. Writes one JSON object per answer
    that botocore does not parse into the case's output.
"""

import base64
import calendar
import datetime
import json
import random
import sys

import botocore.awsrequest
import botocore.parsers
import botocore.serialize
import botocore.session

TEXT = [
    "a", "Z", "0", " ", "-", "_", ".", "/", "+", "=", "&", "<", ">", '"', "'", "%", "?", "#", ";", ":", ",", "@",
    "\u00e9", "\u20ac", "\u4e2d", "\U0001f600", "\t", "\n", "\r", "]]>", "{", "}", "\\", "~", "*", "(", "$",
]
ASCII = "abcXYZ0189-_.+=&<>'%?#;:,@/ {}()*~"
SESSION = botocore.session.get_session()
MODELS = {}


def model(service):
    if service not in MODELS:
        MODELS[service] = SESSION.get_service_model(service)
    return MODELS[service]


class Generator:
    """Makes random values of shapes."""

    def __init__(self, rng, protocol, output):
        self.rng, self.protocol, self.output = rng, protocol, output

    def text(self, where):
        rng = self.rng
        n = rng.randint(1, 12)
        if where == "body":
            if rng.random() < 0.1:
                return ""
            s = "".join(rng.choice(TEXT) for _ in range(n))
            if self.protocol == "rest-xml" and not self.output:
                s = s.replace("\r", "")  # which botocore writes as it is, and XML reads as a line feed
            return s
        s = "".join(rng.choice(ASCII) for _ in range(n)).strip()
        return s or "x"

    def value(self, shape, where="body", depth=0):
        kind = shape.type_name
        rng = self.rng
        if kind == "structure":
            return self.structure(shape, depth)
        if kind == "list":
            least = 0 if where == "body" and not shape.serialization.get("flattened") and self.protocol != "ec2" else 1
            return [self.element(shape.member, where, depth) for _ in range(rng.randint(least, 3))]
        if kind == "map":
            return {
                "k%d%s" % (i, rng.choice("abc")): self.value(shape.value, where, depth + 1)
                for i in range(rng.randint(1, 3))
            }
        if kind in ("string", "character"):
            if getattr(shape, "enum", None):
                return rng.choice(shape.enum)
            return self.text(where)
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "integer":
            return rng.choice([0, 1, -1, 7, 2**31 - 1, -(2**31)])
        if kind == "long":
            return rng.choice([0, 1, -1, 7, 2**53, -(2**53)])
        if kind in ("float", "double"):
            return rng.randint(-1000, 1000) / 8
        if kind == "timestamp":
            return datetime.datetime.fromtimestamp(rng.randint(0, 4102444800), datetime.timezone.utc)
        if kind == "blob":
            return bytes(rng.randrange(256) for _ in range(rng.randint(0 if where == "body" else 1, 20)))
        raise ValueError(kind)

    def element(self, shape, where, depth):
        """One element of a list: never an empty structure, which the form protocols cannot tell from none."""
        value = self.value(shape, where, depth + 1)
        if value == {} and shape.type_name == "structure" and shape.members:
            name, member = next(iter(shape.members.items()))
            value[name] = self.flat(member, depth) if member.type_name in ("list", "map") else self.value(member, where, depth)
        return value

    def structure(self, shape, depth):
        out = {}
        members = shape.members.items()
        union = getattr(shape, "is_tagged_union", False) or shape.metadata.get("union")
        if union:
            members = [self.rng.choice(list(members))]
        for name, member in members:
            if name in ("Expires", "ExpiresString"):
                continue  # a string in the model, a timestamp in botocore's memory
            payload = name == shape.serialization.get("payload")
            required = name in shape.required_members or union or payload
            if not required and self.rng.random() > (0.8 if depth < 2 else 0.4 if depth < 5 else 0):
                continue
            if depth > 12 or member.serialization.get("eventstream") or getattr(member, "is_event_stream", False):
                continue
            if member.type_name == "structure" and member.metadata.get("eventstream"):
                continue
            if getattr(member, "eventstream", False):
                continue
            location = member.serialization.get("location", "body")
            where = "body" if location == "body" else "header"
            if member.serialization.get("flattened") and member.type_name in ("list", "map"):
                value = self.flat(member, depth)
            elif union:
                value = self.element(member, where, depth)
            else:
                value = self.value(member, where, depth + 1)
            if value == "" and payload:
                value = "x"
            if name == "ContentLength":
                value = abs(value)
            out[name] = value
        return out

    def flat(self, member, depth):
        value = self.value(member, "body", depth + 1)
        while not value:
            value = self.value(member, "body", depth + 1)
        return value


def canonical(value, prune=True):
    """The form in which both sides compare: no empty structures or maps."""
    if isinstance(value, dict):
        pairs = {k: canonical(v, prune) for k, v in value.items()}
        return {k: v for k, v in pairs.items() if v != {} or not prune}
    if isinstance(value, (list, tuple)):
        return [canonical(v, prune) for v in value]
    if isinstance(value, datetime.datetime):
        return {"t": calendar.timegm(value.utctimetuple())}
    if isinstance(value, (bytes, bytearray)):
        return {"b": base64.b64encode(bytes(value)).decode()}
    if hasattr(value, "read"):
        return {"b": base64.b64encode(value.read()).decode()}
    return value


def request(service, op, params):
    serializer = botocore.serialize.create_serializer(op.service_model.metadata["protocol"], False)
    serializer._expand_host_prefix = lambda *args: None  # random values make no host name
    raw = serializer.serialize_to_request(params, op)
    botocore.awsrequest.prepare_request_dict(raw, "http://localhost")
    prepared = botocore.awsrequest.create_request_object(raw).prepare()
    body = prepared.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    return {
        "method": prepared.method,
        "url": prepared.url,
        "headers": {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in prepared.headers.items()},
        "body": base64.b64encode(bytes(body)).decode(),
    }


def requests(path, seed, count):
    for line in open(path):
        service, name = line.split()
        if name not in model(service).operation_names:
            print(json.dumps({"missing": service + " " + name}))
            continue
        op = model(service).operation_model(name)
        protocol = op.service_model.metadata["protocol"]
        for i in range(count):
            rng = random.Random("%s/%s/%s/%s" % (seed, service, name, i))
            params = Generator(rng, protocol, False).value(op.input_shape) if op.input_shape else {}
            output = Generator(rng, protocol, True).value(op.output_shape) if op.output_shape else {}
            print(json.dumps({
                "service": service, "operation": name, "params": canonical(params),
                "request": request(service, op, params), "output": canonical(output, False),
            }))


def responses(cases, answers):
    for case, answer in zip(open(cases), open(answers)):
        case, answer = json.loads(case), json.loads(answer)
        op = model(case["service"]).operation_model(case["operation"])
        parser = botocore.parsers.create_parser(op.service_model.metadata["protocol"])
        body = base64.b64decode(answer["body"])
        streaming = op.has_streaming_output if op.output_shape else False
        raw = {
            "body": body if not streaming else Stream(body),
            "headers": botocore.awsrequest.HeadersDict(answer["headers"]),
            "status_code": answer["status"],
        }
        try:
            parsed = parser.parse(raw, op.output_shape)
        except Exception as e:  # whatever it is, it is a difference
            print(json.dumps({"operation": case["operation"], "service": case["service"], "error": repr(e), "body": repr(body[:400])}))
            continue
        parsed.pop("ResponseMetadata", None)
        got = canonical(parsed)
        want = canonical(case["output"])
        if got != want:
            print(json.dumps({
                "service": case["service"], "operation": case["operation"], "got": got, "want": want,
                "body": repr(body[:2000]),
            }))


class Stream:
    def __init__(self, body):
        self.body = body

    def read(self, *args):
        return self.body


if sys.argv[1] == "requests":
    requests(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    responses(sys.argv[2], sys.argv[3])
