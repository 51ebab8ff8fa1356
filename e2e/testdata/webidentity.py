"""Credentials from a token file: boto3 finds all it needs in the environment."""

import os

import boto3
from botocore.client import Config
from common import ENDPOINT, code, finish, report

once = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=ENDPOINT, config=once)
report["read"] = s3.get_object(Bucket=os.environ["BUCKET"], Key="a.txt")["Body"].read().decode()
report["written"] = code(s3.put_object, Bucket=os.environ["BUCKET"], Key="b.txt", Body=b"x")
report["who"] = boto3.client("sts", region_name="us-east-1", endpoint_url=ENDPOINT, config=once).get_caller_identity()["Arn"]
finish()
