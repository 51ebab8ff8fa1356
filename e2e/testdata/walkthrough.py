"""The role in the accessing account, as boto3 does it."""

from common import ENDPOINT, client, code, finish, message, policy, report

green, blue = client("s3", "green"), client("iam", "blue")
blue_id = client("sts", "blue").get_caller_identity()["Account"]
bucket, role_arn = "boto-walk", "arn:aws:iam::%s:role/reader" % blue_id
actions = ["s3:GetObject", "s3:ListBucket"]
resources = ["arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"]
green.create_bucket(Bucket=bucket)
green.put_object(Bucket=bucket, Key="a.txt", Body=b"text")
blue.create_user(UserName="bob")
bob = blue.create_access_key(UserName="bob")["AccessKey"]
sts = client("sts", bob)
assume = dict(RoleArn=role_arn, RoleSessionName="walk")

report["no role"] = code(sts.assume_role, **assume)
report["no role message"] = message(sts.assume_role, **assume)
bucket_policy = policy({"Effect": "Allow", "Principal": {"AWS": role_arn}, "Action": actions, "Resource": resources})
report["policy for nobody"] = code(green.put_bucket_policy, Bucket=bucket, Policy=bucket_policy)
blue.create_role(
    RoleName="reader",
    AssumeRolePolicyDocument=policy({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root" % blue_id}, "Action": "sts:AssumeRole"}),
)
report["trust alone"] = code(sts.assume_role, **assume)
blue.put_user_policy(
    UserName="bob", PolicyName="assume", PolicyDocument=policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn})
)
session = sts.assume_role(**assume)["Credentials"]
s3 = client("s3", session)
get, ls, put = dict(Bucket=bucket, Key="a.txt"), dict(Bucket=bucket), dict(Bucket=bucket, Key="b.txt", Body=b"x")
report["neither policy"] = [code(s3.get_object, **get), code(s3.list_objects_v2, **ls)]
green.put_bucket_policy(Bucket=bucket, Policy=bucket_policy)
report["bucket policy alone"] = [code(s3.get_object, **get), code(s3.list_objects_v2, **ls)]
report["bucket policy alone message"] = message(s3.get_object, **get)
blue.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=policy({"Effect": "Allow", "Action": actions, "Resource": resources}))
report["both"] = [code(s3.get_object, **get), code(s3.list_objects_v2, **ls), code(s3.put_object, **put)]
report["head without the right"] = code(client("s3", bob).head_object, **get)
green.delete_bucket_policy(Bucket=bucket)
report["role policy alone"] = [code(s3.get_object, **get), code(s3.list_objects_v2, **ls)]
report["role policy alone message"] = message(s3.get_object, **get)
blue.delete_role_policy(RoleName="reader", PolicyName="read")
blue.delete_role(RoleName="reader")
report["after the role"] = code(client("sts", session).get_caller_identity)
report["after the role s3"] = code(s3.list_objects_v2, **ls)
finish()
