"""Replication across accounts: what each side has to say before it works."""

import time

from common import client, code, finish, policy, report

green, blue = client("s3", "green"), client("s3", "blue")
iam = client("iam", "green")
GREEN = client("sts", "green").get_caller_identity()["Account"]
BLUE = client("sts", "blue").get_caller_identity()["Account"]
SOURCE, TARGET = "replicated-source", "replicated-target"

for c, bucket in ((green, SOURCE), (blue, TARGET)):
    c.create_bucket(Bucket=bucket)
    c.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

role = iam.create_role(
    RoleName="replicator",
    AssumeRolePolicyDocument=policy(
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ),
)["Role"]["Arn"]


def configure(who=green, **destination):
    return code(
        who.put_bucket_replication,
        Bucket=SOURCE,
        ReplicationConfiguration={
            "Role": role,
            "Rules": [
                {
                    "ID": "all",
                    "Priority": 1,
                    "Status": "Enabled",
                    "Filter": {"Prefix": "docs/"},
                    "DeleteMarkerReplication": {"Status": "Enabled"},
                    "Destination": {"Bucket": f"arn:aws:s3:::{TARGET}", **destination},
                }
            ],
        },
    )


# Whoever configures replication hands the role to S3.
iam.create_user(UserName="admin")
iam.put_user_policy(
    UserName="admin", PolicyName="s3", PolicyDocument=policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
)
admin = client("s3", iam.create_access_key(UserName="admin")["AccessKey"])
report["configured without PassRole"] = configure(admin)
iam.put_user_policy(
    UserName="admin",
    PolicyName="pass",
    PolicyDocument=policy(
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": role,
            "Condition": {"StringEquals": {"iam:PassedToService": "s3.amazonaws.com"}},
        }
    ),
)
report["configured with PassRole"] = configure(admin)
configure(Account=BLUE, AccessControlTranslation={"Owner": "Destination"})


def status(key):
    """What becomes of an object's replication, once it is decided."""
    green.put_object(Bucket=SOURCE, Key=key, Body=key.encode(), Tagging="a=b")
    for _ in range(600):
        s = green.head_object(Bucket=SOURCE, Key=key).get("ReplicationStatus")
        if s != "PENDING":
            return s
        time.sleep(0.1)
    return "PENDING"


report["neither door"] = status("docs/neither")
iam.put_role_policy(
    RoleName="replicator",
    PolicyName="p",
    PolicyDocument=policy(
        {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": f"arn:aws:s3:::{SOURCE}"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
            "Resource": f"arn:aws:s3:::{SOURCE}/*",
        },
        {
            "Effect": "Allow",
            "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner"],
            "Resource": f"arn:aws:s3:::{TARGET}/*",
        },
    ),
)
report["the role's door alone"] = status("docs/role")
target = {
    "Effect": "Allow",
    "Principal": {"AWS": role},
    "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
    "Resource": f"arn:aws:s3:::{TARGET}/*",
}
blue.put_bucket_policy(Bucket=TARGET, Policy=policy(target))
report["without the owner override"] = status("docs/override")
target["Action"].append("s3:ObjectOwnerOverrideToBucketOwner")
blue.put_bucket_policy(Bucket=TARGET, Policy=policy(target))
report["both doors"] = status("docs/both")
report["another prefix"] = status("other")
replica = blue.get_object(Bucket=TARGET, Key="docs/both")
report["replica"] = [replica["Body"].read().decode(), replica["ReplicationStatus"], replica["TagCount"]]
report["the same version"] = replica["VersionId"] == green.head_object(Bucket=SOURCE, Key="docs/both")["VersionId"]
report["in the target"] = [o["Key"] for o in blue.list_objects_v2(Bucket=TARGET).get("Contents", [])]

marker = green.delete_object(Bucket=SOURCE, Key="docs/both")["VersionId"]
for _ in range(600):
    markers = blue.list_object_versions(Bucket=TARGET).get("DeleteMarkers", [])
    if markers:
        break
    time.sleep(0.1)
report["the marker"] = [m["VersionId"] == marker for m in markers]

iam.update_assume_role_policy(
    RoleName="replicator",
    PolicyDocument=policy({"Effect": "Allow", "Principal": {"AWS": GREEN}, "Action": "sts:AssumeRole"}),
)
report["a role that does not trust S3"] = status("docs/trust")
finish()
