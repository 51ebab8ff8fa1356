"""boto3 as a program finds it on an instance or in a container: no settings but the environment's."""

import os
import sys

import boto3

bucket, key = sys.argv[1:]
# boto3 reads AWS_ENDPOINT_URL since 1.28.
old = tuple(int(n) for n in boto3.__version__.split(".")[:2]) < (1, 28)
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"] if old else None)
s3.put_object(Bucket=bucket, Key=key, Body=b"from a guest")
print(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
