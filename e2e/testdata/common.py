"""What the boto3 scripts share: clients for one endpoint, and a JSON report.

Runs on boto3 1.26 (Debian 12) and newer.
"""

import json
import os

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

ENDPOINT = os.environ["SALLYPORT_ENDPOINT"]
report = {}


def client(service, who=None, **config):
    """A client that asks once. who is a profile's name or temporary credentials."""
    keys = {}
    if isinstance(who, dict):
        keys = {
            "aws_access_key_id": who["AccessKeyId"],
            "aws_secret_access_key": who["SecretAccessKey"],
            "aws_session_token": who.get("SessionToken"),
        }
        session = boto3.session.Session()
    else:
        session = boto3.session.Session(profile_name=who)
    config.setdefault("retries", {"total_max_attempts": 1})
    config.setdefault("signature_version", "s3v4" if service == "s3" else "v4")
    return session.client(service, region_name="us-east-1", endpoint_url=ENDPOINT, config=Config(**config), **keys)


def code(call, **args):
    """The error code of a call, "ok" if it has none."""
    try:
        call(**args)
        return "ok"
    except ClientError as e:
        return e.response["Error"]["Code"]
    except BotoCoreError as e:
        return type(e).__name__


def message(call, **args):
    """The error message of a call."""
    try:
        call(**args)
        return ""
    except ClientError as e:
        return e.response["Error"]["Message"]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def finish():
    print(json.dumps(report))
