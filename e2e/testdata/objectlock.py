"""Object Lock as boto3 sees it: who may remove what, with and without the bypass."""

import datetime
import hashlib
import base64

from common import client, code, finish, message, policy, report

root = client("s3", "green")
iam = client("iam", "green")

B = "locked-bucket"
root.create_bucket(Bucket=B, ObjectLockEnabledForBucket=True)
report["configuration"] = root.get_object_lock_configuration(Bucket=B)["ObjectLockConfiguration"]
report["versioning"] = root.get_bucket_versioning(Bucket=B).get("Status")
report["suspend"] = [
    code(root.put_bucket_versioning, Bucket=B, VersioningConfiguration={"Status": "Suspended"}),
    message(root.put_bucket_versioning, Bucket=B, VersioningConfiguration={"Status": "Suspended"}),
]


def user(name, *actions):
    iam.create_user(UserName=name)
    iam.put_user_policy(
        UserName=name,
        PolicyName="p",
        PolicyDocument=policy({"Effect": "Allow", "Action": list(actions), "Resource": "*"}),
    )
    return client("s3", iam.create_access_key(UserName=name)["AccessKey"])


keeper = user("keeper", "s3:Get*", "s3:List*", "s3:PutObject*", "s3:DeleteObject*")
breaker = user("breaker", "s3:*")
reader = user("reader", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket")

until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(hours=1)
later = until + datetime.timedelta(hours=1)


def put(key, **lock):
    digest = base64.b64encode(hashlib.md5(key.encode()).digest()).decode()
    return root.put_object(Bucket=B, Key=key, Body=key.encode(), ContentMD5=digest, **lock)["VersionId"]


gov = put("gov", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
com = put("com", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)
held = put("held", ObjectLockLegalHoldStatus="ON")

head = keeper.head_object(Bucket=B, Key="gov")
report["head"] = [head["ObjectLockMode"], head["ObjectLockRetainUntilDate"] == until]
report["head without the right"] = "ObjectLockMode" in reader.head_object(Bucket=B, Key="gov")


def delete(who, key, version, **bypass):
    return code(who.delete_object, Bucket=B, Key=key, VersionId=version, **bypass)


bypass = {"BypassGovernanceRetention": True}
report["protected"] = message(root.delete_object, Bucket=B, Key="com", VersionId=com)
report["delete"] = [delete(root, "gov", gov), delete(root, "com", com), delete(root, "held", held)]
report["delete with the bypass"] = [delete(root, "com", com, **bypass), delete(root, "held", held, **bypass)]
report["bypass without the permission"] = delete(keeper, "gov", gov, **bypass)
many = keeper.delete_objects(
    Bucket=B, Delete={"Objects": [{"Key": "gov", "VersionId": gov}, {"Key": "held", "VersionId": held}]}
)
report["many"] = [[e["Key"], e["Code"]] for e in many["Errors"]]
many = keeper.delete_objects(Bucket=B, Delete={"Objects": [{"Key": "gov", "VersionId": gov}]}, **bypass)
report["many with the bypass, without the permission"] = [[e["Key"], e["Code"]] for e in many["Errors"]]


def retain(who, mode, date, **more):
    return code(
        who.put_object_retention, Bucket=B, Key="gov", Retention={"Mode": mode, "RetainUntilDate": date}, **more
    )


report["longer"] = retain(keeper, "GOVERNANCE", later)
report["shorter"] = [
    retain(keeper, "GOVERNANCE", until),
    retain(keeper, "GOVERNANCE", until, **bypass),
    retain(breaker, "GOVERNANCE", until, **bypass),
]
report["marker"] = root.delete_object(Bucket=B, Key="gov").get("DeleteMarker")
report["retention of a marker"] = code(root.get_object_retention, Bucket=B, Key="gov")
report["breaker"] = delete(breaker, "gov", gov, **bypass)
report["lifted"] = [
    code(root.put_object_legal_hold, Bucket=B, Key="held", LegalHold={"Status": "OFF"}),
    delete(keeper, "held", held),
]

# A default retention, and a policy that bounds what is asked for.
root.put_object_lock_configuration(
    Bucket=B,
    ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
    },
)
put("default")
report["default"] = root.get_object_retention(Bucket=B, Key="default")["Retention"]["Mode"]
copied = root.copy_object(Bucket=B, Key="copied", CopySource=f"{B}/com")
report["copied"] = root.get_object_retention(Bucket=B, Key="copied")["Retention"]["Mode"]
iam.put_user_policy(
    UserName="keeper",
    PolicyName="bound",
    PolicyDocument=policy(
        {
            "Effect": "Deny",
            "Action": "s3:PutObjectRetention",
            "Resource": "*",
            "Condition": {"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "10"}},
        }
    ),
)
report["bounded"] = [
    code(
        keeper.put_object_retention,
        Bucket=B,
        Key="default",
        Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until + datetime.timedelta(days=days)},
    )
    for days in (9, 10)
]
finish()
