"""Event notifications: their configuration, and operations that cause events."""

from common import client, code, finish, report

ACCOUNT = "111122223333"
QUEUE = "arn:aws:sqs:us-east-1:%s:events" % ACCOUNT
FUNCTION = "arn:aws:lambda:us-east-1:%s:function:hook" % ACCOUNT
s3 = client("s3", "orange")
bucket = "notified"
s3.create_bucket(Bucket=bucket)


def shown():
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    del answer["ResponseMetadata"]
    return answer


def put(who=s3, to=bucket, **configuration):
    who.put_bucket_notification_configuration(Bucket=to, NotificationConfiguration=configuration)


def refused(**args):
    try:
        put(**args)
        return "ok"
    except Exception as e:
        return [e.response["Error"]["Code"], e.response["Error"]["Message"]]


def queue(arn=QUEUE, events=("s3:ObjectCreated:*",), **more):
    return dict(QueueArn=arn, Events=list(events), **more)


report["at first"] = shown()
report["missing queue"] = refused(QueueConfigurations=[queue(QUEUE + "s")])
report["not parsed"] = refused(QueueConfigurations=[queue("events")])
report["overlap"] = refused(QueueConfigurations=[queue(), queue(events=["s3:ObjectCreated:Put"])])
report["put"] = code(
    put,
    QueueConfigurations=[
        queue(
            events=["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
            Filter={"Key": {"FilterRules": [{"Name": "prefix", "Value": "docs/"}]}},
        )
    ],
    LambdaFunctionConfigurations=[{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectTagging:*"]}],
    EventBridgeConfiguration={},
)
now = shown()
report["rules"] = [
    now["QueueConfigurations"][0]["Events"],
    now["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"],
    now["LambdaFunctionConfigurations"][0]["Events"],
    now["EventBridgeConfiguration"],
]

green = client("s3", "green")
green.create_bucket(Bucket="of-green")
report["of another"] = refused(who=green, to="of-green", QueueConfigurations=[queue()])
report["without permit"] = code(put, who=green, QueueConfigurations=[queue()])

s3.put_object(Bucket=bucket, Key="other", Body=b"x")
s3.put_object(Bucket=bucket, Key="docs/a b.txt", Body=b"x")
s3.copy_object(Bucket=bucket, Key="docs/copy", CopySource={"Bucket": bucket, "Key": "docs/a b.txt"})
upload = s3.create_multipart_upload(Bucket=bucket, Key="docs/parts")["UploadId"]
part = s3.upload_part(Bucket=bucket, Key="docs/parts", UploadId=upload, PartNumber=1, Body=b"x")
s3.complete_multipart_upload(
    Bucket=bucket, Key="docs/parts", UploadId=upload,
    MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
)
s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "docs/copy"}]})
s3.put_object_tagging(Bucket=bucket, Key="docs/a b.txt", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
finish()
